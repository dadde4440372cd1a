/**
 * The turn-taking score of EVA-Bench (ServiceNow), without a judge: each turn of the caller gets a mark from 0 to 1 by what
 * happened to it, a call gets their mean, and a call whose last turn was not answered gets 0. No turn here calls a tool.
 */
import { agentTurns, firstBegun, nextWish, overlapMs, underWayAt } from './score-floor.ts';
import { isEndless, wantsFloor, YIELD_WINDOW_MS } from './score-panel.ts';
import type { CallerAct, CallTrace } from './trace.ts';

export type EvaRoute = 'ordinary' | 'agent-interrupts' | 'caller-interrupts' | 'both' | 'missed';

export interface EvaTurn {
  readonly actId: string;
  readonly route: EvaRoute;
  /** 0 to 1. */
  readonly score: number;
}

export interface EvaScore {
  /** 0 to 1. */
  readonly score: number;
  readonly turns: readonly EvaTurn[];
}

/** Too early at −500 ms, half right at 0, right from 500 to 2,000 ms, too late at 3,500 ms. */
export function latencyScore(ms: number): number {
  if (ms <= -500 || ms >= 3_500) return 0;
  if (ms < 500) return (ms + 500) / 1_000;
  return ms <= 2_000 ? 1 : (3_500 - ms) / 1_500;
}

/** At most a half, less with every millisecond of overlap (none left at 2 s) and every further time (none left at three). */
export function interruptedScore(overlap: number, times: number): number {
  return 0.5 * Math.min(Math.max(0, 1 - overlap / 2_000), Math.max(0, 1 - (times - 1) / 2));
}

/** 1 for silence at once, 0 for an agent that talks on for two seconds. */
export function yieldScore(ms: number): number {
  return Math.max(0, 1 - ms / YIELD_WINDOW_MS);
}

/** Undefined for a call in which the caller never wanted an answer. */
export function evaScore(trace: CallTrace): EvaScore | undefined {
  const held = agentTurns(trace);
  // A word that only takes the floor is a turn where there was a floor to take.
  const acts = trace.acts.filter(
    (act) => !isEndless(act) && (act.wantsAnswer || (wantsFloor(act) && underWayAt(held, act.fromMs))),
  );
  const last = acts.findLast(({ wantsAnswer }) => wantsAnswer);
  if (last === undefined) return undefined;
  const turns = acts.map((act) => evaTurn(trace, act));
  const mean = turns.reduce((sum, { score }) => sum + score, 0) / turns.length;
  return { score: answerMs(trace, last) === undefined ? 0 : mean, turns };
}

function evaTurn(trace: CallTrace, act: CallerAct): EvaTurn {
  const turns = agentTurns(trace);
  const begun = turns.filter(({ fromMs }) => fromMs > act.fromMs && fromMs < act.toMs);
  const held = underWayAt(turns, act.fromMs);
  const response = answerMs(trace, act);
  const marks: number[] = [];
  if (begun.length > 0) {
    const overlap = begun.reduce((sum, turn) => sum + overlapMs(turn, act), 0);
    marks.push(interruptedScore(overlap, begun.length));
    // The answer that comes after it counts as well, unless the agent was still speaking at the caller's end.
    if (response !== undefined && !underWayAt(turns, act.toMs)) marks.push(latencyScore(response));
  }
  if (held) marks.push(yieldScore(held.toMs - act.fromMs));
  if (marks.length === 0) {
    return { actId: act.id, ...(response === undefined ? MISSED : ordinary(response)) };
  }
  const route = begun.length === 0 ? 'caller-interrupts' : held ? 'both' : 'agent-interrupts';
  return { actId: act.id, route, score: Math.min(...marks) };
}

const MISSED = { route: 'missed', score: 0 } as const;

function ordinary(ms: number): { readonly route: 'ordinary'; readonly score: number } {
  return { route: 'ordinary', score: latencyScore(ms) };
}

/** From the end of the act to the agent's next sound before the caller wants something else; negative never. */
function answerMs(trace: CallTrace, act: CallerAct): number | undefined {
  const untilMs = nextWish(trace, act.toMs)?.fromMs ?? trace.durationMs;
  // Whoever answers under the end of the turn and goes on has answered it, too early.
  const isSpeaking = underWayAt(agentTurns(trace), act.toMs) !== undefined;
  if (isSpeaking) return 0;
  const answer = firstBegun(trace.agent, act.toMs, untilMs);
  return answer && answer.fromMs - act.toMs;
}
