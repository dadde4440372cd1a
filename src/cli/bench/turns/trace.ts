/**
 * What is known about a call by its two ends alone: what the caller did and when (ground truth), and when the agent could
 * be heard. Everything that is scored is computed from this, so any agent that can be telephoned can be scored.
 * All times are milliseconds from the beginning of the recording.
 */
import type { CallEvent } from '#pipeline/events.ts';

/**
 * What the caller does, after the classes of the tau-voice panel (backchannel before tic before side speech before
 * interruption), and what a telephone adds to them.
 */
export type CallerClass =
  /** An utterance that wants an answer, without a pause of 200 ms or more inside. */
  | 'turn'
  /** One with pauses inside; they stand in `pauses`. */
  | 'turn-with-pauses'
  /** Digits dictated in groups; the pauses between the groups stand in `pauses`. */
  | 'dictation'
  /** Speech that wants the floor while the agent has it. */
  | 'interruption'
  | 'backchannel'
  /** Cough, click, burst of noise. */
  | 'vocal-tic'
  /** Speech to somebody else in the room. */
  | 'side-speech'
  | 'television'
  /** Two beginnings of one utterance: a word or two, a stop of under 300 ms, all of it again. */
  | 'double-start'
  /** Speech under the greeting that wants an answer. */
  | 'over-greeting'
  /** A `turn` that no card answers: what a language model is there for. */
  | 'small-talk'
  /** Speaks on and on, without a pause of 200 ms, past every limit of an utterance. */
  | 'endless'
  /** Nothing at all from `fromMs`, the last sound of either side, to `toMs`. */
  | 'silence';

export interface Span {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

export interface CallerAct extends Span {
  readonly id: string;
  readonly class: CallerClass;
  /** What was said, as written; '' for what is no speech. For people, never for scoring. */
  readonly text: string;
  /** Silences of the caller inside the act, in order. */
  readonly pauses: readonly Span[];
  /** True when the caller expects to be answered: `turn`s of every kind, and interruptions. */
  readonly wantsAnswer: boolean;
}

export interface CallTrace {
  readonly id: string;
  /** Which bad line it was: `clean`, `noisy`, `band`, `loss`, `gsm`, `amr`. */
  readonly line: string;
  readonly wire: 'twilio' | 'asterisk';
  readonly seed: number;
  readonly acts: readonly CallerAct[];
  /** When the agent could be heard, in order; gaps under 200 ms are not told apart. */
  readonly agent: readonly Span[];
  readonly durationMs: number;
  /** Level and delay of the agent's own voice in what it heard; undefined: none came back. */
  readonly echo?: { readonly db: number; readonly delayMs: number } | undefined;
  /** Both sides at 8000 Hz, PCM16, equally long; what the caller said holds neither noise nor echo. */
  readonly recording: { readonly sampleRateHz: 8_000; readonly caller: Int16Array; readonly heard: Int16Array };
  /** What our own agent tells of itself, `atMs` too from the beginning of the recording; one that is only a URL tells nothing. */
  readonly events?: readonly CallEvent[] | undefined;
}
