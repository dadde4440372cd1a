/** Sample formats: PCM16 and float in [-1, 1). Each function writes into an array its caller owns. */

/** Scales PCM16 to [-1, 1); `dst` holds at least `src.length`. Returns the samples written. */
export function pcm16ToFloat(dst: Float32Array, src: Int16Array): number {
  for (let i = 0; i < src.length; i++) dst[i] = (src[i] ?? 0) / 32768;
  return src.length;
}

/** Rounds to PCM16, saturating at full scale; NaN becomes 0. `dst` holds at least `src.length`. Returns the samples written. */
export function floatToPcm16(dst: Int16Array, src: Float32Array): number {
  for (let i = 0; i < src.length; i++) {
    const scaled = Math.round((src[i] ?? 0) * 32768);
    dst[i] = scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled;
  }
  return src.length;
}

/** A growing run of PCM16 that is handed out as one array at the end. */
export class Pcm16Collector {
  #samples = new Int16Array(8192);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(pcm: Int16Array): void {
    this.#reserve(pcm.length);
    this.#samples.set(pcm, this.#length);
    this.#length += pcm.length;
  }

  pushFloat(samples: Float32Array): void {
    this.#reserve(samples.length);
    floatToPcm16(this.#samples.subarray(this.#length), samples);
    this.#length += samples.length;
  }

  /** A copy of everything pushed so far. */
  take(): Int16Array {
    return this.#samples.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#samples.length) return;
    const grown = new Int16Array(Math.max(this.#samples.length * 2, this.#length + more));
    grown.set(this.#samples.subarray(0, this.#length));
    this.#samples = grown;
  }
}
