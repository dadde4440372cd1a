/** The default voice, with its real weights: `npm run inzwa models pull` first, or `npm test`, which does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalModels } from '#models/catalogue.ts';
import { rmsDb, soundEdges, voicedRmsDb } from '#pipeline/audio/level.ts';
import { toIpa } from '#pipeline/language/shona/phonemes.ts';
import type { VerifiedModel } from '#pipeline/ports.ts';
import { accentFor, piperIds, readPiperConfig } from '#pipeline/speech/piper-ids.ts';
import { renderWhole, TELEPHONE_RATE_HZ } from '#pipeline/speech/telephone-rendering.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { openVitsModel } from '#pipeline/speech/vits-model.ts';
import { synthesizerContract } from '../contract/synthesizer-contract.ts';

const SENTENCE = 'Kiriniki inovhura nguva dzesere mangwanani kusvika manheru.';
const { signal } = new AbortController();

let voice: VerifiedModel;
let modelPath: string;
let configPath: string;
beforeAll(async () => {
  voice = await (await openLocalModels()).open('piper-joe');
  modelPath = voice.files['model'] ?? '';
  configPath = voice.files['config'] ?? '';
});

function open(): Promise<VitsEngine> {
  return VitsEngine.create({ kind: 'piper', modelPath, configPath });
}

async function wholeOf(engine: VitsEngine, text: string, noiseScale?: number): Promise<Float32Array> {
  const samples: number[] = [];
  const options = { signal, ...(noiseScale !== undefined && { noiseScale }) };
  for await (const chunk of engine.synthesize(text, options)) for (const sample of chunk) samples.push(sample);
  return Float32Array.from(samples);
}

describe('the contract of a synthesizer', () => {
  synthesizerContract(open);
});

describe('the default voice', () => {
  let engine: VitsEngine;
  beforeAll(async () => {
    engine = await open();
    await engine.warmUp();
  });
  afterAll(() => engine.dispose());

  it('speaks at a careful pace: 9 to 18 letters a second', async () => {
    const seconds = (await wholeOf(engine, SENTENCE)).length / engine.sampleRateHz;
    expect(SENTENCE.length / seconds).toBeGreaterThan(9);
    expect(SENTENCE.length / seconds).toBeLessThan(18);
  });

  it('begins within 30 ms and ends without a tail', async () => {
    const speech = await wholeOf(engine, SENTENCE);
    const edges = soundEdges(speech, { sampleRateHz: engine.sampleRateHz, thresholdDb: -40 });
    expect(edges?.start).toBeLessThan(0.03 * engine.sampleRateHz);
    expect(speech.length - (edges?.end ?? 0)).toBeLessThan(0.15 * engine.sampleRateHz);
  });

  it('is as loud as a telephone voice should be, and never clips', async () => {
    for (const text of [SENTENCE, 'Ehe.', 'Ndapota, taurai zvakare?']) {
      const speech = await wholeOf(engine, text);
      const levelDb = voicedRmsDb(speech, { sampleRateHz: engine.sampleRateHz });
      expect(levelDb, text).toBeGreaterThan(-24);
      expect(levelDb, text).toBeLessThan(-16);
      expect(
        speech.every((sample) => Math.abs(sample) < 1),
        text,
      ).toBe(true);
    }
  });

  it('says the same text the same way without noise', async () => {
    const [first, second] = [await wholeOf(engine, SENTENCE, 0), await wholeOf(engine, SENTENCE, 0)];
    expect(second.length).toBe(first.length);
  });

  it('speaks faster when asked to', async () => {
    const lengths: number[] = [];
    for (const speakingRate of [0.8, 1.25]) {
      let samples = 0;
      for await (const chunk of engine.synthesize(SENTENCE, { signal, speakingRate, noiseScale: 0 })) {
        samples += chunk.length;
      }
      lengths.push(samples);
    }
    expect((lengths[0] ?? 0) / (lengths[1] ?? 1)).toBeGreaterThan(1.4);
  });

  it('reaches the telephone line without energy lost in the band', async () => {
    const pcm = await renderWhole(engine, SENTENCE, { signal });
    const seconds = pcm.length / TELEPHONE_RATE_HZ;
    expect(SENTENCE.length / seconds).toBeGreaterThan(9);
    const samples = Float32Array.from(pcm, (sample) => sample / 32_768);
    expect(voicedRmsDb(samples, { sampleRateHz: TELEPHONE_RATE_HZ })).toBeGreaterThan(-25);
  });
});

describe('decoding in pieces', () => {
  it('differs from decoding in one go by less than -100 dB', async () => {
    const config = readPiperConfig(configPath);
    const ids = piperIds(toIpa(SENTENCE), config, accentFor(config.espeakVoice));
    const heard: Float32Array[] = [];
    const pieces: number[] = [];
    for (const isSplit of [true, false]) {
      const model = await openVitsModel(modelPath, { threads: 1, isSplit });
      const samples: number[] = [];
      let count = 0;
      for await (const piece of model.pieces(ids, { noiseScale: 0, lengthScale: 1, noiseW: 0 }, signal)) {
        for (const sample of piece) samples.push(sample);
        count += 1;
      }
      heard.push(Float32Array.from(samples));
      pieces.push(count);
      await model.release();
    }
    const [inPieces = new Float32Array(), atOnce = new Float32Array()] = heard;
    expect(pieces).toEqual([5, 1]);
    expect(inPieces.length).toBe(atOnce.length);
    const difference = inPieces.map((sample, i) => sample - (atOnce[i] ?? 0));
    expect(rmsDb(atOnce)).toBeGreaterThan(-40);
    expect(10 * Math.log10(energy(difference) / energy(atOnce) + 1e-30)).toBeLessThan(-100);
  });
});

function energy(samples: Float32Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}
