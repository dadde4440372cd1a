/** Seeded calls that hold as many acts of each class as were asked for. Pure: the same options give the same plan. */
import { InzwaError } from '#kernel/errors.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { seededRandom } from '../statistics.ts';
import type { Wire } from './agent.ts';
import { callerWordsOf } from './caller-words.ts';
import { ALL_LINES, type Echo, type LineKind } from './lines.ts';
import { ActMaker } from './plan-acts.ts';
import type { CallerManner, PlannedAct, PlannedCall, Round } from './planned-call.ts';
import type { CallerClass } from './trace.ts';

export const ALL_CLASSES: readonly CallerClass[] = [
  'turn',
  'turn-with-pauses',
  'dictation',
  'interruption',
  'backchannel',
  'vocal-tic',
  'side-speech',
  'television',
  'double-start',
  'over-greeting',
  'small-talk',
  'endless',
  'silence',
];

export interface CallPlanOptions {
  readonly hotline: Hotline;
  readonly seed: number;
  /**
   * At least so many acts of each class, and a tenth of it of `endless`, each of which is half a minute long. A question that
   * others are done under is a turn too, so there are more turns.
   */
  readonly eventsPerClass: number;
  /** @defaultValue all */
  readonly classes?: readonly CallerClass[];
  /** Taken in turn. @defaultValue all */
  readonly lines?: readonly LineKind[];
  /** Taken in turn. @defaultValue `twilio` */
  readonly wires?: readonly Wire[];
  /** Calls in which the agent's own voice comes back. @defaultValue 1/3 */
  readonly echoShare?: number;
}

/** Agents hang up, answers are too short to talk into: the plan holds a little more than was asked. */
const SPARE_SHARE = 0.06;
const ROUNDS_PER_CALL = 6;
const ENDLESS_SHARE = 0.1;
/** Of the noises, those that come while nobody speaks. */
const QUIET_SHARE = 0.3;
/** Noises and backchannels under one answer. */
const UNDER_ONE_ANSWER = 2;
const ECHO_DELAY_MS = [60, 300] as const;
/** Three of four calls with an echo have it as loud as a telephone network may make it. */
const ECHO_DB = [-12, -12, -12, -18, -12, -12, -12, -24] as const;
const LEVEL_DBFS = [-26, -17] as const;

/** One voice plays them all: its pace and, together, its pitch and formants. */
const MANNERS: readonly CallerManner[] = [
  { name: 'plain', speakingRate: 1, pitch: 1.05 },
  { name: 'low and slow', speakingRate: 0.88, pitch: 0.88 },
  { name: 'high and fast', speakingRate: 1.12, pitch: 1.14 },
  { name: 'hurried', speakingRate: 1.22, pitch: 0.97 },
  { name: 'high', speakingRate: 0.96, pitch: 1.1 },
  { name: 'low', speakingRate: 1.04, pitch: 0.93 },
];

/** Throws INZWA_CONFIG_INVALID when there are no lines or wires, or no card's answer is long enough to talk into. */
export function planCalls(options: CallPlanOptions): readonly PlannedCall[] {
  const { hotline, seed, eventsPerClass, classes = ALL_CLASSES, lines = ALL_LINES, wires = ['twilio'] } = options;
  if (lines.length === 0 || wires.length === 0) {
    throw new InzwaError('INZWA_CONFIG_INVALID', 'a plan of calls needs at least one line and one wire');
  }
  const random = seededRandom(seed);
  const maker = new ActMaker(hotline, callerWordsOf(hotline), random);
  const events = Math.ceil(eventsPerClass * (1 + SPARE_SHARE));
  const openings = classes.includes('over-greeting') ? events : 0;
  const rounds = shuffled(roundsOf(new Set(classes), events, maker, random), random);
  const silences = classes.includes('silence') ? events : 0;
  const endless = classes.includes('endless') ? Math.ceil(events * ENDLESS_SHARE) : 0;
  const calls = Math.max(openings, silences, endless, Math.ceil(rounds.length / ROUNDS_PER_CALL));
  const echoShare = options.echoShare ?? 1 / 3;
  let echoes = 0;
  return Array.from({ length: calls }, (_, index): PlannedCall => {
    const from = Math.floor((index * rounds.length) / calls);
    const to = Math.floor(((index + 1) * rounds.length) / calls);
    const hasEcho = Math.floor((index + 1) * echoShare) > Math.floor(index * echoShare);
    const own: readonly Round[] = [
      ...(isDealt(index, openings, calls) ? [{ kind: 'over-greeting' as const, act: maker.overGreeting() }] : []),
      ...rounds.slice(from, to),
      ...(isDealt(index, endless, calls) ? [endlessRound(maker)] : []),
      // At the end, because an agent may rightly hang up on it.
      ...(isDealt(index, silences, calls) ? [{ kind: 'silence' as const, ms: maker.silenceMs() }] : []),
    ];
    return {
      id: `call-${index + 1}`,
      number: index + 1,
      seed: Math.floor(random() * 0x7fff_ffff) + 1,
      line: lines[index % lines.length] ?? 'clean',
      wire: wires[Math.floor(index / lines.length) % wires.length] ?? 'twilio',
      echo: hasEcho ? echoOf(echoes++, random) : undefined,
      manner: MANNERS[Math.floor(random() * MANNERS.length)] ?? { name: 'plain', speakingRate: 1, pitch: 1 },
      levelDbfs: LEVEL_DBFS[0] + (LEVEL_DBFS[1] - LEVEL_DBFS[0]) * random(),
      rounds: own,
    };
  });
}

/** Everything but the greeting and the silences; `classes` with nothing to do give nothing. */
function roundsOf(
  classes: ReadonlySet<CallerClass>,
  events: number,
  maker: ActMaker,
  random: () => number,
): readonly Round[] {
  const rounds: Round[] = [];
  const times = (count: number, make: () => Round): void => {
    for (let n = 0; n < count; n += 1) rounds.push(make());
  };
  const ask = (act: PlannedAct, under: readonly PlannedAct[] = []): Round => ({
    kind: 'ask',
    act,
    under,
    spare: maker.longQuestion(),
  });
  if (classes.has('turn-with-pauses')) times(events, () => ask(maker.withPauses()));
  if (classes.has('dictation') && maker.canDictate) times(events, () => ask(maker.dictation()));
  if (classes.has('double-start')) times(events, () => ask(maker.doubleStart()));
  if (classes.has('small-talk') && maker.canTalkSmall) times(events, () => ask(maker.smallTalk()));
  if (classes.has('interruption')) times(events, () => ask(maker.longQuestion(), [maker.interruption()]));
  const under: ((afterMs: number) => PlannedAct)[] = [];
  for (let n = 0; n < events; n += 1) {
    if (classes.has('backchannel')) under.push((afterMs) => maker.backchannel(afterMs));
    for (const noise of maker.noises) {
      if (!classes.has(noise)) continue;
      if (random() < QUIET_SHARE) rounds.push({ kind: 'quiet', act: maker.noise(noise, maker.quietMs()) });
      else under.push((afterMs) => maker.noise(noise, afterMs));
    }
  }
  const dealt = shuffled(under, random);
  for (let at = 0; at < dealt.length; at += UNDER_ONE_ANSWER) {
    const acts = dealt.slice(at, at + UNDER_ONE_ANSWER).map((make, nth) => make(maker.underMs(nth)));
    rounds.push(ask(maker.longQuestion(), acts));
  }
  if (classes.has('turn')) {
    const turns = rounds.filter((round) => round.kind === 'ask' && round.act.class === 'turn').length;
    // Some of every card, however many long questions there are already.
    times(Math.max(Math.ceil(events / 4), events - turns), () => ask(maker.question()));
  }
  return rounds;
}

/** It is asked once, so that it needs no other question. */
function endlessRound(maker: ActMaker): Round {
  const act = maker.endless();
  return { kind: 'ask', act, under: [], spare: act };
}

/** True for `count` of `calls` indices, evenly spread. */
function isDealt(index: number, count: number, calls: number): boolean {
  return Math.floor(((index + 1) * count) / calls) > Math.floor((index * count) / calls);
}

function echoOf(nth: number, random: () => number): Echo {
  const [least, most] = ECHO_DELAY_MS;
  return { db: ECHO_DB[nth % ECHO_DB.length] ?? -12, delayMs: Math.round(least + (most - least) * random()) };
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const left = [...items];
  for (let at = left.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [left[at], left[other]] = [left[other] as T, left[at] as T];
  }
  return left;
}
