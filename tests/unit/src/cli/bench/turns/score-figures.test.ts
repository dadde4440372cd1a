import { describe, expect, it } from 'vitest';
import { judge } from '#src/cli/bench/figures.ts';
import { scoreCall } from '#src/cli/bench/turns/score-call.ts';
import { turnFigures, type TurnFigure } from '#src/cli/bench/turns/score-figures.ts';
import { estimate, estimateRatio, estimateShare, mean } from '#src/cli/bench/turns/score-intervals.ts';
import { act, madeTrace, type MadeTrace } from '../../../../../support/made-trace.ts';

/** A call in which the caller interrupts and is yielded to, then coughs under the answer, then asks. */
const call = (id: string, changes: Partial<MadeTrace> = {}) =>
  scoreCall(
    madeTrace({
      id,
      acts: [
        act('interruption', [2_000, 3_500]),
        act('vocal-tic', [5_000, 5_200]),
        act('turn-with-pauses', [9_000, 12_000], [[10_000, 10_800]]),
      ],
      agent: [
        [500, 2_300],
        [4_000, 8_000],
        [12_500, 15_000],
      ],
      ...changes,
    }),
  );

const figure = (figures: readonly TurnFigure[], key: string): TurnFigure => {
  const found = figures.find((one) => one.key === key);
  if (!found) throw new Error(`no figure ${key}`);
  return found;
};

describe('the figures of a run', () => {
  const calls = Array.from({ length: 12 }, (_, index) => call(`call-${index}`));

  it('say what was measured, over how many events, and whether it is enough', () => {
    const figures = turnFigures(calls, 1);
    expect(figure(figures, 'yieldMs')).toMatchObject({ measured: { value: 300, n: 12 }, interval: [300, 300] });
    expect(figure(figures, 'responseRate')).toMatchObject({ measured: { value: 1, n: 24 } });
    expect(figure(figures, 'selectivityVocalTic')).toMatchObject({ measured: { value: 1, n: 12 } });
    expect(figure(figures, 'agentInterruptionRate')).toMatchObject({ measured: { value: 0, n: 24 } });
    expect(figure(figures, 'evaTurnTaking').measured).toMatchObject({ value: 0.925, n: 12 });
    expect(figure(figures, 'cutOffRate').measured).toMatchObject({ value: 0, n: 12 });
    expect(judge(figure(figures, 'yieldRate'))).toBe('reached');
  });

  it('show no rate of fewer than ten events, and say how many there were', () => {
    const figures = turnFigures(calls.slice(0, 3), 1);
    expect(figure(figures, 'yieldRate')).toMatchObject({ measured: undefined, why: 'n 3 < 10' });
    expect(judge(figure(figures, 'yieldRate'))).toBe('unmeasured');
    expect(figure(figures, 'selectivityBackchannel')).toMatchObject({ measured: undefined, why: 'n 0 < 10' });
  });

  it('count callers who never stop and are not answered, however few they were', () => {
    const endless = (id: string, agent: MadeTrace['agent']) =>
      call(id, { acts: [act('endless', [1_000, 33_000])], agent });
    const answered = endless('a', [[26_400, 30_000]]);
    expect(figure(turnFigures([answered], 1), 'endlessUnanswered').measured).toEqual({ value: 0, n: 1 });
    const left = figure(turnFigures([answered, endless('b', [[33_500, 36_000]])], 1), 'endlessUnanswered');
    expect(left.measured).toEqual({ value: 1, n: 2 });
    expect(judge(left)).toBe('missed');
    expect(figure(turnFigures(calls, 1), 'endlessUnanswered')).toMatchObject({
      measured: undefined,
      why: 'no such event',
    });
  });

  it('take no card that was told to small talk for an answer, and the language model’s for one', () => {
    const answered = (source: 'card' | 'llm') =>
      call(source, {
        acts: [act('small-talk', [2_000, 3_500])],
        agent: [[4_500, 8_000]],
        events: [
          { kind: 'first-frame-sent', turn: 1, atMs: 4_480 },
          {
            kind: 'agent-said',
            turn: 1,
            source,
            text: 'a',
            heardText: 'a',
            heardMs: 3_500,
            isComplete: true,
            atMs: 8_000,
          },
        ],
      });
    const figures = turnFigures([answered('card'), answered('llm')], 1);
    expect(figure(figures, 'answerCardMs').measured).toBeUndefined();
    expect(figure(figures, 'answerLlmMs').measured).toMatchObject({ n: 1, p50: 1_000 });
  });

  it('show no mean selectivity while one of its three is too few', () => {
    expect(figure(turnFigures(calls, 1), 'selectivityMean')).toMatchObject({
      measured: undefined,
      why: 'n 0 < 10 of one of them',
    });
    const noisy = calls.map((_, index) =>
      call(`noisy-${index}`, {
        acts: [
          act('backchannel', [1_000, 1_200]),
          act('vocal-tic', [5_000, 5_200]),
          act('side-speech', [9_000, 9_500]),
        ],
        agent: [
          [500, 2_500],
          [4_000, 5_400],
          [8_000, 12_000],
        ],
      }),
    );
    expect(figure(turnFigures(noisy, 1), 'selectivityMean').measured).toEqual({ value: 0.667, n: 36 });
  });

  it('say that an agent which is only a URL gives no account of itself', () => {
    const figures = turnFigures(calls, 1);
    for (const key of ['firstWordsClipped', 'staleAnswers', 'selfInterruptions']) {
      expect(figure(figures, key)).toMatchObject({
        measured: undefined,
        why: 'the agent gives no account of itself',
      });
    }
    expect(figure(figures, 'answerCardMs')).toMatchObject({ measured: undefined });
  });

  it('count a single self-interruption against nothing allowed', () => {
    const echo = { db: -12, delayMs: 120 };
    const cut = {
      kind: 'agent-said',
      turn: 1,
      source: 'card',
      text: 'a',
      heardText: 'a',
      heardMs: 1_500,
      isComplete: false,
      atMs: 2_000,
    } as const;
    const own = calls.map((_, index) =>
      call(`echo-${index}`, {
        echo,
        acts: [act('turn', [9_000, 10_000])],
        events: index === 0 ? [cut] : [],
      }),
    );
    const found = figure(turnFigures(own, 1), 'selfInterruptions');
    expect(found.measured).toEqual({ value: 0.083, n: 12 });
    expect(judge(found)).toBe('missed');
    expect(judge(figure(turnFigures(own.slice(1), 1), 'selfInterruptions'))).toBe('reached');
  });

  it('are the same for the same seed', () => {
    const mixed = [...calls, call('slow', { agent: [[500, 3_400]] })];
    expect(turnFigures(mixed, 7)).toEqual(turnFigures(mixed, 7));
  });
});

describe('an interval', () => {
  it('draws whole calls: what always comes together does not look like more evidence', () => {
    const alone = estimate(
      Array.from({ length: 40 }, (_, index) => [index % 2]),
      mean,
      1,
    );
    const together = estimate(
      Array.from({ length: 4 }, (_, index) => Array.from({ length: 10 }, () => index % 2)),
      mean,
      1,
    );
    expect(together.n).toBe(alone.n);
    expect(together.high - together.low).toBeGreaterThan(2 * (alone.high - alone.low));
  });

  it('of a share of all or nothing is not a point', () => {
    const all = estimateShare([Array.from({ length: 20 }, () => true)], 1);
    expect(all.value).toBe(1);
    expect(all.low).toBeLessThan(0.9);
    expect(estimateRatio([{ of: 0, per: 20 }], 1).high).toBeGreaterThan(0.1);
  });

  it('is not a number where there is nothing', () => {
    expect(estimateShare([], 1).value).toBeNaN();
    expect(estimate([], mean, 1).value).toBeNaN();
    expect(estimateRatio([], 1).value).toBeNaN();
  });
});
