/**
 * Twilio as a carrier of campaigns: a call is ordered once and never again by itself; what became of it is asked for by its
 * sid, or by number and time where the answer to the order was lost. Status callbacks do not come through here: whoever
 * takes them writes down what they say before Twilio is told that they came.
 */
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Carrier, CarrierCall, CarrierOrder, CarrierQuestion, PlaceAnswer } from '../carrier.ts';
import type { AllowList } from '../numbers.ts';
import type { PhoneNumber } from '../trunk.ts';
import { assertAllowed, assertCallId } from '../trunk-guards.ts';
import { readCall, timeOf } from './carrier-call.ts';
import { isTwilioAmbiguous, TwilioRestClient, twilioFailureOf, type TwilioCalls } from './rest-client.ts';

/** Where Twilio asks and tells of one attempt; each URL has the attempt's id in it. */
export interface TwilioCarrierUrls {
  readonly answer: (attemptId: string) => string;
  readonly status: (attemptId: string) => string;
  /** Undefined: Twilio does not listen for machines. */
  readonly machine?: ((attemptId: string) => string) | undefined;
}

export interface TwilioCarrierOptions {
  /** @defaultValue 'twilio' */
  readonly name?: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** As for TwilioRestClient. */
  readonly baseUrl?: string | undefined;
  /** Shown where an order names no number; Twilio places no call without one of the account's. */
  readonly callerId?: PhoneNumber | undefined;
  readonly allowList: AllowList;
  readonly urls: TwilioCarrierUrls;
  readonly clock: Clock;
  /** How long Twilio gets to answer. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

type Listed = Awaited<ReturnType<TwilioCalls['list']>>[number];

interface Page {
  readonly instances: readonly Listed[];
  nextPage(): Promise<Page> | undefined;
}

const STATUS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

/** What Twilio says of a `To` that is no number, or none that can be reached. */
const INVALID_NUMBER_CODES: ReadonlySet<unknown> = new Set([21_201, 21_211, 21_214, 21_217, 21_401, 13_223, 13_224]);

/**
 * What will be said of every call until somebody has changed the account or our settings: the number shown is not the
 * account's (21210, 21212, 21213), a URL is none (21205), calls abroad are off (21203), the account is suspended or its
 * credit is spent (10001, 20003, 20005, 20006), no such account (20404).
 */
const FATAL_CODES: ReadonlySet<unknown> = new Set([
  10_001, 20_003, 20_005, 20_006, 20_404, 21_203, 21_205, 21_210, 21_212, 21_213,
]);

/** A `Retry-After` is rare; Twilio's own advice is to back off for a second or more. */
const RATE_LIMITED_WAIT_MS = 2_000;
const UNREACHABLE_WAIT_MS = 5_000;
/** Whatever it asks for: nothing but time would let the trunk go on. */
const MOST_WAIT_MS = 300_000;

/** Calls to one number are few; a server that does not filter has many, and a list without an end is not read to it. */
const PAGE_SIZE = 50;
const MOST_PAGES = 100;

/** A machine without a time server drifts, and calls that other attempts have are left out in any case. */
const SKEW_MS = 900_000;

/** Calls of the account that we cannot have ordered. */
const NOT_ORDERED = /^(?:inbound|outbound-dial|trunking)/;

export class TwilioCarrier implements Carrier {
  readonly name: string;
  readonly capabilities = { clientId: 'none', lookup: 'by-number', canCancelQueued: true } as const;
  readonly #opts: TwilioCarrierOptions;
  readonly #client: TwilioRestClient;

  constructor(opts: TwilioCarrierOptions) {
    this.name = opts.name ?? 'twilio';
    this.#opts = opts;
    this.#client = new TwilioRestClient(opts);
  }

  async place(order: CarrierOrder, { signal }: { readonly signal: AbortSignal }): Promise<PlaceAnswer> {
    const { attemptId, to, ringSeconds } = order;
    const { urls, allowList } = this.#opts;
    const from = order.from ?? this.#opts.callerId;
    if (from === undefined) return { kind: 'refused', reason: 'no-caller-number', isFatal: true };
    try {
      assertCallId(attemptId);
      assertAllowed(allowList, attemptId, to);
    } catch {
      return { kind: 'refused', reason: 'number-not-allowed', outcome: 'failed' };
    }
    if (signal.aborted) return { kind: 'refused', reason: 'given-up' };
    const call = {
      to,
      from,
      url: urls.answer(attemptId),
      method: 'POST',
      statusCallback: urls.status(attemptId),
      statusCallbackMethod: 'POST',
      statusCallbackEvent: STATUS_EVENTS,
      timeout: ringSeconds,
      ...(urls.machine && {
        machineDetection: 'Enable',
        asyncAmd: 'true',
        asyncAmdStatusCallback: urls.machine(attemptId),
        asyncAmdStatusCallbackMethod: 'POST',
      }),
    };
    try {
      // Once sent, its answer is waited for even when nobody wants the call any more: it says which call to end.
      const question = { what: `place call ${attemptId}`, isIdempotent: false };
      const { sid } = await this.#client.ask((calls) => calls.create(call), question);
      return isSid(sid) ? { kind: 'placed', sid } : { kind: 'unclear', reason: 'bad-answer' };
    } catch (error) {
      const answer = answerOf(error);
      if (!answer) throw error;
      return answer;
    }
  }

  /** By number alone, because a call that is queued has no start time to be filtered by; the time is compared here. */
  async find(question: CarrierQuestion, { signal }: { readonly signal: AbortSignal }): Promise<readonly CarrierCall[]> {
    const { attemptId, to, since } = question;
    // The trunk's own number may be another than when the order was placed.
    const { from } = question;
    const what = `list the calls that attempt ${attemptId} may have become`;
    const scope = { what, signal };
    const found: Listed[] = [];
    let page: Page | undefined = await this.#client.ask<Page>(
      (calls) => calls.page({ to, pageSize: PAGE_SIZE }),
      scope,
    );
    for (let pages = 1; page; pages++) {
      found.push(...page.instances.filter((call) => isCandidate(call, { to, from, since })));
      const following: Promise<Page> | undefined = page.nextPage();
      // In whatever order it is: a call on a page that was not read would be taken for none, and ordered again.
      if (following && pages >= MOST_PAGES) {
        following.catch(() => undefined);
        throw new InzwaError('INZWA_TRUNK_FAILED', `Twilio did not ${what}: there are more than ${MOST_PAGES} pages`, {
          retryable: true,
        });
      }
      page = following && (await this.#client.ask(() => following, scope));
    }
    return found.map(readCall);
  }

  async look(sid: string, { signal }: { readonly signal: AbortSignal }): Promise<CarrierCall | undefined> {
    try {
      return readCall(await this.#client.ask((calls) => calls(sid).fetch(), { what: `tell of call ${sid}`, signal }));
    } catch (error) {
      if (twilioFailureOf(error) === 'gone') return undefined;
      throw error;
    }
  }

  async end(
    sid: string,
    { signal, onlyUnanswered = false }: { readonly signal: AbortSignal; readonly onlyUnanswered?: boolean },
  ): Promise<void> {
    const update = async (status: 'canceled' | 'completed'): Promise<string | undefined> => {
      try {
        const question = { what: `end call ${sid}`, signal };
        const call = await this.#client.ask((calls) => calls(sid).update({ status }), question);
        return call.status;
      } catch (error) {
        if (twilioFailureOf(error) === 'gone' || twilioFailureOf(error) === 'refused') return undefined;
        throw error;
      }
    };
    // `canceled` ends what is queued or rings and leaves a conversation alone; `completed` ends that.
    const status = await update('canceled');
    if (onlyUnanswered) return;
    if (status === undefined || !OVER.has(status)) await update('completed');
  }

  /** Tells nothing: see above. */
  onCall(): Disposable {
    return { [Symbol.dispose]: () => undefined };
  }
}

const OVER: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/** Undefined for an error that is not Twilio's. */
function answerOf(error: unknown): PlaceAnswer | undefined {
  const failure = twilioFailureOf(error);
  if (failure === undefined || !isInzwaError(error)) return undefined;
  const { twilioCode, status, retryAfterMs } = error.details;
  const reason = typeof twilioCode === 'number' ? `twilio-${twilioCode}` : failure;
  // 408: a proxy gave up waiting for Twilio, which may have heard it.
  if (isTwilioAmbiguous(error) || status === 408) return { kind: 'unclear', reason };
  if (INVALID_NUMBER_CODES.has(twilioCode)) return { kind: 'refused', reason, outcome: 'invalid-number' };
  switch (failure) {
    case 'rate-limited':
      return {
        kind: 'refused',
        reason,
        waitMs:
          typeof retryAfterMs === 'number'
            ? Math.min(Math.max(retryAfterMs, RATE_LIMITED_WAIT_MS), MOST_WAIT_MS)
            : RATE_LIMITED_WAIT_MS,
      };
    case 'unreachable':
      return { kind: 'refused', reason, waitMs: UNREACHABLE_WAIT_MS };
    case 'gone':
    case 'unauthorised':
      return { kind: 'refused', reason, isFatal: true };
    default:
      return FATAL_CODES.has(twilioCode)
        ? { kind: 'refused', reason, isFatal: true }
        : { kind: 'refused', reason, outcome: 'failed' };
  }
}

interface Wanted {
  readonly to: PhoneNumber;
  readonly from: PhoneNumber | undefined;
  readonly since: number;
}

/** A list that does not filter, or filters otherwise than Twilio's, is filtered here. */
function isCandidate(call: Listed, { to, from, since }: Wanted): boolean {
  const isOurs = isNumberOr(call.to, to) && (from === undefined || isNumberOr(call.from, from));
  return isOurs && !NOT_ORDERED.test(call.direction) && !isBefore(call, since) && isSid(call.sid);
}

/** True also where the list says no number. */
function isNumberOr(told: unknown, number: PhoneNumber): boolean {
  return typeof told !== 'string' || !/^\+\d{8,15}$/.test(told) || told === number;
}

/** False when no time is told: better a call too many to be looked at than one overlooked. */
function isBefore(call: Listed, since: number): boolean {
  const created = timeOf(call.dateCreated) ?? timeOf(call.startTime);
  return created !== undefined && created < since - SKEW_MS;
}

function isSid(sid: unknown): sid is string {
  return typeof sid === 'string' && sid !== '';
}
