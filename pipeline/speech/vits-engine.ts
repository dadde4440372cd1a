/**
 * VITS voices (Piper, MMS) in ONNX Runtime. `session.run` holds the calling thread until it is done, so the engine belongs
 * in a worker thread; between clauses it yields to the event loop, which is when an abort takes effect.
 */
import { setImmediate as nextLoop } from 'node:timers/promises';
import type { InferenceSession } from 'onnxruntime-node';
import { soundEdges } from '#pipeline/audio/level.ts';
import { toIpa as shonaToIpa } from '#pipeline/language/shona/phonemes.ts';
import type { Synthesizer } from '#pipeline/ports.ts';
import { splitClauses, type Clause } from './clauses.ts';
import { Loudness } from './loudness.ts';
import { mmsIds, readMmsVocabulary, type MmsVocabulary } from './mms-ids.ts';
import { accentFor, piperIds, readPiperConfig } from './piper-ids.ts';
import { floatOutput, openGraph, vitsFeeds, type VitsScales } from './vits-graph.ts';

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
  /** Text to IPA for Piper voices. @defaultValue Shona's table */
  readonly toIpa?: (text: string) => string;
}

export interface SynthesizeOptions {
  readonly signal: AbortSignal;
  /** 1 is the voice's own pace, 1.2 is a fifth faster. @defaultValue 1 */
  readonly speakingRate?: number;
  /** @defaultValue what the voice's configuration says */
  readonly noiseScale?: number;
}

/** What stays of the silence around a clause: a few milliseconds so that onsets are not clipped. */
const LEAD_SILENCE_MS = 20;
const TAIL_SILENCE_MS = 40;
const MMS_SCALES: VitsScales = { noiseScale: 0.667, lengthScale: 1, noiseW: 0.8 };

interface Voice {
  readonly sampleRateHz: number;
  readonly scales: VitsScales;
  idsOf(text: string): number[];
}

/** One voice, loaded once. `synthesize` may not run twice at the same time on one engine. */
export class VitsEngine implements Synthesizer {
  readonly #session: InferenceSession;
  readonly #voice: Voice;
  readonly #loudness: Loudness;

  private constructor(session: InferenceSession, voice: Voice) {
    this.#session = session;
    this.#voice = voice;
    this.#loudness = new Loudness({ sampleRateHz: voice.sampleRateHz });
  }

  /** Throws INZWA_VOICE_CONFIG or INZWA_VOICE_MODEL when the files are not those of such a voice. */
  static async create(options: VitsOptions): Promise<VitsEngine> {
    const voice = openVoice(options);
    return new VitsEngine(await openGraph(options.modelPath, options.threads ?? 1), voice);
  }

  get sampleRateHz(): number {
    return this.#voice.sampleRateHz;
  }

  /** Runs the graph once, so that the first caller does not pay for its memory, and learns the voice's level. */
  async warmUp(): Promise<void> {
    this.#loudness.measure(
      await this.#run('Mangwanani, makadii henyu nhasi.', { signal: new AbortController().signal }),
    );
  }

  /** One chunk per clause, pauses between clauses included; throws `signal.reason` between clauses once it is aborted. */
  async *synthesize(text: string, options: SynthesizeOptions): AsyncGenerator<Float32Array> {
    for (const clause of splitClauses(text)) {
      options.signal.throwIfAborted();
      const chunk = this.#finish(await this.#run(clause.text, options), clause);
      if (chunk.length > 0) yield chunk;
      await nextLoop();
    }
    options.signal.throwIfAborted();
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #run(text: string, { speakingRate = 1, noiseScale }: SynthesizeOptions): Promise<Float32Array> {
    const ids = this.#voice.idsOf(text);
    const scales = this.#voice.scales;
    const outputs = await this.#session.run(
      vitsFeeds(this.#session.inputNames, ids, {
        noiseScale: noiseScale ?? scales.noiseScale,
        lengthScale: scales.lengthScale / speakingRate,
        noiseW: noiseScale === 0 ? 0 : scales.noiseW,
      }),
    );
    return floatOutput(outputs, this.#session.outputNames[0]);
  }

  /** Leading silence is latency: it is cut, the level set, and the clause's own pause put behind it. */
  #finish(raw: Float32Array, { pauseMs }: Clause): Float32Array {
    const rate = this.#voice.sampleRateHz;
    this.#loudness.measure(raw);
    const edges = soundEdges(raw, { sampleRateHz: rate });
    if (edges === undefined) return new Float32Array(0);
    const start = Math.max(0, edges.start - samplesOf(LEAD_SILENCE_MS, rate));
    const end = Math.min(raw.length, edges.end + samplesOf(TAIL_SILENCE_MS, rate));
    const out = new Float32Array(end - start + samplesOf(pauseMs, rate));
    out.set(raw.subarray(start, end));
    this.#loudness.apply(out);
    return out;
  }
}

function samplesOf(ms: number, rateHz: number): number {
  return Math.round((ms * rateHz) / 1000);
}

function openVoice({ kind, configPath, modelPath, vocab, sampleRateHz, toIpa = shonaToIpa }: VitsOptions): Voice {
  if (kind === 'piper') {
    const config = readPiperConfig(configPath ?? `${modelPath}.json`);
    const accent = accentFor(config.espeakVoice);
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
