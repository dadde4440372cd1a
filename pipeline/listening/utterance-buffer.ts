/** A ring of the caller's last 30 s of audio by absolute sample position: audio is never dropped by a slow model. */
export class UtteranceBuffer {
  readonly #ring: Int16Array;
  #end = 0;

  /** @param seconds of audio that are kept; older audio is overwritten */
  constructor(sampleRateHz: number, seconds = 30) {
    this.#ring = new Int16Array(sampleRateHz * seconds);
  }

  /** Samples heard since the call began: the audio clock. */
  get endSample(): number {
    return this.#end;
  }

  push(pcm: Int16Array): void {
    const at = this.#end % this.#ring.length;
    const head = Math.min(pcm.length, this.#ring.length - at);
    this.#ring.set(pcm.subarray(0, head), at);
    this.#ring.set(pcm.subarray(head), 0);
    this.#end += pcm.length;
  }

  pushSilence(samples: number): void {
    for (let written = 0; written < samples;) {
      const at = this.#end % this.#ring.length;
      const count = Math.min(samples - written, this.#ring.length - at);
      this.#ring.fill(0, at, at + count);
      this.#end += count;
      written += count;
    }
  }

  /** A copy of [fromSample, toSample), cut to what is still kept and already heard. */
  slice(fromSample: number, toSample: number): Int16Array {
    const from = Math.max(0, fromSample, this.#end - this.#ring.length);
    const to = Math.min(toSample, this.#end);
    const copy = new Int16Array(Math.max(0, to - from));
    const at = from % this.#ring.length;
    const head = Math.min(copy.length, this.#ring.length - at);
    copy.set(this.#ring.subarray(at, at + head), 0);
    copy.set(this.#ring.subarray(0, copy.length - head), head);
    return copy;
  }
}
