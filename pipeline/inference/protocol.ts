/** What crosses between the media loop and an engine worker. Everything here survives structured cloning. */
import type { ErrorCode } from '#kernel/errors.ts';
import type { LanguageDefinition } from '../language/definition.ts';
import type { DialogueRequest, Transcript, TranscribeOptions, Utterance, WorkPriority } from '../ports.ts';

/** Engine calls by name: arguments, the value they resolve to, and the chunks they stream before that. */
export interface EngineMethods {
  'vad.score': { args: { callId: string; window: Float32Array }; value: number; chunk: never };
  'vad.reset': { args: { callId: string }; value: null; chunk: never };
  'turn.complete': { args: { pcm: Int16Array }; value: number; chunk: never };
  'asr.transcribe': {
    args: { utterance: Utterance; options: Omit<TranscribeOptions, 'signal' | 'priority'> };
    value: Transcript;
    chunk: never;
  };
  'asr.score': { args: { utteranceId: string; phrases: readonly string[] }; value: readonly number[]; chunk: never };
  'tts.synthesize': { args: { text: string; speakingRate: number }; value: null; chunk: Float32Array };
  'llm.reply': { args: DialogueRequest; value: null; chunk: string };
}

export type EngineMethod = keyof EngineMethods;

export type EngineRequest =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly method: EngineMethod;
      readonly args: unknown;
      readonly priority: WorkPriority;
    }
  | { readonly kind: 'cancel'; readonly id: number }
  /** Somebody waits for this one now. */
  | { readonly kind: 'raise'; readonly id: number }
  /** To be answered by a `pong` as soon as the thread is free: a thread that is not free for long hangs. */
  | { readonly kind: 'ping' }
  /** Finish what runs, free the models, and end by itself: native code that is torn off takes the process with it. */
  | { readonly kind: 'close' };

export interface EngineFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly isRetryable: boolean;
}

/** How an engine fares that is loaded while the others work already; comes before or after `ready`. */
export type EngineNews =
  | { readonly kind: 'loaded'; readonly what: 'llm' }
  | { readonly kind: 'degraded'; readonly what: 'llm'; readonly failure: EngineFailure };

export type EngineResponse =
  | { readonly kind: 'ready'; readonly facts: EngineFacts }
  | EngineNews
  | { readonly kind: 'pong' }
  /** The turn of a queued job has come: from here on its time is counted. */
  | { readonly kind: 'started'; readonly id: number }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'chunk'; readonly id: number; readonly chunk: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: EngineFailure };

/** What a worker knows once its models are loaded. */
export interface EngineFacts {
  readonly loadMs: number;
  readonly sampleRateHz?: number;
  readonly recognizer?: { readonly name: string; readonly canScore: boolean };
  readonly hasTurnModel?: boolean;
}

/**
 * Which engines one worker thread runs. `ear` tells speech from silence for all calls, a fraction of a millisecond at a time,
 * and must never wait; `recognizer` and `mouth` (language model and synthesis) compute, one core each: while the caller speaks
 * the mouth is idle, and while the agent speaks the recogniser is. Paths are of verified files.
 */
export type EngineSpec =
  | {
      readonly role: 'ear';
      readonly vad: { readonly modelPath: string };
      /** Tells from the sound whether a turn is over. Undefined: it does not count. */
      readonly turn?: { readonly modelPath: string } | undefined;
    }
  | { readonly role: 'recognizer'; readonly recognizer: RecognizerSpec }
  | { readonly role: 'mouth'; readonly vits: VitsSpec; readonly llama: LlamaSpec | undefined };

/** A recogniser that runs in a worker; `name` as `Recognizer.name`. */
export type RecognizerSpec =
  | WhisperSpec
  | { readonly kind: 'whisper-cpp'; readonly name: string; readonly modelPath: string; readonly language: string }
  | {
      readonly kind: 'ctc';
      readonly name: string;
      readonly modelPath: string;
      readonly vocabularyPath: string;
      readonly language: string;
    };

export interface WhisperSpec {
  readonly kind: 'whisper';
  readonly name: string;
  readonly encoderPath: string;
  readonly decoderPath: string;
  readonly scorerPath: string;
  readonly tokenizerPath: string;
  readonly language: string;
}

/** `language`: what the voice is to speak. */
export type VitsSpec = { readonly language: LanguageDefinition; readonly modelPath: string } & (
  | { readonly kind: 'piper'; readonly configPath: string }
  | { readonly kind: 'mms'; readonly vocab: string; readonly sampleRateHz?: number }
);

export interface LlamaSpec {
  readonly modelPath: string;
  readonly instructionTuned: boolean;
  readonly systemText: string;
  readonly smallTalk: readonly { readonly caller: string; readonly agent: string }[];
  /** The evaluated prefix outlives the process here: 1.6 s less at the next start. */
  readonly prefixCacheDir?: string;
}
