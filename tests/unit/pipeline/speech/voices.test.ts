import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rmsDb } from '#pipeline/audio/level.ts';
import { ClauseShaping } from '#pipeline/speech/clause-shaping.ts';
import { shona } from '#pipeline/language/shona/shona.ts';
import { joiningGaps, splitClauses } from '#pipeline/speech/clauses.ts';
import { Loudness } from '#pipeline/speech/loudness.ts';
import { mmsIds, readMmsVocabulary } from '#pipeline/speech/mms-ids.ts';
import {
  accentFor,
  ENGLISH_ACCENT,
  piperIds,
  piperSymbols,
  PLAIN_ACCENT,
  readPiperConfig,
} from '#pipeline/speech/piper-ids.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { openVitsModel } from '#pipeline/speech/vits-model.ts';
import { tinyPiperConfig, tinyVits, TINY_SAMPLES_PER_FRAME } from './tiny-vits.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voices-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('ids of a Piper voice', () => {
  it('puts the pad between all symbols, begin before and end after', async () => {
    const config = readPiperConfig(await file('a.json', tinyPiperConfig(' ab')));
    expect(piperIds('ab a', config, PLAIN_ACCENT)).toEqual([1, 0, 4, 0, 5, 0, 3, 0, 4, 0, 2]);
  });

  it('leaves out what the voice does not know, and says what that was', async () => {
    const config = readPiperConfig(await file('b.json', tinyPiperConfig(' ab')));
    const unknown = new Set<string>();
    expect(piperIds('axb', config, PLAIN_ACCENT, unknown)).toEqual([1, 0, 4, 0, 5, 0, 2]);
    expect([...unknown]).toEqual(['x']);
  });

  it('says Shona only with phones that an English voice was trained on', () => {
    // Symbols of the voice's table whose embeddings training never touched.
    const untrained = /[ɓɗʋɲɦrʂʐβɣ]/u;
    for (const [phoneme, symbols] of ENGLISH_ACCENT) expect(symbols, phoneme).not.toMatch(untrained);
    expect(piperSymbols('ɓɗʋɲɦr', ENGLISH_ACCENT).join('')).not.toMatch(untrained);
  });

  it('moves the stress mark to its vowel, as espeak writes it', () => {
    expect(piperSymbols('maˈᵑɡwaː', new Map([['ᵑɡ', 'ŋɡ']])).join('')).toBe('maŋɡwˈaː');
  });

  it('reads the longest phoneme first', () => {
    expect(piperSymbols('d͡zᵝ ⁿd͡ʒ ᵐb͡v', PLAIN_ACCENT).join('')).toBe('dʐ ndʒ mbv');
  });

  it('chooses the accent by the language of the training text', () => {
    expect([accentFor('en-us'), accentFor('en-gb-x-rp'), accentFor('sw')]).toEqual([
      ENGLISH_ACCENT,
      ENGLISH_ACCENT,
      PLAIN_ACCENT,
    ]);
  });

  it.each([
    ['{}', /audio/u],
    ['not json', /not the .onnx.json/u],
    [tinyPiperConfig().replace('"_"', '"#"'), /"_" is missing/u],
    [tinyPiperConfig().replace('16000', '"fast"'), /sample_rate/u],
  ])('refuses a configuration that is %s', async (content, message) => {
    const path = await file('bad.json', content);
    expect(() => readPiperConfig(path)).toThrow(expect.objectContaining({ code: 'INZWA_VOICE_CONFIG' }));
    expect(() => readPiperConfig(path)).toThrow(message);
  });
});

describe('ids of an MMS voice', () => {
  const json = JSON.stringify({ w: 0, a: 1, ' ': 2, "'": 3, n: 4, h: 5 });
  const expected = [0, 4, 0, 3, 0, 1, 0, 2, 0, 5, 0, 1, 0, 0, 0, 1, 0];

  it('puts the blank around all characters and lets w share its id', async () => {
    const vocabulary = readMmsVocabulary(await file('vocab.json', json));
    expect(mmsIds('N’a  7hawa!', vocabulary)).toEqual(expected);
  });

  it('reads the same from tokens.txt, the space included', async () => {
    const vocabulary = readMmsVocabulary(await file('tokens.txt', "w 0\na 1\n  2\n' 3\nn 4\nh 5\n"));
    expect(mmsIds("n'a hawa", vocabulary)).toEqual(expected);
  });

  it.each(['{"a": "x"}', '{"b": 1}', '', '{'])('refuses %s', async (content) => {
    const path = await file('bad.txt', content);
    expect(() => readMmsVocabulary(path)).toThrow(expect.objectContaining({ code: 'INZWA_VOICE_CONFIG' }));
  });
});

describe('clauses', () => {
  it('cuts at punctuation and keeps the pause of each, none after the last', () => {
    expect(splitClauses('Mangwanani, tingakubatsirai sei? Kiriniki inovhura nguva dzesere.')).toEqual([
      { text: 'Mangwanani,', pauseMs: 140 },
      { text: 'tingakubatsirai sei?', pauseMs: 320 },
      { text: 'Kiriniki inovhura nguva dzesere.', pauseMs: 0 },
    ]);
  });

  it('joins short pieces, but never lengthens the first', () => {
    expect(splitClauses('Ehe, zvakanaka, ndizvo, tatenda zvikuru.').map(({ text }) => text)).toEqual([
      'Ehe,',
      'zvakanaka, ndizvo,',
      'tatenda zvikuru.',
    ]);
  });

  it('cuts a long beginning before a joining word, without losing one', () => {
    const text = 'Kiriniki inovhura mazuva ose evhiki kubva nguva dzesere mangwanani kusvika nguva dzeina masikati.';
    const clauses = splitClauses(text, joiningGaps(shona.joiningWords));
    expect(clauses[0]?.text).toBe('Kiriniki inovhura mazuva ose evhiki');
    expect(clauses.map((clause) => clause.text).join(' ')).toBe(text);
  });

  it('has nothing to say for nothing', () => {
    for (const text of ['', '  ', '...', '— ?!']) expect(splitClauses(text)).toEqual([]);
  });
});

describe('shaping a clause', () => {
  const rate = 16_000;
  function shaped(parts: readonly Float32Array[], pauseMs = 0): Float32Array[] {
    const loudness = new Loudness({ sampleRateHz: rate });
    loudness.measure(new Float32Array(rate).fill(0.1));
    const shaping = new ClauseShaping({ sampleRateHz: rate, pauseMs, loudness });
    return [...parts.map((part) => shaping.push(part)), shaping.finish()];
  }
  const total = (chunks: readonly Float32Array[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const silence = (ms: number): Float32Array => new Float32Array(ms * 16);
  const sound = (ms: number): Float32Array => new Float32Array(ms * 16).fill(0.1);

  it('cuts leading silence to 20 ms, even when the sound is in a later piece', () => {
    expect(total(shaped([silence(300), silence(200), sound(100)]))).toBe((20 + 100) * 16);
  });

  it('keeps a pause within the clause whole', () => {
    expect(total(shaped([sound(100), silence(300), sound(100)]))).toBe(500 * 16);
  });

  it('puts the pause asked for in the place of trailing silence', () => {
    expect(total(shaped([sound(100), silence(500)], 140))).toBe((100 + 40 + 140) * 16);
  });

  it('gives nothing for a clause without a sound', () => {
    expect(total(shaped([silence(500)], 140))).toBe(0);
  });

  it('does not hold back what is certain', () => {
    expect(shaped([sound(100), sound(100)]).map((chunk) => chunk.length)).toEqual([1_600, 1_600, 0]);
  });
});

describe('loudness', () => {
  it('brings a quiet and a loud voice to -20 dBFS', () => {
    for (const level of [0.01, 0.5]) {
      const loudness = new Loudness({ sampleRateHz: 16_000 });
      const samples = new Float32Array(16_000).fill(level);
      loudness.measure(samples);
      loudness.apply(samples);
      expect(rmsDb(samples)).toBeCloseTo(-20, 1);
    }
  });

  it('never reaches full scale, keeps order and sign', () => {
    const loudness = new Loudness({ sampleRateHz: 16_000 });
    loudness.measure(new Float32Array(16_000).fill(0.02));
    const samples = Float32Array.of(-1, -0.2, -0.1, 0, 0.1, 0.2, 1);
    loudness.apply(samples);
    expect(Math.max(...samples)).toBeLessThanOrEqual(1);
    expect([...samples].sort((a, b) => a - b)).toEqual([...samples]);
  });

  it('holds a clause back that begins loud, and lifts none that begins softly', () => {
    const loudness = new Loudness({ sampleRateHz: 16_000 });
    loudness.measure(new Float32Array(16_000).fill(0.05));
    const gains = [0.2, 0.05, 0.01].map((level) => loudness.gainDbFor(new Float32Array(1_600).fill(level)));
    expect(gains[0]).toBeCloseTo(-20 + 2 - 20 * Math.log10(0.2), 1);
    expect(gains.slice(1)).toEqual([loudness.gainDb, loudness.gainDb]);
  });

  it('goes by a first syllable only until there is more to measure', () => {
    const loudness = new Loudness({ sampleRateHz: 16_000 });
    loudness.guess(new Float32Array(1_600).fill(0.5));
    expect(loudness.gainDb).toBeCloseTo(-20 - 20 * Math.log10(0.5), 1);
    loudness.measure(new Float32Array(16_000).fill(0.05));
    loudness.guess(new Float32Array(1_600).fill(0.5));
    expect(loudness.gainDb).toBeCloseTo(-20 - 20 * Math.log10(0.05), 1);
  });

  it('is not pumped by one odd clause', () => {
    const loudness = new Loudness({ sampleRateHz: 16_000 });
    loudness.measure(new Float32Array(16_000).fill(0.1));
    const before = loudness.gainDb;
    loudness.measure(new Float32Array(16_000).fill(0.02));
    expect(loudness.gainDb - before).toBeLessThan(4);
    loudness.measure(new Float32Array(16_000));
    expect(loudness.gainDb - before).toBeLessThan(4);
  });
});

describe('a model in pieces', () => {
  it.each([
    ['cut at its decoder', undefined],
    ['cut at its flow and its decoder', { layer: 'flow.flows.6.pre' }],
  ])('sounds as it does whole: %s', async (_, flow) => {
    const path = await file('tiny.onnx', tinyVits('piper', 'dec', flow));
    const ids = Array.from({ length: 400 }, (_, i) => (i * 37) % 40);
    const heard: Float32Array[] = [];
    for (const isSplit of [true, false]) {
      const model = await openVitsModel(path, { threads: 1, isSplit });
      const samples: number[] = [];
      let pieces = 0;
      for await (const piece of model.pieces(
        ids,
        { noiseScale: 0, lengthScale: 1, noiseW: 0 },
        new AbortController().signal,
      )) {
        samples.push(...piece);
        pieces += 1;
      }
      expect(pieces).toBe(isSplit ? 5 : 1);
      heard.push(Float32Array.from(samples));
      await model.release();
    }
    expect(heard[0]?.length).toBe(400 * TINY_SAMPLES_PER_FRAME);
    expect(heard[0]).toEqual(heard[1]);
  });

  it.each([
    ['is missing', undefined],
    ['is not ONNX', 'a web page that says 404'],
  ])('is refused with its name when the file %s', async (_, content) => {
    const path = content === undefined ? join(folder, 'none.onnx') : await file('page.onnx', content);
    const configPath = await file('voice.json', tinyPiperConfig());
    await expect(VitsEngine.create({ kind: 'piper', modelPath: path, configPath })).rejects.toMatchObject({
      code: 'INZWA_VOICE_MODEL',
      message: expect.stringContaining(path) as string,
    });
  });
});
