/** From what the capacity bench measured to its figures, with what each must reach. */
import type { Figure, Scalar } from '../figures.ts';
import { distributionOf, round } from '../statistics.ts';
import type { Crowd } from './crowd.ts';
import type { FaultOutcome } from './faults.ts';
import type { Serving } from './serving.ts';

/** The account of the service agrees with the ear within one frame. */
const AGREES_WITHIN_MS = 20;

export function servingFigures({ calls, turns, fullSinceMs, turnedAway, lost }: Serving): readonly Figure[] {
  const cards = turns.filter(({ source }) => source === 'card');
  const waits = (some: typeof turns): readonly number[] =>
    some.flatMap(({ answerMs }) => (answerMs === undefined ? [] : [answerMs]));
  const full = cards.filter(({ lastVoicedAtMs }) => lastVoicedAtMs >= (fullSinceMs ?? Number.POSITIVE_INFINITY));
  const traced = turns.flatMap(({ traceMs, heardAtMs, lastVoicedAtMs }) =>
    traceMs === undefined ? [] : [Math.abs(traceMs - (heardAtMs - lastVoicedAtMs))],
  );
  return [
    scalar('callsServed', 'calls at once, all models on this machine', '', calls, 1, { atLeast: 6 }),
    {
      key: 'cardAtFullMs',
      label: 'end of speech → answer heard, from a card, while full',
      unit: 'ms',
      decimals: 0,
      reach: [{ of: 'p95', atMost: 1_500 }],
      measured: full.length === 0 ? undefined : distributionOf(waits(full)),
    },
    {
      key: 'cardMs',
      label: '… in the whole run',
      unit: 'ms',
      decimals: 0,
      reach: [],
      measured: cards.length === 0 ? undefined : distributionOf(waits(cards)),
    },
    share('toldNoRoomPercent', 'callers without room who were told so', turnedAway.heardWhy, turnedAway.calls, 100),
    scalar('callsLost', 'calls that ended by themselves', '', lost.length, calls, { atMost: 0 }),
    share(
      'traceAgreesPercent',
      'turns whose stages add up to what was heard within 20 ms',
      traced.filter((ms) => ms <= AGREES_WITHIN_MS).length,
      traced.length,
    ),
    {
      key: 'traceErrorMs',
      label: '… difference',
      unit: 'ms',
      decimals: 0,
      reach: [],
      measured: traced.length === 0 ? undefined : distributionOf(traced),
    },
  ];
}

export function crowdFigures(crowd: Crowd): readonly Figure[] {
  const { calls, heard, loopDelayP99Ms, loopDelayMaxMs, cpuMsPerCallSecond, oneCallMb, allCallsMb } = crowd;
  const sum = (of: (call: (typeof heard)[number]) => number): number =>
    heard.reduce((total, call) => total + of(call), 0);
  const perCall =
    oneCallMb === undefined || allCallsMb === undefined ? undefined : (allCallsMb - oneCallMb) / (calls - 1);
  return [
    scalar('stubCalls', 'calls at once, engines elsewhere', '', heard.filter(isServed).length, calls, {
      atLeast: calls,
    }),
    scalar('loopDelayP99Ms', 'event loop of the service late, p99', 'ms', loopDelayP99Ms, calls, { atMost: 5 }),
    scalar('loopDelayMaxMs', '… at most', 'ms', loopDelayMaxMs, calls),
    scalar('cpuMsPerCallSecond', 'processor time for each second of each call', 'ms', cpuMsPerCallSecond, calls),
    scalar('memoryPerCallMb', 'memory of each further call', 'MB', perCall, calls - 1, { atMost: 3 }),
    share(
      'framesPunctualPercent',
      'frames within ± 5 ms of the 20 ms grid, at the callers',
      sum(({ frames }) => frames.punctual),
      sum(({ frames }) => frames.frames),
      99.9,
    ),
    share(
      'phoneLatePercent',
      'ticks of the telephones themselves more than 5 ms late',
      sum(({ pacing }) => pacing.lateTicks),
      sum(({ pacing }) => pacing.ticks),
    ),
  ];
}

export function faultFigures(outcomes: readonly FaultOutcome[]): readonly Figure[] {
  const steps = outcomes.flatMap(({ nextStepMs }) => (nextStepMs === undefined ? [] : [nextStepMs]));
  const { length } = outcomes;
  const recovered = outcomes.filter(({ isRecovered }) => isRecovered).length;
  const lost = outcomes.filter((outcome) => outcome.lost !== undefined).length;
  return [
    {
      key: 'nextStepMs',
      label: 'an engine at fault: end of turn → next step heard',
      unit: 'ms',
      decimals: 0,
      reach: [{ of: 'max', atMost: 1_500 }],
      measured: steps.length === 0 ? undefined : { ...distributionOf(steps, 0), max: round(Math.max(...steps), 0) },
    },
    scalar('faultsBridged', '… faults after which something was heard', '', steps.length, length, { atLeast: length }),
    scalar('faultsRecovered', '… and the next question answered by its card', '', recovered, length, {
      atLeast: length,
    }),
    scalar('faultCallsLost', '… calls lost', '', lost, length, { atMost: 0 }),
  ];
}

/** Went on to the end, and was answered. */
function isServed({ failure, turns }: Crowd['heard'][number]): boolean {
  return failure === undefined && turns.length > 0;
}

function scalar(
  key: string,
  label: string,
  unit: string,
  value: number | undefined,
  n: number,
  bound?: { readonly atMost?: number; readonly atLeast?: number },
): Figure {
  const measured: Scalar | undefined = value === undefined ? undefined : { value: round(value, 2), n };
  return { key, label, unit, decimals: unit === '' ? 0 : 1, reach: bound ? [{ of: 'value', ...bound }] : [], measured };
}

function share(key: string, label: string, counted: number, of: number, atLeast?: number): Figure {
  const measured = of === 0 ? undefined : { value: round((100 * counted) / of, 2), n: of };
  const reach = atLeast === undefined ? [] : [{ of: 'value' as const, atLeast }];
  return { key, label, unit: '%', decimals: 1, reach, measured };
}
