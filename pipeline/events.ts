/**
 * What happened in a call, and when: the one stream that the record, the demo's terminal, the metrics and the latency
 * tables read. Words of callers stand only in fields named `text`, `heardText` and `digit`, so that logs can leave them out.
 */
import type { EndCause, Transcript } from './ports.ts';
import type { WentOn } from './turn/state.ts';

/** Where an answer came from. `pack`: fixed phrases of the language pack (greeting, "I did not understand" …). */
export type AnswerSource = 'card' | 'llm' | 'pack';

export type CallEventBody =
  | { readonly kind: 'call-started'; readonly hotline: string; readonly language: string }
  /** The caller's speech was found; `onsetMs` is where it began on the audio clock (pre-roll not included). */
  | { readonly kind: 'speech-start'; readonly turn: number; readonly onsetMs: number }
  /**
   * A short silence: recognition starts on the chance that the caller has finished. `voicedEndMs`: the last sound on the
   * audio clock, before the gate let go.
   */
  | {
      readonly kind: 'soft-end';
      readonly turn: number;
      readonly utteranceId: string;
      readonly voicedEndMs?: number;
    }
  /** The caller went on: what was prepared since the soft end is thrown away unheard. */
  | { readonly kind: 'speculation-discarded'; readonly turn: number; readonly utteranceId: string }
  /** The caller has finished. `speechEndMs` is the end of speech on the audio clock, `silenceMs` what followed it. */
  | {
      readonly kind: 'end-of-turn';
      readonly turn: number;
      readonly utteranceId: string;
      readonly speechEndMs: number;
      readonly silenceMs: number;
    }
  | {
      readonly kind: 'transcript';
      readonly turn: number;
      readonly utteranceId: string;
      readonly text: string;
      readonly confidence: number;
      readonly doubt?: Transcript['doubt'];
      readonly window: Transcript['window'];
      readonly timings: Transcript['timings'];
    }
  /** What the answerer decided, with what it rests on. */
  | {
      readonly kind: 'decision';
      readonly turn: number;
      readonly source: AnswerSource;
      readonly intent?: string;
      readonly cardId?: string;
      readonly score?: number;
      readonly margin?: number;
      readonly runnerUp?: string;
      readonly by?: 'text' | 'audio' | 'both';
    }
  /** The first piece of text of an answer exists. */
  | { readonly kind: 'answer-text'; readonly turn: number; readonly source: AnswerSource; readonly text: string }
  | { readonly kind: 'first-audio'; readonly turn: number; readonly cached: boolean }
  /** `leadInMs`: silence at the beginning of what is said. */
  | { readonly kind: 'first-frame-sent'; readonly turn: number; readonly leadInMs?: number }
  /** The agent has finished or was cut off; `heardText` is what reached the caller by marks and the audio clock. */
  | {
      readonly kind: 'agent-said';
      readonly turn: number;
      readonly source: AnswerSource;
      readonly text: string;
      readonly heardText: string;
      /** How much of its sound reached the caller, in milliseconds. */
      readonly heardMs: number;
      readonly isComplete: boolean;
      readonly cardId?: string;
    }
  | { readonly kind: 'barge-in'; readonly turn: number; readonly overlapMs: number }
  /** The caller made a sound under the agent's speech that did not take the floor. */
  | { readonly kind: 'backchannel'; readonly turn: number; readonly overlapMs: number }
  /** The caller speaks under the agent's speech: it says no more until it is known what for. */
  | { readonly kind: 'overlap-held'; readonly turn: number; readonly overlapMs: number }
  /** It went on; `heldMs` later, and `againMs` of a word that had been cut off are said twice. */
  | {
      readonly kind: 'overlap-resumed';
      readonly turn: number;
      readonly why: WentOn;
      readonly heldMs: number;
      readonly againMs: number;
    }
  /** The guard kept a clause of the language model from being spoken. */
  | { readonly kind: 'clause-refused'; readonly turn: number; readonly reason: string }
  /** A window of caller audio was not scored in time and counts as silence; the audio itself is kept. */
  | { readonly kind: 'vad-skipped' }
  | { readonly kind: 'dtmf'; readonly digit: string }
  | { readonly kind: 'gap'; readonly samples: number }
  /** Audio that the wire lost and that was made up from what came before it. */
  | { readonly kind: 'concealed'; readonly samples: number }
  | {
      readonly kind: 'stage-failed';
      readonly turn: number;
      readonly stage: 'vad' | 'recognition' | 'dialogue' | 'speech';
      readonly code: string;
    }
  | { readonly kind: 'call-ended'; readonly cause: EndCause; readonly durationMs: number };

export type CallEvent = CallEventBody & {
  readonly callId: string;
  /** Monotonic milliseconds (Clock.nowMs). */
  readonly atMs: number;
  /** Audio clock: milliseconds of caller audio since the call began. */
  readonly audioMs: number;
};

export type CallEventSink = (event: CallEvent) => void;
