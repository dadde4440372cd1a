/**
 * wav2vec2, MMS and other CTC models on ONNX Runtime: samples at 16 kHz in, letters per 20 ms out. It can score phrases, so
 * closed sets of phrases are decided by the audio alone.
 */
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { ClosedSet, Reading, Recognizer, Transcript, TranscribeOptions, Utterance } from '#pipeline/ports.ts';
import { ctcBeam, type CtcWords } from './ctc-decoding.ts';
import { ctcLogLikelihood, logAdd, logSoftmax, type CtcFrames } from './ctc-likelihood.ts';
import { CtcVocabulary } from './ctc-vocabulary.ts';
import { MODEL_RATE_HZ, plainTranscript, samplesAt16kHz } from './plain-transcript.ts';

export interface CtcEngineOptions {
  /** As `Recognizer.name`. @defaultValue 'ctc-onnx' */
  readonly name?: string;
  /** Takes samples [1, n], gives logits [1, frames, symbols]. */
  readonly modelPath: string;
  /** `vocab.json` beside it. */
  readonly vocabularyPath: string;
  /** Chooses the adapter's letters in a vocabulary of MMS. */
  readonly language: string;
  /** @defaultValue 1 */
  readonly threads?: number;
  readonly clock?: Clock;
}

/** As Whisper's window: what is longer would take memory by the square of its length. */
const MOST_SAMPLES = 30 * MODEL_RATE_HZ;
/** The convolutions of wav2vec2 see 400 samples at once and fail on less. */
const FEWEST_SAMPLES = MODEL_RATE_HZ / 10;
const BEAM_WIDTH = 12;
/** Nats per letter of a lexicon's word. Not measured on a real model: see docs/recognisers.md. */
const LEXICON_BONUS = 0.4;
const KEPT_UTTERANCES = 4;
/** A phrase that has more letters than the audio has frames is impossible; scores stay finite. */
const IMPOSSIBLE = -50;

interface CtcReading extends Reading {
  /** Of the whole text. */
  readonly logProb: number;
}

export class CtcEngine implements Recognizer {
  readonly name: string;
  readonly canScore = true;
  readonly #session: InferenceSession;
  readonly #vocabulary: CtcVocabulary;
  readonly #clock: Clock;
  readonly #kept = new Map<string, CtcFrames>();

  private constructor(session: InferenceSession, vocabulary: CtcVocabulary, options: CtcEngineOptions) {
    this.#session = session;
    this.#vocabulary = vocabulary;
    this.#clock = options.clock ?? systemClock;
    this.name = options.name ?? 'ctc-onnx';
  }

  /** Throws INZWA_RECOGNISER_MODEL when the graph or the vocabulary is none of a CTC model. */
  static async create(options: CtcEngineOptions): Promise<CtcEngine> {
    const { modelPath, vocabularyPath, language } = options;
    const json = await readFile(vocabularyPath, 'utf8').catch((cause: unknown) => {
      throw wrong(vocabularyPath, 'cannot be read', cause);
    });
    const vocabulary = CtcVocabulary.parse(json, vocabularyPath, language);
    const session = await InferenceSession.create(modelPath, {
      intraOpNumThreads: options.threads ?? 1,
      interOpNumThreads: 1,
    }).catch((cause: unknown) => {
      throw wrong(modelPath, 'cannot be opened', cause);
    });
    return new CtcEngine(session, vocabulary, options);
  }

  /** Runs the graph once, which finds a graph out that is none of a CTC model. */
  async warmUp(): Promise<void> {
    const pcm = Int16Array.from({ length: 8000 }, (_, i) => Math.round(2000 * Math.sin(i * i * 1e-4)));
    await this.#encode({ id: 'warm-up', pcm, sampleRateHz: 8000 });
  }

  async transcribe(utterance: Utterance, options: TranscribeOptions): Promise<Transcript> {
    const { signal } = options;
    signal.throwIfAborted();
    const startMs = this.#clock.nowMs();
    await this.#breathe(signal);
    const frames = await this.#encode(utterance);
    const encodedMs = this.#clock.nowMs();
    await this.#breathe(signal);
    const readings = this.#readings(frames, options);
    const [best = this.#read(frames, '', []), ...others] = readings;
    this.#keep(utterance.id, frames);
    return plainTranscript(utterance, {
      text: best.text,
      avgLogProb: best.avgLogProb,
      noSpeechProb: shareOfSilence(ctcLogLikelihood(frames, []), readings),
      alternatives: others.slice(0, options.alternatives ?? 0).map(({ text, avgLogProb }) => ({ text, avgLogProb })),
      timings: { melMs: 0, encoderMs: encodedMs - startMs, decoderMs: this.#clock.nowMs() - encodedMs },
    });
  }

  /** As `Recognizer.score`, per letter: the log-likelihood of all alignments over the number of letters and an end. */
  async score(
    utteranceId: string,
    phrases: readonly string[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<readonly number[]> {
    signal.throwIfAborted();
    const frames = this.#kept.get(utteranceId);
    if (frames === undefined) {
      throw new InzwaError('INZWA_UTTERANCE_FORGOTTEN', `the encoded audio of utterance ${utteranceId} is not kept`, {
        details: { utteranceId },
      });
    }
    await this.#breathe(signal);
    return phrases.map((phrase) => this.#read(frames, phrase, this.#vocabulary.encode(phrase)).avgLogProb);
  }

  async dispose(): Promise<void> {
    this.#kept.clear();
    await this.#session.release();
  }

  /** Best first. */
  #readings(frames: CtcFrames, { closed, lexicon }: TranscribeOptions): readonly CtcReading[] {
    if (closed?.kind === 'phrases' && closed.texts.length > 0) {
      return closed.texts
        .map((text) => this.#read(frames, text, this.#vocabulary.encode(text)))
        .sort((a, b) => b.avgLogProb - a.avgLogProb);
    }
    const { delimiter } = this.#vocabulary;
    const beam = ctcBeam(frames, { width: BEAM_WIDTH, delimiter, words: this.#words(closed, lexicon) });
    const readings = new Map<string, CtcReading>();
    for (const { ids } of beam) {
      const text = this.#vocabulary.decode(ids);
      if (!readings.has(text)) readings.set(text, this.#read(frames, text, ids));
    }
    return [...readings.values()];
  }

  #words(closed: ClosedSet | undefined, lexicon: readonly string[] | undefined): CtcWords | undefined {
    const isOnly = closed?.kind === 'words' && closed.texts.length > 0;
    const texts = isOnly ? closed.texts : lexicon;
    if (texts === undefined || texts.length === 0) return undefined;
    const words = texts.flatMap((text) => text.split(/\s+/u)).map((word) => this.#vocabulary.encode(word));
    return { words, isOnly, bonus: LEXICON_BONUS };
  }

  /** The mean is per letter, end included, so that phrases of different length compare. */
  #read(frames: CtcFrames, text: string, ids: readonly number[]): CtcReading {
    const logProb = ctcLogLikelihood(frames, ids);
    return { text, logProb, avgLogProb: Math.max(IMPOSSIBLE, Math.min(0, logProb / (ids.length + 1))) };
  }

  async #encode(utterance: Utterance): Promise<CtcFrames> {
    const samples = normalised(samplesAt16kHz(utterance).subarray(0, MOST_SAMPLES));
    const [input = ''] = this.#session.inputNames;
    const feeds: Record<string, Tensor> = { [input]: new Tensor('float32', samples, [1, samples.length]) };
    if (this.#session.inputNames.includes('attention_mask')) {
      const mask = new BigInt64Array(samples.length).fill(1n);
      feeds['attention_mask'] = new Tensor('int64', mask, [1, samples.length]);
    }
    const outputs = await this.#session.run(feeds);
    const logits = outputs['logits'] ?? outputs[this.#session.outputNames[0] ?? ''];
    const [batch, frames = 0, symbols = 0] = logits?.dims ?? [];
    if (logits?.type !== 'float32' || batch !== 1 || symbols < this.#vocabulary.size) {
      throw wrong(
        this.name,
        `gives ${logits?.type ?? 'nothing'} of shape [${String(logits?.dims)}], where logits [1, frames, at least ${this.#vocabulary.size}] were expected`,
      );
    }
    const logProbs = logSoftmax(logits.data as Float32Array, symbols);
    return { logProbs, frames, symbols, blank: this.#vocabulary.blank };
  }

  #keep(utteranceId: string, frames: CtcFrames): void {
    this.#kept.delete(utteranceId);
    this.#kept.set(utteranceId, frames);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_UTTERANCES) break;
      this.#kept.delete(oldest);
    }
  }

  /** ONNX Runtime's runs block the thread: this is where other work on it, and a cancellation, get through. */
  async #breathe(signal: AbortSignal): Promise<void> {
    await setImmediate();
    signal.throwIfAborted();
  }
}

/** P(nothing was said), of that and the readings. */
function shareOfSilence(silence: number, readings: readonly CtcReading[]): number {
  const all = readings.filter(({ text }) => text !== '').reduce((sum, { logProb }) => logAdd(sum, logProb), silence);
  return all === -Infinity ? 0 : Math.exp(silence - all);
}

/** Zero mean and unit variance, as wav2vec2's feature extractor; silence behind what is too short. */
function normalised(samples: Float32Array): Float32Array {
  const mean = samples.reduce((sum, value) => sum + value, 0) / Math.max(1, samples.length);
  const variance = samples.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, samples.length);
  const scale = 1 / Math.sqrt(variance + 1e-7);
  const out = new Float32Array(Math.max(FEWEST_SAMPLES, samples.length));
  for (let i = 0; i < samples.length; i++) out[i] = ((samples[i] ?? 0) - mean) * scale;
  return out;
}

function wrong(what: string, why: string, cause?: unknown): InzwaError {
  return new InzwaError(
    'INZWA_RECOGNISER_MODEL',
    `${what} ${why}: a CTC recogniser is a folder with model.onnx and vocab.json of one wav2vec2 or MMS model`,
    { cause: cause === undefined ? undefined : new Error(messageOf(cause)) },
  );
}
