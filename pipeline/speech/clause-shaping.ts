/**
 * What a clause needs after synthesis, piece by piece: leading silence is latency and goes, trailing silence gives way to
 * the pause that the punctuation asks for, and the level is the voice's own running one.
 */
import { soundEdges } from '#pipeline/audio/level.ts';
import type { Loudness } from './loudness.ts';

export interface ClauseShapingOptions {
  readonly sampleRateHz: number;
  /** Silence to put behind the clause. */
  readonly pauseMs: number;
  readonly loudness: Loudness;
}

/** Kept before the first sound, so that a soft onset is not clipped. */
export const LEAD_SILENCE_MS = 20;
/** Kept behind the last sound: the end of a vowel fades below the threshold. */
export const TAIL_SILENCE_MS = 40;

/** One clause: `push` its pieces, then `finish`. */
export class ClauseShaping {
  readonly #rateHz: number;
  readonly #pauseMs: number;
  readonly #loudness: Loudness;
  readonly #raw: Float32Array[] = [];
  /** What may still turn out to be the silence at the end, or the silence before the beginning. */
  #held = new Float32Array(0);
  #hasBegun = false;
  #gainDb: number | undefined;

  constructor({ sampleRateHz, pauseMs, loudness }: ClauseShapingOptions) {
    this.#rateHz = sampleRateHz;
    this.#pauseMs = pauseMs;
    this.#loudness = loudness;
  }

  /** Samples that are certain to be wanted, levelled; perhaps none yet. The result belongs to the caller. */
  push(piece: Float32Array): Float32Array {
    this.#raw.push(piece);
    const all = joined([this.#held, piece]);
    const edges = soundEdges(all, { sampleRateHz: this.#rateHz });
    if (edges === undefined) {
      // Before the first sound only what an onset needs is kept; after it, all of a pause within the clause.
      this.#held = this.#hasBegun ? all : all.slice(Math.max(0, all.length - this.#samples(LEAD_SILENCE_MS)));
      return new Float32Array(0);
    }
    const start = this.#hasBegun ? 0 : Math.max(0, edges.start - this.#samples(LEAD_SILENCE_MS));
    this.#hasBegun = true;
    this.#held = all.slice(edges.end);
    return this.#level(all.slice(start, edges.end));
  }

  /** The end of the clause and its pause; measures the clause for those that follow. */
  finish(): Float32Array {
    this.#loudness.measure(joined(this.#raw));
    if (!this.#hasBegun) return new Float32Array(0);
    const tail = this.#level(this.#held.slice(0, this.#samples(TAIL_SILENCE_MS)));
    return joined([tail, new Float32Array(this.#samples(this.#pauseMs))]);
  }

  #level(samples: Float32Array): Float32Array {
    // Nothing was said before: this piece is all there is to judge the voice by.
    this.#loudness.guess(samples);
    this.#gainDb ??= this.#loudness.gainDbFor(samples);
    this.#loudness.apply(samples, this.#gainDb);
    return samples;
  }

  #samples(ms: number): number {
    return Math.round((ms * this.#rateHz) / 1000);
  }
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
