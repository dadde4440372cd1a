/** Calls that the dialplan has: what we wish of them, and how we hear of them. See conf/extensions.conf. */
import { InzwaError } from '#kernel/errors.ts';
import { failureOf } from './ari-client.ts';
import type { AriLine } from './ari-line.ts';

/** Closes the media leg of a call and says nothing else of what comes next; the dialplan then reads what we wished. */
export type ReleaseMedia = (callId: string) => Promise<void>;

/**
 * Tells the dialplan what comes next for a call, and lets go of its media so that it looks. Should that fail, the wish is
 * taken back: a call must not be transferred when its conversation ends a minute later.
 */
export async function wish(
  { client }: AriLine,
  callId: string,
  { next, ...details }: { readonly next: string; readonly [name: `INZWA_${string}`]: string },
  { signal, releaseMedia }: { readonly signal: AbortSignal; readonly releaseMedia: ReleaseMedia },
): Promise<void> {
  try {
    await client.setVariables(callId, { ...details, INZWA_NEXT: next }, { signal });
    await releaseMedia(callId);
  } catch (error) {
    const { signal: patient } = new AbortController();
    await client.setVariables(callId, { INZWA_NEXT: '' }, { signal: patient }).catch(() => undefined);
    throw error;
  }
}

/**
 * Events of a channel that is not in our application come only when they are asked for. Disposing of it ends it; Asterisk ends it with the channel. Rejects with INZWA_TRUNK_FAILED, also when there is no such
 * channel: the call is over.
 */
export async function subscribe(
  { client, app }: AriLine,
  channelId: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<AsyncDisposable> {
  const path = `/applications/${encodeURIComponent(app)}/subscription`;
  const query = { eventSource: `channel:${channelId}` };
  try {
    await client.ask('POST', path, { query, isIdempotent: true, ...(signal && { signal }) });
  } catch (error) {
    // 422: no such channel.
    if (failureOf(error) !== 'refused') throw error;
    throw new InzwaError('INZWA_TRUNK_FAILED', `call ${channelId} is over: Asterisk has no such channel any more`, {
      retryable: false,
      cause: error,
      details: { failure: 'gone' },
    });
  }
  return {
    async [Symbol.asyncDispose]() {
      await client.ask('DELETE', path, { query }).catch(() => undefined);
    },
  };
}
