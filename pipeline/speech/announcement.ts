/** Something that is said to a caller who is not listened to: a sentence, and that is all. */
import type { Clock } from '#kernel/clock.ts';
import { onAbort } from '#kernel/abort.ts';
import type { Piece } from '../dialogue/reply.ts';
import type { CallLeg, EndCause } from '../ports.ts';
import { Playout } from './playout.ts';

export interface AnnouncementOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Attaches to the leg and plays the pieces. Resolves with undefined when all of it has been heard, with the cause when the
 * leg ended before that; rejects with the signal's reason, and with what the pieces throw.
 */
export async function announce(
  leg: CallLeg,
  pieces: AsyncIterable<Piece>,
  { clock, signal }: AnnouncementOptions,
): Promise<EndCause | undefined> {
  signal.throwIfAborted();
  const over = Promise.withResolvers<EndCause | undefined>();
  // Nobody may be waiting for it when the pieces fail.
  over.promise.catch(() => undefined);
  const playout = new Playout({
    leg,
    clock,
    turnId: 'announcement',
    onEvent: ({ kind }) => {
      if (kind === 'finished') over.resolve(undefined);
    },
  });
  using _aborting = onAbort(signal, () => over.reject(signal.reason as Error));
  leg.attach((event) => {
    if (event.kind === 'mark') playout.onMark(event.name);
    if (event.kind === 'ended') over.resolve(event.cause);
  });
  try {
    let hasSound = false;
    for await (const { text, pcm } of pieces) {
      signal.throwIfAborted();
      if (text !== '') playout.beginSegment(text);
      playout.push(pcm);
      hasSound ||= pcm.length > 0;
    }
    playout.finish();
    if (!hasSound) return undefined;
    return await over.promise;
  } finally {
    if (playout.isPlaying) playout.clear();
  }
}
