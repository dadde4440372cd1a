/**
 * From the frames of one wire to what its listener hears: lost frames are concealed, tones of the keypad become digits and
 * never reach recognition, and a key that arrives both as a tone and as an event counts once.
 */
import type { Clock } from '#kernel/clock.ts';
import type { AudioFormat } from '#pipeline/ports.ts';
import { Concealer } from '../signal/concealment.ts';
import { DtmfDetector } from '../signal/dtmf-detector.ts';
import type { LegEvents } from './leg-events.ts';
import type { WireProblemSink } from './media-socket.ts';
import { RateBound } from './rate-bound.ts';

/** A hand presses 10 keys a second at most (50 ms on, 50 ms off); the rest of the bound is for digits sent in one go. */
const DTMF_BOUND = { burst: 20, perSecond: 10 } as const;

/** The event of a key comes up to 370 ms after its tone began (measured on Asterisk 22.10), later on a bad line. */
const SAME_KEY_WITHIN_MS = 1_000;

/** A line that was silent for this long (discontinuous transmission) begins anew: its past says nothing of what comes. */
const NEW_TALK_AFTER_MS = 200;

export interface CallerAudioOptions {
  readonly format: AudioFormat;
  readonly clock: Clock;
  readonly events: LegEvents;
  readonly onProblem: WireProblemSink;
}

export class CallerAudio {
  readonly #opts: CallerAudioOptions;
  /** Both know speech at 8 kHz only; a wideband wire does without. */
  readonly #concealer: Concealer | undefined;
  #detector: DtmfDetector | undefined;
  readonly #concealed: Int16Array;
  readonly #digits: RateBound;
  #lastFrameMs = Number.NEGATIVE_INFINITY;
  #lastTone: { readonly digit: string; readonly atMs: number } | undefined;

  constructor(opts: CallerAudioOptions) {
    const { sampleRateHz, ptimeMs } = opts.format;
    this.#opts = opts;
    this.#concealer = sampleRateHz === 8_000 ? new Concealer() : undefined;
    this.#detector = sampleRateHz === 8_000 ? new DtmfDetector() : undefined;
    this.#concealed = new Int16Array((sampleRateHz * ptimeMs) / 1_000);
    this.#digits = new RateBound({ ...DTMF_BOUND, clock: opts.clock });
  }

  /** One whole frame that arrived; changed in place where a gap before it is smoothed over or a tone is taken out. */
  frame(pcm: Int16Array): void {
    this.#passTime();
    this.#concealer?.hear(pcm);
    this.#listenForKeys(pcm);
    this.#opts.events.emit({ kind: 'frame', pcm });
  }

  /** Whole frames that were sent and did not arrive. */
  lost(samples: number): void {
    this.#passTime();
    let left = samples;
    while (left >= this.#concealed.length && this.#concealer?.conceal(this.#concealed) === true) {
      this.#opts.onProblem('lost-frame');
      // A hole in a tone is not a pause between two presses.
      this.#listenForKeys(this.#concealed);
      this.#opts.events.emit({ kind: 'frame', pcm: this.#concealed, isConcealed: true });
      left -= this.#concealed.length;
    }
    if (left > 0) this.#opts.events.emit({ kind: 'gap', samples: left });
  }

  /** Audio that came too late to be heard: time passed, nothing is made up for it. */
  stale(samples: number): void {
    this.#forget();
    this.#opts.events.emit({ kind: 'gap', samples });
  }

  /** A key as the wire tells it. A line that tells keys needs no ear for their tones. */
  digit(digit: string): void {
    this.#detector = undefined;
    const tone = this.#lastTone;
    this.#lastTone = undefined;
    if (tone?.digit === digit && this.#opts.clock.nowMs() - tone.atMs <= SAME_KEY_WITHIN_MS) return;
    this.#emitDigit(digit);
  }

  #passTime(): void {
    const nowMs = this.#opts.clock.nowMs();
    if (nowMs - this.#lastFrameMs > NEW_TALK_AFTER_MS) this.#forget();
    this.#lastFrameMs = nowMs;
  }

  #forget(): void {
    this.#concealer?.reset();
    this.#detector?.reset();
  }

  #listenForKeys(pcm: Int16Array): void {
    const verdict = this.#detector?.hear(pcm);
    if (verdict?.isTone === true) pcm.fill(0);
    if (verdict?.digit !== undefined) this.#tone(verdict.digit);
  }

  #tone(digit: string): void {
    this.#lastTone = { digit, atMs: this.#opts.clock.nowMs() };
    this.#emitDigit(digit);
  }

  #emitDigit(digit: string): void {
    if (this.#digits.allow()) this.#opts.events.emit({ kind: 'dtmf', digit });
    else this.#opts.onProblem('dtmf-flood');
  }
}
