/**
 * The interaction panel of tau-voice (Sierra, τ²-bench): who answers, who yields, who talks over whom, and what the agent
 * does not take for a turn. Definitions and windows are theirs; they see ticks of 200 ms, we see edges exact to 5 ms.
 */
import {
  agentTurns,
  endedByItself,
  firstBegun,
  nextWish,
  overlapMs,
  STRICT_STOP_MS,
  bridged,
  underWayAt,
} from './score-floor.ts';
import { answerBehind } from './score-answer.ts';
import { eventOf, inMs, type ScoredEvent } from './score-event.ts';
import type { CallerAct, CallTrace, Span } from './trace.ts';

/** Time to yield after a real interruption. */
export const YIELD_WINDOW_MS = 2_000;
/** Silence of the agent so soon after the onset of a sound that is not for it is a wrong reaction to it. */
export const TALK_THROUGH_WINDOW_MS = 1_000;
/** Speech of the agent so soon after the end of such a sound, which fell into silence, is a wrong answer to it. */
export const IGNORE_WINDOW_MS = 2_000;
/** The same by the strict rule, so that being slow is not taken for being selective; before any "are you there". */
const STRICT_IGNORE_WINDOW_MS = 3_500;
/** A caller who speaks longer than this is answered by force; their agent's start is no interruption. */
export const ENDLESS_MS = 20_000;

/** L_R and R_R: one event for each turn that ended with the agent silent. */
export function responses(trace: CallTrace): readonly ScoredEvent[] {
  const turns = agentTurns(trace);
  return trace.acts.flatMap((act) => {
    if (!act.wantsAnswer || isEndless(act) || isTalkedOver(turns, act)) return [];
    const untilMs = nextWish(trace, act.toMs)?.fromMs ?? trace.durationMs;
    const answer = firstBegun(trace.agent, act.toMs, untilMs);
    const ms = answer && answer.fromMs - act.toMs;
    return [
      eventOf(trace, act, {
        kind: 'response',
        fromMs: act.fromMs,
        toMs: answer?.fromMs ?? Math.min(untilMs, act.toMs + YIELD_WINDOW_MS),
        isRight: answer !== undefined,
        ms,
        answer: answerBehind(trace, act.toMs, untilMs),
        verdict: ms === undefined ? 'not answered before the caller spoke again' : `answered after ${inMs(ms)}`,
      }),
    ];
  });
}

/**
 * L_Y and R_Y: one event for each act that wants the floor and begins while the agent has it. A reply that ended by
 * itself within the window, by the agent's own account, measures nothing and is left out.
 */
export function yields(trace: CallTrace): readonly ScoredEvent[] {
  const turns = agentTurns(trace);
  return trace.acts.flatMap((act) => {
    const turn = underWayAt(turns, act.fromMs);
    if (!wantsFloor(act) || turn === undefined) return [];
    const ms = turn.toMs - act.fromMs;
    const isRight = ms <= YIELD_WINDOW_MS;
    if (isRight && endedByItself(trace, turn.toMs) === true) return [];
    return [
      eventOf(trace, act, {
        kind: 'yield',
        fromMs: act.fromMs,
        toMs: Math.min(turn.toMs, act.fromMs + YIELD_WINDOW_MS),
        isRight,
        ms: isRight ? ms : undefined,
        verdict: isRight ? `silent ${inMs(ms)} after the caller began` : 'talked on for two seconds and more',
      }),
    ];
  });
}

/** I_A: one event for each time that the agent began while the caller was speaking; pauses inside a turn are part of it. */
export function incursions(trace: CallTrace): readonly ScoredEvent[] {
  const turns = agentTurns(trace);
  return trace.acts.flatMap((act) => {
    if (!wantsFloor(act) || isEndless(act)) return [];
    return turns
      .filter(({ fromMs }) => fromMs > act.fromMs && fromMs < act.toMs)
      .map((turn) => {
        const over = overlapMs(turn, act);
        return eventOf(trace, act, {
          kind: 'incursion',
          fromMs: act.fromMs,
          toMs: Math.max(act.toMs, turn.fromMs),
          isRight: false,
          ms: over,
          verdict: `began ${inMs(act.toMs - turn.fromMs)} before the caller had finished`,
        });
      });
  });
}

/** S_BC, S_VT, S_ND, and the same for a television: one event for each sound that is not for the agent. */
export function selectivity(trace: CallTrace): readonly ScoredEvent[] {
  const turns = agentTurns(trace);
  return trace.acts.flatMap((act) => {
    if (!isNotForAgent(act)) return [];
    const turn = underWayAt(turns, act.fromMs);
    if (turn) return talkedThrough(trace, act, turn);
    // They score backchannels under the agent's speech only.
    return act.class === 'backchannel' ? [] : ignored(trace, act, turns);
  });
}

function talkedThrough(trace: CallTrace, act: CallerAct, turn: Span): readonly ScoredEvent[] {
  const untilMs = act.fromMs + TALK_THROUGH_WINDOW_MS;
  const isRight = turn.toMs > untilMs;
  if (!isRight && endedByItself(trace, turn.toMs) === true) return [];
  const strict = underWayAt(bridged(trace.agent, STRICT_STOP_MS), act.fromMs);
  const ms = isRight ? undefined : turn.toMs - act.fromMs;
  return [
    eventOf(trace, act, {
      kind: 'selectivity',
      fromMs: act.fromMs,
      toMs: Math.min(turn.toMs, untilMs),
      isRight,
      isRightStrictly: isRight && strict !== undefined && strict.toMs > untilMs,
      ms,
      verdict: ms === undefined ? 'talked on' : `fell silent after ${inMs(ms)}`,
    }),
  ];
}

function ignored(trace: CallTrace, act: CallerAct, turns: readonly Span[]): readonly ScoredEvent[] {
  if (isAnswerDue(trace, act)) return [];
  const untilMs = act.toMs + IGNORE_WINDOW_MS;
  const begun = firstBegun(turns, act.fromMs, untilMs);
  // Whatever wants an answer inside the window may be answered there.
  const wishMs = nextWish(trace, act.fromMs)?.fromMs ?? Number.POSITIVE_INFINITY;
  if (wishMs < (begun?.fromMs ?? untilMs)) return [];
  const late = firstBegun(turns, act.fromMs, Math.min(wishMs, act.toMs + STRICT_IGNORE_WINDOW_MS));
  return [
    eventOf(trace, act, {
      kind: 'selectivity',
      fromMs: act.fromMs,
      toMs: begun?.fromMs ?? untilMs,
      isRight: begun === undefined,
      isRightStrictly: late === undefined,
      ms: begun && begun.fromMs - act.fromMs,
      verdict: begun === undefined ? 'stayed silent' : `spoke ${inMs(begun.fromMs - act.fromMs)} after it began`,
    }),
  ];
}

/** The agent was speaking as the act ended; one that begins at that very moment answers it. */
function isTalkedOver(turns: readonly Span[], act: CallerAct): boolean {
  const turn = underWayAt(turns, act.toMs);
  return turn !== undefined && turn.fromMs < act.toMs;
}

/** True while the answer to an earlier turn is still to come: what begins then may be that answer. */
function isAnswerDue(trace: CallTrace, act: CallerAct): boolean {
  const asked = trace.acts.findLast((other) => other.wantsAnswer && other.toMs <= act.fromMs);
  return asked !== undefined && firstBegun(trace.agent, asked.toMs, act.fromMs) === undefined;
}

function isNotForAgent({ class: kind }: CallerAct): boolean {
  return kind === 'backchannel' || kind === 'vocal-tic' || kind === 'side-speech' || kind === 'television';
}

/** Whoever interrupts wants the agent to stop, also when it is with a word that needs no answer. */
export function wantsFloor(act: CallerAct): boolean {
  return act.wantsAnswer || act.class === 'interruption' || act.class === 'over-greeting';
}

/** A caller who never stops. */
export function isEndless(act: CallerAct): boolean {
  return act.toMs - act.fromMs >= ENDLESS_MS;
}
