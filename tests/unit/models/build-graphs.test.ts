import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import type { PullContext } from '#models/pull-context.ts';
import { make } from './made-models.ts';
import { noise } from './tiny-archives.ts';
import { entryOf, filesIn, hubSource, sourcesFrom, verifiedFile } from './tiny-models.ts';

const data = noise(2_000);

describe('a model whose graphs are built here', () => {
  const entry = entryOf(
    'built',
    { weights: verifiedFile('model.bin', data, [hubSource('model.bin')]) },
    { import: { as: 'whisper', format: 'ctranslate2', approximateBytes: 100 } },
  );
  const script = { 'model.bin': [{ kind: 'bytes', data }] } as const;

  function builder(): { build: PullContext['build']; calls: string[] } {
    const calls: string[] = [];
    const build: PullContext['build'] = async ({ weights, outDir, onProgress }) => {
      calls.push(weights);
      await writeFile(join(outDir, 'encoder.onnx'), 'an encoder');
      onProgress(10, 10);
      return { encoder: join(outDir, 'encoder.onnx') };
    };
    return { build, calls };
  }

  it('opens with the graphs beside the weights, verified by the hash recorded when they were built', async () => {
    const { build, calls } = builder();
    const { models, folder, pull } = await make(entry, sourcesFrom(script), { build });
    await pull();
    await pull();
    expect(calls).toEqual([join(folder, 'built', 'model.bin')]);
    const opened = await models.open('built');
    expect(opened.files['encoder']).toBe(join(folder, 'built', 'encoder.onnx'));
    await writeFile(opened.files['encoder']!, 'no encoder');
    await expect(models.open('built')).rejects.toMatchObject({ code: 'INZWA_MODEL_HASH' });
    await pull();
    await models.open('built');
    expect(calls).toHaveLength(2);
  });

  it('are built again from other weights', async () => {
    const { build, calls } = builder();
    const first = await make(entry, sourcesFrom(script), { build });
    await first.pull();
    const other = noise(2_000, 4);
    const changed = { ...entry, files: { weights: verifiedFile('model.bin', other, [hubSource('model.bin')]) } };
    const sources = sourcesFrom({ 'model.bin': [{ kind: 'bytes', data: other }] });
    const later = await make(changed, sources, { build, folder: first.folder });
    await expect(later.models.open('built')).rejects.toMatchObject({ code: 'INZWA_MODEL_MISSING' });
    await later.pull();
    await later.models.open('built');
    expect(calls).toHaveLength(2);
  });

  it('leaves nothing of a build that failed, and keeps the weights', async () => {
    const build: PullContext['build'] = async ({ outDir }) => {
      await writeFile(join(outDir, 'encoder.onnx'), 'half an enc');
      throw new InzwaError('INZWA_IMPORT_FORMAT', 'these weights are not Whisper');
    };
    const { models, folder, pull } = await make(entry, sourcesFrom(script), { build });
    await expect(pull()).rejects.toMatchObject({ code: 'INZWA_IMPORT_FORMAT' });
    expect(await filesIn(folder)).toEqual(['built/model.bin']);
    await expect(models.open('built')).rejects.toMatchObject({ code: 'INZWA_MODEL_MISSING' });
  });
});
