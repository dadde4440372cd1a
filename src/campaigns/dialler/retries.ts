/** What becomes of a contact after a call: another one, when, or a final word. No database, no clock. */
import type { Disposition, DialOutcome, InterviewEnd } from '../outcome.ts';
import type { CampaignSettings } from './settings.ts';
import { nextDayStart, nextOpening } from './window.ts';

/** Higher first. An appointment comes before a broken interview, and both before somebody who was never reached. */
export const PRIORITY = { fresh: 0, resume: 10, callback: 20 } as const;

/** How a call ended, for the contact: what the carrier says of a call nobody talked on, or what the interview says. */
export type CallEnd = Exclude<DialOutcome, 'answered'> | InterviewEnd['result'] | 'hung_up' | 'unknown';

export interface Standing {
  /** Calls that reached the network, this one included unless it was no attempt. */
  readonly tries: number;
  /** Of these, those that reached a person who did not finish; this one included. */
  readonly reached: number;
  /** Calls at all, this one included. */
  readonly calls: number;
  /** Calls that ended as this one did, this one included. */
  readonly same: number;
  readonly hasAnswers: boolean;
  /** With `partial`: every question was put. @defaultValue false */
  readonly isAllAsked?: boolean;
  /** The campaign is over: nobody is called again. */
  readonly isStopped: boolean;
}

export type Next =
  | { readonly state: 'pending' | 'callback'; readonly nextAt: number; readonly priority: number }
  | { readonly state: 'done'; readonly disposition: Disposition };

/** Ends after which nobody calls again. */
const FINAL: Readonly<Partial<Record<CallEnd, Disposition>>> = {
  completed: 'completed',
  refused: 'refused',
  opted_out: 'opted_out',
  wrong_person: 'wrong_person',
  language: 'language',
  human: 'human',
  'invalid-number': 'invalid_number',
};

type Retried = Exclude<keyof CampaignSettings['retries'], 'maxTries' | 'maxReached' | 'maxCalls'>;

const RULES: Readonly<Partial<Record<CallEnd, readonly [Retried, Disposition]>>> = {
  busy: ['busy', 'busy'],
  'no-answer': ['noAnswer', 'no_answer'],
  rejected: ['rejected', 'no_answer'],
  congestion: ['congestion', 'failed'],
  failed: ['failed', 'failed'],
  cancelled: ['failed', 'cancelled'],
  machine: ['machine', 'machine'],
  partial: ['partial', 'partial'],
  hung_up: ['partial', 'hung_up'],
};

/** Whether a call that ended so counts as one that reached the network. */
export function isTry(end: CallEnd): boolean {
  return end !== 'congestion' && end !== 'invalid-number';
}

/** Whether a person was reached who did not finish. */
export function isReached(end: CallEnd): boolean {
  return end === 'partial' || end === 'hung_up';
}

/** `tz`: the contact's; `at`: epoch ms of the end; `callbackAt`: what was asked for, with `callback`. */
export function afterCall(
  settings: CampaignSettings,
  tz: string,
  at: number,
  end: CallEnd,
  standing: Standing,
  callbackAt?: number,
): Next {
  const { retries } = settings;
  const final = FINAL[end];
  if (final !== undefined) return { state: 'done', disposition: final };
  const again = (
    wantedAt: number,
    priority: number,
    otherwise: Disposition,
    state: 'pending' | 'callback' = 'pending',
  ): Next => {
    const nextAt = standing.isStopped ? undefined : nextOpening(settings, tz, wantedAt);
    return nextAt === undefined ? { state: 'done', disposition: otherwise } : { state, nextAt, priority };
  };
  const given = dispositionOf(end, standing);
  if (standing.calls >= retries.maxCalls) return { state: 'done', disposition: given };
  // What was wished for is no retry: it is granted however often they were called before.
  if (end === 'callback') return again(Math.max(callbackAt ?? at, at), PRIORITY.callback, given, 'callback');
  // They were told that this is all.
  if (end === 'partial' && standing.isAllAsked === true) return { state: 'done', disposition: given };
  if (end === 'unknown') {
    return settings.onUnknown === 'skip'
      ? { state: 'done', disposition: 'unknown' }
      : again(nextDayStart(tz, at), PRIORITY.fresh, 'unknown');
  }
  const rule = retries[RULES[end]?.[0] ?? 'failed'];
  const isExhausted =
    standing.same >= rule.max ||
    (isReached(end) ? standing.reached >= retries.maxReached : isTry(end) && standing.tries >= retries.maxTries);
  if (isExhausted) return { state: 'done', disposition: given };
  return again(at + rule.afterMinutes * 60_000, isReached(end) ? PRIORITY.resume : PRIORITY.fresh, given);
}

/** What is said of a contact for good when nobody calls again after such an end. */
export function dispositionOf(end: CallEnd, { hasAnswers }: Pick<Standing, 'hasAnswers'>): Disposition {
  if (end === 'unknown') return 'unknown';
  // Whoever answered a question has been reached, however the last call ended.
  if (hasAnswers) return 'partial';
  if (end === 'callback') return 'hung_up';
  if (end === 'partial') return 'hung_up';
  return FINAL[end] ?? RULES[end]?.[1] ?? 'failed';
}
