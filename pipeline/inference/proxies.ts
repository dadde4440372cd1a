/** The ports of pipeline/ports.ts, implemented by engines that run in a worker. */
import type {
  DialogueEngine,
  DialogueRequest,
  Recognizer,
  SpeechScorer,
  SynthesizeOptions,
  Synthesizer,
  TranscribeOptions,
  Transcript,
  Utterance,
} from '../ports.ts';
import { SILERO_FORMAT } from '../listening/silero-format.ts';
import type { EngineWorker } from './engine-worker.ts';

/** One call's stream of windows through the shared voice activity model. */
export class WorkerScorer implements SpeechScorer {
  readonly sampleRateHz = SILERO_FORMAT.sampleRateHz;
  readonly windowSamples = SILERO_FORMAT.windowSamples;
  readonly #ear: EngineWorker;
  readonly #callId: string;

  constructor(ear: EngineWorker, callId: string) {
    this.#ear = ear;
    this.#callId = callId;
  }

  score(window: Float32Array): Promise<number> {
    return this.#ear.call('vad.score', { callId: this.#callId, window });
  }

  reset(): void {
    // A worker that died has forgotten the stream already.
    this.#ear.call('vad.reset', { callId: this.#callId }).catch(() => undefined);
  }
}

export class WorkerRecognizer implements Recognizer {
  readonly name: string;
  readonly canScore: boolean;
  readonly #ear: EngineWorker;

  constructor(ear: EngineWorker, { name, canScore }: Pick<Recognizer, 'name' | 'canScore'>) {
    this.#ear = ear;
    this.name = name;
    this.canScore = canScore;
  }

  transcribe(utterance: Utterance, { signal, ...options }: TranscribeOptions): Promise<Transcript> {
    return this.#ear.call('asr.transcribe', { utterance, options }, { signal });
  }

  score(
    utteranceId: string,
    phrases: readonly string[],
    opts: { readonly signal: AbortSignal },
  ): Promise<readonly number[]> {
    return this.#ear.call('asr.score', { utteranceId, phrases }, opts);
  }
}

export class WorkerSynthesizer implements Synthesizer {
  readonly sampleRateHz: number;
  readonly #mouth: EngineWorker;

  constructor(mouth: EngineWorker, sampleRateHz: number) {
    this.#mouth = mouth;
    this.sampleRateHz = sampleRateHz;
  }

  synthesize(text: string, { signal, speakingRate = 1 }: SynthesizeOptions): AsyncIterable<Float32Array> {
    return this.#mouth.stream('tts.synthesize', { text, speakingRate }, { signal });
  }
}

export class WorkerDialogueEngine implements DialogueEngine {
  readonly #mouth: EngineWorker;

  constructor(mouth: EngineWorker) {
    this.#mouth = mouth;
  }

  reply(request: DialogueRequest, opts: { readonly signal: AbortSignal }): AsyncIterable<string> {
    return this.#mouth.stream('llm.reply', request, opts);
  }
}
