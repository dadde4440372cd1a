/** Synthetic callers: one voice in several manners of speaking, over an 8 kHz mu-law line, kept on disk once they have spoken. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Language } from '#pipeline/language/language.ts';
import type { VerifiedModel } from '#pipeline/ports.ts';
import { floatToPcm16 } from '#pipeline/audio/pcm.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { vitsSpec } from '#src/engines.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { seededRandom } from '../statistics.ts';

/** A way of speaking. */
export interface Manner {
  readonly name: string;
  /** Syllables per second against the voice's own. */
  readonly speakingRate: number;
  /** Of pitch and formants together, by resampling: 1.14 is a smaller person. */
  readonly pitch: number;
  /** White noise under the speech; undefined for none. */
  readonly snrDb?: number;
}

export const MANNERS: readonly Manner[] = [
  { name: 'plain', speakingRate: 1, pitch: 1 },
  { name: 'low and slow, 25 dB', speakingRate: 0.88, pitch: 0.88, snrDb: 25 },
  { name: 'high and fast, 20 dB', speakingRate: 1.12, pitch: 1.14, snrDb: 20 },
  { name: 'hurried, 15 dB', speakingRate: 1.25, pitch: 0.97, snrDb: 15 },
];

export const LINE_RATE_HZ = 8_000;
/** Quieter than this is a pause: noise is measured against what is said. */
const SPOKEN_LEVEL = 0.01;

export interface CallerVoiceOptions {
  readonly voice: VerifiedModel;
  readonly language: Language;
  readonly cacheDir: string;
  readonly seed: number;
}

export class CallerVoice implements AsyncDisposable {
  readonly #options: CallerVoiceOptions;
  #engine: Promise<VitsEngine> | undefined;

  constructor(options: CallerVoiceOptions) {
    this.#options = options;
  }

  /** PCM16 at LINE_RATE_HZ, mu-law already taken off again; the same for the same text, manner, seed and voice. */
  async say(text: string, manner: Manner, signal: AbortSignal): Promise<Int16Array> {
    const { voice, cacheDir, seed, language } = this.#options;
    const key = JSON.stringify([voice.id, seed, manner, text]);
    const hash = createHash('sha256').update(key).digest('hex');
    const path = join(cacheDir, 'audio', `${hash.slice(0, 32)}.pcm`);
    const known = await readFile(path).catch(() => undefined);
    if (known) return new Int16Array(known.buffer.slice(known.byteOffset, known.byteOffset + known.byteLength));
    const { speakingRate, pitch, snrDb } = manner;
    this.#engine ??= VitsEngine.create(vitsSpec(voice, language.definition));
    const engine = await this.#engine;
    const chunks: Float32Array[] = [];
    // Without the voice's own noise the same text is the same audio in every run.
    const asked = { signal, speakingRate: speakingRate / pitch, noiseScale: 0 };
    for await (const chunk of engine.synthesize(language.speakable(text), asked)) chunks.push(chunk);
    // A multiple of 50 Hz keeps the resampler's table small.
    const fromHz = Math.round((engine.sampleRateHz * pitch) / 50) * 50;
    const narrow = resample(concatenate(chunks), { fromHz, toHz: LINE_RATE_HZ });
    if (snrDb !== undefined) addNoise(narrow, snrDb, Number.parseInt(hash.slice(0, 8), 16));
    const pcm = new Int16Array(narrow.length);
    floatToPcm16(pcm, narrow);
    const wire = new Uint8Array(pcm.length);
    muLaw.encodeInto(wire, pcm);
    muLaw.decodeInto(pcm, wire);
    await mkdir(join(cacheDir, 'audio'), { recursive: true });
    await writeFile(path, new Uint8Array(pcm.buffer));
    return pcm;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const engine = await this.#engine;
    await engine?.dispose();
  }
}

function addNoise(samples: Float32Array, snrDb: number, seed: number): void {
  let energy = 0;
  let spoken = 0;
  for (const sample of samples) {
    if (Math.abs(sample) <= SPOKEN_LEVEL) continue;
    energy += sample * sample;
    spoken += 1;
  }
  const level = Math.sqrt(energy / Math.max(1, spoken)) * 10 ** (-snrDb / 20);
  const random = seededRandom(seed);
  for (let at = 0; at < samples.length; at += 1) samples[at] = (samples[at] ?? 0) + gaussian(random) * level;
}

/** Six uniform numbers make a bell curve good enough for noise; mean 0, deviation 1. */
function gaussian(random: () => number): number {
  let sum = 0;
  for (let term = 0; term < 6; term += 1) sum += random();
  return (sum - 3) * Math.SQRT2;
}

function concatenate(chunks: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
