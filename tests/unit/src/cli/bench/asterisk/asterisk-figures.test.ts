import { describe, expect, it } from 'vitest';
import { asteriskFigures, slopeOf, type AsteriskMeasurements } from '#src/cli/bench/asterisk/asterisk-figures.ts';
import { explain, histogram } from '#src/cli/bench/asterisk/explain.ts';
import { PARTS } from '#src/cli/bench/asterisk/options.ts';
import { judge } from '#src/cli/bench/figures.ts';

const turn = { heardMs: 1_000, arrivedMs: 1_000, flushToSilenceMs: 11, speechFoundAfterMs: 120 };
const crowd = {
  calls: 20,
  failures: [],
  utterances: 100,
  grid: { points: 10_000, met: 9_991, empty: 2, worstMs: 8 },
  interarrivalsMs: [19, 20, 20, 21],
  phoneTicks: 1_000,
  phoneLateTicks: 1,
  phoneWorstMs: 6,
  loopDelayP99Ms: 2,
  loopDelayMaxMs: 9,
  residentMb: 130,
};
const good: AsteriskMeasurements = {
  greetings: [{ inviteToAnswerMs: 10, inviteToGreetingMs: 45 }],
  interruptions: [
    { spokenAtMs: 0, verdict: 'yielded', silentAfterMs: 320, oursMs: 14 },
    { spokenAtMs: 9, verdict: 'paused' },
  ],
  realMemory: { oneCallMb: 1_000, sixCallsMb: 1_005 },
  heard: [turn, { ...turn, heardMs: 1_020 }],
  heardUnbuffered: [{ ...turn, speechFoundAfterMs: 80 }],
  heardOverAudioSocket: [turn],
  recoveries: [
    { killed: 'first', queuedMs: 20, againMs: 300, isContinued: true },
    { killed: 'second', queuedMs: 20, againMs: 1_300, isContinued: true },
  ],
  restarts: [{ killed: 'first', queuedMs: 20, againMs: 1_500, isContinued: true }],
  crowds: [{ ...crowd, calls: 1, residentMb: 92 }, { ...crowd, calls: 10, residentMb: 110 }, crowd],
};

function judgement(key: string, measured: AsteriskMeasurements): string | undefined {
  const figure = asteriskFigures(measured, new Set(PARTS)).find((candidate) => candidate.key === key);
  return figure && judge(figure);
}

describe('asteriskFigures', () => {
  it('reaches everything with good measurements', () => {
    const figures = asteriskFigures(good, new Set(PARTS));
    expect(figures.filter((figure) => !['reached', 'reported'].includes(judge(figure)))).toEqual([]);
    expect(figures.filter((figure) => judge(figure) === 'reached').map(({ key }) => key)).toEqual([
      'inviteToGreetingMs',
      'interruptionToSilenceMs',
      'decisionToSilenceMs',
      'heardTruePercent',
      'againInTimePercent',
      'gridMetPercent',
      'failedCalls',
      'memoryPerCallMb',
      'memoryPerRealCallMb',
    ]);
  });

  it.each<[string, AsteriskMeasurements]>([
    ['inviteToGreetingMs', { greetings: [{ inviteToAnswerMs: 10, inviteToGreetingMs: 151 }] }],
    ['heardTruePercent', { heard: [turn, { ...turn, heardMs: 1_021 }] }],
    ['heardTruePercent', { heard: [turn, { ...turn, heardMs: 979 }] }],
    ['againInTimePercent', { recoveries: [{ killed: 'first', isContinued: false }] }],
    ['againInTimePercent', { recoveries: [{ killed: 'first', againMs: 2_001, isContinued: true }] }],
    ['gridMetPercent', { crowds: [{ ...crowd, grid: { ...crowd.grid, met: 9_989 } }] }],
    ['failedCalls', { crowds: [{ ...crowd, failures: ['refused'] }] }],
    ['memoryPerRealCallMb', { realMemory: { oneCallMb: 1_000, sixCallsMb: 1_016 } }],
  ])('misses %s when it is missed', (key, over) => {
    expect(judgement(key, { ...good, ...over })).toBe('missed');
  });

  it('counts an interruption that was not yielded to, and none that met a pause', () => {
    const interruptions = [...(good.interruptions ?? []), { spokenAtMs: 20, verdict: 'talked-on' as const }];
    const figures = asteriskFigures({ interruptions }, new Set(['interruption']));
    expect(figures.find(({ key }) => key === 'yieldedPercent')?.measured).toEqual({ value: 50, n: 2 });
  });

  it('says of what was asked for and broke that it was not measured, and nothing of the rest', () => {
    const figures = asteriskFigures({}, new Set(['greeting']));
    expect(figures.map(({ key }) => key)).toEqual(['inviteToGreetingMs', 'inviteToAnswerMs']);
    expect(figures.map(judge)).toEqual(['unmeasured', 'unmeasured']);
  });
});

describe('slopeOf', () => {
  it('is that of the straight line through the points', () => {
    expect(
      slopeOf([
        [1, 92],
        [10, 110],
        [20, 130],
      ]),
    ).toBeCloseTo(2);
  });

  it('is unknown for one point, or where one could not be read', () => {
    expect(slopeOf([[1, 92]])).toBeUndefined();
    expect(
      slopeOf([
        [1, 92],
        [10, undefined],
        [20, 130],
      ]),
    ).toBeUndefined();
  });
});

it('explains what is in the table, and what is not counted in it', () => {
  const text = explain(good).join('\n');
  expect(text).toContain('1 further interruption');
  expect(text).toContain('0: 1 · +20: 1');
  expect(text).toContain('more than 5 ms late in 1 of 1000 ticks');
  expect(text).toContain('92.0 MB with 1, 110.0 MB with 10, 130.0 MB with 20');
  expect(explain({ crowds: [{ ...crowd, failures: ['486 Busy'] }] }).join('\n')).toContain('Failed call: 486 Busy');
});

it('a histogram is in order, with the sign of each value', () => {
  expect(histogram([0, 20.4, -20, 0])).toBe('−20: 1 · 0: 2 · +20: 1');
});
