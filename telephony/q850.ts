/** Why a call ended, as exchanges number it (ITU-T Q.850) and as SIP does (RFC 3261): tables between the two and our outcomes. */
import type { DialOutcome, HangUpReason } from './trunk.ts';

/**
 * What each cause says of an attempt that was not answered. Causes that are not here (3 no route, 16 and 31 normal
 * clearing without an answer, 57 to 65 not permitted or not provided, 127 interworking …) are `failed`.
 */
const OUTCOME_OF_CAUSE: ReadonlyMap<number, DialOutcome> = new Map([
  [1, 'invalid-number'],
  [17, 'busy'],
  [18, 'no-answer'],
  [19, 'no-answer'],
  // Subscriber absent: a handset that is off or out of coverage. It is worth another try at another hour, as for no answer,
  // and unlike a number that does not exist.
  [20, 'no-answer'],
  [21, 'rejected'],
  // Number changed: the old one will never be answered.
  [22, 'invalid-number'],
  [27, 'congestion'],
  [28, 'invalid-number'],
  [34, 'congestion'],
  [38, 'congestion'],
  [41, 'congestion'],
  [42, 'congestion'],
  [44, 'congestion'],
  [47, 'congestion'],
]);

/** What each final SIP status says of an attempt; every other is `failed`, the carrier's refusal of ourselves (401, 407) among them. */
const OUTCOME_OF_SIP_STATUS: ReadonlyMap<number, DialOutcome> = new Map([
  [403, 'rejected'],
  [404, 'invalid-number'],
  [408, 'no-answer'],
  [410, 'invalid-number'],
  // Temporarily unavailable: what mobile networks send for a handset that is off, and Asterisk for our own time-out.
  [480, 'no-answer'],
  [484, 'invalid-number'],
  [485, 'invalid-number'],
  [486, 'busy'],
  // Only ever the answer to our own CANCEL (RFC 3261 §21.4.25).
  [487, 'cancelled'],
  [500, 'congestion'],
  [502, 'congestion'],
  [503, 'congestion'],
  [504, 'congestion'],
  [600, 'busy'],
  [603, 'rejected'],
  [604, 'invalid-number'],
  // RFC 8197 and RFC 8688: the callee, or a machine on the callee's behalf, does not want this call.
  [607, 'rejected'],
  [608, 'rejected'],
]);

/** What Asterisk tells the carrier in SIP when the dialplan or ARI hangs up with a cause before the answer (measured, 22.10). */
const SIP_STATUS_OF_CAUSE: ReadonlyMap<number, number> = new Map([
  [3, 404],
  [16, 603],
  [17, 486],
  [18, 408],
  [20, 480],
  [21, 403],
  [27, 502],
  [28, 484],
  [34, 503],
  [38, 500],
  [41, 603],
  [42, 503],
  [127, 500],
]);

const CAUSE_OF_REASON: Readonly<Record<HangUpReason, number>> = { normal: 16, busy: 17, rejected: 21, congestion: 34 };

export interface CallEnd {
  /** Q.850 cause, where one was given. */
  readonly cause?: number | undefined;
  /** SIP status of the final answer, where known: it is finer than the cause that was made of it, so it goes first. */
  readonly sipStatus?: number | undefined;
  /** An end after the answer is that of a conversation, whatever its cause. */
  readonly wasAnswered: boolean;
}

/** What became of an attempt to reach somebody that is over. */
export function outcomeOf({ cause, sipStatus, wasAnswered }: CallEnd): DialOutcome {
  if (wasAnswered) return 'answered';
  // A final status below 400 is no refusal: the attempt ended for another reason.
  if (sipStatus !== undefined && sipStatus >= 400) return OUTCOME_OF_SIP_STATUS.get(sipStatus) ?? 'failed';
  return (cause === undefined ? undefined : OUTCOME_OF_CAUSE.get(cause)) ?? 'failed';
}

/** The Q.850 cause with which the far side is told. */
export function causeOf(reason: HangUpReason): number {
  return CAUSE_OF_REASON[reason];
}

/** The SIP status that a carrier sees for a cause; 603 where the table has none, as for normal clearing. */
export function sipStatusOf(cause: number): number {
  return SIP_STATUS_OF_CAUSE.get(cause) ?? 603;
}
