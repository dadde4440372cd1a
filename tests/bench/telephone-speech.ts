/** Sentences spoken by a synthetic voice in several manners, as they come out of a mu-law line at 8 kHz; kept on disk. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLocalModels } from '#models/catalogue.ts';
import { floatToPcm16 } from '#pipeline/audio/pcm.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import type { Manner } from './card-observations.ts';

export interface TelephoneSpeech {
  /** `text` is speakable. Without the voice's own noise: the same in every run. */
  speak(text: string, manner: Manner): Promise<Int16Array>;
  dispose(): Promise<void>;
}

export async function openTelephoneSpeech(cacheDir: string): Promise<TelephoneSpeech> {
  mkdirSync(cacheDir, { recursive: true });
  const voice = await (await openLocalModels()).open('piper-joe');
  const engine = await VitsEngine.create({
    modelPath: voice.files['model']!,
    configPath: voice.files['config']!,
    kind: 'piper',
  });
  return {
    speak: async (text, manner) => {
      const name = createHash('sha256')
        .update(JSON.stringify([text, manner]))
        .digest('hex')
        .slice(0, 24);
      const path = join(cacheDir, `${name}.pcm`);
      if (existsSync(path)) return new Int16Array(Uint8Array.from(readFileSync(path)).buffer);
      const pcm = await synthesise(engine, text, manner);
      writeFileSync(path, new Uint8Array(pcm.buffer));
      return pcm;
    },
    dispose: () => engine.dispose(),
  };
}

async function synthesise(engine: VitsEngine, text: string, manner: Manner): Promise<Int16Array> {
  const { speakingRate, pitch, noise } = manner;
  const { signal } = new AbortController();
  const samples: number[] = [];
  for await (const chunk of engine.synthesize(text, { signal, speakingRate: speakingRate / pitch, noiseScale: 0 }))
    samples.push(...chunk);
  // A multiple of 50 Hz keeps the resampler's table small.
  const fromHz = Math.round((engine.sampleRateHz * pitch) / 50) * 50;
  const pcm = new Int16Array(Math.ceil((samples.length * 8000) / fromHz) + 8);
  const narrow = resample(Float32Array.from(samples), { fromHz, toHz: 8000 });
  const length = floatToPcm16(pcm, narrow.subarray(0, pcm.length));
  const random = seeded(1);
  for (let at = 0; at < length; at += 1) pcm[at] = (pcm[at] ?? 0) + gaussian(random) * noise;
  const wire = new Uint8Array(length);
  muLaw.encodeInto(wire, pcm.subarray(0, length));
  const heard = new Int16Array(length);
  muLaw.decodeInto(heard, wire);
  return heard;
}

/** Park and Miller's generator; values in (0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
