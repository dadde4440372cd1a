/**
 * Whisper by whisper.cpp, on a thread of Node's pool. It gives a text and nothing else: no probabilities, no scores, and it
 * always computes the whole 30 s window.
 */
import { createRequire } from 'node:module';
import { onAbort } from '#kernel/abort.ts';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { Recognizer, Transcript, TranscribeOptions, Utterance } from '#pipeline/ports.ts';
import { floatToPcm16 } from '../audio/pcm.ts';
import { cutPrompt } from './cut-prompt.ts';
import { cannotScore } from './cannot-score.ts';
import { plainTranscript, samplesAt16kHz } from './plain-transcript.ts';

const require = createRequire(import.meta.url);
const PACKAGE = '@fugood/whisper.node';

/** The part of the package's interface that is used here; its own types come as sources that do not compile in our project. */
export interface WhisperCppContext {
  transcribeData(
    pcm16At16kHz: ArrayBuffer,
    options: Readonly<Record<string, unknown>>,
  ): { readonly promise: Promise<{ readonly result: string }> };
  release(): Promise<void>;
}

interface WhisperCppPackage {
  readonly initWhisper: (options: {
    readonly filePath: string;
    readonly useGpu: boolean;
  }) => Promise<WhisperCppContext>;
}

export interface WhisperCppOptions {
  /** As `Recognizer.name`. @defaultValue 'whisper-cpp' */
  readonly name?: string;
  /** A Whisper in ggml format. */
  readonly modelPath: string;
  readonly language: string;
  /** @defaultValue 1 */
  readonly threads?: number;
  readonly clock?: Clock;
  /** @defaultValue the package's own */
  readonly open?: WhisperCppPackage['initWhisper'];
}

/** The binding forgets to settle the promise of a run that failed; nothing that is still wanted takes this long. */
const LONGEST_RUN_MS = 120_000;

export class WhisperCppEngine implements Recognizer {
  readonly name: string;
  readonly canScore = false;
  readonly #context: WhisperCppContext;
  readonly #language: string;
  readonly #threads: number;
  readonly #clock: Clock;
  /** A run cannot be stopped: the next one waits for it, also when nobody waits for its text any more. */
  #running: Promise<unknown> = Promise.resolve();

  private constructor(context: WhisperCppContext, options: WhisperCppOptions) {
    this.#context = context;
    this.name = options.name ?? 'whisper-cpp';
    this.#language = options.language;
    this.#threads = options.threads ?? 1;
    this.#clock = options.clock ?? systemClock;
  }

  /** Throws INZWA_RECOGNISER_MISSING without the package, INZWA_RECOGNISER_MODEL for a file that is no ggml Whisper. */
  static async create(options: WhisperCppOptions): Promise<WhisperCppEngine> {
    const open = options.open ?? loadPackage().initWhisper;
    try {
      return new WhisperCppEngine(await open({ filePath: options.modelPath, useGpu: false }), options);
    } catch (cause) {
      if (/Failed to load whisper\.node/.test(messageOf(cause))) throw missing(cause);
      throw new InzwaError(
        'INZWA_RECOGNISER_MODEL',
        `whisper.cpp cannot open ${options.modelPath}: delete it, and the next start writes it again`,
        { cause },
      );
    }
  }

  async transcribe(utterance: Utterance, { signal, prompt, lexicon }: TranscribeOptions): Promise<Transcript> {
    signal.throwIfAborted();
    const startMs = this.#clock.nowMs();
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => undefined);
    using _listening = onAbort(signal, () => aborted.reject(signal.reason));
    await Promise.race([this.#running, aborted.promise]);
    signal.throwIfAborted();
    const samples = samplesAt16kHz(utterance);
    const pcm = new Int16Array(samples.length);
    floatToPcm16(pcm, samples);
    const primed = cutPrompt(prompt ?? lexicon?.join(' '));
    const run = this.#run(pcm, primed);
    this.#running = run.catch(() => undefined);
    const text = await Promise.race([run, aborted.promise]);
    return plainTranscript(utterance, {
      text,
      prompt: primed,
      timings: { melMs: 0, encoderMs: 0, decoderMs: this.#clock.nowMs() - startMs },
    });
  }

  score(
    utteranceId: string,
    _phrases: readonly string[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<readonly number[]> {
    return cannotScore(this.name, utteranceId, signal);
  }

  async dispose(): Promise<void> {
    await this.#running;
    await this.#context.release();
  }

  async #run(pcm: Int16Array<ArrayBuffer>, prompt: string | undefined): Promise<string> {
    const { promise } = this.#context.transcribeData(pcm.buffer, {
      language: this.#language,
      maxThreads: this.#threads,
      // One temperature: the ladder of fallbacks decodes hard utterances up to six times.
      temperature: 0,
      temperatureInc: 0,
      ...(prompt !== undefined && { prompt }),
    });
    const late = Promise.withResolvers<never>();
    const cancel = this.#clock.after(LONGEST_RUN_MS, () => late.reject(failed('it did not answer')));
    try {
      return (await Promise.race([promise, late.promise])).result;
    } catch (cause) {
      throw cause instanceof InzwaError ? cause : failed(messageOf(cause), cause);
    } finally {
      cancel();
    }
  }
}

function loadPackage(): WhisperCppPackage {
  try {
    return require('@fugood/whisper.node') as WhisperCppPackage;
  } catch (cause) {
    throw missing(cause);
  }
}

function missing(cause: unknown): InzwaError {
  return new InzwaError(
    'INZWA_RECOGNISER_MISSING',
    `INZWA_RECOGNIZER=whisper-cpp needs the package ${PACKAGE}, which is not installed for this platform (${process.platform}-${process.arch}): run npm install without --omit=optional, or choose another recogniser`,
    { cause },
  );
}

function failed(what: string, cause?: unknown): InzwaError {
  return new InzwaError('INZWA_ENGINE_FAILED', `whisper.cpp could not transcribe an utterance: ${what}`, {
    retryable: true,
    cause,
  });
}
