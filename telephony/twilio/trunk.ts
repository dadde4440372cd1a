/** Twilio as a trunk: calls are placed and moved about over REST; what becomes of them comes by status callback, or is asked for. */
import { InzwaError } from '#kernel/errors.ts';
import { isAbort } from '#kernel/abort.ts';
import type { Clock } from '#kernel/clock.ts';
import type { AllowList } from '../numbers.ts';
import type {
  Announcement,
  DialRequest,
  DialResult,
  HangUpReason,
  PhoneNumber,
  TransferOptions,
  TransferResult,
  TransferTarget,
  Trunk,
} from '../trunk.ts';
import { assertAllowed, assertCallId, refused } from '../trunk-guards.ts';
import { TwilioAttempt, type TwilioCallStatus } from './call-status.ts';
import { holdTwiml } from './call-twiml.ts';
import { isTwilioAmbiguous, TwilioRestClient, twilioFailureOf } from './rest-client.ts';
import { poll, POLL_MS, QUEUE_GRACE_MS, redirect, transferCall } from './transfer.ts';

export interface TwilioTrunkOptions {
  /** @defaultValue 'twilio' */
  readonly name?: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** An origin in place of Twilio's own. */
  readonly baseUrl?: string | undefined;
  /** One of the account's numbers: Twilio places no call without. */
  readonly callerId: PhoneNumber;
  /** Checked for calls and transfers alike. */
  readonly allowList: AllowList;
  /** TwiML that connects a call's media stream: at its answer, and when it comes back from a transfer or from hold. */
  readonly answerUrl: (callId: string) => string;
  /**
   * Asked when a transfer is over. To a DialCallStatus of `completed` it answers with `<Hangup/>` (they have spoken), to
   * any other as `answerUrl` does: the caller is ours again.
   */
  readonly afterDialUrl: (callId: string) => string;
  /** Where status callbacks go; whoever takes them tells `onStatus`. Undefined: calls are asked for only. */
  readonly statusUrl?: ((callId: string) => string) | undefined;
  /** Status callbacks; disposing of the result ends it. */
  readonly onStatus?: ((listener: (status: TwilioCallStatus) => void) => Disposable) | undefined;
  /** Makes TwiML that plays an announcement reachable for Twilio. Undefined: announced transfers are refused. */
  readonly announcementUrl?:
    | ((callId: string, announcement: Announcement, opts: { readonly signal: AbortSignal }) => Promise<string>)
    | undefined;
  /** @defaultValue silence */
  readonly holdMusicUrl?: string | undefined;
  readonly clock: Clock;
  /** How long Twilio gets to answer. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** How often a call is asked for whose status callbacks do not come. @defaultValue 2000 */
  readonly pollMs?: number;
}

/** Calls that we placed, by our id, with Twilio's; a call lasts 4 h at most, so more than this are not live. */
const MAX_CALLS = 10_000;

/** Twilio's error codes for a `To` that is no number, or none that can be reached. */
const INVALID_NUMBER_CODES: ReadonlySet<unknown> = new Set([21_211, 21_214, 21_217, 21_401, 13_223, 13_224]);

const STATUS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

export class TwilioTrunk implements Trunk {
  readonly name: string;
  readonly #opts: TwilioTrunkOptions;
  readonly #client: TwilioRestClient;
  readonly #feed: Disposable | undefined;
  readonly #life = new AbortController();
  readonly #attempts = new Map<string, TwilioAttempt>();
  /** Of transfers that go on: the person's call by the caller's. */
  readonly #persons = new Map<string, TwilioAttempt>();
  readonly #sids = new Map<string, string>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(opts: TwilioTrunkOptions) {
    this.name = opts.name ?? 'twilio';
    this.#opts = opts;
    this.#client = new TwilioRestClient(opts);
    this.#feed = opts.onStatus?.((status) => this.#hear(status));
  }

  async dial(request: DialRequest, { signal }: { readonly signal: AbortSignal }): Promise<DialResult> {
    const { callId, to, hearsEarlyMedia } = request;
    assertCallId(callId);
    if (this.#attempts.has(callId)) throw refused(`call ${callId} is being placed already`);
    assertAllowed(this.#opts.allowList, callId, to);
    if (hearsEarlyMedia) {
      throw refused(`call ${callId}: Twilio connects no media before the answer, so the call was not placed`);
    }
    if (signal.aborted) return { outcome: 'cancelled' };
    return this.#keep(this.#dial(request, AbortSignal.any([signal, this.#life.signal])));
  }

  /** The reason is not told: Twilio's REST has no cause for a call that it has answered. */
  async hangUp(callId: string, _reason: HangUpReason, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const attempt = this.#attempts.get(callId);
    if (attempt) {
      attempt.isGivenUp = true;
      attempt.changed();
      // Not yet made at Twilio: the attempt ends it as soon as it is.
      if (attempt.sid === undefined) return;
    }
    await this.#end(this.#sidOf(callId), { signal });
    this.#sids.delete(callId);
  }

  async transfer(callId: string, target: TransferTarget, opts: TransferOptions): Promise<TransferResult> {
    assertAllowed(this.#opts.allowList, callId, target.number);
    const { announcement } = opts;
    const { announcementUrl } = this.#opts;
    if (announcement && !announcementUrl) {
      throw refused(`call ${callId}: nothing here can play the announcement, so nobody was called`);
    }
    const signal = AbortSignal.any([opts.signal, this.#life.signal]);
    const sid = this.#sidOf(callId);
    const person = new TwilioAttempt(this.#opts.clock);
    this.#persons.set(sid, person);
    try {
      const request = {
        callId,
        sid,
        person,
        to: target.number,
        ringSeconds: opts.ringSeconds,
        announcementUrl: announcement && (await announcementUrl?.(callId, announcement, { signal })),
      };
      return await this.#keep(transferCall({ ...this.#opts, client: this.#client }, request, { signal }));
    } finally {
      this.#persons.delete(sid);
    }
  }

  async hold(callId: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const update = { twiml: holdTwiml(this.#opts.holdMusicUrl) };
    await redirect(this.#client, { callId, sid: this.#sidOf(callId), update }, { signal });
  }

  async unhold(callId: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const update = { url: this.#opts.answerUrl(callId), method: 'POST' };
    await redirect(this.#client, { callId, sid: this.#sidOf(callId), update }, { signal });
  }

  /** Attempts are cancelled; calls that were answered go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    await Promise.allSettled([...this.#running]);
    this.#feed?.[Symbol.dispose]();
  }

  async #dial(request: DialRequest, signal: AbortSignal): Promise<DialResult> {
    const { callId, ringSeconds } = request;
    const attempt = new TwilioAttempt(this.#opts.clock);
    this.#attempts.set(callId, attempt);
    try {
      const refusal = await this.#create(request, attempt);
      if (refusal) return refusal;
      const isOver = await this.#follow(attempt, ringSeconds * 1_000 + QUEUE_GRACE_MS, signal);
      const carrierCallId = attempt.sid;
      if (isOver && attempt.outcome && !attempt.isGivenUp)
        return { outcome: attempt.outcome, sipStatus: attempt.sipStatus, carrierCallId };
      const hasRung = attempt.status === 'ringing';
      const wasAnswered = await this.#cancel(callId, attempt);
      if (wasAnswered) return { outcome: 'answered', carrierCallId };
      if (attempt.isGivenUp || signal.aborted) return { outcome: 'cancelled', carrierCallId };
      // Queued all the time: there was no room. Rung all the time, though Twilio was told when to stop: nobody answered.
      return { outcome: hasRung ? 'no-answer' : 'congestion', carrierCallId };
    } finally {
      this.#attempts.delete(callId);
      if (attempt.outcome !== 'answered') this.#sids.delete(callId);
    }
  }

  /** Asked once, and its answer waited for even when nobody wants the call any more: without it there is no sid to end. */
  async #create(request: DialRequest, attempt: TwilioAttempt): Promise<DialResult | undefined> {
    const { callId, to, from, ringSeconds } = request;
    const { answerUrl, statusUrl, callerId } = this.#opts;
    const status = statusUrl && { statusCallback: statusUrl(callId), statusCallbackEvent: STATUS_EVENTS };
    const call = { to, from: from ?? callerId, url: answerUrl(callId), timeout: ringSeconds, ...status };
    try {
      const created = await this.#client.ask((calls) => calls.create(call), {
        what: `place call ${callId}`,
        isIdempotent: false,
      });
      attempt.sid = created.sid;
      this.#remember(callId, created.sid);
      // A status callback may have been quicker.
      if (attempt.status === '') attempt.tell({ status: created.status });
      return undefined;
    } catch (error) {
      if (error instanceof InzwaError && INVALID_NUMBER_CODES.has(error.details['twilioCode'])) {
        return { outcome: 'invalid-number' };
      }
      if (!isTwilioAmbiguous(error)) throw error;
      // A status callback has told of it meanwhile.
      if (attempt.sid !== undefined) {
        this.#remember(callId, attempt.sid);
        return undefined;
      }
      throw new InzwaError(
        'INZWA_TRUNK_FAILED',
        `call ${callId}: Twilio did not say whether it was placed, so it may be; ask Twilio for it before it is placed again`,
        {
          retryable: false,
          cause: error,
          details: { failure: twilioFailureOf(error), ambiguous: true },
        },
      );
    }
  }

  /** True when it was answered or is over; false when its time is, or nobody waits for it any more. */
  async #follow(attempt: TwilioAttempt, withinMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock, pollMs = POLL_MS } = this.#opts;
    const untilMs = clock.nowMs() + withinMs;
    const isDone = (): boolean => attempt.outcome !== undefined || attempt.isGivenUp;
    try {
      while (clock.nowMs() < untilMs) {
        if (await attempt.until(isDone, { signal, withinMs: pollMs })) break;
        await poll(this.#client, attempt, { signal });
      }
    } catch (error) {
      if (!isAbort(error, signal)) throw error;
    }
    return attempt.outcome !== undefined;
  }

  /** True when the answer came first: then the call stays, and is the asker's to hang up. */
  async #cancel(callId: string, attempt: TwilioAttempt): Promise<boolean> {
    const { sid } = attempt;
    if (sid === undefined) return false;
    const { signal } = new AbortController();
    const question = { what: `cancel call ${callId}`, signal };
    try {
      const { status } = await this.#client.ask((calls) => calls(sid).update({ status: 'canceled' }), question);
      attempt.tell({ status });
      if (attempt.outcome === 'answered' && !attempt.isGivenUp) return true;
      if (status !== 'canceled') await this.#end(sid, { signal });
    } catch (error) {
      const failure = twilioFailureOf(error);
      if (failure !== 'gone') await this.#end(sid, { signal }).catch(() => undefined);
    }
    return false;
  }

  /** One that is over already is no error. */
  async #end(sid: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    try {
      await this.#client.ask((calls) => calls(sid).update({ status: 'completed' }), {
        what: `end call ${sid}`,
        signal,
      });
    } catch (error) {
      if (twilioFailureOf(error) !== 'gone') throw error;
    }
  }

  #hear(status: TwilioCallStatus): void {
    const { callId, callSid, parentCallSid } = status;
    if (parentCallSid !== undefined) {
      this.#persons.get(parentCallSid)?.tell(status);
      return;
    }
    const attempt = this.#attempts.get(callId);
    if (attempt) {
      attempt.sid ??= callSid;
      // Two calls for one attempt must not be taken for one.
      if (attempt.sid === callSid) attempt.tell(status);
    } else if (status.status === 'completed') {
      this.#sids.delete(callId);
    }
  }

  #remember(callId: string, sid: string): void {
    this.#sids.set(callId, sid);
    const oldest = this.#sids.keys().next();
    if (this.#sids.size > MAX_CALLS && !oldest.done) this.#sids.delete(oldest.value);
  }

  /** A call that came in is known by Twilio's own id. */
  #sidOf(callId: string): string {
    return this.#sids.get(callId) ?? this.#attempts.get(callId)?.sid ?? callId;
  }

  #keep<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    const done = (): boolean => this.#running.delete(work);
    work.then(done, done);
    return work;
  }
}
