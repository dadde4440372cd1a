/** From what the Asterisk bench measured to its figures, with what each must reach. */
import { FURTHER_CALLS, type MemoryPerCall } from '../call-memory.ts';
import type { Figure, Measurement, Reach, Scalar } from '../figures.ts';
import { distributionOf, quantile, round } from '../statistics.ts';
import type { Crowd } from './crowd.ts';
import type { GreetedCall } from './greeting.ts';
import type { HeardTurn } from './heard-truth.ts';
import type { MeasuredInterruption } from './interruption.ts';
import type { Part } from './options.ts';
import type { MeasuredRecovery } from './recovery.ts';

/** What was measured; undefined: that part was not run, or broke. */
export interface AsteriskMeasurements {
  readonly greetings?: readonly GreetedCall[];
  readonly interruptions?: readonly MeasuredInterruption[];
  readonly realMemory?: MemoryPerCall;
  readonly heard?: readonly HeardTurn[];
  /** The same without the dialplan's jitter buffer, and over AudioSocket. */
  readonly heardUnbuffered?: readonly HeardTurn[];
  readonly heardOverAudioSocket?: readonly HeardTurn[];
  readonly recoveries?: readonly MeasuredRecovery[];
  /** With one server, which is started again at once. */
  readonly restarts?: readonly MeasuredRecovery[];
  /** By the number of calls, from few to many; the last one is the one whose punctuality counts. */
  readonly crowds?: readonly Crowd[];
}

const HEARD_WITHIN_MS = 20;
const AGAIN_WITHIN_MS = 2_000;

/** Those of the parts that were asked for, in the order of the table. */
export function asteriskFigures(measured: AsteriskMeasurements, parts: ReadonlySet<Part>): readonly Figure[] {
  const of = (part: Part, figures: readonly Figure[]): readonly Figure[] => (parts.has(part) ? figures : []);
  const { greetings, interruptions, heard, crowds, realMemory } = measured;
  return [
    ...of('greeting', greetingFigures(greetings)),
    ...of('interruption', interruptionFigures(interruptions)),
    ...of('heard', heardFigures(heard)),
    ...of('recovery', recoveryFigures(measured)),
    ...of('crowd', crowdFigures(crowds?.at(-1))),
    ...of('crowd', [stubMemoryFigure(crowds)]),
    ...of('memory', [realMemoryFigure(realMemory)]),
    ...of('heard', lineFigures(measured)),
  ];
}

function greetingFigures(calls: readonly GreetedCall[] | undefined): readonly Figure[] {
  return [
    distribution('inviteToGreetingMs', 'INVITE → first sample of the greeting', pick(calls, 'inviteToGreetingMs'), [
      { of: 'p95', atMost: 150 },
    ]),
    distribution('inviteToAnswerMs', 'INVITE → answer (200)', pick(calls, 'inviteToAnswerMs')),
  ];
}

function interruptionFigures(all: readonly MeasuredInterruption[] | undefined): readonly Figure[] {
  const judged = all?.filter(({ verdict }) => verdict !== 'paused');
  return [
    distribution('interruptionToSilenceMs', 'caller interrupts → RTP silent', pick(judged, 'silentAfterMs'), [
      { of: 'p50', atMost: 350 },
    ]),
    distribution('decisionToSilenceMs', '… of which after our decision', pick(judged, 'oursMs'), [
      { of: 'p95', atMost: 40 },
    ]),
    share('yieldedPercent', 'interruptions yielded to', judged, ({ verdict }) => verdict === 'yielded'),
  ];
}

function heardFigures(turns: readonly HeardTurn[] | undefined): readonly Figure[] {
  return [
    share(
      'heardTruePercent',
      `heard text within ${HEARD_WITHIN_MS} ms of RTP`,
      turns,
      (turn) => offMs(turn) <= HEARD_WITHIN_MS,
      100,
    ),
    distribution('heardOffMs', '… how far off', turns?.map(offMs)),
  ];
}

function recoveryFigures({ recoveries, restarts }: AsteriskMeasurements): readonly Figure[] {
  const isBack = ({ againMs }: MeasuredRecovery): boolean => againMs !== undefined && againMs <= AGAIN_WITHIN_MS;
  const isContinued = (recovery: MeasuredRecovery): boolean => recovery.isContinued;
  const killed = (place: MeasuredRecovery['killed']): readonly MeasuredRecovery[] | undefined =>
    recoveries?.filter((recovery) => recovery.killed === place);
  return [
    share('againInTimePercent', 'killed → agent heard again within 2 s', recoveries, isBack, 100),
    distribution('firstKilledToAgainMs', '… the first server', pick(killed('first'), 'againMs')),
    distribution('secondKilledToAgainMs', '… the second one, with the call', pick(killed('second'), 'againMs')),
    distribution('queuedMs', '… sound that was still heard first', pick(recoveries, 'queuedMs')),
    share('continuedPercent', '… and the answer went on where it was lost', recoveries, isContinued),
    distribution('restartedToAgainMs', 'one server only, restarted at once', pick(restarts, 'againMs')),
    share('restartContinuedPercent', '… and the answer went on where it was lost', restarts, isContinued),
  ];
}

function crowdFigures(crowd: Crowd | undefined): readonly Figure[] {
  const { grid } = crowd ?? {};
  const calls = crowd ? `${crowd.calls} calls: ` : '';
  const percentOf = (part: number, of: number): Scalar => ({ value: round((100 * part) / of, 3), n: of });
  const interarrival = (q: number): Scalar | undefined =>
    crowd && { value: round(quantile(crowd.interarrivalsMs, q), 2), n: crowd.interarrivalsMs.length };
  return [
    scalar(
      'gridMetPercent',
      `${calls}points of the 20 ms grid met within ± 5 ms`,
      '%',
      2,
      grid && percentOf(grid.met, grid.points),
      [{ of: 'value', atLeast: 99.9 }],
    ),
    scalar('gridEmptyPercent', '… left without any packet', '%', 2, grid && percentOf(grid.empty, grid.points)),
    scalar('interarrivalP50Ms', '… between packets, median', 'ms', 2, interarrival(0.5)),
    scalar('interarrivalP99Ms', '… between packets, p99', 'ms', 2, interarrival(0.99)),
    scalar(
      'phonesLatePercent',
      '… ticks of the telephones themselves late',
      '%',
      2,
      crowd && percentOf(crowd.phoneLateTicks, crowd.phoneTicks),
    ),
    scalar('failedCalls', `${calls}failed`, '', 0, crowd && { value: crowd.failures.length, n: crowd.calls }, [
      { of: 'value', atMost: 0 },
    ]),
  ];
}

const MEMORY_REACH: readonly Reach[] = [{ of: 'value', atMost: 3 }];

function stubMemoryFigure(crowds: readonly Crowd[] | undefined): Figure {
  const slope = slopeOf((crowds ?? []).map(({ calls, residentMb }) => [calls, residentMb] as const));
  const measured = slope === undefined ? undefined : { value: round(slope, 2), n: crowds?.at(-1)?.calls ?? 0 };
  return scalar('memoryPerCallMb', 'memory, each further call (stub engines)', 'MB', 2, measured, MEMORY_REACH);
}

function realMemoryFigure(memory: MemoryPerCall | undefined): Figure {
  const measured = memory && {
    value: round((memory.sixCallsMb - memory.oneCallMb) / FURTHER_CALLS, 2),
    n: FURTHER_CALLS,
  };
  return scalar('memoryPerRealCallMb', 'memory, each further call (real engines)', 'MB', 2, measured, MEMORY_REACH);
}

function lineFigures(measured: AsteriskMeasurements): readonly Figure[] {
  const { heard, heardUnbuffered, heardOverAudioSocket } = measured;
  return [
    distribution('flushToSilenceMs', 'flush → RTP silent (stub engines)', pick(heard, 'flushToSilenceMs')),
    distribution('speechFoundMs', 'caller speaks → found (stub engines)', pick(heard, 'speechFoundAfterMs')),
    distribution('speechFoundUnbufferedMs', '… without a jitter buffer', pick(heardUnbuffered, 'speechFoundAfterMs')),
    distribution(
      'audioSocketSilenceMs',
      'over AudioSocket: decision → RTP silent',
      pick(heardOverAudioSocket, 'flushToSilenceMs'),
    ),
    distribution('audioSocketHeardOffMs', '… heard text off RTP', heardOverAudioSocket?.map(offMs)),
    distribution(
      'audioSocketSpeechFoundMs',
      '… caller speaks → found',
      pick(heardOverAudioSocket, 'speechFoundAfterMs'),
    ),
  ];
}

function offMs(turn: HeardTurn): number {
  return Math.abs(turn.heardMs - turn.arrivedMs);
}

/** Least squares; undefined for fewer than two points or one that is unknown. */
export function slopeOf(points: readonly (readonly [x: number, y: number | undefined])[]): number | undefined {
  const known = points.flatMap(([x, y]) => (y === undefined ? [] : [[x, y] as const]));
  if (known.length < 2 || known.length < points.length) return undefined;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(known.map(([x]) => x)), mean(known.map(([, y]) => y))];
  const across = known.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return known.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / across;
}

function pick<Key extends string>(
  items: readonly Partial<Readonly<Record<Key, number>>>[] | undefined,
  key: Key,
): readonly number[] | undefined {
  return items?.flatMap((item) => {
    const value = item[key];
    return value === undefined ? [] : [value];
  });
}

function distribution(
  key: string,
  label: string,
  values: readonly number[] | undefined,
  reach: readonly Reach[] = [],
): Figure {
  const measured: Measurement | undefined =
    values === undefined || values.length === 0
      ? undefined
      : { ...distributionOf(values), max: round(Math.max(...values), 1) };
  return { key, label, unit: 'ms', decimals: 0, reach, measured };
}

function share<T>(
  key: string,
  label: string,
  items: readonly T[] | undefined,
  isCounted: (item: T) => boolean,
  atLeast?: number,
): Figure {
  const measured =
    items === undefined || items.length === 0
      ? undefined
      : { value: round((100 * items.filter(isCounted).length) / items.length, 2), n: items.length };
  return scalar(key, label, '%', 1, measured, atLeast === undefined ? [] : [{ of: 'value', atLeast }]);
}

function scalar(
  key: string,
  label: string,
  unit: string,
  decimals: number,
  measured: Scalar | undefined,
  reach: readonly Reach[] = [],
): Figure {
  return { key, label, unit, decimals, reach, measured };
}
