/**
 * Bookkeeping over a wire's own numbers: what was lost, what came twice, what came too fast. It holds no audio.
 * Time runs on two clocks here, the sender's timestamps and our arrival times; neither is trusted alone.
 */

/** The numbers of one media message; a wire that leaves one out gets less bookkeeping, never less audio. */
export interface WireChunk {
  /** Counts every message of the stream, from 1. */
  readonly sequence?: number | undefined;
  /** Counts media messages only, from 1. */
  readonly chunk?: number | undefined;
  /** Milliseconds since the stream began, of the chunk's first sample. */
  readonly timestampMs?: number | undefined;
  readonly samples: number;
}

export type WireVerdict =
  /** Play it, after `gapSamples` of silence. */
  | { readonly kind: 'accept'; readonly gapSamples: number }
  /** Came before, or after its place was given up: drop it. */
  | { readonly kind: 'duplicate' }
  /** More audio than time has passed: drop it. */
  | { readonly kind: 'flood' };

export interface WireGapOptions {
  readonly sampleRateHz: number;
  readonly ptimeMs: number;
  /** Audio ahead of real time that is taken before more is dropped: what a healed network stall may deliver at once. */
  readonly burstMs?: number;
}

/** @defaultValue 2000: ten times the lead a carrier keeps; at 8 x real time it is used up after 286 ms. */
const DEFAULT_BURST_MS = 2_000;

/** A gap may run this far ahead of real time: arrival jitter, not a licence to push the audio clock. */
const GAP_SLACK_MS = 200;

const ACCEPT: WireVerdict = { kind: 'accept', gapSamples: 0 };
const DUPLICATE: WireVerdict = { kind: 'duplicate' };
const FLOOD: WireVerdict = { kind: 'flood' };

/** One stream's bookkeeping; call `judge` once for each media message, in the order of arrival. */
export class WireGap {
  readonly #samplesPerMs: number;
  readonly #ptimeMs: number;
  readonly #burstMs: number;
  #firstArrivalMs: number | undefined;
  /** Accepted audio and reported gaps. */
  #totalSamples = 0;
  #lastSequence: number | undefined;
  #lastChunk: number | undefined;
  #nextTimestampMs: number | undefined;

  constructor(opts: WireGapOptions) {
    this.#samplesPerMs = opts.sampleRateHz / 1_000;
    this.#ptimeMs = opts.ptimeMs;
    this.#burstMs = opts.burstMs ?? DEFAULT_BURST_MS;
  }

  judge(message: WireChunk, arrivalMs: number): WireVerdict {
    if (this.#isOld(message)) return DUPLICATE;
    this.#firstArrivalMs ??= arrivalMs;
    const aheadMs = this.#totalSamples / this.#samplesPerMs - (arrivalMs - this.#firstArrivalMs);
    const lostMs = this.#lostMs(message);
    this.#remember(message);
    if (aheadMs + message.samples / this.#samplesPerMs > this.#burstMs) return FLOOD;
    // A hostile or strange timestamp cannot push the audio clock past real time.
    const gapMs = Math.min(lostMs, Math.max(0, GAP_SLACK_MS - aheadMs));
    const gapSamples = Math.floor(gapMs / this.#ptimeMs) * this.#ptimeMs * this.#samplesPerMs;
    this.#totalSamples += gapSamples + message.samples;
    return gapSamples === 0 ? ACCEPT : { kind: 'accept', gapSamples };
  }

  /** Both numbers must agree that it is old: some senders count only one of them. */
  #isOld({ sequence, chunk }: WireChunk): boolean {
    const sequenceIsOld = isNotAfter(sequence, this.#lastSequence);
    const chunkIsOld = isNotAfter(chunk, this.#lastChunk);
    if (sequenceIsOld === undefined) return chunkIsOld ?? false;
    return sequenceIsOld && (chunkIsOld ?? true);
  }

  #lostMs({ chunk, timestampMs }: WireChunk): number {
    if (timestampMs !== undefined && this.#nextTimestampMs !== undefined) {
      // Rounded: timestamps of a real stream wander by some milliseconds around the grid.
      return Math.max(0, Math.round((timestampMs - this.#nextTimestampMs) / this.#ptimeMs)) * this.#ptimeMs;
    }
    if (chunk !== undefined && this.#lastChunk !== undefined) {
      return Math.max(0, chunk - this.#lastChunk - 1) * this.#ptimeMs;
    }
    return 0;
  }

  #remember({ sequence, chunk, timestampMs, samples }: WireChunk): void {
    this.#lastSequence = sequence ?? this.#lastSequence;
    this.#lastChunk = chunk ?? this.#lastChunk;
    if (timestampMs !== undefined) this.#nextTimestampMs = timestampMs + samples / this.#samplesPerMs;
  }
}

/** Undefined when there is nothing to compare. */
function isNotAfter(value: number | undefined, last: number | undefined): boolean | undefined {
  return value === undefined || last === undefined ? undefined : value <= last;
}
