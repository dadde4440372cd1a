import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importModel } from '#models/import-model.ts';
import { make } from './made-models.ts';
import { entryOf, filesIn, pypiSource, sourcesFrom, temporaryFolder, verifiedFile } from './tiny-models.ts';

const signal = new AbortController().signal;

async function exported(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), 'a graph');
  await writeFile(join(folder, 'model.onnx_data'), 'its numbers');
  await writeFile(join(folder, 'vocab.json'), '{"<pad>": 0}');
  await writeFile(join(folder, 'README.md'), 'not wanted');
  return folder;
}

const catalogued = () => {
  const data = Buffer.from('x');
  return make(entryOf('other', { model: verifiedFile('m', data, [pypiSource('p')]) }), sourcesFrom({}));
};

it('takes a CTC graph, its data and its letters over, and opens them by their hashes', async () => {
  const { models, folder } = await catalogued();
  const from = await exported();
  const options = {
    from,
    format: 'ctc',
    id: 'mms-shona',
    language: 'sn',
    signal,
    onProgress: () => undefined,
  } as const;
  await importModel(models, options);
  const opened = await models.open('mms-shona');
  expect(opened).toMatchObject({ id: 'mms-shona', task: 'asr', language: 'sn', facts: { architecture: 'ctc' } });
  expect(Object.keys(opened.files).sort()).toEqual(['data', 'model', 'vocabulary']);
  expect((await filesIn(join(folder, 'mms-shona'))).filter((name) => !name.startsWith('.'))).toEqual([
    'imported.json',
    'model.onnx',
    'model.onnx_data',
    'vocab.json',
  ]);
  await writeFile(opened.files['vocabulary']!, '{"<pad>": 1}');
  await expect(models.verify('mms-shona', { signal })).rejects.toMatchObject({ code: 'INZWA_MODEL_HASH' });
});

it.each(['model.onnx', 'vocab.json'])('says that %s is missing', async (name) => {
  const { models } = await catalogued();
  const from = await exported();
  await rm(join(from, name));
  const options = { from, format: 'ctc', id: 'mms', language: 'sn', signal, onProgress: () => undefined } as const;
  await expect(importModel(models, options)).rejects.toMatchObject({ code: 'INZWA_MODEL_MISSING' });
});
