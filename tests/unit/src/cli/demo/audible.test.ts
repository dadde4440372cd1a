import { describe, expect, test } from 'vitest';
import {
  audibleMsWithin,
  audibleSpans,
  firstAudibleAfter,
  lastAudibleWithin,
  levelDbfs,
} from '#src/cli/demo/audible.ts';
import { RATE_HZ, toneTrack } from './sample-call.ts';

describe('audibleSpans', () => {
  test('finds the ends to the sample, also between the 5 ms blocks', () => {
    const pcm = new Int16Array(8000);
    pcm.fill(3000, 1003, 2777);
    const [span, ...more] = audibleSpans(pcm, RATE_HZ);
    expect(span?.startMs).toBeCloseTo(1003 / 8, 5);
    expect(span?.endMs).toBeCloseTo(2777 / 8, 5);
    expect(more).toEqual([]);
  });

  test('joins across a short silence and parts at a long one', () => {
    const pcm = toneTrack(3000, [
      { startMs: 100, endMs: 500 },
      { startMs: 650, endMs: 900 },
      { startMs: 1400, endMs: 2000 },
    ]);
    expect(audibleSpans(pcm, RATE_HZ).map(({ startMs }) => Math.round(startMs))).toEqual([100, 1400]);
    expect(audibleSpans(pcm, RATE_HZ, { joinMs: 50 })).toHaveLength(3);
  });

  test('comfort noise at −60 dBFS and the mu-law zero are silence, quiet speech at −40 dBFS is not', () => {
    expect(audibleSpans(toneTrack(1000, [{ startMs: 0, endMs: 1000 }], 46), RATE_HZ)).toEqual([]);
    expect(audibleSpans(new Int16Array(8000).fill(8), RATE_HZ)).toEqual([]);
    expect(audibleSpans(toneTrack(1000, [{ startMs: 0, endMs: 1000 }], 464), RATE_HZ)).toHaveLength(1);
  });
});

test('first, last and total audible time within a window', () => {
  const spans = [
    { startMs: 100, endMs: 300 },
    { startMs: 600, endMs: 900 },
  ];
  expect(firstAudibleAfter(spans, 0)).toBe(100);
  expect(firstAudibleAfter(spans, 250)).toBe(250);
  expect(firstAudibleAfter(spans, 300)).toBe(600);
  expect(firstAudibleAfter(spans, 900)).toBeUndefined();
  expect(lastAudibleWithin(spans, 0, 700)).toBe(700);
  expect(lastAudibleWithin(spans, 200, 500)).toBe(300);
  expect(lastAudibleWithin(spans, 300, 600)).toBeUndefined();
  expect(audibleMsWithin(spans, 200, 700)).toBe(200);
});

test('level is relative to full scale', () => {
  expect(levelDbfs(new Int16Array([16_384, -16_384]))).toBeCloseTo(-6.02, 2);
  expect(levelDbfs(new Int16Array(4))).toBe(Number.NEGATIVE_INFINITY);
});
