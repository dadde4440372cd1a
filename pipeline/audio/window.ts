/** Cuts a stream of arbitrary pushes into windows of one length. */

/** Calls `onWindow` synchronously for each full window, in order; the array is reused, so it is valid until that returns. */
export class Windower {
  readonly #window: Float32Array;
  readonly #onWindow: (window: Float32Array) => void;
  #filled = 0;

  constructor(windowSamples: number, onWindow: (window: Float32Array) => void) {
    this.#window = new Float32Array(windowSamples);
    this.#onWindow = onWindow;
  }

  /** Samples that wait for the rest of their window; less than `windowSamples`. */
  get pendingSamples(): number {
    return this.#filled;
  }

  push(samples: Float32Array): void {
    for (let at = 0; at < samples.length;) {
      const take = Math.min(samples.length - at, this.#window.length - this.#filled);
      this.#window.set(samples.subarray(at, at + take), this.#filled);
      at += take;
      this.#advance(take);
    }
  }

  /** As `push`, scaling to [-1, 1). */
  pushPcm16(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length;) {
      const take = Math.min(pcm.length - at, this.#window.length - this.#filled);
      for (let i = 0; i < take; i++) this.#window[this.#filled + i] = (pcm[at + i] ?? 0) / 32768;
      at += take;
      this.#advance(take);
    }
  }

  /** Silence of a gap on the wire. */
  pushSilence(samples: number): void {
    for (let left = samples; left > 0;) {
      const take = Math.min(left, this.#window.length - this.#filled);
      this.#window.fill(0, this.#filled, this.#filled + take);
      left -= take;
      this.#advance(take);
    }
  }

  /** Drops what is pending. */
  reset(): void {
    this.#filled = 0;
  }

  #advance(taken: number): void {
    this.#filled += taken;
    if (this.#filled < this.#window.length) return;
    this.#filled = 0;
    this.#onWindow(this.#window);
  }
}
