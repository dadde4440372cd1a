/** What Whisper base makes of lexicons and closed sets, with a synthetic caller: `npm test` pulls the weights first. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLocalModels } from '#models/catalogue.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import type { TranscribeOptions, Transcript } from '#pipeline/ports.ts';
import { foldForRepeats } from '#pipeline/recognition/restart-cut.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';

const QUESTIONS = [
  'Kiriniki inovhura nguvai mangwana?',
  'Mwana wangu ari kupisa muviri.',
  'Mushonga unoita marii?',
  'Ndinoda kutaura nemunhu.',
];
const { signal } = new AbortController();
let engine: WhisperEngine;
let voice: VitsEngine;

beforeAll(async () => {
  const models = await openLocalModels();
  const [whisper, piper] = [(await models.open('whisper-base')).files, (await models.open('piper-joe')).files];
  engine = await WhisperEngine.create({
    encoderPath: whisper['encoder']!,
    decoderPath: whisper['decoder']!,
    scorerPath: whisper['scorer']!,
    tokenizerPath: whisper['tokenizer']!,
    language: 'sn',
  });
  voice = await VitsEngine.create({ kind: 'piper', modelPath: piper['model']!, configPath: piper['config']! });
});
afterAll(async () => {
  await engine.dispose();
  await voice.dispose();
});

let count = 0;
async function hear(said: string | Int16Array, options: Omit<TranscribeOptions, 'signal'>): Promise<Transcript> {
  const pcm = typeof said === 'string' ? await speak(said) : said;
  return engine.transcribe({ id: `call#${++count}`, pcm, sampleRateHz: 8000 }, { signal, ...options });
}

async function speak(text: string): Promise<Int16Array> {
  const samples: number[] = [];
  for await (const chunk of voice.synthesize(text, { signal, noiseScale: 0 })) samples.push(...chunk);
  const narrow = resample(Float32Array.from(samples), { fromHz: voice.sampleRateHz, toHz: 8000 });
  return Int16Array.from(narrow, (value) => Math.round(Math.max(-1, Math.min(1, value)) * 32_767));
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/\p{L}+/gu) ?? [];

it('hears more of what was said when it stands in the lexicon', async () => {
  const found = { led: 0, alone: 0 };
  for (const said of QUESTIONS) {
    const led = wordsOf((await hear(said, { lexicon: QUESTIONS })).text);
    const alone = wordsOf((await hear(said, {})).text);
    found.led += wordsOf(said).filter((word) => led.includes(word)).length;
    found.alone += wordsOf(said).filter((word) => alone.includes(word)).length;
  }
  expect(found.led).toBeGreaterThan(found.alone);
});

it('tells readings that all sound different', async () => {
  const { text, alternatives = [] } = await hear(QUESTIONS[1]!, { alternatives: 3 });
  expect(alternatives.length).toBeGreaterThan(0);
  const sounds = [text, ...alternatives.map((other) => other.text)].map(foldForRepeats);
  expect(new Set(sounds).size).toBe(sounds.length);
});

it('answers a yes-no question with one of its words, and doubts a sentence that is none', async () => {
  const closed = { kind: 'phrases', texts: ['hongu', 'ehe', 'ndizvo', 'kwete', 'aiwa'] } as const;
  expect(await hear('Kwete.', { closed })).toMatchObject({ text: 'kwete' });
  const { text, doubt } = await hear('Mwana wangu ari kupisa muviri.', { closed });
  expect(closed.texts).toContain(text);
  expect(doubt).toBeDefined();
});

it('finds a number among others', async () => {
  const tens = ['makumi maviri', 'makumi matatu', 'makumi mana'];
  const units = ['neimwe', 'nembiri', 'nenhatu', 'neina', 'neshanu'];
  const texts = tens.flatMap((ten) => [ten, ...units.map((unit) => `${ten} ${unit}`)]);
  const heard = await hear('makumi mana nembiri', { closed: { kind: 'phrases', texts }, alternatives: 2 });
  expect([heard.text, ...(heard.alternatives ?? []).map(({ text }) => text)]).toContain('makumi mana nembiri');
});

it('decodes nothing but the words it may, and takes noise for nothing', async () => {
  const closed = { kind: 'words', texts: ['makumi', 'maviri', 'matatu', 'mana', 'neshanu', 'nembiri'] } as const;
  const { text } = await hear('makumi matatu neshanu', { closed });
  expect(text).not.toBe('');
  for (const word of text.split(' ')) expect(closed.texts).toContain(word);
  const hiss = Int16Array.from({ length: 12_000 }, (_, at) => ((at * 7919) % 4001) - 2000);
  expect((await hear(hiss, { closed })).doubt).toBeDefined();
});
