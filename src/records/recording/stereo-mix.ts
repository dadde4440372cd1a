/** Two sides of a call on one line of time: what the caller was heard to say on the left, what they heard on the right. */
import { muLaw } from '#telephony/codec/g711.ts';

/** Of both channels at 8 kHz. */
export const BYTES_PER_MS = 16;
const SAMPLES_PER_MS = 8;
/** The agent's sound is sent ahead of its time by some 100 ms; what is ahead by more has no caller's sound beside it. */
const MOST_AHEAD_SAMPLES = 2_000 * SAMPLES_PER_MS;

/**
 * The caller's audio is the clock: with each of its frames as much of the agent's is taken as lasts the same time. Emits
 * mu-law, left and right in turn.
 */
export class StereoMix {
  readonly #emit: (bytes: Uint8Array) => void;
  /** Sent, and not yet beside a frame of the caller's. */
  #ahead: Int16Array[] = [];
  #aheadSamples = 0;

  constructor(emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
  }

  /** Keeps no reference to the frame. */
  heard(pcm: Int16Array): void {
    this.#interleave(pcm, this.#take(pcm.length));
  }

  lost(samples: number): void {
    this.heard(new Int16Array(samples));
  }

  /** Keeps no reference to the frame. */
  said(pcm: Int16Array): void {
    this.#ahead.push(pcm.slice());
    this.#aheadSamples += pcm.length;
    // A line that sends nothing while its caller is silent: time goes on all the same.
    if (this.#aheadSamples > MOST_AHEAD_SAMPLES) this.lost(this.#aheadSamples - MOST_AHEAD_SAMPLES);
  }

  /** What the far end has been told to forget was never heard. */
  cleared(): void {
    this.#ahead = [];
    this.#aheadSamples = 0;
  }

  #take(samples: number): Int16Array {
    const taken = new Int16Array(samples);
    let filled = 0;
    while (filled < samples) {
      const [first] = this.#ahead;
      if (first === undefined) break;
      const part = first.subarray(0, samples - filled);
      taken.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#ahead.shift();
      else this.#ahead[0] = first.subarray(part.length);
    }
    this.#aheadSamples -= filled;
    return taken;
  }

  #interleave(left: Int16Array, right: Int16Array): void {
    const sides = [left, right].map((pcm) => {
      const bytes = new Uint8Array(pcm.length);
      muLaw.encodeInto(bytes, pcm);
      return bytes;
    });
    const mixed = new Uint8Array(2 * left.length);
    sides.forEach((bytes, side) => bytes.forEach((byte, index) => (mixed[2 * index + side] = byte)));
    this.#emit(mixed);
  }
}
