/** What a script can do with a call over SIP, besides what it can do with every call. */
import type { LineProfile } from '../line-profile.ts';
import type { PhoneCall } from '../phone-call.ts';
import type { PressedKey, PressTimes } from './rfc4733.ts';
import type { RtpRecord } from './rtp.ts';
import type { RtpStats } from './rtp-stats.ts';
import type { SipCodec } from './sdp.ts';

/** A line of packets can do more to a voice than lose it. */
export interface SipLineProfile extends LineProfile {
  /** Every packet is held back for a random time from 0 to this, so that packets overtake each other. */
  readonly jitterMs?: number;
  /** Nothing is sent after 60 ms of silence, until there is sound again. */
  readonly silenceSuppression?: boolean;
}

/** Three ways to tell the other side of a key: RTP events, SIP INFO (application/dtmf-relay), the two tones themselves. */
export interface DigitOptions extends Partial<PressTimes> {
  /** @defaultValue 'rfc4733' */
  readonly by?: 'rfc4733' | 'info' | 'inband';
}

/** 100 ms each: what a quick finger does. */
export const PRESS_TIMES = { onMs: 100, offMs: 100 } as const satisfies PressTimes;

/** Moments of the signalling, on the injected clock; undefined: has not happened. */
export interface CallProgress {
  /** When the INVITE was sent, or came in; for a challenged one, the first of the two. */
  readonly inviteAtMs: number;
  readonly ringingAtMs: number | undefined;
  readonly answeredAtMs: number | undefined;
  /** Status of the final answer to the INVITE. */
  readonly finalStatus: number | undefined;
}

export interface SipPhoneCall extends PhoneCall {
  readonly codec: SipCodec;
  readonly progress: CallProgress;
  /** Resolves at the answer; rejects (INZWA_PHONE_REFUSED, or the reason of the abort) when there will be none. */
  readonly answered: Promise<void>;
  /** Every RTP packet that came from the other side, in the order of arrival. */
  readonly packets: readonly RtpRecord[];
  /** Those of `packets` that carry the agreed codec. */
  readonly receivedFrames: readonly RtpRecord[];
  /** Every RTP packet as it left, without those that the line lost. */
  readonly sentPackets: readonly RtpRecord[];
  /** What the other side pressed; tones in its audio are not looked for. */
  readonly pressedKeys: readonly PressedKey[];
  /** Of `packets` so far. */
  rtpStats(): RtpStats;
  /** Sends no RTP from now on, and does not hang up: what a dead network does. */
  stopRtp(): void;
  /** Resolves after the last key; stops quietly when the call ends. A RangeError for what is no key. */
  sendDigits(digits: string, opts?: DigitOptions): Promise<void>;
  /** An unanswered call is cancelled or declined; `q850` goes along as Reason (RFC 3326). `ended` waits for the other side's answer, at most 2 s. */
  hangUp(opts?: { readonly q850?: number }): void;
}
