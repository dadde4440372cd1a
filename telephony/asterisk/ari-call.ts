/** A call that we place: rung, with or without its media while it rings, and then handed to the dialplan. */
import { InzwaError } from '#kernel/errors.ts';
import { outcomeOf } from '../q850.ts';
import type { DialResult } from '../trunk.ts';
import type { TrackedChannel } from './ari-channels.ts';
import { channelPath, failureOf } from './ari-client.ts';
import { JoinedMedia, type AriMediaOptions } from './ari-media.ts';
import type { DialplanPlace } from './ari-orphans.ts';
import type { AriLine } from './ari-line.ts';
import { giveUp, ring } from './ari-ring.ts';

export interface CallRequest {
  readonly callId: string;
  readonly endpoint: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly ringSeconds: number;
  readonly hearsEarlyMedia: boolean;
}

export interface CallPlaces {
  readonly media: AriMediaOptions;
  /** Where an answered call goes on with the agent. */
  readonly mediaContext: DialplanPlace;
  /** Has a label `next-<word>` for each INZWA_NEXT. */
  readonly nextContext: DialplanPlace;
}

/** What the dialplan counts from when a call comes to it in the middle. */
const IN_CONVERSATION = {
  INZWA_ATTACHED: '1',
  INZWA_QUICK: '0',
  INZWA_SINCE_MS: '0',
  INZWA_ROUND: '0',
  INZWA_SECTION: 'inzwa',
} as const;

/** `keep` gets what goes on after this resolves: an answered call with early media, until either side ends. */
export async function placeCall(
  line: AriLine,
  places: CallPlaces,
  request: CallRequest,
  { signal, keep }: { readonly signal: AbortSignal; readonly keep: (work: Promise<void>) => void },
): Promise<DialResult> {
  if (signal.aborted) return { outcome: 'cancelled' };
  const { callId, endpoint, ringSeconds, hearsEarlyMedia } = request;
  const variables = { ...request.variables, INZWA_CALL: callId, INZWA_DIRECTION: 'outbound' };
  const channel = line.channels.track(callId);
  const early: JoinedMedia[] = [];
  let isKept = false;
  try {
    const rung = await ring(
      line,
      channel,
      {
        channelId: callId,
        endpoint,
        ringSeconds,
        variables: hearsEarlyMedia ? { ...variables, ...IN_CONVERSATION } : variables,
        ...(hearsEarlyMedia && {
          async beforeDial() {
            const about = { call: callId, direction: 'outbound', early: '1' };
            early.push(await JoinedMedia.join(line, places.media, { channel, about }, { signal }));
          },
        }),
      },
      { signal },
    );
    if (rung.kind === 'cancelled') return { outcome: 'cancelled' };
    if (rung.kind === 'ended') {
      const { cause, sipStatus } = rung.end;
      return { outcome: outcomeOf({ cause, sipStatus, wasAnswered: false }), cause, sipStatus };
    }
    const [joined] = early;
    if (joined) {
      isKept = true;
      keep(followEarly(line, places, channel, joined));
    } else {
      await attach(line, places, channel);
    }
    return { outcome: 'answered' };
  } finally {
    if (!isKept) {
      for (const joined of early) await joined[Symbol.asyncDispose]();
      channel[Symbol.dispose]();
    }
  }
}

/** From here on the dialplan has the call. */
async function attach(line: AriLine, { mediaContext }: CallPlaces, channel: TrackedChannel): Promise<void> {
  try {
    await line.client.ask('POST', channelPath(channel.id, '/continue'), { query: { ...mediaContext } });
  } catch (error) {
    // Answered, and hung up in the same moment.
    if (failureOf(error) === 'gone' || channel.ended) return;
    await giveUp(line, channel);
    throw new InzwaError(
      'INZWA_TRUNK_FAILED',
      `call ${channel.id} was answered and could not be connected with the agent; it is hung up`,
      { retryable: false, cause: error, details: { failure: failureOf(error), answered: true } },
    );
  }
}

/**
 * An answered call whose media was connected while it rang stays in Stasis until either side ends. When the media does,
 * the dialplan takes over: it does what it was told, or connects the agent again.
 */
async function followEarly(
  line: AriLine,
  places: CallPlaces,
  callee: TrackedChannel,
  early: JoinedMedia,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([line.lifetime, over.signal]);
  const ended = (one: TrackedChannel): boolean => one.ended !== undefined;
  const watches = [callee.until(ended, { signal }), early.media.until(ended, { signal })];
  await Promise.race(watches).catch(() => undefined);
  over.abort();
  await Promise.allSettled(watches);
  await early[Symbol.asyncDispose]();
  if (!callee.ended && !callee.isGivenUp) await handOver(line, places, callee);
  callee[Symbol.dispose]();
}

async function handOver(line: AriLine, places: CallPlaces, callee: TrackedChannel): Promise<void> {
  const next = await line.client.readVariable(callee.id, 'SHARED(INZWA_NEXT)').catch(() => '');
  const place = next === '' ? places.mediaContext : { ...places.nextContext, label: `next-${next}` };
  try {
    await line.client.ask('POST', channelPath(callee.id, '/continue'), { query: { ...place } });
  } catch (error) {
    if (failureOf(error) !== 'gone') await giveUp(line, callee);
  }
}
