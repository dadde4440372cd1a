/** What was read can be read again while no more than this has been read since: a long word, and some. */
const KEPT_SAMPLES = 16_000;

/**
 * PCM16 that waits to be sent, first in, first out, and the last 16,000 samples that were. Grows to its largest turn and
 * reuses that memory.
 */
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

  /** The last `samples` that were read, or all that are kept; valid until the next call of any method. */
  lastRead(samples: number): Int16Array {
    return this.#samples.subarray(Math.max(0, this.#head - samples), this.#head);
  }

  /** Makes the last `samples` that were read wait again; no more than `lastRead` would give. */
  unread(samples: number): void {
    this.#head -= Math.min(samples, this.#head);
  }

  clear(): void {
    this.#head = 0;
    this.#tail = 0;
  }

  #makeRoom(more: number): void {
    const from = Math.max(0, this.#head - KEPT_SAMPLES);
    const kept = this.#samples.subarray(from, this.#tail);
    const isEnough = kept.length + more <= this.#samples.length;
    if (isEnough) this.#samples.copyWithin(0, from, this.#tail);
    else {
      const grown = new Int16Array(Math.max(2 * this.#samples.length, kept.length + more));
      grown.set(kept);
      this.#samples = grown;
    }
    this.#tail = kept.length;
    this.#head -= from;
  }
}
