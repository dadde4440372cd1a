/** The default profile's voice as the caller and its recogniser as the ear, both remembering what they did before. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { systemClock } from '#kernel/clock.ts';
import { openLocalModels } from '#models/catalogue.ts';
import { measureBaseline } from '#pipeline/dialogue/answerer-baseline.ts';
import { Answerer } from '#pipeline/dialogue/answerer.ts';
import { baselineStore } from '#pipeline/dialogue/baseline-store.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { CallerVoice } from './caller-voice.ts';
import { RememberingRecognizer } from './remembering-recognizer.ts';

export interface SyntheticLineOptions {
  readonly hotline: Hotline;
  readonly seed: number;
  readonly cacheDir: string;
  /** False: the recogniser is never asked about the audio. */
  readonly canScore: boolean;
}

export interface SyntheticLine extends AsyncDisposable {
  readonly recognizer: RememberingRecognizer;
  readonly caller: CallerVoice;
}

/** Throws INZWA_MODEL_MISSING; the engines themselves are loaded when they are first needed. */
export async function openSynthetic(options: SyntheticLineOptions): Promise<SyntheticLine> {
  const { hotline, seed, cacheDir, canScore } = options;
  const models = await openLocalModels();
  const [asr, voice] = await Promise.all([models.open('whisper-base'), models.open('piper-joe')]);
  const engines: WhisperEngine[] = [];
  const open = async (): Promise<WhisperEngine> => {
    const engine = await WhisperEngine.create({
      encoderPath: asr.files['encoder'] ?? '',
      decoderPath: asr.files['decoder'] ?? '',
      scorerPath: asr.files['scorer'] ?? '',
      tokenizerPath: asr.files['tokenizer'] ?? '',
      language: hotline.pack.language.definition.recognisers.whisper,
    });
    engines.push(engine);
    return engine;
  };
  const name = `whisper-onnx (${asr.id})`;
  const revision = await revisionOf(name);
  const recognizer = new RememberingRecognizer({ open, name, canScore, clock: systemClock, cacheDir, revision });
  const caller = new CallerVoice({ voice, language: hotline.pack.language, cacheDir, seed });
  return {
    recognizer,
    caller,
    async [Symbol.asyncDispose]() {
      await caller[Symbol.asyncDispose]();
      for (const engine of engines) await engine.dispose();
    },
  };
}

/** With its baseline, measured once per recogniser and hotline and kept beside the audio. */
export async function answererFor(
  hotline: Hotline,
  recognizer: RememberingRecognizer,
  { cacheDir, signal }: { readonly cacheDir: string; readonly signal: AbortSignal },
): Promise<Answerer> {
  const plain = new Answerer(hotline);
  if (!recognizer.canScore) return plain;
  const store = baselineStore(cacheDir, recognizer.name, plain.phrases);
  const baseline = (await store.read()) ?? (await measureBaseline(recognizer, plain.phrases, { signal }));
  await store.write(baseline);
  return new Answerer(hotline, { baseline });
}

/** The recogniser's code beside its name: another decoder gives other transcripts. */
async function revisionOf(name: string): Promise<string> {
  const hash = createHash('sha256').update(name);
  const folder = new URL('../../../../pipeline/recognition/', import.meta.url);
  for (const file of (await readdir(folder)).sort()) hash.update(await readFile(new URL(file, folder)));
  return hash.digest('hex').slice(0, 12);
}
