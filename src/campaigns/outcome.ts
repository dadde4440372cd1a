/** What can become of a contact, and of an interview. */
import type { DialOutcome } from '#telephony/trunk.ts';

/** Final words on a contact, in the operator's terms. */
export const DISPOSITIONS = [
  'completed',
  /** Answered something, then no more attempts. */
  'partial',
  /** Answered the telephone and was gone before the first answer. */
  'hung_up',
  /** Asked for a person and was put through. */
  'human',
  /** Heard what it is about and said no. */
  'refused',
  'opted_out',
  'wrong_person',
  /** None of the languages of the script. */
  'language',
  'machine',
  'busy',
  'no_answer',
  'failed',
  'invalid_number',
  /** The window closed before they could be called. */
  'expired',
  /** It may have rung: nobody can say. Never called again by itself. */
  'unknown',
  'no_consent',
  'cancelled',
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export interface Answer {
  readonly question: string;
  /** A boolean, a choice's id, a number, an ISO date or a text. */
  readonly value: boolean | number | string;
  readonly rawText: string | undefined;
  /** [0, 1] */
  readonly confidence: number;
  readonly method: 'speech' | 'keys';
  readonly isConfirmed: boolean;
  /** Epoch ms. */
  readonly at: number;
}

/** How an interview ended; answers and opt-outs were written while it went on. */
export interface InterviewEnd {
  readonly result:
    'completed' | 'partial' | 'refused' | 'opted_out' | 'callback' | 'wrong_person' | 'language' | 'machine' | 'human';
  /** With `callback`: epoch ms that was asked for. */
  readonly callbackAt?: number | undefined;
  readonly answeredBy: 'person' | 'machine' | 'unknown';
  /** With `partial`: another call would have nothing to ask, so there is none. @defaultValue false */
  readonly isAllAsked?: boolean | undefined;
  /** Opaque: handed to the next interview with the same contact. */
  readonly resume?: string | undefined;
}

/** What an interview is given, once the answer gate has let it in. */
export interface InterviewBrief {
  readonly attemptId: string;
  readonly campaignId: string;
  readonly campaignContactId: string;
  readonly script: string;
  readonly scriptText: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly language: string | undefined;
  readonly resume: string | undefined;
  /** Answers of an earlier call that broke off. */
  readonly answered: Readonly<Record<string, Answer['value']>>;
  /** IANA zone of the contact. */
  readonly tz: string;
}

export type GateVerdict =
  | { readonly kind: 'talk'; readonly brief: InterviewBrief }
  /** Another call of the same attempt, one that has been given up, or somebody who has said no meanwhile. */
  | { readonly kind: 'hang-up'; readonly why: 'second-call' | 'unknown-attempt' | 'given-up' | 'opted-out' };

/** The border between a call that was answered and the dialler's books. Every write is durable when it resolves. */
export interface AttemptBooks {
  /** Asked when media or the answer comes, before a word is said. */
  answered(call: { readonly attemptId: string; readonly sid: string }): Promise<GateVerdict>;
  answer(attemptId: string, answer: Answer): Promise<void>;
  /** At once and in its own transaction: no call goes to that number after it resolves, in any campaign of the scope. */
  optOut(
    attemptId: string,
    how: { readonly source: 'keys' | 'speech'; readonly scope: 'all' | 'campaign'; readonly evidence: string },
  ): Promise<void>;
  finished(attemptId: string, end: InterviewEnd): Promise<void>;
}

export type { DialOutcome };
