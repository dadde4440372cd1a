/** Handing a caller to a person: blind, by the dialplan, or announced, in a channel of ours until the person has been told. */
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { outcomeOf } from '../q850.ts';
import type { Announcement, DialOutcome, TransferResult } from '../trunk.ts';
import type { ChannelEnd, TrackedChannel } from './ari-channels.ts';
import { channelPath } from './ari-client.ts';
import { subscribe, wish, type ReleaseMedia } from './ari-dialplan.ts';
import { JoinedMedia, type AriMediaOptions } from './ari-media.ts';
import { clearAway, type AriLine } from './ari-line.ts';
import { ring } from './ari-ring.ts';

/** Resolves when the announcement has been heard to its end; rejects with the signal's reason. */
export type PlayTo = (callId: string, pcm: Int16Array, opts: { readonly signal: AbortSignal }) => Promise<void>;

interface TransferRequest {
  /** The caller's channel. */
  readonly callId: string;
  readonly ringSeconds: number;
  readonly releaseMedia: ReleaseMedia;
}

export interface BlindRequest extends TransferRequest {
  /** As the dialplan dials it on its trunk. */
  readonly target: string;
}

export interface AnnouncedRequest extends TransferRequest {
  readonly endpoint: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly media: AriMediaOptions;
  readonly announcement: Announcement;
  readonly playTo: PlayTo;
}

interface Scope {
  readonly signal: AbortSignal;
}

/** A dialplan that was told to dial and says nothing for this long after the ring time does not know how. */
const VERDICT_GRACE_MS = 10_000;
const BRIDGE_MS = 5_000;

/** A released leg is noticed within some 15 ms (measured), and dialling begins with it. */
const BEGIN_MS = 1_000;

/** The end of the person's channel and the dialplan's verdict come within milliseconds of each other, in either order. */
const CAUSE_MS = 300;

const OUTCOME_OF_DIAL_STATUS: ReadonlyMap<string, DialOutcome> = new Map([
  ['BUSY', 'busy'],
  ['NOANSWER', 'no-answer'],
  ['CONGESTION', 'congestion'],
  ['CANCEL', 'cancelled'],
]);

/** The dialplan dials; its verdict comes as events of the caller's channel. On abort the person's telephone stops ringing. */
export async function transferBlind(
  line: AriLine,
  { callId, target, ringSeconds, releaseMedia }: BlindRequest,
  { signal }: Scope,
): Promise<TransferResult> {
  using caller = line.channels.track(callId);
  await using _ = await subscribe(line, callId, { signal });
  caller.expectTransfer();
  const wanted = { next: 'dial', INZWA_TARGET: target, INZWA_RING: String(ringSeconds) };
  await wish(line, callId, wanted, { signal, releaseMedia });
  const scope = { signal, withinMs: ringSeconds * 1_000 + VERDICT_GRACE_MS };
  try {
    await caller.until((one) => one.dialled !== undefined || isJudged(one), scope);
    using person = caller.dialled && (await watch(line, caller.dialled.peerId));
    await caller.until(isJudged, scope);
    if (isConnected(caller)) return { kind: 'connected' };
    if (caller.verdict !== undefined) {
      await person?.until((one) => one.ended !== undefined, { signal, withinMs: CAUSE_MS });
      return { kind: 'not-reached', outcome: outcomeOfVerdict(caller.verdict, person?.ended) };
    }
    // The caller hung up while it rang.
    if (caller.ended) return { kind: 'not-reached', outcome: 'cancelled' };
  } catch (error) {
    if (await hasConnectedAnyway(line, caller)) return { kind: 'connected' };
    throw error;
  }
  throw new InzwaError(
    'INZWA_TRUNK_FAILED',
    `call ${callId}: the dialplan did not say what became of the transfer; see next-dial in extensions.conf`,
    { retryable: false },
  );
}

/** Given up: what the dialplan has dialled, or is about to, is hung up, unless the two speak with each other already. */
async function hasConnectedAnyway(line: AriLine, caller: TrackedChannel): Promise<boolean> {
  const { signal } = new AbortController();
  await caller.until((one) => one.dialled !== undefined || isJudged(one), { signal, withinMs: BEGIN_MS });
  if (isConnected(caller)) return true;
  if (caller.dialled) await clearAway(line, channelPath(caller.dialled.peerId));
  return false;
}

function isConnected({ dialled }: TrackedChannel): boolean {
  return dialled?.status === 'ANSWER';
}

function isJudged(caller: TrackedChannel): boolean {
  return isConnected(caller) || caller.verdict !== undefined || caller.ended !== undefined;
}

/** The person's channel, for its cause: DIALSTATUS calls a refusal CHANUNAVAIL. It belongs to the dialplan and ends with it. */
async function watch(line: AriLine, peerId: string): Promise<TrackedChannel> {
  const person = line.channels.track(peerId);
  // One that has ended already leaves us with DIALSTATUS.
  await subscribe(line, peerId).catch(() => undefined);
  return person;
}

function outcomeOfVerdict(dialStatus: string, end: ChannelEnd | undefined): DialOutcome {
  const byCause = outcomeOf({ ...end, wasAnswered: false });
  return byCause === 'failed' ? (OUTCOME_OF_DIAL_STATUS.get(dialStatus) ?? 'failed') : byCause;
}

/**
 * The person is called while the caller talks on, hears the announcement, and is only then joined with the caller. Whatever
 * goes wrong before that leaves the caller untouched and nobody else on a line.
 */
export async function transferAnnounced(
  line: AriLine,
  request: AnnouncedRequest,
  { signal }: Scope,
): Promise<TransferResult> {
  const { callId, endpoint, variables, ringSeconds } = request;
  using caller = line.channels.track(callId);
  await using _ = await subscribe(line, callId, { signal });
  using callerEnd = whenEnded(caller);
  const whileBoth = AbortSignal.any([signal, callerEnd.signal]);
  using human = line.channels.track(humanId(line, callId));
  let isHandedOver = false;
  try {
    const rung = await ring(
      line,
      human,
      { channelId: human.id, endpoint, variables, ringSeconds },
      { signal: whileBoth },
    );
    signal.throwIfAborted();
    if (rung.kind === 'cancelled') return { kind: 'not-reached', outcome: 'cancelled' };
    if (rung.kind === 'ended') {
      return { kind: 'not-reached', outcome: outcomeOf({ ...rung.end, wasAnswered: false }) };
    }
    const told = await announce(line, human, request, { signal: whileBoth });
    signal.throwIfAborted();
    if (caller.ended) return { kind: 'not-reached', outcome: 'cancelled' };
    // Answered, and hung up before the caller was put through.
    if (!told || human.name === undefined) return { kind: 'not-reached', outcome: 'rejected' };
    isHandedOver = await join(line, caller, human, human.name, request, { signal });
    return isHandedOver ? { kind: 'connected' } : { kind: 'not-reached', outcome: 'failed' };
  } finally {
    if (!isHandedOver && !human.ended) await clearAway(line, channelPath(human.id));
  }
}

let humansCalled = 0;

/** Several people may be called for one caller, one after the other; an id is never used twice. */
function humanId({ app, clock }: AriLine, callId: string): string {
  humansCalled += 1;
  return `${app}-human-${clock.wallMs().toString(36)}-${humansCalled}-${callId}`;
}

/** False when the person, or the caller, hung up before its end. */
async function announce(
  line: AriLine,
  human: TrackedChannel,
  { callId, media, announcement, playTo }: AnnouncedRequest,
  { signal }: Scope,
): Promise<boolean> {
  using humanEnd = whenEnded(human);
  const whileThere = AbortSignal.any([signal, humanEnd.signal]);
  try {
    const about = { call: callId, announce: '1' };
    await using _ = await JoinedMedia.join(line, media, { channel: human, about }, { signal: whileThere });
    await playTo(callId, announcement.pcm, { signal: whileThere });
    return !human.ended;
  } catch (error) {
    if (whileThere.aborted || human.ended) return false;
    throw new InzwaError('INZWA_TRUNK_FAILED', `call ${callId}: the announcement was not heard: ${messageOf(error)}`, {
      retryable: false,
      cause: error,
    });
  }
}

/** True when the two are joined, which takes the person's channel out of Stasis. */
async function join(
  line: AriLine,
  caller: TrackedChannel,
  human: TrackedChannel,
  humanName: string,
  { releaseMedia }: TransferRequest,
  { signal }: Scope,
): Promise<boolean> {
  caller.expectTransfer();
  await wish(line, caller.id, { next: 'bridge', INZWA_PEER: humanName }, { signal, releaseMedia });
  await human.until(
    (one) => !one.isInStasis || one.ended !== undefined || caller.ended !== undefined || caller.verdict !== undefined,
    { signal, withinMs: BRIDGE_MS },
  );
  return !human.isInStasis && !human.ended;
}

/** A signal that aborts when the channel ends; disposing of it stops the watch. */
function whenEnded(channel: TrackedChannel): Disposable & { readonly signal: AbortSignal } {
  const over = new AbortController();
  const idle = new AbortController();
  channel
    .until((one) => one.ended !== undefined, { signal: idle.signal })
    .then(
      () => over.abort(),
      () => undefined,
    );
  return {
    signal: over.signal,
    [Symbol.dispose]() {
      idle.abort();
    },
  };
}
