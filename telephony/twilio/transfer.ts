/** A call that Twilio has, in its middle: asked for, sent elsewhere, put through to somebody. */
import { isAbort } from '#kernel/abort.ts';
import type { Clock } from '#kernel/clock.ts';
import { refused } from '../trunk-guards.ts';
import type { PhoneNumber, TransferResult } from '../trunk.ts';
import { TwilioAttempt } from './call-status.ts';
import { transferTwiml } from './call-twiml.ts';
import { twilioFailureOf, type TwilioRestClient } from './rest-client.ts';

/** How often a call is asked for whose status callbacks do not come. */
export const POLL_MS = 2_000;

/** Twilio queues calls above the account's rate for up to 24 h: one that does not even ring this long after its time is given up. */
export const QUEUE_GRACE_MS = 30_000;

interface Scope {
  readonly signal: AbortSignal;
}

export interface TransferParts {
  readonly client: TwilioRestClient;
  readonly clock: Clock;
  readonly callerId: PhoneNumber;
  readonly answerUrl: (callId: string) => string;
  readonly afterDialUrl: (callId: string) => string;
  readonly statusUrl?: ((callId: string) => string) | undefined;
  readonly pollMs?: number;
}

export interface TransferRequest {
  readonly callId: string;
  /** Twilio's id of the caller's call. */
  readonly sid: string;
  /** Is told by status callbacks, and here by asking. */
  readonly person: TwilioAttempt;
  readonly to: PhoneNumber;
  readonly ringSeconds: number;
  readonly announcementUrl: string | undefined;
}

/** Resolves when the person is reached or is not. On abort the caller is taken back, which stops the ringing. */
export async function transferCall(
  parts: TransferParts,
  request: TransferRequest,
  { signal }: Scope,
): Promise<TransferResult> {
  const { client, answerUrl } = parts;
  const { callId, sid } = request;
  try {
    return await reach(parts, request, { signal });
  } catch (error) {
    if (isAbort(error, signal)) {
      const update = { url: answerUrl(callId), method: 'POST' };
      await redirect(client, { callId, sid, update }).catch(() => undefined);
    }
    throw error;
  }
}

async function reach(parts: TransferParts, request: TransferRequest, { signal }: Scope): Promise<TransferResult> {
  const { client, clock, callerId, afterDialUrl, statusUrl, pollMs = POLL_MS } = parts;
  const { callId, sid, person, to, ringSeconds, announcementUrl } = request;
  const before = new Set((await madeFor(client, sid, { signal })).map((child) => child.sid));
  const twiml = transferTwiml({
    to,
    callerId,
    ringSeconds,
    afterDialUrl: afterDialUrl(callId),
    statusUrl: statusUrl?.(callId),
    announcementUrl,
  });
  await redirect(client, { callId, sid, update: { twiml } }, { signal });
  const untilMs = clock.nowMs() + ringSeconds * 1_000 + QUEUE_GRACE_MS;
  while (clock.nowMs() < untilMs) {
    if (await person.until((one) => one.outcome !== undefined, { signal, withinMs: pollMs })) break;
    const made = await madeFor(client, sid, { signal }).catch((error: unknown) => {
      // Asked again in a moment.
      if (twilioFailureOf(error) === undefined) throw error;
      return [];
    });
    const child = made.find((one) => !before.has(one.sid));
    if (child) person.tell({ status: child.status });
    else if (await isOver(parts, sid, { signal })) return { kind: 'not-reached', outcome: 'cancelled' };
  }
  const { outcome } = person;
  if (outcome === 'answered') return { kind: 'connected' };
  if (outcome) return { kind: 'not-reached', outcome };
  throw refused(`call ${callId}: Twilio did not say what became of the transfer`);
}

/** Asks how an attempt stands. Rejects with the signal's reason only: what is not answered is asked again later. */
export async function poll(client: TwilioRestClient, attempt: TwilioAttempt, { signal }: Scope): Promise<void> {
  const { sid } = attempt;
  if (sid === undefined) return;
  try {
    const { status } = await client.ask((calls) => calls(sid).fetch(), { what: `tell of call ${sid}`, signal });
    attempt.tell({ status });
  } catch (error) {
    const failure = twilioFailureOf(error);
    if (failure === undefined) throw error;
    if (failure === 'gone') attempt.tell({ status: 'failed' });
  }
}

type CallUpdate = { readonly twiml: string } | { readonly url: string; readonly method: string };

/** Other TwiML for a call, from now on. */
export async function redirect(
  client: TwilioRestClient,
  { callId, sid, update }: { readonly callId: string; readonly sid: string; readonly update: CallUpdate },
  scope: Partial<Scope> = {},
): Promise<void> {
  await client.ask((calls) => calls(sid).update(update), { what: `redirect call ${callId}`, ...scope });
}

/** Calls that transfers of this one have made, newest first. */
function madeFor(
  client: TwilioRestClient,
  sid: string,
  { signal }: Scope,
): Promise<readonly { readonly sid: string; readonly status: string }[]> {
  const question = { what: `list the calls made for call ${sid}`, signal };
  return client.ask((calls) => calls.list({ parentCallSid: sid, limit: 20 }), question);
}

async function isOver({ client, clock }: TransferParts, sid: string, { signal }: Scope): Promise<boolean> {
  const caller = new TwilioAttempt(clock, sid);
  await poll(client, caller, { signal });
  return caller.outcome !== undefined && caller.status !== 'in-progress';
}
