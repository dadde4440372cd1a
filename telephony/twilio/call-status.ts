/** What Twilio tells of a call, by its status callback or when it is asked. */
import type { Clock } from '#kernel/clock.ts';
import { Observed } from '../observed.ts';
import { outcomeOf } from '../q850.ts';
import type { DialOutcome } from '../trunk.ts';

/** One status callback, as the route that took it (and checked its signature) read it. */
export interface TwilioCallStatus {
  /** Ours, out of the callback's own URL: it comes before Twilio's answer to the call's creation, now and then. */
  readonly callId: string;
  readonly callSid: string;
  /** Twilio's word: queued, initiated, ringing, in-progress, completed, busy, failed, no-answer, canceled. */
  readonly status: string;
  /** `SipResponseCode`, in the last callback of a call that failed. */
  readonly sipStatus?: number | undefined;
  /** Of a call that a transfer made: the caller's. */
  readonly parentCallSid?: string | undefined;
}

const OUTCOMES: ReadonlyMap<string, DialOutcome> = new Map([
  ['in-progress', 'answered'],
  ['completed', 'answered'],
  ['busy', 'busy'],
  ['no-answer', 'no-answer'],
  ['failed', 'failed'],
  // Not by us, or we would know: Twilio gives up a call that it could not place for too long.
  ['canceled', 'failed'],
]);

/** How an attempt stands; the last word of it counts, whatever comes late or twice. */
export class TwilioAttempt extends Observed {
  /** Undefined until Twilio has told it. */
  sid: string | undefined;
  status = '';
  sipStatus: number | undefined;
  /** Hung up by us before it was answered. */
  isGivenUp = false;

  constructor(clock: Clock, sid?: string) {
    super(clock);
    this.sid = sid;
  }

  /** Undefined while it may still be answered. */
  get outcome(): DialOutcome | undefined {
    const outcome = OUTCOMES.get(this.status);
    // `failed` is all Twilio says for a dozen reasons; the SIP status says which.
    return outcome === 'failed' ? outcomeOf({ sipStatus: this.sipStatus, wasAnswered: false }) : outcome;
  }

  /** Nothing after a final status changes it. */
  tell({ status, sipStatus }: Pick<TwilioCallStatus, 'status' | 'sipStatus'>): void {
    if (this.outcome === undefined) {
      this.status = status;
      this.sipStatus = sipStatus ?? this.sipStatus;
    }
    this.changed();
  }
}
