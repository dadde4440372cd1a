import { describe, expect, test } from 'vitest';
import {
  bootstrapInterval,
  distributionOf,
  quantile,
  round,
  seededRandom,
  shareOf,
} from '#src/cli/bench/statistics.ts';

describe('quantile', () => {
  test('interpolates between the two nearest ranks', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20, 30, 40, 50], 0.9)).toBeCloseTo(46, 10);
    expect(quantile([7], 0.95)).toBe(7);
  });

  test('sorts by value, not by text, and leaves its input alone', () => {
    const values = [100, 9, 20];
    expect(quantile(values, 0)).toBe(9);
    expect(quantile(values, 1)).toBe(100);
    expect(values).toEqual([100, 9, 20]);
  });

  test('has no answer for no values', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});

test('a distribution is rounded and says how many values it rests on', () => {
  expect(distributionOf([100.04, 200.06, 300.04])).toEqual({ p50: 200.1, p90: 280, p95: 290, n: 3 });
});

test('round keeps the places asked for', () => {
  expect(round(1.005, 1)).toBe(1);
  expect(round(2.25, 1)).toBe(2.3);
  expect(round(1234.5, 0)).toBe(1235);
});

describe('bootstrapInterval', () => {
  const median = (sample: readonly number[]): number => quantile(sample, 0.5);

  test('holds the true median of a known sample, and narrows with n', () => {
    const random = seededRandom(7);
    const few = Array.from({ length: 20 }, () => random() * 100);
    const many = Array.from({ length: 800 }, () => random() * 100);
    const [lowFew, highFew] = bootstrapInterval(few, median, { resamples: 400 });
    const [lowMany, highMany] = bootstrapInterval(many, median, { resamples: 400 });
    expect(lowFew).toBeLessThan(50);
    expect(highFew).toBeGreaterThan(50);
    expect(highMany - lowMany).toBeLessThan((highFew - lowFew) / 2);
  });

  test('is the same for the same seed', () => {
    const values = [1, 5, 2, 8, 3];
    expect(bootstrapInterval(values, median, { seed: 3 })).toEqual(bootstrapInterval(values, median, { seed: 3 }));
  });

  test('of no values is not a number', () => {
    expect(bootstrapInterval([], median)).toEqual([Number.NaN, Number.NaN]);
  });
});

test('seeded numbers fill [0, 1) evenly, and seed 0 does not stick', () => {
  const random = seededRandom(0);
  const tenths = new Array<number>(10).fill(0);
  for (let index = 0; index < 10_000; index += 1) {
    const value = random();
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(1);
    tenths[Math.floor(value * 10)]! += 1;
  }
  for (const count of tenths) expect(count).toBeGreaterThan(850);
});

describe('shareOf', () => {
  test('keeps its interval inside [0, 1] at the ends', () => {
    const all = shareOf(40, 40);
    expect(all.share).toBe(1);
    expect(all.high).toBeCloseTo(1, 10);
    expect(all.low).toBeCloseTo(0.912, 3);
    expect(shareOf(0, 10).low).toBe(0);
  });

  test('of nothing is not a number', () => {
    expect(shareOf(0, 0).share).toBeNaN();
  });
});
