/** `models import`: somebody's own Whisper weights or CTC graph become a model of this machine under a name of its own. */
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { buildWhisper } from './build-graphs.ts';
import { layout, moveAtomically } from './folder.ts';
import { writeImported, type ImportedModel } from './imported.ts';
import type { LocalModels } from './catalogue.ts';
import { holdPullLock } from './pull-lock.ts';
import { sha256File, writeStamps } from './verify.ts';

export interface ImportModelOptions {
  /**
   * A folder with the weights, tokenizer.json and config.json, or the weights file beside them. For `ctc`: a folder with
   * model.onnx and vocab.json, or the graph beside it.
   */
  readonly from: string;
  readonly format: ImportedModel['format'];
  /** Becomes the model's id; must not be one of the catalogue's. */
  readonly id: string;
  /** BCP 47 tag of the language it was tuned for. */
  readonly language: string;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

const WEIGHTS = {
  ctranslate2: ['model.bin'],
  safetensors: ['model.safetensors', 'model.safetensors.index.json'],
  ctc: ['model.onnx'],
} as const;

/** Files beside the weights that come along when they are there, by role; a graph of more than 2 GiB has its data apart. */
const COMPANIONS = {
  ctranslate2: { tokenizer: 'tokenizer.json', config: 'config.json' },
  safetensors: { tokenizer: 'tokenizer.json', config: 'config.json' },
  ctc: { vocabulary: 'vocab.json', config: 'config.json', data: 'model.onnx_data', externalData: 'model.onnx.data' },
} as const;

/** Throws INZWA_MODEL_MISSING when the weights, tokenizer.json or vocab.json are not there; the importer's errors; the signal's reason. */
export async function importModel(models: LocalModels, options: ImportModelOptions): Promise<ImportedModel> {
  const { id, format, signal, onProgress } = options;
  refuseId(id, models);
  const { weights, folder } = await findWeights(options);
  await refuseMissing(
    id,
    join(folder, format === 'ctc' ? 'vocab.json' : 'tokenizer.json'),
    'the recogniser cannot write words without it; take it from the same model',
  );
  await using _lock = await holdPullLock(models.folder, { clock: systemClock, signal, onWait: () => undefined });
  const outDir = join(layout.parts(models.folder), `${id}--import`);
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  try {
    const paths: Record<string, string> =
      format === 'ctc'
        ? { model: await copied(weights, join(outDir, 'model.onnx')) }
        : { ...(await buildWhisper({ format, weights, outDir, signal, onProgress })) };
    for (const [role, name] of Object.entries(COMPANIONS[format])) {
      const from = join(folder, name);
      if ((await stat(from).catch(() => undefined)) === undefined) continue;
      paths[role] = await copied(from, join(outDir, name));
    }
    const files: Record<string, ImportedModel['files'][string]> = {};
    for (const [role, path] of Object.entries(paths)) {
      const { size } = await stat(path);
      files[role] = { name: basename(path), bytes: size, sha256: await sha256File(path, { signal }) };
    }
    for (const path of Object.values(paths)) {
      await moveAtomically(path, layout.file(models.folder, id, basename(path)));
    }
    const model: ImportedModel = {
      version: 1,
      id,
      task: 'asr',
      language: options.language,
      sampleRateHz: 16_000,
      format,
      from: weights,
      importedAt: new Date(systemClock.wallMs()).toISOString(),
      files,
      facts: format === 'ctc' ? { architecture: 'ctc' } : { languageToken: `<|${options.language}|>` },
    };
    await writeImported(models.folder, model);
    await writeStamps(
      models.folder,
      id,
      Object.entries(files).map(([role, file]) => ({ role, path: layout.file(models.folder, id, file.name), ...file })),
    );
    return model;
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

async function copied(from: string, to: string): Promise<string> {
  await copyFile(from, to);
  return to;
}

function refuseId(id: string, models: LocalModels): void {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(id)) {
    throw new InzwaError(
      'INZWA_CONFIG_INVALID',
      `"${id}" cannot be a model's id: use lower-case letters, digits, dots and dashes.`,
    );
  }
  if (models.has(id)) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `the catalogue has a model "${id}" already: choose another --id.`);
  }
}

async function findWeights({ from, format, id }: ImportModelOptions): Promise<{ weights: string; folder: string }> {
  const found = await stat(from).catch(() => undefined);
  if (found?.isFile()) return { weights: from, folder: join(from, '..') };
  if (found?.isDirectory()) {
    for (const name of WEIGHTS[format]) {
      const weights = join(from, name);
      if ((await stat(weights).catch(() => undefined))?.isFile()) return { weights, folder: from };
    }
  }
  throw new InzwaError(
    'INZWA_MODEL_MISSING',
    `${id} cannot be imported: ${from} ${found === undefined ? 'does not exist' : `has no ${WEIGHTS[format].join(' or ')}`}.`,
    { details: { id, from, format } },
  );
}

async function refuseMissing(id: string, path: string, why: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) return;
  throw new InzwaError('INZWA_MODEL_MISSING', `${id} cannot be imported: ${path} is missing; ${why}.`, {
    details: { id, path },
  });
}
