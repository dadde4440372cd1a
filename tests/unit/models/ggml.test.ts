import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ggmlFile } from '#models/ggml.ts';
import type { VerifiedModel } from '#pipeline/ports.ts';
import { tinyTokenizerJson } from '../pipeline/recognition/tiny-tokenizer.ts';
import { TINY, ctranslate2Bytes, tinyWeights } from './import/tiny-whisper.ts';
import { make } from './made-models.ts';
import { entryOf, filesIn, pypiSource, sourcesFrom, verifiedFile } from './tiny-models.ts';

const options = { signal: new AbortController().signal, headWidth: TINY.headWidth };

/** A Whisper of the catalogue whose weights lie in its folder. */
async function pulled() {
  const data = ctranslate2Bytes(tinyWeights());
  const entry = entryOf(
    'tiny',
    { weights: verifiedFile('model.bin', data, [pypiSource('tiny')]) },
    { task: 'asr', import: { as: 'whisper', format: 'ctranslate2', approximateBytes: 1 } },
  );
  const { models, folder } = await make(entry, sourcesFrom({}));
  await mkdir(join(folder, 'tiny'), { recursive: true });
  const weights = join(folder, 'tiny', 'model.bin');
  await writeFile(weights, data);
  const tokenizer = join(folder, 'tokenizer.json');
  await writeFile(tokenizer, tinyTokenizerJson());
  const model: VerifiedModel = {
    id: 'tiny',
    task: 'asr',
    language: 'sn',
    files: { weights, tokenizer },
    sampleRateHz: 16_000,
    facts: {},
  };
  return { models, model, folder, weights };
}

it('writes the file once, and again only when it is damaged or the weights are others', async () => {
  const { models, model, folder, weights } = await pulled();
  const path = await ggmlFile(models, model, options);
  const first = await stat(path);
  expect((await readFile(path)).readUInt32LE(0)).toBe(0x67676d6c);
  expect((await filesIn(folder)).filter((name) => name.startsWith('tiny/ggml'))).toEqual([
    'tiny/ggml-f16.bin',
    'tiny/ggml-f16.bin.json',
  ]);

  expect(await ggmlFile(models, model, options)).toBe(path);
  expect((await stat(path)).mtimeMs).toBe(first.mtimeMs);

  await writeFile(path, 'half of it');
  await ggmlFile(models, model, options);
  expect((await stat(path)).size).toBe(first.size);

  await writeFile(weights, ctranslate2Bytes(tinyWeights(8)));
  const before = await readFile(path);
  await ggmlFile(models, model, options);
  expect((await readFile(path)).equals(before)).toBe(false);
});

it('says what to do when there are no weights to write it from', async () => {
  const { models, model, weights } = await pulled();
  await rm(weights);
  await expect(ggmlFile(models, model, options)).rejects.toMatchObject({ code: 'INZWA_MODEL_MISSING' });
  const elsewhere = { ...model, id: 'mine' };
  await expect(ggmlFile(models, elsewhere, options)).rejects.toThrow(/whisper\.cpp needs the weights of model mine/);
});
