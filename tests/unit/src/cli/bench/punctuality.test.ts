import { describe, expect, test } from 'vitest';
import { punctualityOf, type Arrival } from '#src/cli/bench/punctuality.ts';

/** A run as playout sends it: ten frames at once, then one every 20 ms. */
const run = (startMs: number, frames: number): number[] =>
  Array.from({ length: frames }, (_, index) => startMs + Math.max(0, index - 10) * 20 + (index < 10 ? index * 0.1 : 0));

const at = (timesMs: readonly number[], isSilent = false): Arrival[] => timesMs.map((atMs) => ({ atMs, isSilent }));

describe('punctualityOf', () => {
  test('the lead at the start of a run is not late or early', () => {
    expect(punctualityOf(at(run(1000, 111)))).toEqual({ frames: 100, punctual: 100, worstMs: 0 });
  });

  test('counts the frames more than 5 ms off the grid, on either side', () => {
    const arrivals = run(0, 111);
    arrivals[50]! += 6;
    arrivals[60]! -= 5.5;
    arrivals[70]! += 4.9;
    const { frames, punctual, worstMs } = punctualityOf(at(arrivals));
    expect([frames, punctual]).toEqual([100, 98]);
    expect(worstMs).toBeCloseTo(6, 5);
  });

  test('a sender that drifts is not punctual', () => {
    const drifting = Array.from({ length: 200 }, (_, index) => index * 20.5);
    const { frames, punctual } = punctualityOf(at(drifting));
    expect(punctual / frames).toBeLessThan(0.2);
  });

  test('each run has its own grid, and short ones have none', () => {
    expect(punctualityOf(at([...run(0, 111), ...run(5007, 111)]))).toMatchObject({ frames: 200, punctual: 200 });
    expect(punctualityOf(at(run(0, 15))).frames).toBe(0);
    expect(punctualityOf([]).frames).toBe(0);
  });

  test('a stall of 80 ms that is caught up costs the frames that were late, not the run', () => {
    const arrivals = run(0, 111);
    for (const index of [50, 51, 52, 53]) arrivals[index] = arrivals[54]!;
    const { frames, punctual, worstMs } = punctualityOf(at(arrivals));
    expect([frames, punctual, worstMs]).toEqual([100, 96, 80]);
  });

  test('what fills the line between runs is none of them, whatever its grid', () => {
    const filler = (fromMs: number, untilMs: number): number[] =>
      Array.from({ length: Math.floor((untilMs - fromMs) / 20) }, (_, index) => fromMs + index * 20);
    const arrivals = [
      ...at(filler(3, 1_000), true),
      ...at(run(1_000, 111)),
      // The last frame came at 3 000 and is played until 3 200.
      ...at(filler(3_167, 5_007), true),
      ...at(run(5_007, 111)),
      ...at(filler(7_171, 9_000), true),
    ];
    expect(punctualityOf(arrivals)).toEqual({ frames: 200, punctual: 200, worstMs: 0 });
    expect(punctualityOf(at(filler(0, 5_000), true)).frames).toBe(0);
  });

  test('a silence inside speech is part of its run', () => {
    const arrivals = at(run(0, 111)).map((arrival, index) => ({ ...arrival, isSilent: index > 40 && index < 60 }));
    arrivals[50] = { atMs: arrivals[50]!.atMs + 8, isSilent: true };
    expect(punctualityOf(arrivals)).toEqual({ frames: 100, punctual: 99, worstMs: 8 });
  });
});
