/**
 * Asterisk as a carrier of campaigns. The attempt's id is the channel's, so a second call of one attempt is refused while the
 * first lasts, and the call goes to the dialplan by itself when it is answered: it outlives this process. How it ended stands
 * in a global variable that the dialplan writes (conf/extensions.conf, inzwa-attempt-ended) until it is taken away here.
 */
import { randomBytes } from 'node:crypto';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Carrier, CarrierCall, CarrierCallState, CarrierOrder, CarrierQuestion, PlaceAnswer } from '../carrier.ts';
import { writeNumber, type AllowList, type NumberFormat } from '../numbers.ts';
import { outcomeOf } from '../q850.ts';
import type { PhoneNumber } from '../trunk.ts';
import { assertAllowed, assertCallId } from '../trunk-guards.ts';
import { AriClient, channelPath, failureOf, isAmbiguous, type AriQuestion } from './ari-client.ts';
import { AriEvents, type AriTroubleSink } from './ari-events.ts';
import { channelAnswer, variableValue, type AriEvent } from './ari-messages.ts';

export interface AsteriskCarrierOptions {
  /** @defaultValue 'asterisk' */
  readonly name?: string;
  /** As for AriClient. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** The PJSIP endpoint that calls go out by: `carrier`. */
  readonly endpoint: string;
  /** @defaultValue 'e164' */
  readonly numberFormat?: NumberFormat;
  /** Shown where an order names no number. */
  readonly callerId?: PhoneNumber | undefined;
  readonly allowList: AllowList;
  readonly clock: Clock;
  readonly onTrouble: AriTroubleSink;
  /** How long Asterisk gets to answer. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

/** Attempts have UUIDs of version 7; callers’ channels, and those of `inzwa call`, have not. */
const ATTEMPT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Since when Asterisk has forgotten no end of a call: a restart forgets this as well, and so does a reload of the dialplan. */
const REMEMBERS_SINCE = 'INZWA_REMEMBERS_SINCE';

/** A-law first, as the trunk's endpoint has it. */
const OFFERED = 'alaw,ulaw';

const UNREACHABLE_WAIT_MS = 2_000;
/** The trunk's endpoint is not registered or not reachable: nothing that another number would change. */
const NO_CHANNEL_WAIT_MS = 10_000;

/** By then whoever heard of an end has written it down, or has lost its database for good. */
const FORGET_ENDS_MS = 900_000;
/** Dialplans look through all global variables for one. */
const MOST_ENDS = 2_000;

/** Words of ARI for a channel; one that has been made and rings nobody yet is Down. */
const STATES: Readonly<Record<string, CarrierCallState>> = { Ringing: 'ringing', Ring: 'ringing', Up: 'answered' };

interface End {
  readonly cause?: number | undefined;
  readonly sipStatus?: number | undefined;
  readonly wasAnswered: boolean;
  readonly durationMs?: number | undefined;
  /** Epoch ms. */
  readonly at: number;
}

export class AsteriskCarrier implements Carrier, Disposable {
  readonly name: string;
  readonly capabilities = { clientId: 'live', lookup: 'by-id', canCancelQueued: true } as const;
  readonly #opts: AsteriskCarrierOptions;
  readonly #client: AriClient;
  readonly #events: AriEvents;
  /** Of its own: one connection has an application at a time. No channel enters it. */
  readonly #app = `inzwa-campaign-${randomBytes(4).toString('hex')}`;
  readonly #listeners = new Set<(call: CarrierCall) => void>();
  /** Taken back by us; their end is nobody's refusal. */
  readonly #takenBack = new Set<string>();
  /** Ends that were told, oldest first, with the time of the monotonic clock. */
  readonly #told = new Map<string, number>();

  constructor(opts: AsteriskCarrierOptions) {
    this.name = opts.name ?? 'asterisk';
    this.#opts = opts;
    this.#client = new AriClient(opts);
    const { url, user, password, clock, onTrouble } = opts;
    this.#events = new AriEvents({
      ...{ url, user, password, clock, onTrouble, app: this.#app },
      onConnected: () => void this.#connected(),
      onEvent: (event) => this.#hear(event),
    });
  }

  async place(order: CarrierOrder, { signal }: { readonly signal: AbortSignal }): Promise<PlaceAnswer> {
    const { attemptId, to } = order;
    try {
      assertCallId(attemptId);
      assertAllowed(this.#opts.allowList, attemptId, to);
    } catch {
      return { kind: 'refused', reason: 'number-not-allowed', outcome: 'failed' };
    }
    if (signal.aborted) return { kind: 'refused', reason: 'given-up' };
    try {
      // Once sent, its answer is waited for even when nobody wants the call any more.
      await this.#client.ask('POST', channelPath(attemptId), this.#origination(order));
      return { kind: 'placed', sid: attemptId };
    } catch (error) {
      const failure = failureOf(error);
      if (failure === undefined || !isInzwaError(error)) throw error;
      if (failure === 'conflict') return this.#afterConflict(attemptId);
      if (failure === 'unreachable') return { kind: 'refused', reason: failure, waitMs: UNREACHABLE_WAIT_MS };
      // What ARI says when no channel could be made; a 500 of any other kind says nothing.
      if (failure === 'server-error' && error.message.includes('Allocation failed')) {
        return { kind: 'refused', reason: 'no-channel', waitMs: NO_CHANNEL_WAIT_MS };
      }
      return isAmbiguous(error)
        ? { kind: 'unclear', reason: failure }
        : { kind: 'refused', reason: failure, isFatal: true };
    }
  }

  /** Rejects also when Asterisk has forgotten ends since the order: then nobody can say whether there was a call. */
  async find({ attemptId, since }: CarrierQuestion, scope: { readonly signal: AbortSignal }): Promise<CarrierCall[]> {
    const call = await this.look(attemptId, scope);
    if (call) return [call];
    if ((await this.#remembersSince(scope.signal)) <= since) return [];
    throw new InzwaError(
      'INZWA_TRUNK_FAILED',
      `Asterisk was started or its dialplan loaded anew after attempt ${attemptId} was ordered, so it cannot say whether there was a call`,
      { retryable: false, details: { failure: 'forgotten' } },
    );
  }

  async look(sid: string, { signal }: { readonly signal: AbortSignal }): Promise<CarrierCall | undefined> {
    try {
      const { state } = await this.#client.read(channelPath(sid), channelAnswer, { signal });
      return { sid, attemptId: sid, state: STATES[state] ?? 'queued' };
    } catch (error) {
      if (failureOf(error) !== 'gone') throw error;
    }
    const { value } = await this.#client.read('/asterisk/variable', variableValue, {
      query: { variable: endVariable(sid) },
      signal,
    });
    const end = readEnd(value);
    return end && this.#ended(sid, end);
  }

  async end(
    sid: string,
    { signal, onlyUnanswered = false }: { readonly signal: AbortSignal; readonly onlyUnanswered?: boolean },
  ): Promise<void> {
    if (onlyUnanswered && (await this.look(sid, { signal }))?.state === 'answered') return;
    this.#takenBack.add(sid);
    const wasThere = await this.#client.remove(channelPath(sid), { signal });
    if (!wasThere) this.#takenBack.delete(sid);
  }

  onCall(listener: (call: CarrierCall) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Calls go on. */
  [Symbol.dispose](): void {
    this.#events[Symbol.dispose]();
  }

  #origination({ attemptId, to, from, ringSeconds }: CarrierOrder): AriQuestion {
    const { endpoint, numberFormat = 'e164', callerId } = this.#opts;
    const shown = from ?? callerId;
    return {
      query: {
        endpoint: `PJSIP/${writeNumber(to, numberFormat)}@${endpoint}`,
        context: 'inzwa-answered',
        extension: 's',
        priority: 1,
        timeout: ringSeconds,
        formats: OFFERED,
        ...(shown !== undefined && { callerId: writeNumber(shown, numberFormat) }),
      },
      body: {
        variables: {
          INZWA_CALL: attemptId,
          INZWA_ATTEMPT: attemptId,
          INZWA_DIRECTION: 'outbound',
          'CHANNEL(hangup_handler_push)': 'inzwa-attempt-ended,s,1',
        },
      },
    };
  }

  /** A thread of Asterisk's that has once said 409 says it for other failures too (measured, 22.10), so it is looked. */
  async #afterConflict(attemptId: string): Promise<PlaceAnswer> {
    const { signal } = new AbortController();
    const call = await this.look(attemptId, { signal }).catch(() => undefined);
    return call ? { kind: 'placed', sid: attemptId } : { kind: 'unclear', reason: 'conflict' };
  }

  /** Never rejects. */
  async #connected(): Promise<void> {
    const application = `/applications/${encodeURIComponent(this.#app)}`;
    const allowed = ['ChannelStateChange', 'ChannelDestroyed'].map((type) => ({ type }));
    const query = { eventSource: `endpoint:PJSIP/${this.#opts.endpoint}` };
    try {
      await this.#client.ask('PUT', `${application}/eventFilter`, { body: { allowed } });
      await this.#client.ask('POST', `${application}/subscription`, { query, isIdempotent: true });
      await this.#remembersSince();
    } catch {
      this.#opts.onTrouble(
        'events-refused',
        `Asterisk does not tell of calls by the endpoint ${this.#opts.endpoint}: does it exist? They are asked for instead`,
      );
    }
  }

  /** Epoch ms; says it from now on where nobody has. */
  async #remembersSince(signal?: AbortSignal): Promise<number> {
    const query = { variable: REMEMBERS_SINCE };
    const scope = signal ? { signal } : {};
    const { value } = await this.#client.read('/asterisk/variable', variableValue, { query, ...scope });
    if (/^\d{1,16}$/.test(value)) return Number(value);
    const since = this.#opts.clock.wallMs();
    await this.#client.ask('POST', '/asterisk/variable', {
      query: { ...query, value: since },
      isIdempotent: true,
      ...scope,
    });
    return since;
  }

  #hear(event: AriEvent): void {
    if (event.type !== 'ChannelStateChange' && event.type !== 'ChannelDestroyed') return;
    const { id: sid, state } = event.channel;
    if (!ATTEMPT_ID.test(sid)) return;
    const at = this.#opts.clock.wallMs();
    if (event.type === 'ChannelDestroyed') {
      const cause = event.cause > 0 ? event.cause : undefined;
      this.#tell(this.#ended(sid, { cause, sipStatus: event.tech_cause, wasAnswered: state === 'Up', at }));
      return;
    }
    const known = STATES[state];
    if (known) this.#tell({ sid, attemptId: sid, state: known, at, eventId: `${sid}/${known}` });
  }

  #ended(sid: string, end: End): CarrierCall {
    const { cause, sipStatus, wasAnswered, durationMs, at } = end;
    const isTakenBack = this.#takenBack.has(sid) && !wasAnswered;
    this.#forgetLater(sid);
    return {
      sid,
      attemptId: sid,
      state: 'ended',
      outcome: isTakenBack ? 'cancelled' : outcomeOf({ cause, sipStatus, wasAnswered }),
      cause,
      sipStatus,
      durationMs,
      at,
      eventId: `${sid}/ended`,
    };
  }

  #tell(call: CarrierCall): void {
    for (const listener of [...this.#listeners]) listener(call);
  }

  /** Takes away what Asterisk keeps of ends that were told long ago. */
  #forgetLater(sid: string): void {
    const nowMs = this.#opts.clock.nowMs();
    if (!this.#told.has(sid)) this.#told.set(sid, nowMs);
    for (const [old, toldMs] of this.#told) {
      if (nowMs - toldMs < FORGET_ENDS_MS && this.#told.size <= MOST_ENDS) break;
      this.#told.delete(old);
      this.#takenBack.delete(old);
      // Without a value the variable goes.
      void this.#client
        .ask('POST', '/asterisk/variable', { query: { variable: endVariable(old) }, isIdempotent: true })
        .catch(() => undefined);
    }
  }
}

/** As the dialplan names it: what is no letter and no digit has no place in a variable's name. */
function endVariable(sid: string): string {
  return `INZWA_ENDED_${sid.replaceAll(/[^0-9A-Za-z]/g, '')}`;
}

const END = /^(\d{0,3}),(\d{0,12}),(\d{1,12}),(?:SIP (\d{3}))?/;

/** Undefined when nothing was written, or not by our dialplan. */
function readEnd(text: string): End | undefined {
  const [, cause = '', answered = '', ended = '', sip] = END.exec(text) ?? [];
  if (ended === '') return undefined;
  const wasAnswered = answered !== '';
  return {
    cause: Number(cause) > 0 ? Number(cause) : undefined,
    // What was answered says 200 here.
    sipStatus: sip === undefined || wasAnswered ? undefined : Number(sip),
    wasAnswered,
    durationMs: wasAnswered ? (Number(ended) - Number(answered)) * 1_000 : undefined,
    at: Number(ended) * 1_000,
  };
}
