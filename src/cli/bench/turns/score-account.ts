/**
 * What edges alone cannot show, from the agent's own account of the call: whether what it prepared was used, whether it
 * answered what was no longer asked, what it heard of a first word. An agent that is only a URL gives no such account.
 */
import type { CallEvent } from '#pipeline/events.ts';
import { eventOf, inMs, type ScoredEvent } from './score-event.ts';
import { bridged, firstBegun, nextWish, STRICT_STOP_MS, underWayAt, voicedParts } from './score-floor.ts';
import { ENDLESS_MS, isEndless, wantsFloor } from './score-panel.ts';
import type { CallerAct, CallTrace } from './trace.ts';

/** Answers prepared on the chance that the caller had finished, and what became of them. */
export interface Speculation {
  /** Preparations begun at a short silence. */
  readonly prepared: number;
  /** Those that the caller spoke on from, thrown away unheard. */
  readonly discarded: number;
  /** Ends of turn, and how many of them found their answer under way. */
  readonly ends: number;
  readonly served: number;
}

export function speculation(events: readonly CallEvent[]): Speculation {
  const begunAtMs = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'soft-end' && !begunAtMs.has(event.utteranceId)) begunAtMs.set(event.utteranceId, event.atMs);
  }
  const ends = events.filter((event) => event.kind === 'end-of-turn');
  const discards = new Set(
    events.flatMap((event) => (event.kind === 'speculation-discarded' ? [event.utteranceId] : [])),
  );
  // What begins only with the end of the turn was no speculation.
  const served = ends.filter(({ utteranceId, atMs }) => (begunAtMs.get(utteranceId) ?? atMs) < atMs);
  const late = ends.filter(({ utteranceId, atMs }) => (begunAtMs.get(utteranceId) ?? Number.NaN) >= atMs);
  return {
    prepared: begunAtMs.size - late.length,
    discarded: [...discards].filter((id) => begunAtMs.has(id)).length,
    ends: ends.length,
    served: served.length,
  };
}

/** Events so near tell of one state of the audio clock: a line that falls silent is filled in, and the clock then is ahead. */
const SAME_CLOCK_MS = 300;

/**
 * What to add to the audio clock to have the recording's, about `atMs`. Every event tells both; the audio clock moves by
 * frames, so the event that shows it least behind is believed. Undefined when no event tells.
 */
export function audioClockOffsetMs(events: readonly CallEvent[], atMs: number): number | undefined {
  const near = events.filter((event) => event.audioMs > 0 && Math.abs(event.atMs - atMs) <= SAME_CLOCK_MS);
  return near.length === 0 ? undefined : Math.min(...near.map((event) => event.atMs - event.audioMs));
}

/** Speech found this long before the act began was another sound. */
const BEFORE_MS = 300;

/**
 * One event for each act that wants an answer and that the agent noticed: was its first word inside what was listened
 * to? The audio that is recognised begins `preRollMs` before the onset that was found.
 */
export function firstWords(trace: CallTrace, preRollMs: number): readonly ScoredEvent[] {
  const { events } = trace;
  if (events === undefined) return [];
  const onsets = events.flatMap((event) =>
    event.kind === 'speech-start' ? [event.onsetMs + (audioClockOffsetMs(events, event.atMs) ?? 0)] : [],
  );
  return trace.acts.filter(wantsFloor).flatMap((act) => {
    const onset = onsets.find((ms) => ms >= act.fromMs - BEFORE_MS && ms < act.toMs);
    if (onset === undefined) return [];
    const lateMs = Math.max(0, onset - act.fromMs);
    const isRight = lateMs <= preRollMs;
    return [
      eventOf(trace, act, {
        kind: 'first-word',
        fromMs: act.fromMs,
        toMs: onset,
        isRight,
        ms: lateMs,
        verdict: isRight
          ? `found ${inMs(lateMs)} late, inside the ${inMs(preRollMs)} looked back on`
          : `found ${inMs(lateMs)} late: the first ${inMs(lateMs - preRollMs)} were not listened to`,
      }),
    ];
  });
}

/** A caller can be heard for this long before anything that was begun can be held back. */
const UNAVOIDABLE_MS = 200;

/** One event for each answer that became audible: had the caller gone on from what it answers? */
export function staleAnswers(trace: CallTrace): readonly ScoredEvent[] {
  const { events } = trace;
  if (events === undefined) return [];
  const voiced = trace.acts.filter(({ wantsAnswer }) => wantsAnswer).flatMap((act) => voicedParts(act));
  return answersHeard(events).flatMap(({ sentMs, endMs }) => {
    const sound = firstBegun(trace.agent, sentMs - UNAVOIDABLE_MS / 2, sentMs + ACCOUNT_MS);
    if (sound === undefined) return [];
    const resumed = voiced.find(
      ({ fromMs }) => fromMs >= endMs + SAME_SPEECH_MS && fromMs <= sound.fromMs - UNAVOIDABLE_MS,
    );
    const act = trace.acts.findLast(({ fromMs }) => fromMs <= sound.fromMs);
    return [
      eventOf(trace, act, {
        kind: 'stale-answer',
        fromMs: endMs,
        toMs: sound.fromMs,
        isRight: resumed === undefined,
        ms: resumed && sound.fromMs - resumed.fromMs,
        verdict:
          resumed === undefined
            ? 'answered what was said last'
            : `answered what the caller had gone on from ${inMs(sound.fromMs - resumed.fromMs)} before`,
      }),
    ];
  });
}

/** What the account says of an end of speech may be earlier than its audible edge by this much. */
const SAME_SPEECH_MS = 150;
const ACCOUNT_MS = 300;

/** Each answer to an utterance: when its first frame went out, and where that utterance had ended. */
function answersHeard(events: readonly CallEvent[]): readonly { readonly sentMs: number; readonly endMs: number }[] {
  return events.flatMap((end, index) => {
    if (end.kind !== 'end-of-turn') return [];
    const following = events.slice(index + 1);
    const discarded = following.find(
      (event) => event.kind === 'speculation-discarded' && event.utteranceId === end.utteranceId,
    );
    const next = following.find((event) => event.kind === 'end-of-turn');
    const sent = following.find((event) => event.kind === 'first-frame-sent' && event.turn === end.turn);
    const isHeard =
      sent !== undefined &&
      sent.atMs < (next?.atMs ?? Number.POSITIVE_INFINITY) &&
      sent.atMs < (discarded?.atMs ?? Number.POSITIVE_INFINITY);
    return isHeard ? [{ sentMs: sent.atMs, endMs: end.speechEndMs + (audioClockOffsetMs(events, end.atMs) ?? 0) }] : [];
  });
}

/** What the caller did so long before a stop can have caused it. */
const CAUSE_MS = 1_500;
/** What is cut so shortly before the end of the call is cut by it. */
const BEFORE_END_MS = 200;

/**
 * One event for each time that an agent with its own echo in its ear broke off what it was saying though the caller had
 * done nothing. What it says of itself is needed: by edges, a reply that is cut looks like one that is over.
 */
export function selfInterruptions(trace: CallTrace): readonly ScoredEvent[] {
  const { events, echo, acts } = trace;
  if (events === undefined || echo === undefined) return [];
  const endMs = events.find(({ kind }) => kind === 'call-ended')?.atMs ?? trace.durationMs;
  return events
    .filter((event) => event.kind === 'agent-said' && !event.isComplete && event.heardMs > 0)
    .filter(({ atMs }) => atMs < endMs - BEFORE_END_MS)
    .filter(({ atMs }) => !acts.some((act) => isSound(act) && act.fromMs <= atMs && act.toMs >= atMs - CAUSE_MS))
    .map(({ atMs }) =>
      eventOf(trace, undefined, {
        kind: 'self-interruption',
        fromMs: Math.max(0, atMs - CAUSE_MS),
        toMs: atMs,
        isRight: false,
        ms: undefined,
        verdict: 'broke off though the caller said nothing: it heard itself',
      }),
    );
}

const isSound = (act: CallerAct): boolean => act.class !== 'silence';

/** Going on later than this is a new beginning, not a recovery. */
const GO_ON_WITHIN_MS = 1_200;
const LOST_AFTER_MS = 5_000;

/**
 * One event for each halt of 200 ms and more under a sound that was not for the agent: how long until it went on? A reply
 * that ended by itself there is no halt; without the agent's account nobody knows, so it is needed.
 */
export function recoveries(trace: CallTrace): readonly ScoredEvent[] {
  if (trace.events === undefined) return [];
  const { events } = trace;
  const spans = bridged(trace.agent, STRICT_STOP_MS);
  return trace.acts.flatMap((act) => {
    const spoken = underWayAt(spans, act.fromMs);
    if (act.wantsAnswer || !isSound(act) || spoken === undefined || spoken.toMs > act.toMs + GO_ON_WITHIN_MS) return [];
    if (!isHalt(events, act, spoken.toMs)) return [];
    const untilMs = Math.min(nextWish(trace, act.fromMs)?.fromMs ?? trace.durationMs, spoken.toMs + LOST_AFTER_MS);
    const again = firstBegun(spans, spoken.toMs, untilMs);
    const ms = again && again.fromMs - spoken.toMs;
    const isRight = ms !== undefined && ms <= GO_ON_WITHIN_MS;
    return [
      eventOf(trace, act, {
        kind: 'recovery',
        fromMs: act.fromMs,
        toMs: again?.fromMs ?? untilMs,
        isRight,
        ms,
        verdict: ms === undefined ? 'did not go on' : `went on after ${inMs(ms)}`,
      }),
    ];
  });
}

/** Halted by the act, by the agent's own account: a hold, or an interruption. */
function isHalt(events: readonly CallEvent[], act: CallerAct, stopMs: number): boolean {
  return events.some(
    ({ kind, atMs }) =>
      HALTS.has(kind) && atMs >= act.fromMs && atMs >= stopMs - ACCOUNT_OF_HALT_MS && atMs <= stopMs + ACCOUNT_MS,
  );
}

const HALTS: ReadonlySet<string> = new Set(['barge-in', 'overlap-held']);
const ACCOUNT_OF_HALT_MS = 600;

/** How long after the limit the answer to a caller who never stops may begin. */
const LIMIT_GRACE_MS = 5_000;

/** One event for each caller who never stops: did the agent speak by the limit of an utterance, from `limitMs` on? */
export function endlessCallers(trace: CallTrace, limitMs: number): readonly ScoredEvent[] {
  return trace.acts
    .filter((act) => act.wantsAnswer && isEndless(act) && act.toMs - act.fromMs >= Math.max(limitMs, ENDLESS_MS))
    .map((act) => {
      const begun = firstBegun(trace.agent, act.fromMs + ENDLESS_MS, act.fromMs + limitMs + LIMIT_GRACE_MS);
      const ms = begun && begun.fromMs - act.fromMs;
      return eventOf(trace, act, {
        kind: 'endless',
        fromMs: act.fromMs,
        toMs: begun?.fromMs ?? act.toMs,
        isRight: begun !== undefined,
        ms,
        verdict: ms === undefined ? 'was not answered at the limit' : `was answered after ${inMs(ms)}`,
      });
    });
}

/** One event for each silence of the caller that is long enough to be asked about: when did the agent speak again? */
export function silences(trace: CallTrace): readonly ScoredEvent[] {
  return trace.acts
    .filter(({ class: kind }) => kind === 'silence')
    .map((act) => {
      const begun = firstBegun(trace.agent, act.fromMs, act.toMs);
      const ms = begun && begun.fromMs - act.fromMs;
      return eventOf(trace, act, {
        kind: 'silence',
        fromMs: act.fromMs,
        toMs: begun?.fromMs ?? act.toMs,
        isRight: ms === undefined || ms >= TOO_SOON_MS,
        ms,
        verdict: ms === undefined ? 'nobody spoke' : `asked after ${inMs(ms)}`,
      });
    });
}

/** Asking a caller who is silent whether they are there any sooner than this hurries them. */
const TOO_SOON_MS = 3_000;
