/** Where an interview stands, what can be said to it, and what a turn comes to. Plain values. */
import type { Here } from './moments.ts';
import type { AnswerValue, Interview, Question } from './script.ts';

export type InterviewResult =
  'completed' | 'partial' | 'refused' | 'opted_out' | 'callback' | 'wrong_person' | 'language' | 'human';

/** An answer that counts. */
export interface Given {
  readonly question: string;
  readonly value: AnswerValue;
  readonly rawText: string | undefined;
  /** [0, 1] */
  readonly confidence: number;
  readonly method: 'speech' | 'keys';
  /** Read back and agreed to. */
  readonly isConfirmed: boolean;
}

/** How sure something was, and what it was heard as. */
export interface Evidence {
  readonly rawText: string | undefined;
  readonly confidence: number;
  readonly method: 'speech' | 'keys';
  readonly needsReadBack: boolean;
}

export type Wish =
  | 'opt-out'
  | 'human'
  | 'later'
  | 'repeat'
  | 'slower'
  | 'goodbye'
  | 'wrong-person'
  | 'other-language'
  /** The caller does not know the answer. */
  | 'unknown'
  | 'emergency';

/** What a caller's turn means to the question that was put. */
export type Said =
  /** A boolean for every question of yes or no, the program's own among them. */
  | {
      readonly kind: 'answer';
      readonly value: AnswerValue;
      readonly evidence: Evidence;
      readonly isEmergency?: boolean;
    }
  /** To "when?", and with "later" where a time was said in the same breath. Epoch ms. */
  | { readonly kind: 'when'; readonly atMs: number }
  | { readonly kind: 'wish'; readonly wish: Wish; readonly evidence: Evidence; readonly atMs?: number | undefined }
  | { readonly kind: 'out-of-range' }
  | { readonly kind: 'wrong-key' }
  | { readonly kind: 'unclear' };

export type Stage =
  'identity' | 'consent' | 'question' | 'read-back' | 'when' | 'when-read-back' | 'opt-out-read-back' | 'over';

export interface FlowState {
  readonly stage: Stage;
  /** The question that is put, or put when consent is given. */
  readonly question: Question | undefined;
  /** Times in a row that nothing was made of what was said at this stage. */
  readonly failures: number;
  /** Times that this question was put again because what was read back was wrong. */
  readonly rounds: number;
  /** Questions in a row that were given up. */
  readonly givenUp: number;
  readonly candidate: Given | undefined;
  readonly callbackAt: number | undefined;
  /** A wish not to be called again that was not heard plainly, and where the interview goes on if it was none. */
  readonly doubtfulNo: { readonly evidence: Evidence; readonly stage: Stage } | undefined;
  readonly answers: ReadonlyMap<string, AnswerValue>;
  readonly leftOut: ReadonlySet<string>;
  readonly hasConsented: boolean;
  readonly pace: number;
  readonly result: InterviewResult | undefined;
}

export interface FlowContext extends Here {
  readonly interview: Interview;
  readonly vars: Readonly<Record<string, string>>;
  readonly greeting: string;
  readonly canTransfer: boolean;
  /** Some of it was answered in an earlier call. */
  readonly isResumed: boolean;
}

/** What a turn comes to. */
export interface Turned {
  readonly state: FlowState;
  readonly texts: readonly string[];
  /** Names it in events: few, and none of them a caller's words. */
  readonly intent: string;
  readonly answered?: Given;
  readonly optsOut?: Evidence;
  readonly endsCall: boolean;
  readonly handsTo?: 'human';
}

export function beginFlow(
  interview: Interview,
  before: { readonly answers: ReadonlyMap<string, AnswerValue>; readonly leftOut: ReadonlySet<string> },
): FlowState {
  const state: FlowState = {
    stage: interview.identity === undefined ? 'consent' : 'identity',
    question: undefined,
    failures: 0,
    rounds: 0,
    givenUp: 0,
    candidate: undefined,
    callbackAt: undefined,
    doubtfulNo: undefined,
    ...before,
    hasConsented: false,
    pace: 1,
    result: undefined,
  };
  return { ...state, question: nextQuestion(interview, state) };
}

/** The first question that is neither answered nor left out and whose condition holds. */
export function nextQuestion({ questions }: Interview, { answers, leftOut }: FlowState): Question | undefined {
  return questions.find(({ id, onlyIf }) => {
    if (answers.has(id) || leftOut.has(id)) return false;
    return onlyIf.every(({ question, values }) => {
      const given = answers.get(question);
      return given !== undefined && values.includes(given);
    });
  });
}

/** Opaque to everybody else; `answers` are kept elsewhere. Undefined: there is nothing to keep. */
export function resumeOf({ leftOut }: FlowState): string | undefined {
  return leftOut.size === 0 ? undefined : JSON.stringify({ leftOut: [...leftOut] });
}

/** What an earlier call left out; whatever is not of `resumeOf` leaves out nothing. */
export function leftOutOf(resume: string | undefined): ReadonlySet<string> {
  try {
    const { leftOut } = JSON.parse(resume ?? '{}') as { leftOut?: unknown };
    return new Set(Array.isArray(leftOut) ? leftOut.filter((id): id is string => typeof id === 'string') : []);
  } catch {
    return new Set();
  }
}
