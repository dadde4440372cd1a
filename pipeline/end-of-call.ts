/** How a call ended that we ended ourselves. */
import { TurnAborted } from '#kernel/abort.ts';
import type { EndCause } from './ports.ts';

/** Whose doing it was that the call's signal aborted; `reason` is the signal's. */
export function causeOf(reason: unknown): EndCause {
  const why = reason instanceof TurnAborted ? reason.why : 'drain';
  if (why === 'caller-hung-up') return { result: 'caller', reason: 'hung-up' };
  return { result: 'ours', reason: why === 'drain' ? 'drained' : why };
}
