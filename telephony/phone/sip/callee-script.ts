/** What the telephone does when it is called, and what it keeps of each call that came. */
import type { SipHeaders } from './headers.ts';
import type { CallProgress, SipPhoneCall } from './sip-phone-call.ts';

export type CalleeScript =
  | {
      readonly kind: 'answer';
      /**
       * Rings until then; 0 answers without ringing.
       * @defaultValue 0
       */
      readonly afterMs?: number;
      /** Runs once the call is answered, and is awaited; the call goes on after it. */
      readonly onAnswer?: (call: SipPhoneCall) => unknown;
    }
  | {
      readonly kind: 'reject';
      readonly status: number;
      /** Reason of the refusal by ITU-T Q.850 (RFC 3326). */
      readonly q850?: number;
      /** @defaultValue 0 */
      readonly afterMs?: number;
    }
  /** Rings until the caller gives up. */
  | { readonly kind: 'ring' }
  /** An announcement before the answer, or instead of one: 183, the sound, and then what comes next. */
  | {
      readonly kind: 'early-media';
      /** PCM16 at 8000 Hz. */
      readonly pcm: Int16Array;
      readonly next: CalleeScript;
    };

/** Facts of a call that came in, as it came in. */
export interface IncomingInvite {
  readonly callId: string;
  /** User of the Request-URI: the number that was dialled. */
  readonly number: string;
  /** User of the From header. */
  readonly from: string;
  readonly displayName: string;
  /** User of the P-Asserted-Identity; empty when there is none. */
  readonly assertedIdentity: string;
  readonly headers: SipHeaders;
}

/** What to do for a call, or how to find out. */
export type ScriptSource = CalleeScript | ((invite: IncomingInvite) => CalleeScript);

export interface IncomingSipCall extends IncomingInvite {
  readonly progress: CallProgress;
  readonly cancelledAtMs: number | undefined;
  /** From the first media on. */
  readonly call: SipPhoneCall | undefined;
  /** Resolves with the answered call; rejects (INZWA_PHONE_CALL_OVER) when it was rejected or cancelled. */
  readonly answered: Promise<SipPhoneCall>;
  /**
   * Resolves when the script has been gone through or the caller gave up; rejects with what `onAnswer` threw, unless that
   * was only the end of the call. The call is then hung up.
   */
  readonly done: Promise<void>;
}
