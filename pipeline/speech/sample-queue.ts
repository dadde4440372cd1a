/** PCM16 that waits to be sent, first in, first out. Grows to its largest turn and reuses that memory. */
export class SampleQueue {
  #samples = new Int16Array(8000);
  #head = 0;
  #tail = 0;

  /** Samples waiting. */
  get length(): number {
    return this.#tail - this.#head;
  }

  /** Copies. */
  push(pcm: Int16Array): void {
    if (this.#tail + pcm.length > this.#samples.length) this.#makeRoom(pcm.length);
    this.#samples.set(pcm, this.#tail);
    this.#tail += pcm.length;
  }

  /** Moves up to `dst.length` samples to the front of `dst`; returns how many. */
  read(dst: Int16Array): number {
    const take = Math.min(dst.length, this.length);
    dst.set(this.#samples.subarray(this.#head, this.#head + take));
    this.#head += take;
    return take;
  }

  clear(): void {
    this.#head = 0;
    this.#tail = 0;
  }

  #makeRoom(more: number): void {
    const waiting = this.#samples.subarray(this.#head, this.#tail);
    const isEnough = waiting.length + more <= this.#samples.length;
    if (isEnough) this.#samples.copyWithin(0, this.#head, this.#tail);
    else {
      const grown = new Int16Array(Math.max(2 * this.#samples.length, waiting.length + more));
      grown.set(waiting);
      this.#samples = grown;
    }
    this.#tail = waiting.length;
    this.#head = 0;
  }
}
