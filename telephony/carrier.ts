/**
 * The border to whoever places calls that must not be placed twice: one question places a call and returns at once, others
 * ask what became of it. `Trunk.dial` waits for the answer instead, and forgets the call when the process dies.
 */
import type { DialOutcome, PhoneNumber } from './trunk.ts';

export interface CarrierOrder {
  /** Ours, unique for ever: it is in every URL and channel name that the carrier is given, so that it can be asked for. */
  readonly attemptId: string;
  readonly to: PhoneNumber;
  readonly from: PhoneNumber | undefined;
  /** [5, 120] */
  readonly ringSeconds: number;
}

/** What the carrier said to an order, or did not. */
export type PlaceAnswer =
  | { readonly kind: 'placed'; readonly sid: string }
  /**
   * Certainly no call. `waitMs`: the carrier is asked for nothing before that. `isFatal`: nothing will be placed until
   * somebody has mended credentials or credit. `outcome`: what it says of this number.
   */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly outcome?: Extract<DialOutcome, 'invalid-number' | 'congestion' | 'failed'>;
      readonly waitMs?: number;
      readonly isFatal?: boolean;
    }
  /** There may be a call: never ordered again, but asked for by `find`. */
  | { readonly kind: 'unclear'; readonly reason: string };

export type CarrierCallState = 'queued' | 'ringing' | 'answered' | 'ended';

/** One thing that is known of a call. They come doubled, late and out of order. */
export interface CarrierCall {
  readonly sid: string;
  /** Undefined where the carrier's list does not tell. */
  readonly attemptId?: string | undefined;
  readonly state: CarrierCallState;
  /** When `ended`. */
  readonly outcome?: DialOutcome | undefined;
  /** Q.850. */
  readonly cause?: number | undefined;
  readonly sipStatus?: number | undefined;
  /** By the carrier's own machine detection, where it has one and was asked. */
  readonly answeredBy?: 'person' | 'machine' | 'unknown' | undefined;
  readonly durationMs?: number | undefined;
  /** Millionths of the account's currency. */
  readonly costMicros?: number | undefined;
  /** Epoch ms, by the carrier's clock. */
  readonly at?: number | undefined;
  /** Unique at this carrier, where it numbers its events. */
  readonly eventId?: string | undefined;
}

export interface CarrierQuestion {
  readonly attemptId: string;
  readonly to: PhoneNumber;
  readonly from: PhoneNumber | undefined;
  /** Epoch ms: when the intent was written. */
  readonly since: number;
}

export interface CarrierCapabilities {
  /** `live`: a second call under the same id is refused while the first lasts. */
  readonly clientId: 'live' | 'none';
  /** How a lost call is found: by our id, or by number and time. */
  readonly lookup: 'by-id' | 'by-number' | 'none';
  readonly canCancelQueued: boolean;
}

/**
 * Calls are named by the carrier's own sid. Every method rejects with INZWA_TRUNK_FAILED when the carrier cannot be asked,
 * but for `place`, which then answers `refused` (surely not heard) or `unclear`; none asks twice by itself.
 */
export interface Carrier {
  /** The trunk's name in the records. */
  readonly name: string;
  readonly capabilities: CarrierCapabilities;
  place(order: CarrierOrder, opts: { readonly signal: AbortSignal }): Promise<PlaceAnswer>;
  /** Calls that the order may have become, live or over; empty: the carrier knows of none (yet). */
  find(question: CarrierQuestion, opts: { readonly signal: AbortSignal }): Promise<readonly CarrierCall[]>;
  /** Undefined: the carrier knows no such call. */
  look(sid: string, opts: { readonly signal: AbortSignal }): Promise<CarrierCall | undefined>;
  /**
   * Ends it in whatever state it is, or only as long as nobody has answered (`onlyUnanswered`); a call that is over already is
   * no error.
   */
  end(sid: string, opts: { readonly signal: AbortSignal; readonly onlyUnanswered?: boolean }): Promise<void>;
  /** Everything that the carrier tells by itself; disposing of the result ends it. */
  onCall(listener: (call: CarrierCall) => void): Disposable;
}
