import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importWhisper } from '#models/import/import-whisper.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { TINY, ctranslate2Bytes, tinyWeights } from '../../models/import/tiny-whisper.ts';
import { tinyTokenizerJson } from './tiny-tokenizer.ts';

const { signal } = new AbortController();
let dir = '';
let engine: WhisperEngine;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'inzwa-whisper-'));
  const modelBin = join(dir, 'model.bin');
  const tokenizerPath = join(dir, 'tokenizer.json');
  writeFileSync(modelBin, ctranslate2Bytes(tinyWeights()));
  writeFileSync(tokenizerPath, tinyTokenizerJson());
  const { encoder, decoder, scorer } = await importWhisper({
    source: { format: 'ctranslate2', modelBin },
    outDir: dir,
    headWidth: TINY.headWidth,
  });
  const paths = { encoderPath: encoder, decoderPath: decoder, scorerPath: scorer, tokenizerPath };
  engine = await WhisperEngine.create({ ...paths, language: 'sn' });
});
afterAll(async () => {
  await engine.dispose();
  rmSync(dir, { recursive: true });
});

function utterance(id: string, ms = 900, amplitude = 6000) {
  const pcm = Int16Array.from({ length: ms * 8 }, (_, i) => Math.round(amplitude * Math.sin(i * 0.4 + i * i * 1e-5)));
  return { id, pcm, sampleRateHz: 8000 };
}

/** Seeded random weights say nothing sensible; what is tested here is everything around the words. */
describe('WhisperEngine on a tiny model', () => {
  it('transcribes the same twice, and reports what it did', async () => {
    const first = await engine.transcribe(utterance('a'), { signal });
    const second = await engine.transcribe(utterance('a2'), { signal });
    expect(second.text).toBe(first.text);
    expect(first).toMatchObject({ utteranceId: 'a', audioMs: 900 });
    expect(first.avgLogProb).toBeLessThan(0);
    expect(first.confidence).toBeCloseTo(Math.exp(first.avgLogProb), 9);
    expect(first.noSpeechProb).toBeGreaterThan(0);
    expect(first.noSpeechProb).toBeLessThan(1);
    expect(Object.values(first.timings).every((ms) => ms > 0)).toBe(true);
  });

  it('doubts silence without a second try at the full window', async () => {
    const heard = await engine.transcribe(utterance('quiet', 900, 20), { signal });
    expect(heard).toMatchObject({ doubt: 'no-speech', window: 'short' });
  });

  it('scores phrases together as it scores them alone', async () => {
    await engine.transcribe(utterance('b'), { signal });
    const phrases = ['mvura', 'mvura ino', 'vhura', 'ino ndiyo mvura'];
    const together = await engine.score('b', phrases, { signal });
    expect(together).toHaveLength(4);
    for (const [i, phrase] of phrases.entries()) {
      const [alone] = await engine.score('b', [phrase], { signal });
      // The activations' common range differs with what else is in the batch.
      expect(Math.abs(together[i]! - alone!)).toBeLessThan(0.1);
    }
    expect(new Set(together.map((score) => score.toFixed(2))).size).toBe(4);
    expect(await engine.score('b', [], { signal })).toEqual([]);
  });

  it('scores many phrases as it scores them alone, whatever group they fall into', async () => {
    await engine.transcribe(utterance('many'), { signal });
    const letters = Array.from('abcdefghij');
    const phrases = letters.flatMap((a) => letters.slice(0, 4).map((b) => `mvura ${a}${b} ino ${b}${a}vura`));
    const together = await engine.score('many', [...phrases, '', phrases[7]!], { signal });
    expect(together).toHaveLength(42);
    expect(together[41]).toBeCloseTo(together[7]!, 1);
    for (const i of [0, 17, 39]) {
      const [alone] = await engine.score('many', [phrases[i]!], { signal });
      expect(Math.abs(together[i]! - alone!)).toBeLessThan(0.1);
    }
  });

  it('does not encode an utterance twice, unless its audio is another', async () => {
    // At the full window there is no second try, which would have to encode.
    const full = { signal, window: 'full' } as const;
    const first = await engine.transcribe(utterance('again', 300), full);
    const again = await engine.transcribe(utterance('again', 300), { ...full, prompt: 'mvura ino' });
    expect(first.timings.encoderMs).toBeGreaterThan(0);
    expect(again.timings).toMatchObject({ melMs: 0, encoderMs: 0 });
    const same = await engine.transcribe(utterance('again', 300), full);
    expect(same.avgLogProb).toBe(first.avgLogProb);
    const other = await engine.transcribe(utterance('again', 300, 3000), full);
    expect(other.timings.encoderMs).toBeGreaterThan(0);
  });

  it('tells other readings only when asked, and each of another sound', async () => {
    expect(await engine.transcribe(utterance('f'), { signal })).not.toHaveProperty('alternatives');
    const { text, alternatives = [] } = await engine.transcribe(utterance('f'), { signal, alternatives: 2 });
    expect(alternatives.length).toBeLessThanOrEqual(2);
    const folded = [text, ...alternatives.map((other) => other.text)].map((each) => each.replaceAll(/\W/gu, ''));
    expect(new Set(folded).size).toBe(folded.length);
  });

  it('takes a lexicon, and reports the model’s own likelihood of what it wrote', async () => {
    const plain = await engine.transcribe(utterance('g'), { signal });
    const led = await engine.transcribe(utterance('g'), { signal, lexicon: ['mvura', 'ino mvura'] });
    expect(led.avgLogProb).toBeLessThan(0);
    expect(led.confidence).toBeCloseTo(Math.exp(led.avgLogProb), 9);
    expect(plain.utteranceId).toBe(led.utteranceId);
  });

  it('answers a closed question with one of its phrases, as it scores them', async () => {
    const texts = ['mvura', 'ino', 'Ino!', 'vhura ino'];
    const heard = await engine.transcribe(utterance('h'), {
      signal,
      closed: { kind: 'phrases', texts },
      alternatives: 9,
    });
    const readings = [heard, ...(heard.alternatives ?? [])];
    expect(readings.map(({ text }) => text).sort()).toEqual(['ino', 'mvura', 'vhura ino']);
    const scores = await engine.score(
      'h',
      readings.map(({ text }) => text),
      { signal },
    );
    readings.forEach(({ avgLogProb }, i) => expect(Math.abs(avgLogProb - scores[i]!)).toBeLessThan(0.1));
  });

  it('answers a closed question with its words alone', async () => {
    const texts = ['mvura', 'ino', 'vhura'];
    const { text } = await engine.transcribe(utterance('i'), { signal, closed: { kind: 'words', texts } });
    expect(text).not.toBe('');
    for (const word of text.split(' ')) expect(texts).toContain(word);
  });

  it('takes a closed set without members for none', async () => {
    const open = await engine.transcribe(utterance('j'), { signal });
    const heard = await engine.transcribe(utterance('j'), { signal, closed: { kind: 'words', texts: [' ? '] } });
    expect(heard.text).toBe(open.text);
  });

  it('scores against the utterance asked for', async () => {
    await engine.transcribe(utterance('low'), { signal });
    await engine.transcribe(
      { ...utterance('noise'), pcm: Int16Array.from({ length: 7200 }, (_, i) => ((i * 7919) % 4001) - 2000) },
      { signal },
    );
    const [low, noise] = [
      await engine.score('low', ['mvura'], { signal }),
      await engine.score('noise', ['mvura'], { signal }),
    ];
    expect(low[0]).not.toBeCloseTo(noise[0]!, 4);
  });

  it('keeps the last eight utterances and says when one is gone', async () => {
    for (const id of ['1', '2', '3', '4', '5', '6', '7', '8', '9'])
      await engine.transcribe(utterance(id, 300), { signal });
    await expect(engine.score('1', ['ino'], { signal })).rejects.toMatchObject({ code: 'INZWA_UTTERANCE_FORGOTTEN' });
    expect(await engine.score('2', ['ino'], { signal })).toHaveLength(1);
  });

  it('lets the event loop in between its steps, and stops there when aborted', async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await engine.transcribe(utterance('c'), { signal });
    isDone = true;
    expect(turns).toBeGreaterThan(3);

    const controller = new AbortController();
    const aborted = engine.transcribe(utterance('d'), { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('caller went on')));
    await expect(aborted).rejects.toThrow('caller went on');
    await expect(engine.score('d', ['ino'], { signal })).rejects.toMatchObject({ code: 'INZWA_UTTERANCE_FORGOTTEN' });
    await expect(engine.transcribe(utterance('e'), { signal: controller.signal })).rejects.toThrow('caller went on');
  });

  it('refuses graphs that are not its own', async () => {
    const other = join(dir, 'other.onnx');
    writeFileSync(other, 'nothing');
    const paths = {
      encoderPath: other,
      decoderPath: other,
      scorerPath: other,
      tokenizerPath: join(dir, 'tokenizer.json'),
    };
    await expect(WhisperEngine.create({ ...paths, language: 'sn' })).rejects.toMatchObject({
      code: 'INZWA_RECOGNISER_MODEL',
    });
  });
});
