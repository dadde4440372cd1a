/** What the conversation wants to know of a turn beside its words. */
import type { ReadyReply } from '../dialogue/reply.ts';
import type { FlowState, Said } from './flow-state.ts';

/** P(the caller has finished); see dialogue/turn-completeness.ts for what the figures are worth in silence. */
export const COMPLETENESS = {
  /** All of what was asked for. */
  whole: 0.95,
  /** A number or a time to which more words may be added. */
  extendable: 0.75,
  date: 0.6,
  unclear: 0.45,
  /** People think while they tell. */
  open: 0.2,
} as const;

export function completenessOf(said: Said, { question }: FlowState): number {
  switch (said.kind) {
    case 'wish':
    case 'wrong-key':
      return COMPLETENESS.whole;
    case 'when':
    case 'out-of-range':
      return COMPLETENESS.extendable;
    case 'unclear':
      return COMPLETENESS.unclear;
    case 'answer':
      if (typeof said.value === 'boolean') return COMPLETENESS.whole;
      if (question?.kind === 'open') return COMPLETENESS.open;
      if (question?.kind === 'date') return COMPLETENESS.date;
      return question?.kind === 'number' ? COMPLETENESS.extendable : COMPLETENESS.whole;
  }
}

/** A reply of no sound, behind which the call ends. */
export function endOfCall(intent: string): ReadyReply {
  const rest: AsyncIterator<never> = { next: () => Promise.resolve({ done: true, value: undefined }) };
  const first = { text: '', pcm: new Int16Array(0), isCached: true };
  return { source: 'pack', intent, endsCall: true, first, rest };
}
