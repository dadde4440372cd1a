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

/** In one job, some 7 ms each: a caller who waits gets in behind so many of one who does not. */
const PHRASES_AT_ONCE = 48;

/** One call's stream of windows through the shared voice activity model, and its place in the queues of all workers. */
export class WorkerScorer implements SpeechScorer {
  readonly sampleRateHz = SILERO_FORMAT.sampleRateHz;
  readonly windowSamples = SILERO_FORMAT.windowSamples;
  /** Absent where no turn model is loaded. */
  readonly turnCompletion?: NonNullable<SpeechScorer['turnCompletion']>;
  readonly #workers: CallWorkers;
  readonly #callId: string;

  constructor(workers: CallWorkers, callId: string) {
    this.#workers = workers;
    this.#callId = callId;
    if (workers.hasTurnModel) {
      this.turnCompletion = (pcm, { signal }) => workers.ear.call('turn.complete', { pcm }, { signal, callId });
    }
  }

  score(window: Float32Array): Promise<number> {
    return this.#workers.ear.call('vad.score', { callId: this.#callId, window });
  }

  wait(isWaiting: boolean): void {
    for (const worker of this.#workers.all) worker.setWaiting(this.#callId, isWaiting);
  }

  reset(): void {
    this.wait(false);
    // A worker that died has forgotten the stream already.
    this.#workers.ear.call('vad.reset', { callId: this.#callId }).catch(() => undefined);
  }
}

export interface CallWorkers {
  readonly ear: EngineWorker;
  /** Those that are told when the caller waits. */
  readonly all: readonly EngineWorker[];
  readonly hasTurnModel?: boolean | undefined;
}

export class WorkerRecognizer implements Recognizer {
  readonly name: string;
  readonly canScore: boolean;
  readonly #worker: EngineWorker;

  constructor(worker: EngineWorker, { name, canScore }: Pick<Recognizer, 'name' | 'canScore'>) {
    this.#worker = worker;
    this.name = name;
    this.canScore = canScore;
  }

  transcribe(utterance: Utterance, { signal, priority, ...options }: TranscribeOptions): Promise<Transcript> {
    const whose = { callId: callOf(utterance.id), priority };
    return this.#worker.call('asr.transcribe', { utterance, options }, { signal, ...whose });
  }

  async score(
    utteranceId: string,
    phrases: readonly string[],
    { signal, priority }: Pick<TranscribeOptions, 'signal' | 'priority'>,
  ): Promise<readonly number[]> {
    const whose = { signal, callId: callOf(utteranceId), priority };
    const scores: number[] = [];
    // At least once, so that no phrases are refused or not as by the engine itself.
    for (let at = 0; at === 0 || at < phrases.length; at += PHRASES_AT_ONCE) {
      const some = phrases.slice(at, at + PHRASES_AT_ONCE);
      scores.push(...(await this.#worker.call('asr.score', { utteranceId, phrases: some }, whose)));
    }
    return scores;
  }
}

/** `<callId>#<n>` */
function callOf(utteranceId: string): string {
  const end = utteranceId.lastIndexOf('#');
  return end < 0 ? utteranceId : utteranceId.slice(0, end);
}

export class WorkerSynthesizer implements Synthesizer {
  readonly sampleRateHz: number;
  readonly #mouth: EngineWorker;

  constructor(mouth: EngineWorker, sampleRateHz: number) {
    this.#mouth = mouth;
    this.sampleRateHz = sampleRateHz;
  }

  synthesize(text: string, { signal, priority, speakingRate = 1 }: SynthesizeOptions): AsyncIterable<Float32Array> {
    return this.#mouth.stream('tts.synthesize', { text, speakingRate }, { signal, priority });
  }
}

export class WorkerDialogueEngine implements DialogueEngine {
  readonly #mouth: EngineWorker;

  constructor(mouth: EngineWorker) {
    this.#mouth = mouth;
  }

  reply(request: DialogueRequest, opts: { readonly signal: AbortSignal }): AsyncIterable<string> {
    return this.#mouth.stream('llm.reply', request, { signal: opts.signal, callId: request.callId });
  }
}
