import { describe, expect, it } from 'vitest';
import { evaScore, interruptedScore, latencyScore, yieldScore } from '#src/cli/bench/turns/score-eva.ts';
import { act, madeTrace } from '../../../../../support/made-trace.ts';

describe('the curves', () => {
  it('are those of EVA', () => {
    expect([-500, 0, 450, 500, 2_000, 2_750, 3_500].map(latencyScore)).toEqual([0, 0.5, 0.95, 1, 1, 0.5, 0]);
    expect([0, 500, 2_000, 9_000].map(yieldScore)).toEqual([1, 0.75, 0, 0]);
  });

  it('give an agent that interrupts a half at most, by overlap and by count', () => {
    expect(interruptedScore(0, 1)).toBe(0.5);
    expect(interruptedScore(1_000, 1)).toBe(0.25);
    expect(interruptedScore(0, 2)).toBe(0.25);
    expect(interruptedScore(0, 3)).toBe(0);
    expect(interruptedScore(2_500, 1)).toBe(0);
  });
});

describe('the score of a call', () => {
  it('is the mean over its turns by what happened to each', () => {
    const trace = madeTrace({
      acts: [act('turn', [1_000, 2_000]), act('interruption', [3_000, 4_000]), act('turn', [8_000, 9_000])],
      agent: [
        [2_600, 3_400],
        [4_600, 6_000],
        [9_250, 10_000],
      ],
    });
    expect(evaScore(trace)?.turns.map(({ route, score }) => [route, score])).toEqual([
      ['ordinary', 1],
      ['caller-interrupts', 0.8],
      ['ordinary', 0.75],
    ]);
    expect(evaScore(trace)?.score).toBeCloseTo((1 + 0.8 + 0.75) / 3, 9);
  });

  it('takes the worst of overlap, count and the answer after an interruption by the agent', () => {
    const trace = madeTrace({
      acts: [act('turn-with-pauses', [1_000, 4_000], [[2_000, 2_600]])],
      agent: [
        [2_500, 2_900],
        [7_000, 8_000],
      ],
    });
    expect(evaScore(trace)?.turns).toMatchObject([{ route: 'agent-interrupts' }]);
    expect(evaScore(trace)?.score).toBeCloseTo(500 / 1_500, 9);
  });

  it('is nothing at all when the last turn was not answered', () => {
    const trace = madeTrace({
      acts: [act('turn', [1_000, 2_000]), act('turn', [5_000, 6_000])],
      agent: [[2_600, 3_400]],
    });
    expect(evaScore(trace)).toMatchObject({ score: 0, turns: [{ score: 1 }, { route: 'missed', score: 0 }] });
  });

  it('does not exist for a call without a turn', () => {
    expect(evaScore(madeTrace({ acts: [act('silence', [0, 9_000])], agent: [[9_500, 9_900]] }))).toBeUndefined();
  });
});
