import { describe, expect, it } from 'vitest';
import { againstSilence, cutOffsByLength, pauses } from '#src/cli/bench/turns/score-pauses.ts';
import { responses } from '#src/cli/bench/turns/score-panel.ts';
import { act, madeTrace, type Times } from '../../../../../support/made-trace.ts';

const dictated = (agent: readonly Times[]) =>
  madeTrace({
    acts: [
      act(
        'dictation',
        [1_000, 6_000],
        [
          [2_000, 2_400],
          [3_000, 3_800],
          [4_500, 5_600],
        ],
      ),
    ],
    agent,
  });

describe('pauses', () => {
  it('waits through all of them when nobody speaks', () => {
    expect(pauses(dictated([[6_500, 8_000]])).map(({ isRight }) => isRight)).toEqual([true, true, true]);
  });

  it('is cut off by sound that begins in a pause or just behind it', () => {
    const cutBy = (agent: readonly Times[]) => pauses(dictated(agent)).map(({ isRight, ms }) => (isRight ? '-' : ms));
    expect(cutBy([[3_600, 3_900]])).toEqual(['-', 600, '-']);
    expect(cutBy([[3_950, 4_100]])).toEqual(['-', 950, '-']);
    expect(cutBy([[4_050, 4_100]])).toEqual(['-', '-', '-']);
  });

  it('counts no hesitation of less than 200 ms', () => {
    const acts = [
      act(
        'double-start',
        [1_000, 4_000],
        [
          [1_400, 1_599],
          [2_000, 2_200],
        ],
      ),
    ];
    expect(pauses(madeTrace({ acts, agent: [] })).map(({ fromMs }) => fromMs)).toEqual([2_000]);
  });

  it('counts no pause that the agent was speaking over already', () => {
    expect(pauses(dictated([[1_900, 2_900]])).map(({ fromMs }) => fromMs)).toEqual([3_000, 4_500]);
  });
});

describe('cut-offs', () => {
  const events = [
    ...pauses(dictated([[5_300, 5_700]])),
    ...pauses(dictated([])),
    ...responses(dictated([[6_550, 7_000]])),
  ];

  it('are told by the length of the pause', () => {
    expect(cutOffsByLength(events)).toEqual([
      { fromMs: 300, untilMs: 500, cut: 0, n: 2 },
      { fromMs: 700, untilMs: 900, cut: 0, n: 2 },
      { fromMs: 900, untilMs: 1_200, cut: 1, n: 2 },
    ]);
  });

  it('stand beside what silence alone would have cut at the same delay', () => {
    const against = againstSilence(events);
    expect(against).toMatchObject({ delayMs: 550, n: 6 });
    expect(against?.cut).toBeCloseTo(1 / 6, 9);
    expect(against?.silenceCuts).toBeCloseTo(4 / 6, 9);
    expect(against?.curve.at(-1)).toEqual({ delayMs: 1_200, cut: 0 });
  });

  it('cannot be compared without a pause or without an answer', () => {
    expect(againstSilence(pauses(dictated([])))).toBeUndefined();
    expect(againstSilence(responses(dictated([[6_550, 7_000]])))).toBeUndefined();
  });
});
