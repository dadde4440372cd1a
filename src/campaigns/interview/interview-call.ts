/** The border to whoever holds a campaign's conversation, once the answer gate has let the call in. */
import type { CallEventSink } from '#pipeline/events.ts';
import type { CallLeg, EndCause, SpeechScorer } from '#pipeline/ports.ts';
import type { InterviewBrief } from '../outcome.ts';

export interface InterviewCall {
  /** At 8 kHz. Its `callId` is what the events are told of. */
  readonly leg: CallLeg;
  readonly scorer: SpeechScorer;
  readonly brief: InterviewBrief;
  /** True: who wants a person is put through; the call then ends with `{ result: 'success', reason: 'transferred' }`. */
  readonly canTransfer: boolean;
  readonly emit: CallEventSink;
  /** Called once, when the caller has agreed to what the opening says: from then on the call may be recorded. */
  readonly onConsent?: () => void;
  /** Aborts when the call must end (drain, stopped campaign); the caller hears no goodbye then. */
  readonly signal: AbortSignal;
}

export interface InterviewDesk {
  /**
   * Converses until the call is over and everything it came to is in the books, `finished` included. Rejects only with
   * INZWA_PROMPTS_INVALID, before a word is said, when the brief's script cannot be used.
   */
  converse(call: InterviewCall): Promise<EndCause>;
}
