/**
 * The borders of one call's mind: types only. Everything that can be swapped (a leg, a model, an engine) is one of these;
 * `tests/contract/` holds one suite per port and runs it over every implementation and every fake.
 */

/** PCM16, mono. One frame holds sampleRateHz * ptimeMs / 1000 samples: 8000 * 20 / 1000 = 160. */
export interface AudioFormat {
  readonly sampleRateHz: number;
  readonly ptimeMs: number;
}

/** How a call ended: whose doing it was, and the reason as a stable word. */
export interface EndCause {
  readonly result: 'success' | 'caller' | 'upstream' | 'ours' | 'indeterminate';
  readonly reason: string;
}

export type LegEvent =
  /** One ptime; the array belongs to the leg and is valid until the sink returns. Concealed: made up for a frame that was lost. */
  | { readonly kind: 'frame'; readonly pcm: Int16Array; readonly isConcealed?: true }
  /** Lost on the wire; the listener hears this many samples of silence. */
  | { readonly kind: 'gap'; readonly samples: number }
  | { readonly kind: 'dtmf'; readonly digit: string }
  /** The far end played all that was sent before this mark. Never emitted for marks that a `clear` returned. */
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'ended'; readonly cause: EndCause };

export interface CallLeg extends AsyncDisposable {
  readonly callId: string;
  readonly format: AudioFormat;
  /** Synchronous, in order, one sink, never re-entrant. Events before `attach` are kept (bounded) and delivered at once. */
  attach(sink: (event: LegEvent) => void): void;
  /** Exactly one ptime of PCM16; encodes, writes, never waits, keeps no reference to the frame. */
  send(frame: Int16Array): void;
  mark(name: string): void;
  /**
   * The far end forgets what it has not played; marks pending there are never reported as heard. Takes effect before this
   * returns. Resolves soon (at most some 100 ms) with the samples of sent audio that had not been played, exact to one
   * frame, or undefined where the far end does not tell. Never rejects.
   */
  clear(): Promise<number | undefined>;
  /** Audio that still waits in our own socket buffer, in milliseconds of playing time. */
  readonly unsentMs: number;
  hangUp(cause: EndCause): Promise<void>;
}

/**
 * Who waits for a piece of work: a caller whose turn is over, a caller who may still go on, or nobody yet. A wish: engines
 * that have no queue of their own do not know it.
 */
export type WorkPriority = 'waiting' | 'speculative' | 'background';

/** A voice activity model is a number per window, nothing else; thresholds live in the speech gate. One per call. */
export interface SpeechScorer {
  readonly sampleRateHz: number;
  readonly windowSamples: number;
  /** shape [windowSamples], values in [-1, 1) -> P(speech) in [0, 1]. Windows must come in order; state is kept between them. */
  score(window: Float32Array): Promise<number>;
  reset(): void;
  /**
   * P(the caller has finished) by how it sounds, from the turn's audio up to now: PCM16 at `sampleRateHz`, pre-roll
   * included. Absent, or rejecting, where no model can tell.
   */
  turnCompletion?(pcm: Int16Array, opts: { readonly signal: AbortSignal }): Promise<number>;
  /** From the end of a turn until the caller speaks again, this call's work comes before that of callers who still speak. */
  wait?(isWaiting: boolean): void;
}

/** What somebody said, cut out of the call's audio: PCM16 at the call's rate, pre-roll included. */
export interface Utterance {
  /** Unique within the process: `<callId>#<n>`; a later revision of the same utterance has a new id. */
  readonly id: string;
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
}

/** What an answer must consist of: one of some phrases as a whole, or some words in any order and number. */
export interface ClosedSet {
  readonly kind: 'phrases' | 'words';
  readonly texts: readonly string[];
}

/** Everything but the signal is a wish: an engine that cannot follow it decodes as if it had not been made. */
export interface TranscribeOptions {
  readonly signal: AbortSignal;
  /** @defaultValue speculative, and waiting once the caller's turn is over */
  readonly priority?: WorkPriority;
  /** Text that comes before the utterance for the decoder: the dialogue state's lexicon. At most about 200 tokens count. */
  readonly prompt?: string;
  /** Words and phrases that are likely now: made likelier while decoding, by a strength of the engine's own. */
  readonly lexicon?: readonly string[];
  /** The question that was asked has no other answers: nothing else is decoded. */
  readonly closed?: ClosedSet;
  /** How many other readings are wanted beside the best. @defaultValue 0 */
  readonly alternatives?: number;
}

/** Another text that the same audio may hold. */
export interface Reading {
  readonly text: string;
  /** As `Transcript.avgLogProb`. */
  readonly avgLogProb: number;
}

/** Why a transcript must not be acted upon. */
export type TranscriptDoubt =
  | 'no-speech'
  | 'low-confidence'
  | 'repetitive'
  | 'too-fast'
  /** Far too little text for so much sound: a room, a song, a crowd. */
  | 'sparse'
  /** Words of the decoder's prompt that nobody had the time to say, or piece by piece out of it. */
  | 'prompt-echo'
  | 'wrong-script'
  | 'empty'
  /** What recognisers write under silence and music in every language: thanks for watching, subtitles. */
  | 'invented'
  /** Words of another language; the conversation adds this one and the next, which need to know what was said before. */
  | 'foreign-language'
  /** The agent's own words, come back from the line. */
  | 'echo';

export interface Transcript {
  /** The utterance's id; also the key under which `score` can still reach its encoded audio. */
  readonly utteranceId: string;
  /** As decoded, trimmed; '' when nothing was heard. */
  readonly text: string;
  /** Mean log-probability of the decoded tokens, end token included; (-inf, 0]. */
  readonly avgLogProb: number;
  /** exp(avgLogProb), in [0, 1]. */
  readonly confidence: number;
  /** The engine does not tell how sure it was: `avgLogProb` and `confidence` are a convention, and prove nothing. */
  readonly isUnrated?: true;
  /** P(<|nospeech|>) at the start of the transcript, in [0, 1]. */
  readonly noSpeechProb: number;
  /** Undefined when the transcript passed the guard. */
  readonly doubt?: TranscriptDoubt;
  /** Best first, none of them equal to `text`; absent when none were asked for or the engine has none. */
  readonly alternatives?: readonly Reading[];
  readonly window: 'short' | 'full';
  readonly audioMs: number;
  readonly timings: { readonly melMs: number; readonly encoderMs: number; readonly decoderMs: number };
}

export interface Recognizer {
  /** Names engine and weights for people: `whisper-onnx (whisper-base)`. */
  readonly name: string;
  /** False: `score` always rejects with INZWA_CANNOT_SCORE, and the transcript alone decides. */
  readonly canScore: boolean;
  /** Rejects with the signal's reason when aborted; the work stops between decoder steps. */
  transcribe(utterance: Utterance, opts: TranscribeOptions): Promise<Transcript>;
  /**
   * Mean log-likelihood per token (end token included) of each phrase, given the audio of an utterance transcribed before.
   * Order and length as `phrases`. Rejects with INZWA_UTTERANCE_FORGOTTEN when its encoded audio is no longer kept
   * (the last few utterances are).
   */
  score(
    utteranceId: string,
    phrases: readonly string[],
    opts: Pick<TranscribeOptions, 'signal' | 'priority'>,
  ): Promise<readonly number[]>;
}

/** One turn of the conversation as it was heard by the two people, not as it was generated. */
export interface Turn {
  readonly who: 'caller' | 'agent';
  readonly text: string;
}

export interface DialogueRequest {
  readonly callId: string;
  /** Oldest first, the caller's last words included. */
  readonly history: readonly Turn[];
  /** The cards that come nearest, best first: the only source of facts. */
  readonly cards: readonly { readonly question: string; readonly answer: string }[];
}

export interface DialogueEngine {
  /** Yields text as it is generated; ends early when the signal aborts (by throwing its reason). */
  reply(request: DialogueRequest, opts: { readonly signal: AbortSignal }): AsyncIterable<string>;
}

export interface SynthesizeOptions {
  readonly signal: AbortSignal;
  /** Syllables per second against the voice's own pace; a wish like those of TranscribeOptions. @defaultValue 1 */
  readonly speakingRate?: number;
  /** @defaultValue speculative */
  readonly priority?: WorkPriority;
}

export interface Synthesizer {
  readonly sampleRateHz: number;
  /** `text` is speakable (no digits, no symbols). Yields PCM chunks, values in [-1, 1]; stops between chunks on abort. */
  synthesize(text: string, opts: SynthesizeOptions): AsyncIterable<Float32Array>;
}

/** A model whose every file has been verified against the catalogue. */
export interface VerifiedModel {
  readonly id: string;
  readonly task: string;
  readonly language: string;
  /** Absolute path of each file by its role: `model`, `tokenizer`, `encoder`, `decoder`, `config` … */
  readonly files: Readonly<Record<string, string>>;
  readonly sampleRateHz: number | undefined;
  /** Task-specific facts of the catalogue entry, as written there. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface ModelCatalogue {
  /** Throws INZWA_MODEL_MISSING or INZWA_MODEL_HASH when the files are not there or not what the catalogue says. */
  open(id: string): Promise<VerifiedModel>;
}
