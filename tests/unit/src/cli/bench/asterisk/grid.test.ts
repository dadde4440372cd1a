import { describe, expect, it } from 'vitest';
import { gridOf, sumOfGrids } from '#src/cli/bench/asterisk/grid.ts';

const every20 = (count: number, fromMs = 1_003.7): number[] =>
  Array.from({ length: count }, (_, index) => fromMs + index * 20);

describe('gridOf', () => {
  it('finds every point met by a sender that keeps time, whatever its phase', () => {
    for (const phaseMs of [0, 0.1, 5, 9.9, 10, 10.1, 19.9]) {
      expect(gridOf(every20(500, 123_400 + phaseMs))).toMatchObject({ points: 500, met: 500, empty: 0 });
    }
  });

  it('takes 4 ms of jitter for punctual and 6 ms for late or early', () => {
    const arrivals = every20(100);
    arrivals[10]! += 4;
    arrivals[20]! -= 4;
    arrivals[30]! += 6;
    arrivals[40]! -= 6;
    const { points, met, empty, worstMs } = gridOf(arrivals);
    expect([points, met, empty]).toEqual([100, 98, 0]);
    expect(worstMs).toBeCloseTo(6);
  });

  it('counts a hole, and does not start a new grid behind it', () => {
    const arrivals = [...every20(100), ...every20(100, 1_003.7 + 110 * 20)];
    expect(gridOf(arrivals)).toMatchObject({ points: 210, met: 200, empty: 10 });
    const shifted = [...every20(100), ...every20(50, 1_003.7 + 100 * 20 + 8)];
    expect(gridOf(shifted)).toMatchObject({ points: 150, met: 100 });
  });

  it('meets a point once: packets that came together leave the others unmet', () => {
    const arrivals = every20(100);
    for (const index of [50, 51, 52]) arrivals[index] = arrivals[53]!;
    expect(gridOf(arrivals)).toMatchObject({ points: 100, met: 97, empty: 3 });
  });

  it('finds a sender that drifts unpunctual', () => {
    const drifting = Array.from({ length: 1_000 }, (_, index) => index * 20.05);
    const { points, met } = gridOf(drifting);
    expect(met / points).toBeLessThan(0.7);
  });

  it('has no grid for fewer than two packets', () => {
    expect(gridOf([])).toEqual({ points: 0, met: 0, empty: 0, worstMs: 0 });
    expect(gridOf([5]).points).toBe(0);
  });
});

it('sums calls, and keeps the worst of them', () => {
  const one = { points: 10, met: 9, empty: 1, worstMs: 7 };
  const other = { points: 20, met: 20, empty: 0, worstMs: 2 };
  expect(sumOfGrids([one, other])).toEqual({ points: 30, met: 29, empty: 1, worstMs: 7 });
  expect(sumOfGrids([])).toEqual({ points: 0, met: 0, empty: 0, worstMs: 0 });
});
