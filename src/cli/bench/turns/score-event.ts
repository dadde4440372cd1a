/** One thing that happened in a call and that a score counts, right or wrong. */
import type { CallerClass, CallTrace } from './trace.ts';

export type EventKind =
  /** A turn of the caller, answered before the caller spoke again or not; `ms` from its end to the agent's first sound. */
  | 'response'
  /** Speech that wants the floor while the agent has it; `ms` from its beginning to the agent's last sound. */
  | 'yield'
  /** The agent began while the caller was speaking; `ms` is how long they spoke over each other. */
  | 'incursion'
  /** Sound of the caller that is not for the agent; `ms` from its beginning to the agent's wrong reaction. */
  | 'selectivity'
  /** A pause inside an utterance; `ms` from its beginning to the agent's voice, when that cut the caller off. */
  | 'pause'
  /** A halt under sound that was not for the agent; `ms` until it went on. */
  | 'recovery'
  /** The agent fell silent though the caller said nothing: it heard itself. */
  | 'self-interruption'
  /** A first word of the caller; `ms` by which its beginning was found late. */
  | 'first-word'
  /** An answer to an utterance that the caller has gone on from. */
  | 'stale-answer'
  /** A caller who never stops; `ms` from the beginning to the answer. */
  | 'endless'
  /** The caller says nothing at all; `ms` until the agent speaks again. */
  | 'silence';

export interface ScoredEvent {
  readonly kind: EventKind;
  readonly callId: string;
  readonly line: string;
  /** '' when no act of the caller belongs to it. */
  readonly actId: string;
  readonly class: CallerClass | undefined;
  /** Where to look: from the beginning of what matters to where it was decided. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly isRight: boolean;
  /** By the strict rule, where there is one: every silence of 200 ms is a stop, and an answer may come late. */
  readonly isRightStrictly?: boolean;
  /** Undefined where nothing was reached, or nothing is measured. */
  readonly ms: number | undefined;
  /** The answer itself, behind any "please wait", by the agent's own account; `ms` from the end of the turn. */
  readonly answer?: { readonly source: 'card' | 'llm'; readonly ms: number } | undefined;
  /** What happened, for people. */
  readonly verdict: string;
}

/** What every event of a call has in common. */
export function eventOf(
  trace: CallTrace,
  act: { readonly id: string; readonly class: CallerClass } | undefined,
  rest: Omit<ScoredEvent, 'callId' | 'line' | 'actId' | 'class'>,
): ScoredEvent {
  return { callId: trace.id, line: trace.line, actId: act?.id ?? '', class: act?.class, ...rest };
}

/** Whole milliseconds, as verdicts write them. */
export const inMs = (ms: number): string => `${Math.round(ms)} ms`;
