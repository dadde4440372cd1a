/** A Whisper of this machine in the format of whisper.cpp: written from its weights when it is first asked for, then kept. */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { VerifiedModel } from '#pipeline/ports.ts';
import type { LocalModels } from './catalogue.ts';
import { layout, writeAtomically } from './folder.ts';
import { openCTranslate2 } from './import/ctranslate2.ts';
import { writeGgml } from './import/ggml-writer.ts';
import { openSafetensors } from './import/safetensors.ts';
import { tokenBytes } from './import/whisper-assets.ts';
import { whisperWeights } from './import/whisper-weights.ts';
import { readImported } from './imported.ts';
import { holdPullLock } from './pull-lock.ts';

/** Raise it when the same weights give another file. */
const WRITER_VERSION = 1;
const NAME = 'ggml-f16.bin';

const recordSchema = z.object({ writer: z.number(), weights: z.string(), bytes: z.number() });

interface Weights {
  readonly path: string;
  readonly format: 'ctranslate2' | 'safetensors';
}

export interface GgmlOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** As ImportWhisperOptions.headWidth. */
  readonly headWidth?: number;
}

/**
 * Absolute path of the file: 148 MB for Whisper base, 2 s of work when it is not there yet. Throws INZWA_MODEL_MISSING when
 * the weights are not on this machine any more, and the importer's errors.
 */
export async function ggmlFile(models: LocalModels, model: VerifiedModel, options: GgmlOptions): Promise<string> {
  const weights = await weightsOf(models, model);
  const path = layout.file(models.folder, model.id, NAME);
  const { size, mtimeMs } = await stat(weights.path);
  const identity = `${weights.path} ${size} ${mtimeMs}`;
  if (await isCurrent(path, identity)) return path;
  const clock = systemClock;
  await using _lock = await holdPullLock(models.folder, { clock, signal: options.signal, onWait: () => undefined });
  // Another process may have written it while we waited.
  if (await isCurrent(path, identity)) return path;
  const tokenizer = model.files['tokenizer'] ?? '';
  const file =
    weights.format === 'ctranslate2' ? await openCTranslate2(weights.path) : await openSafetensors([weights.path]);
  const { headWidth, ...writing } = options;
  await writeGgml(path, whisperWeights(file, weights.format, headWidth === undefined ? {} : { headWidth }), {
    tokens: tokenBytes(await readFile(tokenizer, 'utf8'), tokenizer),
    ...writing,
  });
  const record = { writer: WRITER_VERSION, weights: identity, bytes: (await stat(path)).size };
  await writeAtomically(`${path}.json`, `${JSON.stringify(record)}\n`);
  return path;
}

async function isCurrent(path: string, identity: string): Promise<boolean> {
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(`${path}.json`, 'utf8')));
    const { size } = await stat(path);
    return record.writer === WRITER_VERSION && record.weights === identity && record.bytes === size;
  } catch {
    return false;
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** The catalogue's weights lie in the model's folder; those of somebody's own model where they were imported from. */
async function weightsOf(models: LocalModels, model: VerifiedModel): Promise<Weights> {
  const kept = model.files['weights'];
  const format = models.has(model.id) ? models.entry(model.id).import?.format : undefined;
  if (kept !== undefined && format !== undefined && (await isFile(kept))) return { path: kept, format };
  const imported = await readImported(models.folder, model.id);
  if (imported !== undefined && imported.format !== 'ctc' && (await isFile(imported.from))) {
    return { path: imported.from, format: imported.format };
  }
  throw new InzwaError(
    'INZWA_MODEL_MISSING',
    `whisper.cpp needs the weights of model ${model.id}, and ${imported === undefined ? 'it has none in a format that can be read here' : `${imported.from} is not there any more`}: choose another INZWA_RECOGNIZER or another model`,
    { details: { id: model.id } },
  );
}
