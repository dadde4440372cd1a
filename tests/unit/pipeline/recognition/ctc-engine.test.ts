import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CtcEngine } from '#pipeline/recognition/ctc-engine.ts';
import { CtcVocabulary } from '#pipeline/recognition/ctc-vocabulary.ts';
import { toneSpeech, writeToneCtc } from './tone-ctc.ts';

const { signal } = new AbortController();
const MENU = ['bhadhara', 'kubatsirwa', 'kutaura nemunhu'];
let folder = '';
let paths: Awaited<ReturnType<typeof writeToneCtc>>;
let engine: CtcEngine;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ctc-'));
  paths = await writeToneCtc(folder);
  engine = await CtcEngine.create({ ...paths, language: 'sn' });
  await engine.warmUp();
});
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true });
});

const hear = (text: string, options: object = {}, blur = 0) =>
  engine.transcribe({ id: text, pcm: toneSpeech(text, { blur }), sampleRateHz: 8000 }, { signal, ...options });

describe('CtcEngine', () => {
  it('writes down what it hears, double letters and words apart', async () => {
    const heard = await hear("mangwanani n'ombe tti");
    expect(heard.text).toBe("mangwanani n'ombe tti");
    expect(heard.doubt).toBeUndefined();
    expect(heard.confidence).toBeGreaterThan(0.5);
    expect(heard.noSpeechProb).toBeLessThan(0.01);
  });

  it('hears nothing in silence', async () => {
    const heard = await engine.transcribe({ id: 'quiet', pcm: new Int16Array(8000), sampleRateHz: 8000 }, { signal });
    expect(heard).toMatchObject({ text: '', doubt: 'no-speech' });
    expect(heard.noSpeechProb).toBeGreaterThan(0.5);
  });

  it('takes audio of a few milliseconds, and of none', async () => {
    for (const samples of [0, 1, 80]) {
      const utterance = { id: 'short', pcm: new Int16Array(samples), sampleRateHz: 8000 };
      expect((await engine.transcribe(utterance, { signal })).text).toBe('');
    }
  });

  it('chooses among closed phrases by the audio, and gives the others as alternatives', async () => {
    const closed = { kind: 'phrases', texts: MENU } as const;
    for (const phrase of MENU) {
      const heard = await hear(phrase, { closed, alternatives: 5 }, 0.45);
      expect(heard.text).toBe(phrase);
      expect(heard.alternatives?.map(({ text }) => text).sort()).toEqual(MENU.filter((text) => text !== phrase).sort());
    }
  });

  it('scores the phrase that was said above all others, whatever their length', async () => {
    for (const phrase of MENU) {
      await hear(phrase, {}, 0.3);
      const scores = await engine.score(phrase, MENU, { signal });
      expect(MENU[scores.indexOf(Math.max(...scores))]).toBe(phrase);
    }
  });

  it('keeps scores finite for a phrase that cannot have been said in the time', async () => {
    await hear('eh');
    const [score] = await engine.score('eh', ['mangwanani '.repeat(20)], { signal });
    expect(score).toBeLessThan(-10);
    expect(Number.isFinite(score)).toBe(true);
  });

  it('says of a graph, a vocabulary or a missing file that it is none of a CTC model', async () => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{"a": 1}');
    const wrong = [
      { modelPath: join(folder, 'none.onnx') },
      { vocabularyPath: join(folder, 'none.json') },
      { vocabularyPath: broken },
      { modelPath: broken },
    ];
    for (const path of wrong) {
      await expect(CtcEngine.create({ ...paths, language: 'sn', ...path })).rejects.toMatchObject({
        code: 'INZWA_RECOGNISER_MODEL',
      });
    }
  });

  it('refuses a vocabulary that is larger than the graph’s output', async () => {
    const large = join(folder, 'large.json');
    writeFileSync(large, JSON.stringify({ '<pad>': 0, a: 1, z: 400 }));
    const other = await CtcEngine.create({ ...paths, vocabularyPath: large, language: 'sn' });
    await expect(other.warmUp()).rejects.toMatchObject({ code: 'INZWA_RECOGNISER_MODEL' });
    await other.dispose();
  });
});

describe('CtcVocabulary', () => {
  it('finds the language of a pack among the adapters of MMS', () => {
    const json = JSON.stringify({ eng: { '<pad>': 0, a: 1 }, sna: { '<pad>': 0, '|': 2, b: 1 } });
    const vocabulary = CtcVocabulary.parse(json, 'vocab.json', 'sna');
    expect(vocabulary.encode('B, b!')).toEqual([1, 2, 1]);
    expect(() => CtcVocabulary.parse(json, 'vocab.json', 'zu')).toThrow(/"zu" \(it has eng, sna/);
  });

  it('writes and reads the capitals of an English model as small letters', () => {
    const json = JSON.stringify({ '<pad>': 0, '<s>': 1, '|': 2, A: 3, "'": 4 });
    const vocabulary = CtcVocabulary.parse(json, 'vocab.json', 'en');
    expect(vocabulary.encode('a’ a')).toEqual([3, 4, 2, 3]);
    expect(vocabulary.decode([2, 3, 1, 4, 0, 2, 2, 3])).toBe("a' a");
  });
});
