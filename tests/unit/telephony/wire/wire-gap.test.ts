import { describe, expect, it } from 'vitest';
import { WireGap, type WireVerdict } from '#telephony/wire/wire-gap.ts';

const FORMAT = { sampleRateHz: 8_000, ptimeMs: 20 };
const ACCEPTED: WireVerdict = { kind: 'accept', gapSamples: 0 };

/** The n-th frame of a perfect stream, n from 0; arrives when it should. */
function frame(n: number): [{ sequence: number; chunk: number; timestampMs: number; samples: number }, number] {
  return [{ sequence: n + 2, chunk: n + 1, timestampMs: n * 20 + 5, samples: 160 }, 1_000 + n * 20];
}

describe('WireGap', () => {
  it('accepts a perfect stream', () => {
    const gaps = new WireGap(FORMAT);
    for (let n = 0; n < 500; n++) expect(gaps.judge(...frame(n))).toEqual(ACCEPTED);
  });

  it('reports lost frames as silence by the timestamp', () => {
    const gaps = new WireGap(FORMAT);
    gaps.judge(...frame(0));
    expect(gaps.judge(...frame(4))).toEqual({ kind: 'accept', gapSamples: 3 * 160 });
    expect(gaps.judge(...frame(5))).toEqual(ACCEPTED);
  });

  it('reports a line that paused (no number missing, but time has passed)', () => {
    const gaps = new WireGap(FORMAT);
    gaps.judge(...frame(0));
    expect(gaps.judge({ sequence: 3, chunk: 2, timestampMs: 10_005, samples: 160 }, 11_000)).toEqual({
      kind: 'accept',
      gapSamples: 499 * 160,
    });
  });

  it('falls back to the chunk number, and to nothing, where the wire leaves numbers out', () => {
    const gaps = new WireGap(FORMAT);
    gaps.judge({ chunk: 1, samples: 160 }, 0);
    expect(gaps.judge({ chunk: 4, samples: 160 }, 60)).toEqual({ kind: 'accept', gapSamples: 320 });
    const bare = new WireGap(FORMAT);
    for (let n = 0; n < 100; n++) expect(bare.judge({ samples: 160 }, n * 20)).toEqual(ACCEPTED);
  });

  it('lets timestamps wander by less than half a frame', () => {
    const gaps = new WireGap(FORMAT);
    const wander = [0, 7, -6, 9, -9, 3];
    for (let n = 0; n < 300; n++) {
      const [chunk, atMs] = frame(n);
      const timestampMs = chunk.timestampMs + (wander[n % wander.length] ?? 0) / 2;
      expect(gaps.judge({ ...chunk, timestampMs }, atMs)).toEqual(ACCEPTED);
    }
  });

  it('drops duplicates and frames that come after their gap', () => {
    const gaps = new WireGap(FORMAT);
    gaps.judge(...frame(0));
    expect(gaps.judge(...frame(0))).toEqual({ kind: 'duplicate' });
    gaps.judge(...frame(3));
    expect(gaps.judge(...frame(2))).toEqual({ kind: 'duplicate' });
    const bySequence = new WireGap(FORMAT);
    bySequence.judge({ sequence: 2, samples: 160 }, 0);
    expect(bySequence.judge({ sequence: 2, samples: 160 }, 20)).toEqual({ kind: 'duplicate' });
  });

  it('believes a stream that counts only one of its numbers', () => {
    const gaps = new WireGap(FORMAT);
    for (let n = 0; n < 100; n++) {
      expect(gaps.judge({ sequence: n + 1, chunk: 1, timestampMs: 0, samples: 160 }, n * 20)).toEqual(ACCEPTED);
    }
  });

  it('cannot be pushed beyond real time by a timestamp', () => {
    const gaps = new WireGap(FORMAT);
    gaps.judge(...frame(0));
    const pushed = gaps.judge({ sequence: 3, chunk: 2, timestampMs: 1e12, samples: 160 }, 1_020);
    expect(pushed).toEqual({ kind: 'accept', gapSamples: 1_600 });
    expect(gaps.judge({ sequence: 4, chunk: 3, timestampMs: 2e12, samples: 160 }, 1_040)).toEqual(ACCEPTED);
  });

  it('takes audio at 8 x real time for two seconds ahead, then only as fast as time passes', () => {
    const gaps = new WireGap(FORMAT);
    let accepted = 0;
    let flooded = 0;
    for (let n = 0; n < 4_000; n++) {
      const [chunk] = frame(n);
      if (gaps.judge(chunk, n * 2.5).kind === 'accept') accepted++;
      else flooded++;
    }
    // 10 s of time and 2 s ahead of it.
    expect(accepted).toBeGreaterThanOrEqual(595);
    expect(accepted).toBeLessThanOrEqual(605);
    expect(flooded).toBe(4_000 - accepted);
    // Back at the right pace, nothing is lost and no gap is invented.
    for (let n = 4_000; n < 4_050; n++) {
      const verdict = gaps.judge(frame(n)[0], 10_000 + (n - 3_999) * 20);
      expect(verdict).toEqual(ACCEPTED);
    }
  });

  it('takes what a stall of the network delivers at once', () => {
    const gaps = new WireGap(FORMAT);
    gaps.judge(...frame(0));
    for (let n = 1; n < 400; n++) expect(gaps.judge(frame(n)[0], 9_000)).toEqual(ACCEPTED);
  });
});
