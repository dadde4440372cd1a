/**
 * VITS voices (Piper, MMS) in ONNX Runtime. `session.run` holds the calling thread until it is done, so the engine belongs
 * in a worker thread; between pieces it yields to the event loop, which is when an abort takes effect.
 */
import { InzwaError } from '#kernel/errors.ts';
import type { LanguageDefinition } from '#pipeline/language/definition.ts';
import type { Language } from '#pipeline/language/language.ts';
import { openLanguage } from '#pipeline/language/languages.ts';
import { shona } from '#pipeline/language/shona/shona.ts';
import type { SynthesizeOptions, Synthesizer } from '#pipeline/ports.ts';
import { ClauseShaping } from './clause-shaping.ts';
import { joiningGaps, splitClauses } from './clauses.ts';
import { Loudness } from './loudness.ts';
import { mmsIds, readMmsVocabulary, type MmsVocabulary } from './mms-ids.ts';
import { accentFor, piperIds, readPiperConfig } from './piper-ids.ts';
import type { VitsScales } from './vits-graph.ts';
import { openVitsModel, type VitsModel } from './vits-model.ts';

export interface VitsOptions {
  readonly modelPath: string;
  readonly kind: 'piper' | 'mms';
  /** Piper's `.onnx.json`. */
  readonly configPath?: string;
  /** MMS: the path of `vocab.json` or `tokens.txt`, or the vocabulary itself. */
  readonly vocab?: string | MmsVocabulary;
  /** MMS voices say it in their `config.json`. @defaultValue 16000 */
  readonly sampleRateHz?: number;
  /** @defaultValue 1: one thread per engine leaves the other cores to other calls */
  readonly threads?: number;
  /** What the voice is to speak: its sounds, where its clauses begin. @defaultValue Shona */
  readonly language?: LanguageDefinition;
  /** Text to IPA for Piper voices. @defaultValue the language's table */
  readonly toIpa?: (text: string) => string;
}

export interface VitsSynthesizeOptions extends SynthesizeOptions {
  /** @defaultValue what the voice's configuration says */
  readonly noiseScale?: number;
}

const MMS_SCALES: VitsScales = { noiseScale: 0.667, lengthScale: 1, noiseW: 0.8 };

interface Voice {
  readonly sampleRateHz: number;
  readonly scales: VitsScales;
  idsOf(text: string): number[];
}

/** One voice, loaded once. `synthesize` may not run twice at the same time on one engine. */
export class VitsEngine implements Synthesizer {
  readonly #model: VitsModel;
  readonly #voice: Voice;
  readonly #language: Language;
  readonly #gaps: RegExp | undefined;
  readonly #loudness: Loudness;

  private constructor(model: VitsModel, voice: Voice, language: Language) {
    this.#language = language;
    this.#gaps = joiningGaps(language.joiningWords);
    this.#model = model;
    this.#voice = voice;
    this.#loudness = new Loudness({ sampleRateHz: voice.sampleRateHz });
  }

  /** Throws INZWA_VOICE_CONFIG or INZWA_VOICE_MODEL when the files are not those of such a voice. */
  static async create(options: VitsOptions): Promise<VitsEngine> {
    const language = options.language === undefined ? shona : openLanguage(options.language);
    const voice = openVoice(options, language);
    return new VitsEngine(await openVitsModel(options.modelPath, { threads: options.threads ?? 1 }), voice, language);
  }

  get sampleRateHz(): number {
    return this.#voice.sampleRateHz;
  }

  /**
   * Says one sentence to nobody, so that the first caller does not pay for memory, and learns the voice's level. Throws
   * INZWA_VOICE_MODEL when nothing is to be heard: a model and a symbol table that do not belong together.
   */
  async warmUp(): Promise<void> {
    const { signal } = new AbortController();
    let samples = 0;
    for await (const chunk of this.synthesize(this.#language.sample, { signal })) samples += chunk.length;
    if (samples === 0) throw new InzwaError('INZWA_VOICE_MODEL', 'the voice makes no sound; pull it again');
  }

  /**
   * Chunks of a third of a second and more, the pause of each clause behind it; each in an array of its own. Throws
   * `signal.reason` between chunks once it is aborted.
   */
  async *synthesize(text: string, options: VitsSynthesizeOptions): AsyncGenerator<Float32Array> {
    const { signal, speakingRate = 1, noiseScale } = options;
    const scales: VitsScales = {
      noiseScale: noiseScale ?? this.#voice.scales.noiseScale,
      lengthScale: this.#voice.scales.lengthScale * stretchFor(speakingRate),
      noiseW: noiseScale === 0 ? 0 : this.#voice.scales.noiseW,
    };
    for (const clause of splitClauses(text, this.#gaps)) {
      const shaping = new ClauseShaping({
        sampleRateHz: this.#voice.sampleRateHz,
        pauseMs: clause.pauseMs,
        loudness: this.#loudness,
      });
      for await (const piece of this.#model.pieces(this.#voice.idsOf(clause.text), scales, signal)) {
        const chunk = shaping.push(piece);
        if (chunk.length > 0) yield chunk;
      }
      signal.throwIfAborted();
      const rest = shaping.finish();
      if (rest.length > 0) yield rest;
    }
    signal.throwIfAborted();
  }

  async dispose(): Promise<void> {
    await this.#model.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

/**
 * VITS rounds every symbol's duration up to whole frames, so its length scale works only in part: measured on
 * en_US-joe-medium, scales of 0.7, 0.8, 1.25, 1.4 gave lengths of 0.78, 0.88, 1.12, 1.27. 1.6 undoes that within 5 %.
 */
function stretchFor(speakingRate: number): number {
  return Math.max(0.4, 1 + 1.6 * (1 / speakingRate - 1));
}

function openVoice(options: VitsOptions, language: Language): Voice {
  const {
    kind,
    configPath,
    modelPath,
    vocab,
    sampleRateHz,
    toIpa = (text: string) => language.phonemes(text),
  } = options;
  if (kind === 'piper') {
    const config = readPiperConfig(configPath ?? `${modelPath}.json`);
    const accent = accentFor(config.espeakVoice, language.accents);
    return {
      sampleRateHz: config.sampleRateHz,
      scales: config,
      idsOf: (text) => piperIds(toIpa(text), config, accent),
    };
  }
  const vocabulary = vocab === undefined || typeof vocab === 'string' ? readMmsVocabulary(vocab ?? modelPath) : vocab;
  return {
    sampleRateHz: sampleRateHz ?? 16_000,
    scales: MMS_SCALES,
    idsOf: (text) => mmsIds(text, vocabulary),
  };
}
