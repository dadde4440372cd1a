/** From what the call bench measured to its figures, with what each must reach. */
import type { WhisperFigures } from './whisper/whisper-bench.ts';
import type { MeasuredCalls, MeasuredTurn } from './call-run.ts';
import type { Figure, Measurement, Reach, Scalar } from './figures.ts';
import { FURTHER_CALLS, type MemoryPerCall } from './call-memory.ts';
import { distributionOf, round } from './statistics.ts';

export interface CallMeasurements {
  readonly calls: MeasuredCalls;
  readonly readySeconds: readonly number[];
  readonly warmMb: number | undefined;
  /** The largest reading of the run. */
  readonly peakMb: number | undefined;
  readonly perCall: MemoryPerCall | undefined;
  /** Undefined: not run. */
  readonly whisper: WhisperFigures | undefined;
}

const CER_SLACK_POINTS = 0.5;

/** In the order of the table. */
export function callFigures(measured: CallMeasurements): readonly Figure[] {
  return [
    ...latencyFigures(measured.calls.turns),
    ...answerFigures(measured.calls.turns),
    ...serviceFigures(measured),
    ...whisperFigures(measured.whisper),
  ];
}

function latencyFigures(turns: readonly MeasuredTurn[]): readonly Figure[] {
  const audible = (source: 'card' | 'llm'): readonly number[] =>
    turns.flatMap(({ latency }) =>
      latency.source === source && latency.audibleMs !== undefined ? [latency.audibleMs] : [],
    );
  const yields = turns.flatMap(({ latency: { bargeInMs } }) => (bargeInMs === undefined ? [] : [bargeInMs]));
  return [
    milliseconds('ttfwCardMs', 'end of speech → answer heard, from a card', audible('card'), 600, 900),
    milliseconds('ttfwLlmMs', 'end of speech → answer heard, language model', audible('llm'), 1000, 1600),
    milliseconds('bargeInMs', 'interruption begins → silence heard', yields, 350, 500),
  ];
}

function milliseconds(key: string, label: string, values: readonly number[], p50: number, p95: number): Figure {
  const reach: readonly Reach[] = [
    { of: 'p50', atMost: p50 },
    { of: 'p95', atMost: p95 },
  ];
  const measured = values.length === 0 ? undefined : distributionOf(values);
  return { key, label, unit: 'ms', decimals: 0, reach, measured, ...(measured ? {} : { why: 'no such turn' }) };
}

function answerFigures(turns: readonly MeasuredTurn[]): readonly Figure[] {
  const asked = turns.flatMap(({ planned, latency }) =>
    planned.kind === 'outside' ? [] : [{ wanted: planned.cardId, got: latency.cardId }],
  );
  const outside = turns.filter(({ planned }) => planned.kind === 'outside');
  const yielded = turns.filter(({ latency }) => latency.yield === 'yielded' || latency.yield === 'talked-on');
  return [
    percent(
      'cardRightPercent',
      'card questions answered by the right card',
      share(asked, ({ wanted, got }) => wanted === got),
    ),
    percent(
      'cardWrongPercent',
      '… by a wrong card',
      share(asked, ({ wanted, got }) => got !== undefined && wanted !== got),
    ),
    percent(
      'outsideOnCardPercent',
      'sentences from outside answered by a card',
      share(outside, ({ latency }) => latency.cardId !== undefined),
    ),
    percent(
      'answeredPercent',
      'turns with an audible answer',
      share(turns, ({ latency }) => latency.audibleMs !== undefined),
    ),
    percent(
      'yieldedPercent',
      'interruptions yielded to',
      share(yielded, ({ latency }) => latency.yield === 'yielded'),
    ),
    percent(
      'fillerPercent',
      'turns that needed a “please wait”',
      share(turns, ({ latency }) => latency.fillerMs !== undefined),
    ),
  ];
}

function serviceFigures({ calls, readySeconds, warmMb, peakMb, perCall }: CallMeasurements): readonly Figure[] {
  const frames = calls.frames.reduce((sum, run) => sum + run.frames, 0);
  const punctual = calls.frames.reduce((sum, run) => sum + run.punctual, 0);
  const perFurtherCall = perCall === undefined ? undefined : (perCall.sixCallsMb - perCall.oneCallMb) / FURTHER_CALLS;
  const scalar = (value: number | undefined, n: number): Scalar | undefined =>
    value === undefined ? undefined : { value: round(value, 2), n };
  return [
    percent(
      'framesPunctualPercent',
      'frames within ± 5 ms of the 20 ms grid, at the caller',
      scalar((100 * punctual) / frames, frames),
      99.5,
    ),
    {
      key: 'readySeconds',
      label: 'service ready, models on disk',
      unit: 's',
      decimals: 1,
      reach: [{ of: 'p50', atMost: 6 }],
      measured: distributionOf(readySeconds, 2),
    },
    megabytes('memoryWarmMb', 'memory after warm-up', scalar(warmMb, 1)),
    megabytes('memoryPeakMb', 'largest memory of the run', scalar(peakMb, 1), 1600),
    megabytes('memoryPerCallMb', 'each further call', scalar(perFurtherCall, FURTHER_CALLS), 5),
  ];
}

function whisperFigures(whisper: WhisperFigures | undefined): readonly Figure[] {
  const why = whisper === undefined ? { why: 'not run' } : {};
  return [
    {
      key: 'whisperRatio',
      label: 'faster-whisper’s time ÷ ours, 5 s utterance',
      unit: '×',
      decimals: 1,
      reach: [{ of: 'p50', atLeast: 4 }],
      measured: whisper?.ratioTwoThreads,
      ...why,
    },
    {
      ...percent('cerShortMinusFullPoints', 'CER of the short window above the full one', cerDifference(whisper)),
      unit: 'points',
      reach: [{ of: 'value', atMost: CER_SLACK_POINTS }],
      ...why,
    },
    { ...percent('cerShortPercent', 'CER, window as long as the utterance', whisper?.cerShortPercent), ...why },
    { ...percent('cerFullPercent', 'CER, full window', whisper?.cerFullPercent), ...why },
  ];
}

function cerDifference(whisper: WhisperFigures | undefined): Scalar | undefined {
  if (whisper === undefined) return undefined;
  return {
    value: round(whisper.cerShortPercent.value - whisper.cerFullPercent.value, 2),
    n: whisper.cerShortPercent.n,
  };
}

function percent(key: string, label: string, measured: Measurement | undefined, atLeast?: number): Figure {
  const reach: readonly Reach[] = atLeast === undefined ? [] : [{ of: 'value', atLeast }];
  return { key, label, unit: '%', decimals: 1, reach, measured };
}

function megabytes(key: string, label: string, measured: Scalar | undefined, atMost?: number): Figure {
  const reach: readonly Reach[] = atMost === undefined ? [] : [{ of: 'value', atMost }];
  const why = measured === undefined ? { why: 'needs /proc' } : {};
  return { key, label, unit: 'MB', decimals: 1, reach, measured, ...why };
}

function share<T>(items: readonly T[], isCounted: (item: T) => boolean): Scalar {
  const counted = items.filter(isCounted).length;
  return { value: round((100 * counted) / items.length, 1), n: items.length };
}
