/** What the numbers and arrival times of a call's packets say; judges nothing. */
import { sequenceDistance, timestampDistance, type RtpRecord } from './rtp.ts';

export interface RtpStats {
  readonly packets: number;
  /** Numbers between the first and the last of a source that never came. */
  readonly lost: number;
  readonly duplicates: number;
  /** Came after a packet with a higher number. */
  readonly reordered: number;
  readonly sources: number;
  /**
   * Between neighbours of one talkspurt: one payload type, sequence + 1, timestamp + 20 ms, no marker. Milliseconds, by
   * nearest rank; undefined when there are none.
   */
  readonly interarrivalMs?: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly min: number;
    readonly max: number;
    readonly n: number;
  };
}

const PTIME_SAMPLES = 160;

/** In the order of arrival; all payload types, because they share their numbers. */
export function rtpStats(records: readonly RtpRecord[]): RtpStats {
  const sources = new Map<number, Source>();
  const intervals: number[] = [];
  for (const record of records) {
    const source = sources.get(record.ssrc) ?? new Source(record.sequence);
    sources.set(record.ssrc, source);
    const interval = source.take(record);
    if (interval !== undefined) intervals.push(interval);
  }
  const all = [...sources.values()];
  const sum = (of: (source: Source) => number): number => all.reduce((total, source) => total + of(source), 0);
  return {
    packets: records.length,
    lost: sum((source) => source.lost),
    duplicates: sum((source) => source.duplicates),
    reordered: sum((source) => source.reordered),
    sources: sources.size,
    ...(intervals.length > 0 && { interarrivalMs: distributionOf(intervals) }),
  };
}

class Source {
  duplicates = 0;
  reordered = 0;
  /** Numbers without the wrap at 65,536. */
  readonly #seen = new Set<number>();
  #highest: number;
  #lowest: number;
  #last: RtpRecord | undefined;

  constructor(firstSequence: number) {
    this.#highest = firstSequence;
    this.#lowest = firstSequence;
  }

  get lost(): number {
    return this.#highest - this.#lowest + 1 - this.#seen.size;
  }

  /** Returns the time since the packet before it, when the two are neighbours. */
  take(record: RtpRecord): number | undefined {
    const extended = this.#highest + sequenceDistance(this.#highest & 0xffff, record.sequence);
    if (this.#seen.has(extended)) {
      this.duplicates++;
      return undefined;
    }
    this.#seen.add(extended);
    if (extended < this.#highest) this.reordered++;
    this.#highest = Math.max(this.#highest, extended);
    this.#lowest = Math.min(this.#lowest, extended);
    const before = this.#last;
    this.#last = record;
    const isNeighbour =
      before !== undefined &&
      !record.marker &&
      before.payloadType === record.payloadType &&
      sequenceDistance(before.sequence, record.sequence) === 1 &&
      timestampDistance(before.timestamp, record.timestamp) === PTIME_SAMPLES;
    return isNeighbour ? record.atMs - before.atMs : undefined;
  }
}

function distributionOf(values: readonly number[]): NonNullable<RtpStats['interarrivalMs']> {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), min: at(0), max: at(1), n: sorted.length };
}
