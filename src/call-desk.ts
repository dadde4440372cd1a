/** Who is let in, who is in conversation, and how everybody is shown out. It never looks into a conversation. */
import { isAbort, TurnAborted } from '#kernel/abort.ts';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { CallLeg, EndCause } from '#pipeline/ports.ts';
import type { Admission } from './admission.ts';
import type { Arrival } from './arrivals.ts';
import type { Reattachment } from './asterisk-calls.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';

/** What is known about a call before a word is said; numbers go into the records and nowhere else. */
export interface CallFacts {
  readonly callId: string;
  readonly carrier: 'twilio' | 'asterisk' | 'audiosocket';
  /** The carrier's id of the caller, which stays the same when the media is attached again. */
  readonly carrierCallId?: string;
  /** The call was in conversation before: it goes on instead of beginning. */
  readonly resumption?: Reattachment;
  /** What was known before its media came; undefined: nothing. */
  readonly arrival?: Arrival | undefined;
}

/**
 * Talks until the call is over and says how it ended. It attaches to the leg; the desk hangs the leg up afterwards. When
 * the signal aborts (drain, time limit, the carrier says it is over) it comes to its end soon, by resolving or rejecting.
 */
export type StartConversation = (
  leg: CallLeg,
  opts: { readonly signal: AbortSignal; readonly callFacts: CallFacts },
) => Promise<EndCause>;

/** Says to a caller that there is no room, and how it ended: 'heard' when they heard all of it. */
export type TurnAway = (leg: CallLeg, opts: { readonly signal: AbortSignal }) => Promise<EndCause | 'heard'>;

export interface CallDeskOptions {
  readonly clock: Clock;
  /** The hard limit, whatever the load. */
  readonly maxCalls: number;
  /** Whether one call more would be served well. @defaultValue every call within `maxCalls` is taken */
  readonly admission?: Pick<Admission, 'refusal' | 'callOpened' | 'callEnded'>;
  readonly startConversation: StartConversation;
  /** @defaultValue a call that cannot be taken is not let in */
  readonly turnAway?: TurnAway;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @defaultValue 3600000: nobody talks to a hotline for an hour, but a line that was never hung up does. */
  readonly maxCallMs?: number;
}

const DEFAULT_MAX_CALL_MS = 3_600_000;

/** From the webhook's answer to the media's start; a carrier that takes longer has to find room again. */
const RESERVATION_MS = 15_000;

/** How long a conversation may take to end after its signal has aborted before its slot is freed without it. */
const ABORT_GRACE_MS = 5_000;

/** A sentence of a few seconds; who has not heard it by then has no line that it could be heard on. */
const TURN_AWAY_MS = 20_000;
/** Callers who hear at the same time that there is no room: beyond that they are refused without a word of ours. */
const MOST_TURNED_AWAY = 8;

interface Place {
  readonly untilMs: number;
  /** The caller hears that there is no room, and that is all. */
  readonly isTurnedAway: boolean;
}

export interface Asking {
  /** There is nobody else who could take the call: let it in to be told so, when there is no room. @defaultValue false */
  readonly mayTurnAway?: boolean;
  /** It was in conversation before and was lost, or we called: only the hard limit keeps it out. @defaultValue false */
  readonly isResumed?: boolean;
}

export class CallDesk {
  readonly #opts: CallDeskOptions;
  readonly #live = new Map<
    string,
    { readonly controller: AbortController; readonly carrierCallId: string | undefined }
  >();
  /** Calls that hear that there is no room. They are not in conversation and take no line. */
  readonly #turnedAway = new Map<string, AbortController>();
  /** By call id. */
  readonly #reserved = new Map<string, Place>();
  #isDraining = false;
  #whenEmpty: (() => void) | undefined;

  constructor(opts: CallDeskOptions) {
    this.#opts = opts;
  }

  get liveCalls(): number {
    return this.#live.size;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Keeps a place for a call that is about to come; the same call asking again keeps the place it has. */
  reserve(callId: string, { mayTurnAway = false, isResumed = false }: Asking = {}): InzwaError | undefined {
    const refused = this.#refusal(callId, callId, isResumed);
    const isTurnedAway = refused !== undefined;
    if (isTurnedAway && !(mayTurnAway && this.#canTurnAway(refused))) return refused;
    if (isTurnedAway) {
      this.#opts.metrics.refused(refused.code);
      this.#opts.logger.warn({ callId, why: refused.message, liveCalls: this.#live.size }, 'call turned away');
    }
    this.#reserved.set(callId, { untilMs: this.#opts.clock.nowMs() + RESERVATION_MS, isTurnedAway });
    return undefined;
  }

  /**
   * Refuses when the desk drains, the call is already in conversation, every place is taken or kept for somebody else, or
   * one call more would not be served well; a call whose own kept place (under `reservedAs`) has run out is taken while there
   * is room. Takes no place and keeps none.
   */
  mayOpen(
    callId: string,
    { reservedAs = callId, isResumed = false }: Pick<Asking, 'isResumed'> & { readonly reservedAs?: string } = {},
  ): InzwaError | undefined {
    this.#forgetPlaces();
    return this.#reserved.get(reservedAs)?.isTurnedAway === true
      ? undefined
      : this.#refusal(callId, reservedAs, isResumed);
  }

  /** Runs one conversation on the leg to its end; never rejects. Ask `mayOpen` first, in the same turn of the event loop. */
  async openCall(leg: CallLeg, callFacts: CallFacts): Promise<EndCause> {
    const { clock, logger, metrics } = this.#opts;
    const log = logger.child({ callId: callFacts.callId });
    const startedAtMs = clock.nowMs();
    const place = this.#reserved.get(callFacts.callId);
    this.#reserved.delete(callFacts.callId);
    if (place?.isTurnedAway === true) return this.#sayNoRoom(leg, callFacts.callId, log);
    const call = new AbortController();
    if (callFacts.carrierCallId !== undefined) this.#takeOver(callFacts.carrierCallId);
    this.#live.set(callFacts.callId, { controller: call, carrierCallId: callFacts.carrierCallId });
    metrics.callOpened();
    this.#opts.admission?.callOpened(callFacts.callId);
    log.info('call opened');
    const cancelLimit = clock.after(this.#opts.maxCallMs ?? DEFAULT_MAX_CALL_MS, () => {
      call.abort(new TurnAborted('timeout'));
    });
    const cause = await this.#converse(leg, callFacts, call.signal, log);
    cancelLimit();
    await leg.hangUp(cause).catch((error: unknown) => log.error({ err: error }, 'a leg could not be hung up'));
    this.#live.delete(callFacts.callId);
    this.#opts.admission?.callEnded(callFacts.callId);
    const durationMs = clock.nowMs() - startedAtMs;
    metrics.callEnded(cause, durationMs);
    log.info({ cause, durationMs: Math.round(durationMs) }, 'call ended');
    this.#tellWhenEmpty();
    return cause;
  }

  /** The carrier says that the call is over, whatever the media socket says. Unknown calls are nothing. */
  callIsOver(callId: string): void {
    this.#reserved.delete(callId);
    const call = this.#live.get(callId)?.controller ?? this.#turnedAway.get(callId);
    call?.abort(new TurnAborted('caller-hung-up'));
  }

  /** Takes no more calls and waits for those that run; after `patienceMs` it ends them. */
  async drain({ patienceMs }: { readonly patienceMs: number }): Promise<void> {
    this.#isDraining = true;
    this.#reserved.clear();
    if (this.#isEmpty) return;
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    this.#opts.logger.info({ liveCalls: this.#live.size }, 'draining: waiting for calls to end');
    const cancel = this.#opts.clock.after(patienceMs, () => {
      for (const { controller } of this.#live.values()) controller.abort(new TurnAborted('drain'));
      for (const controller of this.#turnedAway.values()) controller.abort(new TurnAborted('drain'));
    });
    await empty;
    cancel();
  }

  get #isEmpty(): boolean {
    return this.#live.size + this.#turnedAway.size === 0;
  }

  #tellWhenEmpty(): void {
    if (this.#isEmpty) this.#whenEmpty?.();
  }

  /** Costs no recognition and no line; never rejects. */
  async #sayNoRoom(leg: CallLeg, callId: string, log: Logger): Promise<EndCause> {
    const { turnAway, clock } = this.#opts;
    const scope = new AbortController();
    this.#turnedAway.set(callId, scope);
    const cancel = clock.after(TURN_AWAY_MS, () => scope.abort(new TurnAborted('timeout')));
    const said = await turnAway?.(leg, { signal: scope.signal }).catch((error: unknown): EndCause => {
      if (isAbort(error, scope.signal)) return causeOf(scope.signal.reason);
      log.error({ err: error }, 'a caller could not be told that there is no room');
      return NO_ROOM;
    });
    cancel();
    const cause = said === undefined || said === 'heard' ? NO_ROOM : said;
    await leg.hangUp(cause).catch((error: unknown) => log.error({ err: error }, 'a leg could not be hung up'));
    this.#turnedAway.delete(callId);
    log.info({ cause }, 'a caller was told that there is no room');
    this.#tellWhenEmpty();
    return cause;
  }

  #forgetPlaces(): void {
    const nowMs = this.#opts.clock.nowMs();
    for (const [reserved, { untilMs }] of this.#reserved) if (untilMs < nowMs) this.#reserved.delete(reserved);
  }

  /** Not while the service closes down, nor for a call that is in conversation already. */
  #canTurnAway(refused: InzwaError): boolean {
    const waiting = [...this.#reserved.values()].filter(({ isTurnedAway }) => isTurnedAway).length;
    const isRoom = this.#turnedAway.size + waiting < MOST_TURNED_AWAY;
    return this.#opts.turnAway !== undefined && refused.details['isFull'] === true && isRoom;
  }

  async #converse(leg: CallLeg, callFacts: CallFacts, signal: AbortSignal, log: Logger): Promise<EndCause> {
    // Async, so that what is thrown before the first await is a failed conversation as well and the place is freed.
    const start = async (): Promise<EndCause> => this.#opts.startConversation(leg, { signal, callFacts });
    const talking = start().catch((error: unknown): EndCause => {
      if (isAbort(error, signal)) return causeOf(signal.reason);
      log.error({ err: error, code: isInzwaError(error) ? error.code : 'unknown' }, 'conversation failed');
      return { result: 'ours', reason: 'conversation-failed' };
    });
    const givenUp = Promise.withResolvers<EndCause>();
    signal.addEventListener('abort', () => {
      const cancel = this.#opts.clock.after(ABORT_GRACE_MS, () => givenUp.resolve(causeOf(signal.reason)));
      void talking.then(cancel);
    });
    return Promise.race([talking, givenUp.promise]);
  }

  /** A caller has one conversation: an older one of the same caller is of a socket whose loss has not been noticed. */
  #takeOver(carrierCallId: string): void {
    this.#reserved.delete(carrierCallId);
    for (const call of this.#live.values()) {
      if (call.carrierCallId === carrierCallId) call.controller.abort(new TurnAborted('superseded'));
    }
  }

  #refusal(callId: string, reservedAs: string, isResumed: boolean): InzwaError | undefined {
    const refuse = (why: string, isFull = false): InzwaError =>
      new InzwaError('INZWA_CALL_REFUSED', `call ${callId} was not taken: ${why}`, {
        retryable: true,
        details: { isFull },
      });
    if (this.#live.has(callId)) return refuse('it is already in conversation');
    if (this.#isDraining) return refuse('the service is closing down');
    this.#forgetPlaces();
    const kept = [...this.#reserved].filter(([, { isTurnedAway }]) => !isTurnedAway).map(([reserved]) => reserved);
    const isKept = kept.includes(reservedAs);
    const arriving = kept.length - (isKept ? 1 : 0);
    // An older conversation of the same caller gives way to this one.
    const older = [...this.#live.values()].filter((call) => call.carrierCallId === reservedAs).length;
    const others = this.#live.size - older + arriving;
    if (others >= this.#opts.maxCalls) return refuse(`${others} of ${this.#opts.maxCalls} lines are taken`, true);
    // Whoever has a place, or had a conversation, has been taken before.
    const why = isKept || older > 0 || isResumed ? undefined : this.#opts.admission?.refusal({ arriving });
    return why && refuse(`with one call more none would be served well (${why})`, true);
  }
}

/** The caller heard the sentence and nothing else: for a dialplan, a call that is over. */
const NO_ROOM: EndCause = { result: 'ours', reason: 'turned-away' };

function causeOf(reason: unknown): EndCause {
  const why = reason instanceof TurnAborted ? reason.why : 'aborted';
  return why === 'caller-hung-up' ? { result: 'caller', reason: 'hung-up' } : { result: 'ours', reason: why };
}
