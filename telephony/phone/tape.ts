/** One side of a call, written frame by frame; it grows by doubling, so an hour of call is copied a dozen times. */
export class Tape {
  #samples = new Int16Array(8_000 * 8);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(frame: Int16Array): void {
    if (this.#length + frame.length > this.#samples.length) {
      const larger = new Int16Array(this.#samples.length * 2);
      larger.set(this.#samples);
      this.#samples = larger;
    }
    this.#samples.set(frame, this.#length);
    this.#length += frame.length;
  }

  /** A copy of the first `length` samples, padded with silence. */
  copy(length: number): Int16Array {
    const out = new Int16Array(length);
    out.set(this.#samples.subarray(0, Math.min(length, this.#length)));
    return out;
  }
}
