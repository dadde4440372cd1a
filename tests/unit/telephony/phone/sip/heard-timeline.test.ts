import { describe, expect, it } from 'vitest';
import { HeardTimeline } from '#telephony/phone/sip/heard-timeline.ts';

interface Arrival {
  readonly n: number;
  readonly atMs: number;
  readonly marker?: boolean;
  /** Samples that the timestamp jumps ahead of the packets' count. */
  readonly jump?: number;
  readonly ssrc?: number;
}

/** Packet n holds 20 ms of the value n; returns for each ms from 0 on what was heard in its middle. */
function heard(arrivals: readonly Arrival[], untilMs: number): number[] {
  const timeline = new HeardTimeline(1_000);
  const out: number[] = [];
  const frame = new Int16Array(160);
  let next = 0;
  for (let tickMs = 0; out.length < untilMs; tickMs += 20) {
    for (; (arrivals[next]?.atMs ?? Infinity) < tickMs + 20; next++) {
      const { n, atMs, marker = false, jump = 0, ssrc = 1 } = arrivals[next]!;
      const header = { payloadType: 8, marker, sequence: n & 0xffff, timestamp: (n * 160 + jump) >>> 0, ssrc };
      timeline.hear(header, new Int16Array(160).fill(n), 1_000 + atMs);
    }
    // Two ticks behind, as the handset reads.
    if (tickMs < 20) continue;
    timeline.read(frame);
    for (let ms = 0; ms < 20; ms++) out.push(frame[ms * 8 + 4]!);
  }
  return out.slice(0, untilMs);
}

/** Runs of equal values as [value, from, to). */
function runs(values: readonly number[]): [value: number, fromMs: number, toMs: number][] {
  const found: [number, number, number][] = [];
  values.forEach((value, ms) => {
    const last = found.at(-1);
    if (last?.[0] === value) last[2] = ms + 1;
    else found.push([value, ms, ms + 1]);
  });
  return found.filter(([value]) => value !== 0);
}

describe('a packet is heard', () => {
  it('when it arrives, for 20 ms', () => {
    expect(runs(heard([{ n: 1, atMs: 33 }], 100))).toEqual([[1, 33, 53]]);
  });

  it('right behind the one before it, in spite of a little jitter', () => {
    const arrivals = [1, 2, 3, 4].map((n) => ({ n, atMs: 20 + n * 20 + [0, 0, 4, -4, 2][n]! }));
    expect(runs(heard(arrivals, 200))).toEqual([
      [1, 40, 60],
      [2, 60, 80],
      [3, 80, 100],
      [4, 100, 120],
    ]);
  });

  it('behind a silence where packets were lost', () => {
    const arrivals = [1, 4].map((n) => ({ n, atMs: n * 20 }));
    expect(runs(heard(arrivals, 140))).toEqual([
      [1, 20, 40],
      [4, 80, 100],
    ]);
  });

  it('at its arrival when it is late, and those behind it keep their order', () => {
    const arrivals = [
      { n: 1, atMs: 20 },
      { n: 2, atMs: 52 },
      { n: 3, atMs: 60 },
      { n: 4, atMs: 80 },
    ];
    expect(runs(heard(arrivals, 180))).toEqual([
      [1, 20, 40],
      [2, 52, 72],
      [3, 72, 92],
      [4, 92, 112],
    ]);
  });

  it('in time again after one late packet, 200 ms later', () => {
    const late = Array.from({ length: 30 }, (_, i) => ({ n: i + 1, atMs: (i + 1) * 20 + (i === 3 ? 14 : 0) }));
    const found = runs(heard(late, 640));
    expect(found.find(([n]) => n === 10)?.[1]).toBe(214);
    expect(found.find(([n]) => n === 16)?.[1]).toBe(320);
    expect(found.find(([n]) => n === 30)).toEqual([30, 600, 620]);
  });

  it('all the same when it came all at once with the others, up to 200 ms', () => {
    const burst = [1, 2, 3, 4, 5].map((n) => ({ n, atMs: 100 }));
    expect(runs(heard(burst, 260)).map(([n, fromMs]) => [n, fromMs])).toEqual(
      [1, 2, 3, 4, 5].map((n) => [n, 80 + n * 20]),
    );
  });

  it('at once, and not what waited, when it is far ahead of its time', () => {
    const arrivals = [...[1, 2, 3, 4].map((n) => ({ n, atMs: 20 })), { n: 40, atMs: 60 }];
    const found = runs(heard(arrivals, 200));
    expect(found).toEqual([
      [1, 20, 40],
      [2, 40, 60],
      [40, 60, 80],
    ]);
  });

  it('in its place when it was overtaken, and not at all when that has passed', () => {
    const arrivals = [
      { n: 1, atMs: 20 },
      { n: 3, atMs: 56 },
      { n: 2, atMs: 57 },
      { n: 5, atMs: 100 },
      { n: 4, atMs: 190 },
      { n: 5, atMs: 191 },
    ];
    expect(runs(heard(arrivals, 240))).toEqual([
      [1, 20, 40],
      [2, 40, 60],
      [3, 60, 80],
      [5, 100, 120],
    ]);
  });

  it('at the moment of its arrival when a talkspurt begins, whatever its timestamp says', () => {
    const arrivals = [
      { n: 1, atMs: 20 },
      { n: 2, atMs: 151, marker: true, jump: 80_000 },
      { n: 3, atMs: 171, jump: 80_000 },
      { n: 4, atMs: 231, jump: -70_000, ssrc: 2 },
    ];
    expect(runs(heard(arrivals, 260))).toEqual([
      [1, 20, 40],
      [2, 151, 171],
      [3, 171, 191],
      [4, 231, 251],
    ]);
  });

  it('over the wrap of sequence numbers and timestamps', () => {
    const first = 2 ** 32 / 160;
    const arrivals = [first - 1, first, first + 1].map((n, i) => ({ n: Math.floor(n), atMs: 20 + i * 20 }));
    const found = runs(heard(arrivals, 120)).map(([, fromMs, toMs]) => [fromMs, toMs]);
    expect([found[0]?.[0], found.at(-1)?.[1]]).toEqual([20, 80]);
  });

  it('from the start on when it came before it', () => {
    expect(runs(heard([{ n: 1, atMs: -30 }], 60))).toEqual([[1, 0, 20]]);
  });

  it('never beyond what can be kept: a huge packet is dropped, not wrapped around', () => {
    const timeline = new HeardTimeline(0);
    const header = { payloadType: 8, marker: true, sequence: 1, timestamp: 0, ssrc: 1 };
    timeline.hear(header, new Int16Array(20_000).fill(9), 0);
    const frame = new Int16Array(160);
    timeline.read(frame);
    expect([...new Set(frame)]).toEqual([0]);
  });
});
