/** What a telephone line does to a voice, seeded, so that a bad line is bad in the same way twice. */
import { seededRandom } from './random.ts';

export interface LineProfile {
  /** Room noise under and between the caller's words, in dBFS (RMS); undefined: digital silence. */
  readonly noiseDbfs?: number;
  /** Frames lost in bursts, by a two-state (Gilbert) model. */
  readonly loss?: {
    /** Share of frames lost, [0, 1). */
    readonly rate: number;
    /** Mean length of a burst in frames, at least 1. */
    readonly burstFrames: number;
  };
  readonly seed?: number;
}

/** One call's line: applied by the telephone to each frame before it is sent. */
export class Line {
  readonly #noisePeak: number;
  readonly #enter: number;
  readonly #leave: number;
  readonly #random: () => number;
  #isLosing = false;

  constructor({ noiseDbfs, loss, seed }: LineProfile) {
    // A uniform distribution's RMS is its peak divided by the root of 3.
    this.#noisePeak = noiseDbfs === undefined ? 0 : 32_768 * 10 ** (noiseDbfs / 20) * Math.sqrt(3);
    this.#leave = 1 / Math.max(1, loss?.burstFrames ?? 1);
    const rate = loss?.rate ?? 0;
    this.#enter = rate === 0 ? 0 : (rate * this.#leave) / (1 - rate);
    this.#random = seededRandom(seed ?? 1);
  }

  addNoise(frame: Int16Array): void {
    if (this.#noisePeak === 0) return;
    for (let i = 0; i < frame.length; i++) {
      const sample = (frame[i] as number) + Math.round((this.#random() * 2 - 1) * this.#noisePeak);
      frame[i] = Math.max(-32_768, Math.min(32_767, sample));
    }
  }

  /** Call once for each frame, in order. */
  losesFrame(): boolean {
    this.#isLosing = this.#random() < (this.#isLosing ? 1 - this.#leave : this.#enter);
    return this.#isLosing;
  }
}
