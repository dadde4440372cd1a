/** The figures of turn taking: what each is, what it must reach, and the best that others have published. */
import type { Figure, Measurement, Reach } from '../figures.ts';
import { bootstrapInterval, distributionOf, round } from '../statistics.ts';
import type { CallScore } from './score-call.ts';
import type { EventKind, ScoredEvent } from './score-event.ts';
import {
  estimate,
  estimateRatio,
  estimateShare,
  mean,
  median,
  RESAMPLES,
  type ByCall,
  type Estimate,
} from './score-intervals.ts';
import type { CallerClass } from './trace.ts';

export interface TurnFigure extends Figure {
  /** 95 %, of the first thing that `reach` bounds: the value, or the median. Undefined where nothing was measured. */
  readonly interval: readonly [low: number, high: number] | undefined;
  /** Best published elsewhere and by whom; '' for what nobody publishes. */
  readonly elsewhere: string;
}

/** tau-voice hides a rate that rests on fewer. */
export const LEAST_EVENTS = 10;

const msOf = ({ ms }: ScoredEvent): number | undefined => ms;

type About = Pick<TurnFigure, 'key' | 'label' | 'elsewhere'> & { readonly reach?: readonly Reach[] };

/** All figures of a run, in the order of the table. `seed` is of the intervals. */
export function turnFigures(calls: readonly CallScore[], seed: number): readonly TurnFigure[] {
  const of = new Tally(calls, seed);
  return [...answering(of), ...yielding(of), ...ignoring(of), ...finishing(of), ...accounted(of)];
}

function answering(of: Tally): readonly TurnFigure[] {
  const answeredBy =
    (source: 'card' | 'llm') =>
    ({ answer, class: is }: ScoredEvent): number | undefined =>
      // A card that is told to small talk is the wrong one, and was hard to find.
      answer?.source === source && !(source === 'card' && is === 'small-talk') ? answer.ms : undefined;
  return [
    of.delays(
      {
        key: 'answerCardMs',
        label: 'end of speech → answer from a card',
        reach: [
          { of: 'p50', atMost: 450 },
          { of: 'p95', atMost: 800 },
        ],
        elsewhere: '491 / 713 (ConversationRelay, its own half)',
      },
      'response',
      answeredBy('card'),
      'no answer that its agent says came from a card',
    ),
    of.delays(
      {
        key: 'answerLlmMs',
        label: '… through the language model',
        reach: [
          { of: 'p50', atMost: 700 },
          { of: 'p95', atMost: 1_200 },
        ],
        elsewhere: '~1,000 on GPUs (Modal)',
      },
      'response',
      answeredBy('llm'),
      'no answer that its agent says came from the model',
    ),
    of.mean(
      { key: 'responseMs', label: 'L_R: end of speech → any sound', elsewhere: '1,150 (xai-realtime, I_A 0.84)' },
      'response',
    ),
    of.share(
      {
        key: 'responseRate',
        label: 'R_R: turns answered',
        reach: [{ of: 'value', atLeast: 0.995 }],
        elsewhere: '0.9997 (grok 2.0)',
      },
      'response',
    ),
    of.perTurn({
      key: 'agentInterruptionRate',
      label: 'I_A: agent starts in the caller’s turn',
      reach: [{ of: 'value', atMost: 0.08 }],
      elsewhere: '0.098 (gemini-3.1-live)',
    }),
    of.eva({
      key: 'evaTurnTaking',
      label: 'EVA turn-taking',
      reach: [{ of: 'value', atLeast: 0.9 }],
      elsewhere: '0.882 (ElevenAgents)',
    }),
  ];
}

function yielding(of: Tally): readonly TurnFigure[] {
  return [
    of.mean(
      {
        key: 'yieldMs',
        label: 'L_Y: interruption → silence',
        reach: [{ of: 'value', atMost: 400 }],
        elsewhere: '410 (gpt-realtime-1.0, mean S 0.075)',
      },
      'yield',
    ),
    of.delays(
      {
        key: 'yieldTailMs',
        label: '… its distribution',
        reach: [{ of: 'p95', atMost: 600 }],
        elsewhere: '',
      },
      'yield',
      msOf,
      'no interruption was yielded to',
    ),
    of.share(
      {
        key: 'yieldRate',
        label: 'R_Y: interruptions yielded',
        reach: [{ of: 'value', atLeast: 0.99 }],
        elsewhere: '0.998 (gpt-realtime-1.0, mean S 0.075)',
      },
      'yield',
    ),
  ];
}

const SOUNDS: readonly (readonly [key: string, label: string, is: CallerClass, atLeast: number, elsewhere: string])[] =
  [
    [
      'selectivityBackchannel',
      'S_BC: talks through hm and ehe',
      'backchannel',
      0.85,
      '0.667 with R_Y ≥ 0.95 (LiveKit)',
    ],
    ['selectivityVocalTic', 'S_VT: coughs and bursts', 'vocal-tic', 0.85, '0.489 with R_Y ≥ 0.95 (LiveKit)'],
    ['selectivityNonDirected', 'S_ND: side speech', 'side-speech', 0.6, '0.577 with R_Y ≥ 0.95 (LiveKit)'],
    ['selectivityTelevision', 'a television, let run', 'television', 0, ''],
  ];

const THREE = ['backchannel', 'vocal-tic', 'side-speech'] as const satisfies readonly CallerClass[];

function ignoring(of: Tally): readonly TurnFigure[] {
  const reachOf = (atLeast: number): readonly Reach[] => (atLeast === 0 ? [] : [{ of: 'value', atLeast }]);
  return [
    ...SOUNDS.map(([key, label, is, atLeast, elsewhere]) =>
      of.share({ key, label, reach: reachOf(atLeast), elsewhere }, 'selectivity', is),
    ),
    of.meanSelectivity({
      key: 'selectivityMean',
      label: 'mean of the three S',
      reach: [{ of: 'value', atLeast: 0.75 }],
      elsewhere: '0.578 with R_Y ≥ 0.95 (LiveKit)',
    }),
    ...SOUNDS.filter(([, , is]) => is !== 'television').map(([key, label, is]) =>
      of.share(
        { key: `${key}Strict`, label: `${label.split(':', 1).join('')}, strictly`, elsewhere: '' },
        'selectivity',
        is,
        ({ isRightStrictly = false }) => isRightStrictly,
      ),
    ),
    of.share(
      {
        key: 'recoveredRate',
        label: 'goes on within 1.2 s of a false alarm',
        reach: [{ of: 'value', atLeast: 0.95 }],
        elsewhere: '2 s (LiveKit’s default)',
      },
      'recovery',
    ),
    of.delays({ key: 'recoveryMs', label: '… after', elsewhere: '' }, 'recovery', msOf, 'no halt it went on from'),
  ];
}

function finishing(of: Tally): readonly TurnFigure[] {
  return [
    of.share(
      {
        key: 'cutOffRate',
        label: 'pauses at which the caller is cut off',
        elsewhere: '0.226 of turns at 300 ms (turn-1-mini, CPU)',
      },
      'pause',
      undefined,
      ({ isRight }) => !isRight,
    ),
    // A count: half a minute each, there are too few for a rate in a quick run, and one is one too many.
    of.count(
      {
        key: 'endlessUnanswered',
        label: 'callers who never stop, not answered at the limit',
        reach: [{ of: 'value', atMost: 0 }],
        elsewhere: '',
      },
      'endless',
      'no such event',
    ),
    of.share({ key: 'silenceLeft', label: 'silences not broken in the first 3 s', elsewhere: '' }, 'silence'),
  ];
}

function accounted(of: Tally): readonly TurnFigure[] {
  const none: readonly Reach[] = [{ of: 'value', atMost: 0 }];
  return [
    of.selfInterruptions({
      key: 'selfInterruptions',
      label: 'self-interruptions by echo, for each call with one',
      reach: none,
      elsewhere: '6 of 6 replies (pipecat at −18 dB)',
    }),
    of.count({ key: 'firstWordsClipped', label: 'first words clipped', reach: none, elsewhere: '' }, 'first-word'),
    of.count({ key: 'staleAnswers', label: 'stale answers heard', reach: none, elsewhere: '' }, 'stale-answer'),
    of.speculated({
      key: 'speculationServed',
      label: 'turns served from a speculation',
      reach: [{ of: 'value', atLeast: 0.6 }],
      elsewhere: '',
    }),
    of.discarded({
      key: 'speculationDiscarded',
      label: 'speculations thrown away',
      reach: [{ of: 'value', atMost: 0.25 }],
      elsewhere: '~0.18 (one operator of Flux)',
    }),
  ];
}

/** Groups a run's events by call and makes figures of them. */
class Tally {
  readonly #calls: readonly CallScore[];
  readonly #seed: number;

  constructor(calls: readonly CallScore[], seed: number) {
    this.#calls = calls;
    this.#seed = seed;
  }

  /** A distribution of what was reached at all; judged by its percentiles. */
  delays(
    about: About,
    kind: EventKind,
    delayOf: (event: ScoredEvent) => number | undefined,
    whyNone: string,
  ): TurnFigure {
    const values = this.#group(kind, undefined, delayOf);
    const flat = values.flat();
    if (flat.length === 0) return notMeasured(about, 'ms', 0, whyNone);
    const measured = { ...distributionOf(flat, 0), max: round(Math.max(...flat), 0) };
    const { low, high } = estimate(values, median, this.#seed);
    return { ...given(about, 'ms', 0), measured, interval: [low, high] };
  }

  mean(about: About, kind: EventKind): TurnFigure {
    const values = this.#group(kind, undefined, ({ ms }) => ms);
    return this.#scalar(about, 'ms', 0, estimate(values, mean, this.#seed));
  }

  share(
    about: About,
    kind: EventKind,
    is?: CallerClass,
    holds: (event: ScoredEvent) => boolean = ({ isRight }) => isRight,
  ): TurnFigure {
    const isOne = (event: ScoredEvent): boolean => is === undefined || event.class === is;
    return this.#scalar(about, '', 3, estimateShare(this.#group(kind, isOne, holds), this.#seed));
  }

  /** Only where each of the three rests on enough: a mean of fewer is of something else. */
  meanSelectivity(about: About): TurnFigure {
    const of = (call: CallScore): readonly (readonly number[])[] =>
      THREE.map((is) =>
        call.events.flatMap((event) =>
          event.kind === 'selectivity' && event.class === is ? [Number(event.isRight)] : [],
        ),
      );
    const calls = this.#calls.map(of);
    const meanOf = (drawn: readonly number[]): number =>
      mean(THREE.map((_, sound) => mean(drawn.flatMap((call) => calls[call]?.[sound] ?? []))));
    const counts = THREE.map((_, sound) => calls.reduce((sum, call) => sum + (call[sound]?.length ?? 0), 0));
    const least = Math.min(...counts);
    if (least < LEAST_EVENTS) return notMeasured(about, '', 3, `n ${least} < ${LEAST_EVENTS} of one of them`);
    const indices = calls.map((_, index) => index);
    const [low, high] = bootstrapInterval(indices, meanOf, { seed: this.#seed, resamples: RESAMPLES });
    const n = counts.reduce((sum, count) => sum + count, 0);
    return { ...given(about, '', 3), measured: { value: round(meanOf(indices), 3), n }, interval: [low, high] };
  }

  /** How many went wrong; one is one too many, however few there were. */
  count(about: About, kind: EventKind, whyNone = this.#whyNoAccount('no such event')): TurnFigure {
    const wrong = this.#group(kind, undefined, ({ isRight }) => !isRight);
    const n = wrong.flat().length;
    if (n === 0) return notMeasured(about, '', 0, whyNone);
    const { low, high } = estimateShare(wrong, this.#seed);
    return {
      ...given(about, '', 0),
      measured: { value: wrong.flat().filter(Boolean).length, n },
      interval: [low * n, high * n],
    };
  }

  perTurn(about: About): TurnFigure {
    const calls = this.#calls.map(({ events }) => ({
      of: events.filter(({ kind }) => kind === 'incursion').length,
      per: events.filter(({ kind }) => kind === 'response').length,
    }));
    return this.#scalar(about, '', 3, estimateRatio(calls, this.#seed));
  }

  eva(about: About): TurnFigure {
    const scores = this.#calls.map(({ eva }) => (eva === undefined ? [] : [eva.score]));
    return this.#scalar(about, '', 3, estimate(scores, mean, this.#seed), 'calls');
  }

  selfInterruptions(about: About): TurnFigure {
    const echoing = this.#calls.filter(({ echo, speculation }) => echo !== undefined && speculation !== undefined);
    if (echoing.length === 0) return notMeasured(about, '', 3, this.#whyNoAccount('no call had an echo'));
    const calls = echoing.map(({ events }) => ({
      of: events.filter(({ kind }) => kind === 'self-interruption').length,
      per: 1,
    }));
    const { value, low, high, n } = estimateRatio(calls, this.#seed);
    return { ...given(about, '', 3), measured: { value: round(value, 3), n }, interval: [low, high] };
  }

  speculated(about: About): TurnFigure {
    const calls = this.#accounts().map(({ served, ends }) => ({ of: served, per: ends }));
    return this.#scalar(about, '', 3, estimateRatio(calls, this.#seed));
  }

  discarded(about: About): TurnFigure {
    const calls = this.#accounts().map(({ discarded, prepared }) => ({ of: discarded, per: prepared }));
    return this.#scalar(about, '', 3, estimateRatio(calls, this.#seed));
  }

  #accounts() {
    return this.#calls.flatMap(({ speculation }) => (speculation === undefined ? [] : [speculation]));
  }

  #whyNoAccount(otherwise: string): string {
    return this.#accounts().length === 0 ? 'the agent gives no account of itself' : otherwise;
  }

  #scalar(about: About, unit: string, decimals: number, found: Estimate, things = 'events'): TurnFigure {
    const { value, low, high, n } = found;
    if (n < LEAST_EVENTS && things === 'events') return notMeasured(about, unit, decimals, `n ${n} < ${LEAST_EVENTS}`);
    if (n === 0) return notMeasured(about, unit, decimals, `no ${things}`);
    return { ...given(about, unit, decimals), measured: { value: round(value, decimals), n }, interval: [low, high] };
  }

  #group<T>(
    kind: EventKind,
    isOne: ((event: ScoredEvent) => boolean) | undefined,
    valueOf: (event: ScoredEvent) => T | undefined,
  ): ByCall<T> {
    return this.#calls.map(({ events }) =>
      events
        .filter((event) => event.kind === kind && (isOne === undefined || isOne(event)))
        .flatMap((event) => {
          const value = valueOf(event);
          return value === undefined ? [] : [value];
        }),
    );
  }
}

function given({ key, label, reach = [], elsewhere }: About, unit: string, decimals: number) {
  return { key, label, reach, elsewhere, unit, decimals };
}

function notMeasured(about: About, unit: string, decimals: number, why: string): TurnFigure {
  return { ...given(about, unit, decimals), measured: undefined as Measurement | undefined, interval: undefined, why };
}
