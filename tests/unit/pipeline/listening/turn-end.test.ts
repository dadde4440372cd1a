import { describe, expect, it } from 'vitest';
import { neededSilenceMs, TURN_END_POLICY as POLICY } from '#pipeline/listening/turn-end.ts';

const needed = (words: number | undefined, sound?: number, soundWeight = 0): number =>
  neededSilenceMs({ words, sound }, { ...POLICY, soundWeight });

describe('the silence that ends a turn', () => {
  it('is the longer, the less likely it is that the caller has finished', () => {
    const steps = Array.from({ length: 101 }, (_, percent) => needed(percent / 100));
    for (const [at, ms] of steps.entries()) expect(ms).toBeLessThanOrEqual(steps[at - 1] ?? POLICY.longestMs);
    expect(needed(0.5)).toBe(POLICY.evenMs);
  });

  it('stays between its bounds, whatever it is told', () => {
    expect(needed(0)).toBe(POLICY.longestMs);
    expect(needed(1)).toBe(POLICY.shortestMs);
    expect(needed(Number.NaN)).toBe(POLICY.evenMs);
    expect(needed(2)).toBe(POLICY.evenMs);
    expect(needed(0.99, 0, 1)).toBeGreaterThanOrEqual(POLICY.shortestMs);
  });

  it('does not wait for words for ever', () => {
    expect(needed(undefined)).toBe(POLICY.unknownMs);
    expect(needed(undefined, 0.99, 1)).toBe(POLICY.unknownMs);
  });

  it('believes a turn model as far as it is told to', () => {
    expect(needed(0.7, 0.01)).toBe(needed(0.7));
    expect(needed(0.7, 0.9, 0.5)).toBeLessThan(needed(0.7));
    expect(needed(0.7, 0.1, 0.5)).toBeGreaterThan(needed(0.7));
    expect(needed(0.7, 0.5, 0.5)).toBe(needed(0.7));
  });
});
