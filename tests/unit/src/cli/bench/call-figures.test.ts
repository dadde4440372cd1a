import { describe, expect, test } from 'vitest';
import { callFigures, type CallMeasurements } from '#src/cli/bench/call-figures.ts';
import type { MeasuredTurn } from '#src/cli/bench/call-run.ts';
import { judge, type Figure } from '#src/cli/bench/figures.ts';
import type { TurnLatency } from '#src/cli/demo/latency.ts';

function turn(planned: MeasuredTurn['planned'], over: Partial<TurnLatency>): MeasuredTurn {
  const nothing = { line: 0, text: planned.text, endOfSpeechAtMs: 0, turnsTaken: 1 };
  return { planned, latency: { ...nothing, ...over } as TurnLatency };
}

const asked = { kind: 'card', text: 'Munovhura nguvai?', cardId: 'nguva' } as const;
const measured: CallMeasurements = {
  calls: {
    turns: [
      turn(asked, { source: 'card', cardId: 'nguva', audibleMs: 500 }),
      turn(asked, { source: 'card', cardId: 'nhomba', audibleMs: 700 }),
      turn(asked, { source: 'pack' }),
      turn(
        { ...asked, kind: 'interruption', afterMs: 900 },
        { source: 'card', cardId: 'nguva', audibleMs: 600, yield: 'yielded', bargeInMs: 300 },
      ),
      turn({ ...asked, kind: 'interruption', afterMs: 900 }, { yield: 'talked-on' }),
      turn({ ...asked, kind: 'interruption', afterMs: 900 }, { yield: 'was-silent' }),
      turn({ kind: 'outside', text: 'Bhora?' }, { source: 'llm', audibleMs: 950 }),
      turn({ kind: 'outside', text: 'Sadza?' }, { source: 'card', cardId: 'nguva', audibleMs: 550 }),
    ],
    frames: [
      { frames: 900, punctual: 899, worstMs: 9 },
      { frames: 100, punctual: 99, worstMs: 12 },
    ],
    phoneLateTicks: 0,
    phoneTicks: 1000,
    calls: 2,
  },
  readySeconds: [4, 5, 9],
  warmMb: 900,
  peakMb: 1100,
  perCall: { oneCallMb: 1000, sixCallsMb: 1020 },
  whisper: undefined,
};

const figure = (key: string, of = measured): Figure => {
  const found = callFigures(of).find((one) => one.key === key);
  if (!found) throw new Error(`no figure ${key}`);
  return found;
};

describe('callFigures', () => {
  test('tells answers from cards, from the model and interruptions apart', () => {
    expect(figure('ttfwCardMs').measured).toMatchObject({ p50: 575, n: 4 });
    expect(figure('ttfwLlmMs').measured).toMatchObject({ p50: 950, n: 1 });
    expect(figure('bargeInMs').measured).toMatchObject({ p50: 300, n: 1 });
  });

  test('counts right, wrong and missing cards over the questions alone', () => {
    expect(figure('cardRightPercent').measured).toEqual({ value: 33.3, n: 6 });
    expect(figure('cardWrongPercent').measured).toEqual({ value: 16.7, n: 6 });
    expect(figure('outsideOnCardPercent').measured).toEqual({ value: 50, n: 2 });
    expect(figure('answeredPercent').measured).toEqual({ value: 62.5, n: 8 });
  });

  test('an interruption that fell into a pause is neither yielded to nor not', () => {
    expect(figure('yieldedPercent').measured).toEqual({ value: 50, n: 2 });
  });

  test('adds up the frames of all calls and shares the memory over the further ones', () => {
    expect(figure('framesPunctualPercent').measured).toEqual({ value: 99.8, n: 1000 });
    expect(judge(figure('framesPunctualPercent'))).toBe('reached');
    expect(figure('memoryPerCallMb').measured).toEqual({ value: 4, n: 5 });
    expect(judge(figure('readySeconds'))).toBe('reached');
  });

  test('what was not measured is not reached, and says why', () => {
    const nothing = { ...measured, calls: { ...measured.calls, turns: [], frames: [] }, perCall: undefined };
    for (const key of [
      'ttfwCardMs',
      'ttfwLlmMs',
      'bargeInMs',
      'framesPunctualPercent',
      'memoryPerCallMb',
      'whisperRatio',
    ]) {
      expect(judge(figure(key, nothing)), key).toBe('unmeasured');
    }
    expect(figure('whisperRatio').why).toBe('not run');
  });
});
