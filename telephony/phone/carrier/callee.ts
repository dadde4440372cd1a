/** What becomes of a call that the stand-in carrier places: how the other end behaves. Times are of the carrier's clock. */
import type { TwilioPhoneCall } from '../phone-call.ts';

/** An order for a call, as it was posted. */
export interface CarrierOrderSeen {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  /** Where the answer's document is fetched from; undefined when it came with the order. */
  readonly url: string | undefined;
  /** Which order this is that the carrier took, from 0 on. */
  readonly index: number;
}

export interface Callee {
  /** How long the call lies in the carrier's own queue, besides what its rate makes it wait. @defaultValue 0 */
  readonly queueMs?: number;
  /** From the carrier's first attempt to the ringing. @defaultValue 0 */
  readonly setupMs?: number;
  /** From the ringing to what `does` says; when it is longer than the order's Timeout, nobody answers. */
  readonly ringMs: number;
  readonly does: 'answers' | 'is-busy' | 'cannot-be-reached';
  /** With `cannot-be-reached`: what the network says. @defaultValue 480 */
  readonly sipStatus?: number;
  /**
   * With `answers`: what they do when a media stream is connected. The call goes on when it resolves, until the agent
   * closes the stream or `staysMs` are over; to hang up, it calls `phone.hangUp()`.
   */
  readonly talk?: (phone: TwilioPhoneCall, opts: { readonly signal: AbortSignal }) => Promise<void>;
  /** With `answers`: how long they stay at most before they hang up. @defaultValue 30000 */
  readonly staysMs?: number;
  /** What the carrier's own machine detection says, where it was asked. @defaultValue 'human' */
  readonly soundsLike?: 'human' | 'machine_start' | 'unknown';
}
