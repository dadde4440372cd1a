/** Steps that more than one phase takes. Pure, as all of turn/. */
import type { TurnPolicy } from './policy.ts';
import type { Effect, TurnState } from './state.ts';

export type Step = readonly [TurnState, readonly Effect[]];
export type In<P extends TurnState['phase']> = Extract<TurnState, { phase: P }>;

/** The caller has the floor with something new, which began at `onsetMs`. */
export function startHearing(
  state: TurnState,
  onsetMs: number,
  before: readonly Effect[],
): readonly [In<'hearing'>, readonly Effect[]] {
  return [
    { phase: 'hearing', turn: state.turn + 1, unanswered: 0, onsetMs, softUtteranceId: undefined },
    [...before, { kind: 'utterance-from', onsetMs }],
  ];
}

/** However long the caller has been silent, an answer that is nearly there is not put behind "let me look". */
const LEAST_THINKING_MS = 300;

/** The caller has finished; `before` has what was said recognised, if that is not under way. */
export function endTurn(
  { turn, onsetMs }: In<'hearing'>,
  {
    utteranceId,
    isForced,
    silenceMs = 0,
  }: { readonly utteranceId: string; readonly isForced: boolean; readonly silenceMs?: number },
  before: readonly Effect[],
  policy: TurnPolicy,
): Step {
  const thinkingMs = Math.max(LEAST_THINKING_MS, policy.thinkingMs - silenceMs);
  return [
    { phase: 'thinking', turn, unanswered: 0, onsetMs, utteranceId, isForced, isAnnounced: false },
    [...before, { kind: 'await-answer', utteranceId, turn }, { kind: 'arm', timer: 'thinking', ms: thinkingMs }],
  ];
}
