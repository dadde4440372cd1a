/** One attempt to reach somebody over ARI: a channel of our own id, created, dialled, answered or gone. Used by calls and by transfers. */
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { isAbort } from '#kernel/abort.ts';
import type { ChannelEnd, TrackedChannel } from './ari-channels.ts';
import { channelPath, failureOf, isAmbiguous } from './ari-client.ts';
import { clearAway, type AriLine } from './ari-line.ts';

export interface RingRequest {
  /** The id that the channel gets. */
  readonly channelId: string;
  /** `PJSIP/+263771234567@carrier`: holds a number, so it is never shown. */
  readonly endpoint: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly ringSeconds: number;
  /** Runs when the channel is there and nobody has been called yet. */
  readonly beforeDial?: () => Promise<void>;
}

export type RingResult =
  | { readonly kind: 'answered' }
  | { readonly kind: 'ended'; readonly end: ChannelEnd }
  /** The signal aborted, or we hung up, before it was answered. */
  | { readonly kind: 'cancelled' };

/** Asterisk hands a new channel to the application within milliseconds; this is for one that is out of breath. */
const STASIS_START_MS = 5_000;

/** 409 on /dial is the channel not being in Stasis yet, though StasisStart was told (2 of 4 before it, facts of 22.10). */
const DIAL_TRIES = 5;
const DIAL_RETRY_MS = 100;

/** Asterisk's own ring time-out comes first; should it not, we hang up this much later. */
const RING_GRACE_MS = 5_000;

/**
 * `channel` must be tracked already and stays the caller's. Rejects with INZWA_TRUNK_FAILED when Asterisk cannot be asked or
 * does not agree; `details.ambiguous` says that a telephone may have rung. When it does not resolve with `answered`, the
 * channel is gone or being removed.
 */
export async function ring(
  line: AriLine,
  channel: TrackedChannel,
  request: RingRequest,
  { signal }: { readonly signal: AbortSignal },
): Promise<RingResult> {
  await create(line, request);
  try {
    const early = await untilInStasis(line, channel, signal);
    if (early) return early;
    await request.beforeDial?.();
    signal.throwIfAborted();
    if (!channel.isGivenUp) await dial(line, channel, request, signal);
    const withinMs = request.ringSeconds * 1_000 + RING_GRACE_MS;
    const isOver = await channel.until((one) => one.isUp || isDone(one), { signal, withinMs });
    // Hung up by its id in the middle of all this, or not hung up by Asterisk though its time is over.
    if (!channel.ended && (channel.isGivenUp || !isOver)) await giveUp(line, channel);
    return isOver ? resultOf(channel) : { kind: 'ended', end: {} };
  } catch (error) {
    // Answered in the same instant: then it is answered, and the caller's to hang up.
    if (isAbort(error, signal) && channel.isUp && !channel.ended) return { kind: 'answered' };
    await giveUp(line, channel);
    if (isAbort(error, signal)) return { kind: 'cancelled' };
    throw error;
  }
}

function isDone({ ended, isGivenUp }: TrackedChannel): boolean {
  return ended !== undefined || isGivenUp;
}

function resultOf(channel: TrackedChannel): RingResult {
  if (channel.isGivenUp) return { kind: 'cancelled' };
  return channel.isUp ? { kind: 'answered' } : { kind: 'ended', end: channel.ended ?? {} };
}

/** A-law first, as the trunk's endpoint has it. */
const OFFERED = 'alaw,ulaw';

async function create(line: AriLine, { channelId, endpoint, variables }: RingRequest): Promise<void> {
  try {
    await line.client.ask('POST', '/channels/create', {
      // Without it the offer to the carrier begins with mu-law, whatever the endpoint's order is (measured on 22.10).
      query: { app: line.app, channelId, endpoint, formats: OFFERED },
      body: { variables },
    });
  } catch (error) {
    // Nobody has been called yet: a channel that was made unheard is removed, and all may be asked again.
    if (isAmbiguous(error)) {
      await clearAway(line, channelPath(channelId));
      throw new InzwaError(
        'INZWA_TRUNK_FAILED',
        `call ${channelId}: Asterisk made no channel for the trunk’s endpoint; is its name right, and is it registered or reachable? (${messageOf(error)})`,
        { retryable: true, cause: error, details: { failure: failureOf(error) } },
      );
    }
    throw error;
  }
}

async function untilInStasis(
  line: AriLine,
  channel: TrackedChannel,
  signal: AbortSignal,
): Promise<RingResult | undefined> {
  const isThere = await channel.until((one) => one.hasBeenInStasis || isDone(one), {
    signal,
    withinMs: STASIS_START_MS,
  });
  if (channel.ended) return resultOf(channel);
  if (isThere) return undefined;
  throw new InzwaError(
    'INZWA_TRUNK_FAILED',
    `call ${channel.id}: Asterisk did not hand the new channel over to the application ${line.app}`,
    { retryable: true },
  );
}

/** Asked once: a second /dial on a channel that is being dialled breaks it, and Asterisk's memory with it (measured, 22.10.1). */
async function dial(line: AriLine, channel: TrackedChannel, request: RingRequest, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await line.client.ask('POST', channelPath(channel.id, '/dial'), { query: { timeout: request.ringSeconds } });
      return;
    } catch (error) {
      const failure = failureOf(error);
      // Its end has been told, or will be in a moment.
      if (failure === 'gone') return;
      if (failure === 'conflict' && tries < DIAL_TRIES) {
        await line.clock.sleep(DIAL_RETRY_MS, { signal });
        continue;
      }
      if (!isAmbiguous(error)) throw error;
      throw new InzwaError(
        'INZWA_TRUNK_FAILED',
        `call ${channel.id}: Asterisk did not say whether it dialled, so the telephone may have rung; it is hung up`,
        { retryable: false, cause: error, details: { failure, ambiguous: true } },
      );
    }
  }
}

/** Removes the channel, now or a while later. */
export async function giveUp(line: AriLine, channel: TrackedChannel): Promise<void> {
  channel.giveUp();
  if (channel.ended) return;
  line.abandoned.add(channel.id);
  try {
    await line.client.remove(channelPath(channel.id));
    line.abandoned.delete(channel.id);
  } catch {
    line.sweepLater();
  }
}
