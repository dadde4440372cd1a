/** What Twilio tells of a call, by status callback or in its list, as the one thing that is known of it. */
import type { CallInstance } from 'twilio/lib/rest/api/v2010/account/call.js';
import { z } from 'zod';
import type { CarrierCall, CarrierCallState } from '../carrier.ts';
import { outcomeOf } from '../q850.ts';
import type { DialOutcome } from '../trunk.ts';

const STATES: ReadonlyMap<string, CarrierCallState> = new Map([
  ['queued', 'queued'],
  ['initiated', 'queued'],
  ['ringing', 'ringing'],
  ['answered', 'answered'],
  ['in-progress', 'answered'],
]);

const OUTCOMES: ReadonlyMap<string, DialOutcome> = new Map([
  ['completed', 'answered'],
  ['busy', 'busy'],
  ['no-answer', 'no-answer'],
  ['failed', 'failed'],
  ['canceled', 'cancelled'],
]);

/** The fields of a callback about a call that are read, of the forty that come. */
const callback = z.object({
  CallSid: z.string().min(1).max(128),
  CallStatus: z.string().max(64).default(''),
  /** Counts the callbacks of one call from 0. */
  SequenceNumber: z.string().max(16).optional(),
  /** RFC 2822 */
  Timestamp: z.string().max(64).optional(),
  SipResponseCode: z.string().max(16).optional(),
  /** Seconds of conversation; `Duration` beside it is in minutes. */
  CallDuration: z.string().max(16).optional(),
  AnsweredBy: z.string().max(64).optional(),
});

/** Undefined for a form that tells nothing of a call, or has a status that is not Twilio's. */
export function readCallback(
  attemptId: string | undefined,
  form: Readonly<Record<string, string>>,
): CarrierCall | undefined {
  const parsed = callback.safeParse(form);
  if (!parsed.success) return undefined;
  const {
    CallSid: sid,
    CallStatus,
    SequenceNumber,
    Timestamp,
    SipResponseCode,
    CallDuration,
    AnsweredBy,
  } = parsed.data;
  const answeredBy = answeredByOf(AnsweredBy);
  // The callback of asynchronous machine detection has no status: somebody, or something, has answered.
  const status = CallStatus === '' && answeredBy !== undefined ? 'in-progress' : CallStatus;
  const sipStatus = wholeOf(SipResponseCode);
  const known = stateOf(status, sipStatus);
  if (!known) return undefined;
  const seconds = wholeOf(CallDuration);
  return {
    sid,
    attemptId,
    ...known,
    sipStatus,
    answeredBy,
    durationMs: seconds === undefined ? undefined : seconds * 1_000,
    at: timeOf(Timestamp),
    // A redirected or retried callback has the number of the first one.
    eventId: `${sid}/${SequenceNumber ?? ''}/${CallStatus === '' ? `amd-${AnsweredBy ?? ''}` : CallStatus}${
      CallStatus === 'in-progress' && AnsweredBy ? `/${AnsweredBy}` : ''
    }`,
  };
}

/** One call of Twilio's list, or asked for by its sid. */
export function readCall(call: CallInstance): CarrierCall {
  // A status that we do not know is a call all the same.
  const known = stateOf(call.status, undefined) ?? { state: 'queued' as const };
  const isOver = known.state === 'ended';
  const seconds = wholeOf(call.duration);
  // Null until it has been reckoned up, whatever the package's types say.
  const price = Number.parseFloat(call.price);
  return {
    sid: call.sid,
    ...known,
    answeredBy: answeredByOf(call.answeredBy),
    durationMs: isOver && seconds !== undefined ? seconds * 1_000 : undefined,
    // What was paid is negative at Twilio.
    costMicros: Number.isFinite(price) ? Math.round(Math.abs(price) * 1e6) : undefined,
    at: isOver ? timeOf(call.endTime) : undefined,
  };
}

/** Epoch ms of a time that the package has or has not made a Date of. */
export function timeOf(time: unknown): number | undefined {
  const ms = time instanceof Date ? time.getTime() : typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isFinite(ms) ? ms : undefined;
}

function stateOf(status: string, sipStatus: number | undefined): Pick<CarrierCall, 'state' | 'outcome'> | undefined {
  const state = STATES.get(status);
  if (state) return { state };
  const outcome = OUTCOMES.get(status);
  if (!outcome) return undefined;
  // `failed` is all Twilio says for a dozen reasons; the SIP status says which.
  return { state: 'ended', outcome: outcome === 'failed' ? outcomeOf({ sipStatus, wasAnswered: false }) : outcome };
}

function answeredByOf(word: string | null | undefined): CarrierCall['answeredBy'] {
  if (word === undefined || word === null || word === '') return undefined;
  if (word === 'human') return 'person';
  return word.startsWith('machine_') || word === 'fax' ? 'machine' : 'unknown';
}

function wholeOf(text: string | null | undefined): number | undefined {
  return text !== undefined && text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
