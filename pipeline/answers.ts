/** What the conversation asks for when it is the agent's turn; implemented by dialogue/hotline-answers.ts and by scripts in tests. */
import type { ReadyReply } from './dialogue/reply.ts';
import type { Expectation } from './listening/endpointer.ts';
import type { Utterance } from './ports.ts';
import type { OverlapWords } from './turn/overlap-verdict.ts';
import type { Prompted } from './turn/state.ts';

export interface Scope {
  readonly signal: AbortSignal;
}

/** One call's answers, with its history. */
export interface Answers {
  /**
   * Recognises the utterance, decides on an answer and makes its first piece of sound; undefined when nothing was said.
   * It may be thrown away unheard (the signal aborts), so it leaves no trace in the history until `commit`.
   */
  answer(
    utterance: Utterance,
    turn: number,
    opts: Scope & {
      /** Told as soon as it is known how long the caller should be waited for. */
      readonly onExpectation: (expectation: Expectation) => void;
    },
  ): Promise<ReadyReply | undefined>;
  /** The caller hears the answer to this utterance now: what was understood becomes part of the history. */
  commit(utteranceId: string): void;
  /** What was committed last answered only a part of the utterance: it never happened, whatever was heard of it. */
  revoke(): void;
  /**
   * What is said under the agent's speech, by its words; leaves no trace. `isWhole`: it is over. Rejects when the recogniser
   * fails.
   */
  weigh(utterance: Utterance, opts: Scope & { readonly isWhole: boolean }): Promise<OverlapWords>;
  prompted(prompted: Prompted, opts: Scope): Promise<ReadyReply | undefined>;
  key(digit: string, turn: number, opts: Scope): Promise<ReadyReply | undefined>;
  /** What the caller heard of what the agent said; '' when nothing. */
  said(heardText: string): void;
}
