/** Who is let in, who is in conversation, and how everybody is shown out. It never looks into a conversation. */
import { isAbort, TurnAborted } from '#kernel/abort.ts';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { CallLeg, EndCause } from '#pipeline/ports.ts';
import type { Reattachment } from './asterisk-calls.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';

/** What is known about a call before a word is said; numbers stay with the carrier. */
export interface CallFacts {
  readonly callId: string;
  readonly carrier: 'twilio' | 'asterisk' | 'audiosocket';
  /** The carrier's id of the caller, which stays the same when the media is attached again. */
  readonly carrierCallId?: string;
  /** The call was in conversation before: it goes on instead of beginning. */
  readonly resumption?: Reattachment;
}

/**
 * Talks until the call is over and says how it ended. It attaches to the leg; the desk hangs the leg up afterwards. When
 * the signal aborts (drain, time limit, the carrier says it is over) it comes to its end soon, by resolving or rejecting.
 */
export type StartConversation = (
  leg: CallLeg,
  opts: { readonly signal: AbortSignal; readonly callFacts: CallFacts },
) => Promise<EndCause>;

export interface CallDeskOptions {
  readonly clock: Clock;
  readonly maxCalls: number;
  readonly startConversation: StartConversation;
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

export class CallDesk {
  readonly #opts: CallDeskOptions;
  readonly #live = new Map<
    string,
    { readonly controller: AbortController; readonly carrierCallId: string | undefined }
  >();
  /** Call ids with the end of their reservation. */
  readonly #reserved = new Map<string, number>();
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
  reserve(callId: string): InzwaError | undefined {
    const refused = this.#refusal(callId);
    if (!refused) this.#reserved.set(callId, this.#opts.clock.nowMs() + RESERVATION_MS);
    return refused;
  }

  /**
   * Refuses when the desk drains, the call is already in conversation, or every place is taken or kept for somebody else; a
   * call whose own kept place (under `reservedAs`) has run out is taken while there is room. Takes no place and keeps none.
   */
  mayOpen(callId: string, { reservedAs = callId }: { readonly reservedAs?: string } = {}): InzwaError | undefined {
    return this.#refusal(callId, reservedAs);
  }

  /** Runs one conversation on the leg to its end; never rejects. Ask `mayOpen` first, in the same turn of the event loop. */
  async openCall(leg: CallLeg, callFacts: CallFacts): Promise<EndCause> {
    const { clock, logger, metrics } = this.#opts;
    const log = logger.child({ callId: callFacts.callId });
    const startedAtMs = clock.nowMs();
    const call = new AbortController();
    this.#reserved.delete(callFacts.callId);
    if (callFacts.carrierCallId !== undefined) this.#takeOver(callFacts.carrierCallId);
    this.#live.set(callFacts.callId, { controller: call, carrierCallId: callFacts.carrierCallId });
    metrics.callOpened();
    log.info('call opened');
    const cancelLimit = clock.after(this.#opts.maxCallMs ?? DEFAULT_MAX_CALL_MS, () => {
      call.abort(new TurnAborted('timeout'));
    });
    const cause = await this.#converse(leg, callFacts, call.signal, log);
    cancelLimit();
    await leg.hangUp(cause).catch((error: unknown) => log.error({ err: error }, 'a leg could not be hung up'));
    this.#live.delete(callFacts.callId);
    const durationMs = clock.nowMs() - startedAtMs;
    metrics.callEnded(cause, durationMs);
    log.info({ cause, durationMs: Math.round(durationMs) }, 'call ended');
    if (this.#live.size === 0) this.#whenEmpty?.();
    return cause;
  }

  /** The carrier says that the call is over, whatever the media socket says. Unknown calls are nothing. */
  callIsOver(callId: string): void {
    this.#reserved.delete(callId);
    this.#live.get(callId)?.controller.abort(new TurnAborted('caller-hung-up'));
  }

  /** Takes no more calls and waits for those that run; after `patienceMs` it ends them. */
  async drain({ patienceMs }: { readonly patienceMs: number }): Promise<void> {
    this.#isDraining = true;
    this.#reserved.clear();
    if (this.#live.size === 0) return;
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    this.#opts.logger.info({ liveCalls: this.#live.size }, 'draining: waiting for calls to end');
    const cancel = this.#opts.clock.after(patienceMs, () => {
      for (const { controller } of this.#live.values()) controller.abort(new TurnAborted('drain'));
    });
    await empty;
    cancel();
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

  #refusal(callId: string, reservedAs = callId): InzwaError | undefined {
    const refuse = (why: string): InzwaError =>
      new InzwaError('INZWA_CALL_REFUSED', `call ${callId} was not taken: ${why}`, { retryable: true });
    if (this.#live.has(callId)) return refuse('it is already in conversation');
    if (this.#isDraining) return refuse('the service is closing down');
    const nowMs = this.#opts.clock.nowMs();
    for (const [reserved, untilMs] of this.#reserved) if (untilMs < nowMs) this.#reserved.delete(reserved);
    // An older conversation of the same caller gives way to this one.
    const own = [...this.#live.values()].filter((call) => call.carrierCallId === reservedAs).length;
    const others = this.#live.size - own + this.#reserved.size - (this.#reserved.has(reservedAs) ? 1 : 0);
    return others >= this.#opts.maxCalls ? refuse(`${others} of ${this.#opts.maxCalls} lines are taken`) : undefined;
  }
}

function causeOf(reason: unknown): EndCause {
  const why = reason instanceof TurnAborted ? reason.why : 'aborted';
  return why === 'caller-hung-up' ? { result: 'caller', reason: 'hung-up' } : { result: 'ours', reason: why };
}
