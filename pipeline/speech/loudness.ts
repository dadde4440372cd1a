/** One loudness for everything a voice says, without waiting for the end of what is being said. */
import { voicedRmsDb } from '#pipeline/audio/level.ts';

export interface LoudnessOptions {
  readonly sampleRateHz: number;
  /** RMS over voiced windows to reach. @defaultValue -20 dBFS, where G.711 still has 12 dB of headroom over the RMS */
  readonly targetDb?: number;
}

/** Peaks bend above this and never reach full scale. */
const KNEE = 0.7;
const MOST_GAIN_DB = 24;
/** How far the beginning of a clause may stand above the target. */
const MOST_ABOVE_DB = 2;
/** Share of a new measurement in the running level, so that one odd clause does not pump. */
const ADAPTATION = 0.25;

/** Applies one slowly adapted gain per voice. Not re-entrant; keep one per engine. */
export class Loudness {
  readonly #sampleRateHz: number;
  readonly #targetDb: number;
  #levelDb: number | undefined;
  #isMeasured = false;

  constructor({ sampleRateHz, targetDb = -20 }: LoudnessOptions) {
    this.#sampleRateHz = sampleRateHz;
    this.#targetDb = targetDb;
  }

  /** False while all that is known comes from `guess`. */
  get isMeasured(): boolean {
    return this.#isMeasured;
  }

  /** dB that `apply` adds now; 0 before anything was measured or guessed. */
  get gainDb(): number {
    return this.#levelDb === undefined ? 0 : Math.min(MOST_GAIN_DB, this.#targetDb - this.#levelDb);
  }

  /** Takes the level of a piece of raw synthesis (at least a few syllables) into the running level. */
  measure(raw: Float32Array): void {
    const levelDb = voicedRmsDb(raw, { sampleRateHz: this.#sampleRateHz });
    if (levelDb < -60) return;
    const beforeDb = this.#isMeasured ? this.#levelDb : undefined;
    this.#levelDb = beforeDb === undefined ? levelDb : beforeDb + ADAPTATION * (levelDb - beforeDb);
    this.#isMeasured = true;
  }

  /** Takes the level of the very first syllable for the voice's own, until there is more to measure. */
  guess(raw: Float32Array): void {
    if (this.isMeasured) return;
    const levelDb = voicedRmsDb(raw, { sampleRateHz: this.#sampleRateHz });
    if (levelDb >= -60) this.#levelDb = levelDb;
  }

  /**
   * dB for a clause that begins with this raw piece: the running gain, or less when the clause is loud of itself (a word on
   * its own came out 5 dB above the sentences around it). Decided once per clause, so that nothing pumps within it.
   */
  gainDbFor(raw: Float32Array): number {
    const levelDb = voicedRmsDb(raw, { sampleRateHz: this.#sampleRateHz });
    return Math.min(this.gainDb, this.#targetDb + MOST_ABOVE_DB - levelDb);
  }

  /** Scales in place by `gainDb` and bends peaks above 0.7 towards 1, so the result stays inside [-1, 1]. */
  apply(samples: Float32Array, gainDb = this.gainDb): void {
    const gain = 10 ** (gainDb / 20);
    for (let i = 0; i < samples.length; i++) {
      const scaled = (samples[i] ?? 0) * gain;
      const size = Math.abs(scaled);
      samples[i] =
        size <= KNEE ? scaled : Math.sign(scaled) * (KNEE + (1 - KNEE) * Math.tanh((size - KNEE) / (1 - KNEE)));
    }
  }
}
