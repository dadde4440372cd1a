/** What an interview is made of, and what it comes to. Types only. */
import type { Clock } from '#kernel/clock.ts';
import type { Recognizer } from '../ports.ts';
import type { Speaker } from '../speech/speaker.ts';
import type { AnsweringEar } from './answering-ear.ts';
import type { Evidence, Given, InterviewResult } from './flow-state.ts';
import type { InterviewHearing } from './interview-hearing.ts';
import type { AnswerValue, Interview } from './script.ts';

/** What all calls of a script share. */
export interface InterviewEngines {
  readonly interview: Interview;
  readonly hearing: InterviewHearing;
  readonly recognizer: Recognizer;
  readonly speaker: Speaker;
  readonly clock: Clock;
  /** As `HotlineEngines.onBusy`. */
  readonly onBusy?: (change: 1 | -1) => void;
}

/** What is particular to one call. */
export interface InterviewCircumstances {
  readonly vars: Readonly<Record<string, string>>;
  /** IANA zone of the contact. */
  readonly tz: string;
  /** Answers of an earlier call that broke off. */
  readonly answered: Readonly<Record<string, AnswerValue>>;
  /** What `InterviewOutcome.resume` said then. */
  readonly resume: string | undefined;
  readonly canTransfer: boolean;
  readonly ear: AnsweringEar;
}

/** Told of what counts, as soon as it does; must not throw. */
export interface InterviewNotes {
  consented(): void;
  answered(given: Given): void;
  /** Before the caller is told that they will not be called again. */
  optedOut(evidence: Evidence): void;
}

export interface InterviewOutcome {
  readonly result: InterviewResult | 'machine';
  /** Epoch ms. */
  readonly callbackAt: number | undefined;
  readonly answeredBy: 'person' | 'machine' | 'unknown';
  /** Every question was put, and what was left out is not put again: another call would have nothing to ask. */
  readonly isAllAsked: boolean;
  readonly resume: string | undefined;
}
