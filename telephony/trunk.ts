/**
 * The border to whoever connects calls: dial, transfer, hold, hang up. Implemented by twilio/trunk.ts (REST) and
 * asterisk/ari-trunk.ts (ARI). It moves calls about; their audio goes through a CallLeg.
 */

/** A number in E.164: `+` and 8 to 15 digits. Made by `numbers.ts` only, which also checks the allow-list. */
export type PhoneNumber = string & { readonly __brand: 'E.164' };

/** What became of an attempt to reach somebody. `answered` says nothing about who, or what machine, answered. */
export const DIAL_OUTCOMES = [
  'answered',
  'busy',
  'no-answer',
  'rejected',
  'invalid-number',
  'congestion',
  /** Nothing of the above: the trunk, the network or we ourselves. */
  'failed',
  /** Given up by us before it was answered. */
  'cancelled',
] as const;
export type DialOutcome = (typeof DIAL_OUTCOMES)[number];

export interface DialRequest {
  /** Ours, unique for ever: [A-Za-z0-9-], 8 to 64 characters. The trunk carries it, so that a lost answer can be asked for. */
  readonly callId: string;
  readonly to: PhoneNumber;
  /** The number shown to the callee. Undefined: the trunk's own. */
  readonly from?: PhoneNumber | undefined;
  /** How long it may ring, in seconds; [5, 120]. */
  readonly ringSeconds: number;
  /**
   * True: the media leg is connected while it still rings, so that announcements before the answer are heard.
   * @defaultValue false
   */
  readonly hearsEarlyMedia?: boolean;
}

export interface DialResult {
  readonly outcome: DialOutcome;
  /** Q.850 cause (ITU-T Q.850), where the carrier gave one. */
  readonly cause?: number | undefined;
  /** SIP status of the final answer, where known. */
  readonly sipStatus?: number | undefined;
  /** The carrier's own id of the call, where it is not ours. */
  readonly carrierCallId?: string | undefined;
}

/** A person or desk that a call may be handed to. Comes from configuration only, never from speech, keys or a model. */
export interface TransferTarget {
  /** A name for logs and events; never the number. */
  readonly name: string;
  readonly number: PhoneNumber;
}

export type TransferResult =
  | { readonly kind: 'connected' }
  /** The caller is still ours. */
  | { readonly kind: 'not-reached'; readonly outcome: DialOutcome };

export interface TransferOptions {
  readonly signal: AbortSignal;
  readonly ringSeconds: number;
  /**
   * `blind`: the caller hears it ring. `announced`: the person hears the announcement first and the caller waits; where a
   * trunk cannot play it, the transfer is refused with INZWA_TRUNK_FAILED, never made without it.
   */
  readonly announcement?: Announcement | undefined;
}

/** What the person hears before the caller is put through: PCM16 at 8000 Hz, spoken by our own voice. */
export interface Announcement {
  readonly pcm: Int16Array;
}

/** Why a call is ended by us, as the far side is told: `busy` 17, `congestion` 34, `rejected` 21, `normal` 16 (Q.850). */
export type HangUpReason = 'normal' | 'busy' | 'rejected' | 'congestion';

/**
 * One way to the telephone network. Every method rejects with INZWA_TRUNK_FAILED when the trunk cannot be asked or does not
 * agree (`retryable` says whether asking again is safe: never after an ambiguous answer to `dial`), and with the signal's
 * reason on abort. Calls are named by our own id or, for a call that came in, by the id of its CallLeg.
 */
export interface Trunk extends AsyncDisposable {
  readonly name: string;
  /** Resolves when it is answered or has failed. Aborting the signal cancels the attempt: `cancelled`, or `answered` if that came first. */
  dial(request: DialRequest, opts: { readonly signal: AbortSignal }): Promise<DialResult>;
  /** A call that is over already is no error. */
  hangUp(callId: string, reason: HangUpReason, opts: { readonly signal: AbortSignal }): Promise<void>;
  transfer(callId: string, target: TransferTarget, opts: TransferOptions): Promise<TransferResult>;
  /** The caller hears waiting music or silence and is not heard, until `unhold`. */
  hold(callId: string, opts: { readonly signal: AbortSignal }): Promise<void>;
  unhold(callId: string, opts: { readonly signal: AbortSignal }): Promise<void>;
}
