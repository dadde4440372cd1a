/** The engines that can be put side by side, by the name that `--engine` has for each. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onAbort } from '#kernel/abort.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { LocalModels } from '#models/catalogue.ts';
import { ggmlFile } from '#models/ggml.ts';
import { pcm16ToFloat } from '#pipeline/audio/pcm.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import type { Recognizer, Transcript, TranscribeOptions, Utterance, VerifiedModel } from '#pipeline/ports.ts';
import { CtcEngine } from '#pipeline/recognition/ctc-engine.ts';
import { OpenAiRecognizer } from '#pipeline/recognition/openai-recognizer.ts';
import { WhisperCppEngine } from '#pipeline/recognition/whisper-cpp-engine.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { recogniserCodes } from '#pipeline/language/definition.ts';
import { loadLanguage, packCodes } from '#prompts/language.ts';
import { readConfig } from '../../config.ts';
import { FasterWhisper, fasterWhisperPython, modelFolder } from '../bench/whisper/faster-whisper.ts';

/** What a user names: an engine, and the model it runs. */
export interface EngineChoice {
  readonly engine: string;
  /** Undefined: the engine's own default, where it has one. */
  readonly model: string | undefined;
}

export interface OpenOptions {
  readonly models: LocalModels;
  /** ISO 639 code: a pack's, or one that the engine itself knows. */
  readonly language: string;
  /** Whisper's own code of the same language. */
  readonly whisperLanguage: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** A recogniser and what must be given back after it. */
export interface OpenedRecognizer extends AsyncDisposable {
  readonly recognizer: Recognizer;
}

type Opener = (model: string | undefined, options: OpenOptions) => Promise<OpenedRecognizer>;

const OPENERS: Readonly<Record<string, Opener>> = {
  whisper: openWhisper,
  'whisper-cpp': openWhisperCpp,
  openai: openServer,
  ctc: openCtc,
  'faster-whisper': openFasterWhisper,
};

export const ENGINES: readonly string[] = Object.keys(OPENERS);

const DEFAULT_MODEL = 'whisper-base';

/** Throws INZWA_CONFIG_INVALID for an engine that is not known, INZWA_MODEL_MISSING for a model that is not here. */
export async function openRecognizer({ engine, model }: EngineChoice, options: OpenOptions): Promise<OpenedRecognizer> {
  const open = OPENERS[engine];
  if (open === undefined) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `there is no engine "${engine}". Known: ${ENGINES.join(', ')}.`);
  }
  return open(model, options);
}

async function openWhisper(id = DEFAULT_MODEL, { models, whisperLanguage }: OpenOptions): Promise<OpenedRecognizer> {
  const model = await models.open(id);
  const engine = await WhisperEngine.create({
    name: `whisper-onnx (${id})`,
    encoderPath: fileOf(model, 'encoder'),
    decoderPath: fileOf(model, 'decoder'),
    scorerPath: fileOf(model, 'scorer'),
    tokenizerPath: fileOf(model, 'tokenizer'),
    language: whisperLanguage,
  });
  return opened(engine);
}

async function openWhisperCpp(
  id = DEFAULT_MODEL,
  { models, whisperLanguage, signal }: OpenOptions,
): Promise<OpenedRecognizer> {
  const modelPath = await ggmlFile(models, await models.open(id), { signal });
  return opened(await WhisperCppEngine.create({ name: `whisper-cpp (${id})`, modelPath, language: whisperLanguage }));
}

/** As a pack of this language has it; the code itself where there is none. */
function codeFor(engine: 'openai' | 'ctc', language: string): string {
  return packCodes().includes(language) ? recogniserCodes(loadLanguage(language).definition)[engine] : language;
}

async function openCtc(id: string | undefined, { models, language }: OpenOptions): Promise<OpenedRecognizer> {
  if (id === undefined)
    throw new InzwaError('INZWA_CONFIG_INVALID', 'the engine ctc needs its model: --engine ctc=MODEL');
  const model = await models.open(id);
  const engine = await CtcEngine.create({
    name: `ctc-onnx (${id})`,
    modelPath: fileOf(model, 'model'),
    vocabularyPath: fileOf(model, 'vocabulary'),
    language: codeFor('ctc', language),
  });
  return opened(engine);
}

/** Any server with OpenAI's interface, by the settings that the service has for it. */
function openServer(id: string | undefined, { env, language }: OpenOptions): Promise<OpenedRecognizer> {
  const { recognizer } = readConfig({
    INZWA_RECOGNIZER: 'openai',
    INZWA_RECOGNIZER_URL: env['INZWA_RECOGNIZER_URL'],
    INZWA_RECOGNIZER_MODEL: id ?? env['INZWA_RECOGNIZER_MODEL'],
    INZWA_RECOGNIZER_API_KEY: env['INZWA_RECOGNIZER_API_KEY'],
  });
  if (recognizer.kind !== 'openai') return Promise.reject(new TypeError('another recogniser than was asked for'));
  const server = new OpenAiRecognizer({ ...recognizer, language: codeFor('openai', language) });
  return Promise.resolve({ recognizer: server, [Symbol.asyncDispose]: () => Promise.resolve() });
}

function opened(recognizer: Recognizer & { dispose(): Promise<void> }): OpenedRecognizer {
  return { recognizer, [Symbol.asyncDispose]: () => recognizer.dispose() };
}

/** The reference implementation from PyPI (beam 1, one temperature, two threads, int8): no priming, no guard. */
async function openFasterWhisper(
  id = DEFAULT_MODEL,
  { models, whisperLanguage, signal }: OpenOptions,
): Promise<OpenedRecognizer> {
  const model = await models.open(id);
  const cacheDir = join(models.folder, '..', 'bench');
  const python = await fasterWhisperPython(cacheDir, signal);
  const files = {
    weights: fileOf(model, 'weights'),
    config: fileOf(model, 'config'),
    tokenizer: fileOf(model, 'tokenizer'),
    vocabulary: fileOf(model, 'vocabulary'),
  };
  const folder = await mkdtemp(join(tmpdir(), 'inzwa-eval-'));
  const engine = await FasterWhisper.start(python, await modelFolder(files, cacheDir), 2);
  return {
    recognizer: new FasterWhisperRecognizer(engine, join(folder, 'utterance.f32'), id, whisperLanguage),
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class FasterWhisperRecognizer implements Recognizer {
  readonly name: string;
  readonly canScore = false;
  readonly #engine: FasterWhisper;
  readonly #path: string;
  readonly #language: string;

  constructor(engine: FasterWhisper, path: string, modelId: string, language: string) {
    this.name = `faster-whisper (${modelId})`;
    this.#engine = engine;
    this.#path = path;
    this.#language = language;
  }

  async transcribe(utterance: Utterance, { signal }: TranscribeOptions): Promise<Transcript> {
    signal.throwIfAborted();
    const floats = new Float32Array(utterance.pcm.length);
    pcm16ToFloat(floats, utterance.pcm);
    await writeFile(
      this.#path,
      new Uint8Array(resample(floats, { fromHz: utterance.sampleRateHz, toHz: 16_000 }).buffer),
    );
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => undefined);
    using _listening = onAbort(signal, () => aborted.reject(signal.reason));
    // It cannot be told to stop; whoever gives up does not wait for it.
    const answer = this.#engine.transcribe(this.#path, this.#language);
    answer.catch(() => undefined);
    const { text, ms } = await Promise.race([answer, aborted.promise]);
    return {
      utteranceId: utterance.id,
      text,
      // It tells neither; nothing in an evaluation asks.
      avgLogProb: 0,
      confidence: 1,
      noSpeechProb: 0,
      window: 'full',
      audioMs: (utterance.pcm.length * 1000) / utterance.sampleRateHz,
      timings: { melMs: 0, encoderMs: 0, decoderMs: ms },
    };
  }

  score(): Promise<never> {
    return Promise.reject(new InzwaError('INZWA_CANNOT_SCORE', `${this.name} gives no scores`));
  }
}

function fileOf(model: VerifiedModel, role: string): string {
  const path = model.files[role];
  if (path !== undefined) return path;
  throw new InzwaError('INZWA_MODEL_MISSING', `model ${model.id} has no file for "${role}", which this engine needs`);
}
