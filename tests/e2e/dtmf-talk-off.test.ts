/**
 * Half an hour of speech from which no key may be heard: everything the hotline can say or be asked, and numbers, by the
 * default voice and by five others made of it, lower and higher, through mu-law and A-law.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalModels } from '#models/catalogue.ts';
import { floatToPcm16 } from '#pipeline/audio/pcm.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { loadHotline } from '#prompts/load.ts';
import { aLaw, muLaw } from '#telephony/codec/g711.ts';
import { DtmfDetector } from '#telephony/signal/dtmf-detector.ts';
import { dtmfTone } from '#telephony/signal/dtmf-tones.ts';
import { coded } from '../support/key-presses.ts';
import { framesOf } from '../support/tone.ts';

const LINE_RATE_HZ = 8_000;
/** Pitch, formants and pace together. High voices are the hard ones: fewer of their harmonics lie side by side. */
const SPEAKERS = [0.75, 0.85, 1, 1.15, 1.3, 1.5];
const LEAST_MINUTES = 30;

/** About nine minutes in the voice's own pace. */
function texts(): string[] {
  const hotline = loadHotline('kiriniki');
  const numbers = Array.from({ length: 20 }, (_, n) => `${n * 7 + 1}, ${(n + 3) * 419}`);
  const spoken = [
    ...hotline.cards.flatMap(({ answer, questions }) => [answer, ...questions]),
    ...[...hotline.phrases.values()].map(({ text }) => text),
    ...numbers,
  ];
  return spoken.map((text) => hotline.pack.language.speakable(text));
}

describe('half an hour of speech', () => {
  let engine: VitsEngine;
  let speech: Float32Array;
  beforeAll(async () => {
    const voice = await (await openLocalModels()).open('piper-joe');
    engine = await VitsEngine.create({
      kind: 'piper',
      modelPath: voice.files['model'] ?? '',
      configPath: voice.files['config'] ?? '',
    });
    const { signal } = new AbortController();
    const chunks: Float32Array[] = [];
    for (const text of texts()) for await (const chunk of engine.synthesize(text, { signal })) chunks.push(chunk);
    speech = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      speech.set(chunk, at);
      at += chunk.length;
    }
  });
  afterAll(() => engine.dispose());

  it('holds no key press', { timeout: 240_000 }, () => {
    let [samples, frames, blanked] = [0, 0, 0];
    const falseDigits: string[] = [];
    for (const [n, speaker] of SPEAKERS.entries()) {
      // To the nearest 50 Hz: ratios of large numbers need large filters.
      const fromHz = Math.round((engine.sampleRateHz * speaker) / 50) * 50;
      const narrow = resample(speech, { fromHz, toHz: LINE_RATE_HZ });
      const pcm = new Int16Array(narrow.length);
      floatToPcm16(pcm, narrow);
      const detector = new DtmfDetector();
      for (const [at, frame] of framesOf(coded(pcm, n % 2 === 0 ? muLaw : aLaw)).entries()) {
        const { digit, isTone } = detector.hear(frame);
        if (digit !== undefined) falseDigits.push(`${digit} by speaker ${speaker} at ${at / 50} s`);
        if (isTone) blanked += 1;
        frames += 1;
      }
      samples += pcm.length;
      // The detector did listen: a key pressed at the end is heard.
      const last = framesOf(dtmfTone('5', 100)).map((frame) => detector.hear(frame).digit);
      expect(last).toContain('5');
    }
    const minutes = samples / LINE_RATE_HZ / 60;
    console.log(
      `talk-off: ${minutes.toFixed(1)} min of speech by ${SPEAKERS.length} speakers, ` +
        `${falseDigits.length} false digits, ${blanked} of ${frames} frames blanked`,
    );
    expect(minutes).toBeGreaterThanOrEqual(LEAST_MINUTES);
    expect(falseDigits).toEqual([]);
    expect(blanked / frames).toBeLessThan(0.000_5);
  });
});
