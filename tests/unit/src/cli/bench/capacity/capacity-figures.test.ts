import { describe, expect, it } from 'vitest';
import { crowdFigures, faultFigures, servingFigures } from '#src/cli/bench/capacity/capacity-figures.ts';
import type { Crowd } from '#src/cli/bench/capacity/crowd.ts';
import type { ServedTurn, Serving } from '#src/cli/bench/capacity/serving.ts';
import { judge, type Figure } from '#src/cli/bench/figures.ts';

const figureOf = (figures: readonly Figure[], key: string): Figure => figures.find((figure) => figure.key === key)!;
const judgeAll = (figures: readonly Figure[]): Record<string, string> =>
  Object.fromEntries(figures.map((figure) => [figure.key, judge(figure)]));

const turn = (atMs: number, over: Partial<ServedTurn> = {}): ServedTurn => ({
  callId: 'CA1',
  lastVoicedAtMs: atMs,
  heardAtMs: atMs + 600,
  source: 'card',
  answerMs: 600,
  traceMs: 590,
  callsThen: 6,
  ...over,
});

const SERVING: Serving = {
  calls: 6,
  turns: [
    turn(1_000, { answerMs: 300 }),
    turn(9_000),
    turn(9_500, { answerMs: 3_000, traceMs: undefined }),
    turn(9_900, { source: 'llm' }),
  ],
  fullSinceMs: 5_000,
  turnedAway: { calls: 4, heardWhy: 4 },
  lost: [],
};

describe('figures of a service that is called until it turns callers away', () => {
  it('judge the answers of cards since it was full, those behind a "one moment" included', () => {
    const figures = servingFigures(SERVING);
    expect(figureOf(figures, 'cardAtFullMs').measured).toMatchObject({ p50: 1_800, n: 2 });
    expect(figureOf(figures, 'cardMs').measured).toMatchObject({ n: 3 });
    expect(judgeAll(figures)).toMatchObject({
      callsServed: 'reached',
      cardAtFullMs: 'missed',
      toldNoRoomPercent: 'reached',
      callsLost: 'reached',
    });
  });

  it('compare a trace with the ear only where both are of the same sound', () => {
    const figures = servingFigures({
      ...SERVING,
      turns: [turn(0), turn(1_000, { traceMs: 650 }), turn(2_000, { traceMs: undefined })],
    });
    expect(figureOf(figures, 'traceAgreesPercent').measured).toEqual({ value: 50, n: 2 });
  });

  it('are unmeasured where nobody was turned away', () => {
    const figures = servingFigures({ ...SERVING, fullSinceMs: undefined, turnedAway: { calls: 0, heardWhy: 0 } });
    expect(judgeAll(figures)).toMatchObject({ cardAtFullMs: 'unmeasured', toldNoRoomPercent: 'unmeasured' });
  });
});

describe('figures of a crowd', () => {
  const call = (id: number, over: Partial<Crowd['heard'][number]> = {}): Crowd['heard'][number] => ({
    ...{
      id,
      callId: `CA${id}`,
      turns: [{ lastVoicedAtMs: 0, heardAtMs: 400 }],
      failure: undefined,
      saidSomethingMs: 9_000,
    },
    frames: { frames: 1_000, punctual: 1_000, worstMs: 4 },
    pacing: { ticks: 1_000, lateTicks: 0, maxLateMs: 2 },
    ...over,
  });
  const crowd: Crowd = {
    calls: 3,
    heard: [call(0), call(1), call(2)],
    loopDelayP99Ms: 3,
    loopDelayMaxMs: 30,
    cpuMsPerCallSecond: 2,
    oneCallMb: 100,
    allCallsMb: 104,
  };

  it('are reached when all calls were answered on time for little memory', () => {
    expect(judgeAll(crowdFigures(crowd))).toMatchObject({
      stubCalls: 'reached',
      loopDelayP99Ms: 'reached',
      memoryPerCallMb: 'reached',
      framesPunctualPercent: 'reached',
    });
  });

  it.each([
    ['that ended by itself', { failure: 'agent: closed 1000' }],
    ['that was never answered', { turns: [] }],
  ])('do not count a call %s', (_, over) => {
    const figures = crowdFigures({ ...crowd, heard: [call(0), call(1), call(2, over)] });
    expect(figureOf(figures, 'stubCalls').measured).toEqual({ value: 2, n: 3 });
    expect(judge(figureOf(figures, 'stubCalls'))).toBe('missed');
  });
});

describe('figures of faults', () => {
  it('miss when one was followed by silence, however quick the others', () => {
    const figures = faultFigures([
      { fault: 'speech:hangs', nextStepMs: 400, isRecovered: true, lost: undefined },
      { fault: 'recognition:hangs', nextStepMs: undefined, isRecovered: true, lost: undefined },
    ]);
    expect(judgeAll(figures)).toEqual({
      nextStepMs: 'reached',
      faultsBridged: 'missed',
      faultsRecovered: 'reached',
      faultCallsLost: 'reached',
    });
  });
});
