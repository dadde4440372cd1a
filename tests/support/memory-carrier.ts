/** A carrier without a network, on a test's clock: it rings, answers, loses what it is told to lose, and remembers everything. */
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type {
  Carrier,
  CarrierCall,
  CarrierCapabilities,
  CarrierOrder,
  CarrierQuestion,
  PlaceAnswer,
} from '#telephony/carrier.ts';
import type { DialOutcome } from '#telephony/trunk.ts';

/** What the telephone at the other end does. */
export interface Behaviour {
  /** @defaultValue 5000 */
  readonly ringMs?: number;
  /** @defaultValue 'answered' */
  readonly outcome?: DialOutcome;
  /** Of an answered call, until they hang up by themselves. @defaultValue 60000 */
  readonly talkMs?: number;
  /** So long the carrier keeps it in a queue of its own. @defaultValue 0 */
  readonly queueMs?: number;
}

/** What goes wrong with one order. `accepted-then-reset`: there is a call, and no answer. `reset`: neither. */
export type PlaceFault = 'none' | 'accepted-then-reset' | 'reset' | PlaceAnswer;

export interface MemoryCall {
  readonly sid: string;
  readonly attemptId: string;
  readonly to: string;
  readonly from: string | undefined;
  /** Epoch ms by the test's wall clock. */
  readonly orderedAt: number;
  /** Monotonic. */
  readonly orderedMs: number;
  state: CarrierCall['state'];
  outcome: DialOutcome | undefined;
  answeredAt: number | undefined;
  endedAt: number | undefined;
}

export interface MemoryCarrierOptions {
  readonly clock: Clock;
  readonly name?: string;
  readonly lookup?: CarrierCapabilities['lookup'];
}

export class MemoryCarrier implements Carrier {
  readonly name: string;
  readonly capabilities: CarrierCapabilities;
  /** Every call that there ever was, in the order of the orders. */
  readonly calls: MemoryCall[] = [];
  behave: (order: CarrierOrder) => Behaviour = () => ({});
  fault: (order: CarrierOrder) => PlaceFault = () => 'none';
  /** It cannot be asked for anything. */
  isDown = false;
  /** It takes orders, and answers no question about them. */
  hasNoAnswers = false;
  /** It tells nothing by itself. */
  isSilent = false;
  /** How long a call is missing from its list. */
  listLagMs = 0;
  /** Most calls at once, and in any second, that it ever had. */
  mostAtOnce = 0;
  readonly ended: string[] = [];
  /** How often it was asked to end a call only if nobody had answered. */
  keptAnswered = 0;
  /** Told of each call that is answered. */
  onAnswer: ((call: MemoryCall) => void) | undefined;
  readonly #clock: Clock;
  readonly #listeners = new Set<(call: CarrierCall) => void>();

  constructor({ clock, name = 'test', lookup = 'by-number' }: MemoryCarrierOptions) {
    this.#clock = clock;
    this.name = name;
    this.capabilities = { clientId: 'none', lookup, canCancelQueued: true };
  }

  get open(): readonly MemoryCall[] {
    return this.calls.filter(({ state }) => state !== 'ended');
  }

  /** Most orders within any 1,000 ms. */
  get mostInASecond(): number {
    const times = this.calls.map(({ orderedMs }) => orderedMs);
    return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + 1_000).length));
  }

  callsTo(number: string): readonly MemoryCall[] {
    return this.calls.filter(({ to }) => to === number);
  }

  place(order: CarrierOrder): Promise<PlaceAnswer> {
    if (this.isDown) return Promise.resolve({ kind: 'refused', reason: 'down', waitMs: 5_000 });
    const fault = this.fault(order);
    if (typeof fault === 'object') return Promise.resolve(fault);
    if (fault === 'reset') return Promise.resolve({ kind: 'unclear', reason: 'reset' });
    const call = this.#begin(order);
    return Promise.resolve(fault === 'none' ? { kind: 'placed', sid: call.sid } : { kind: 'unclear', reason: 'reset' });
  }

  /** A call of an order that was taken for lost. */
  appear(order: CarrierOrder): MemoryCall {
    return this.#begin(order);
  }

  find({ attemptId, to, since }: CarrierQuestion): Promise<readonly CarrierCall[]> {
    if (this.isDown || this.hasNoAnswers)
      return Promise.reject(new InzwaError('INZWA_TRUNK_FAILED', 'the carrier is down'));
    const isById = this.capabilities.lookup === 'by-id';
    const listed = this.calls.filter(
      (call) =>
        (isById ? call.attemptId === attemptId : call.to === to && call.orderedAt >= since - 2_000) &&
        this.#clock.nowMs() - call.orderedMs >= this.listLagMs,
    );
    return Promise.resolve(listed.map((call) => ({ ...factsOf(call), attemptId: isById ? attemptId : undefined })));
  }

  look(sid: string): Promise<CarrierCall | undefined> {
    if (this.isDown || this.hasNoAnswers)
      return Promise.reject(new InzwaError('INZWA_TRUNK_FAILED', 'the carrier is down'));
    const call = this.calls.find((known) => known.sid === sid);
    return Promise.resolve(call && factsOf(call));
  }

  end(sid: string, { onlyUnanswered = false }: { readonly onlyUnanswered?: boolean } = {}): Promise<void> {
    if (this.isDown) return Promise.reject(new InzwaError('INZWA_TRUNK_FAILED', 'the carrier is down'));
    this.ended.push(sid);
    const call = this.calls.find((known) => known.sid === sid);
    if (onlyUnanswered) {
      this.keptAnswered += 1;
      if (call?.state === 'answered') return Promise.resolve();
    }
    if (call !== undefined) this.#finish(call, call.state === 'answered' ? 'answered' : 'cancelled');
    return Promise.resolve();
  }

  onCall(listener: (call: CarrierCall) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The person hangs up, or we do. */
  hangUp(sid: string): void {
    const call = this.calls.find((known) => known.sid === sid);
    if (call !== undefined) this.#finish(call, call.state === 'answered' ? 'answered' : 'cancelled');
  }

  #begin(order: CarrierOrder): MemoryCall {
    const { ringMs = 5_000, outcome = 'answered', talkMs = 60_000, queueMs = 0 } = this.behave(order);
    const call: MemoryCall = {
      sid: `CA${String(this.calls.length + 1).padStart(6, '0')}-${this.name}`,
      attemptId: order.attemptId,
      to: order.to,
      from: order.from,
      orderedAt: this.#clock.wallMs(),
      orderedMs: this.#clock.nowMs(),
      state: 'queued',
      outcome: undefined,
      answeredAt: undefined,
      endedAt: undefined,
    };
    this.calls.push(call);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.open.length);
    const next = (ms: number, step: () => void): void => {
      this.#clock.after(ms, () => {
        if (call.state !== 'ended') step();
      });
    };
    next(queueMs, () => {
      this.#move(call, 'ringing');
      next(Math.min(ringMs, order.ringSeconds * 1_000), () => {
        if (outcome !== 'answered') {
          this.#finish(call, outcome);
          return;
        }
        call.answeredAt = this.#clock.wallMs();
        this.#move(call, 'answered');
        this.onAnswer?.(call);
        next(talkMs, () => this.#finish(call, 'answered'));
      });
    });
    return call;
  }

  #finish(call: MemoryCall, outcome: DialOutcome): void {
    if (call.state === 'ended') return;
    call.outcome = outcome;
    call.endedAt = this.#clock.wallMs();
    this.#move(call, 'ended');
  }

  #move(call: MemoryCall, state: CarrierCall['state']): void {
    call.state = state;
    if (this.isSilent) return;
    for (const listener of this.#listeners) {
      listener({ ...factsOf(call), attemptId: call.attemptId, eventId: `${call.sid}/${state}` });
    }
  }
}

function factsOf(call: MemoryCall): CarrierCall {
  const { sid, state, outcome, answeredAt, endedAt, orderedAt } = call;
  return {
    sid,
    state,
    ...(outcome !== undefined && { outcome }),
    ...(state === 'ended' && endedAt !== undefined && answeredAt !== undefined && { durationMs: endedAt - answeredAt }),
    at: (state === 'ended' ? endedAt : state === 'answered' ? answeredAt : undefined) ?? orderedAt,
  };
}
