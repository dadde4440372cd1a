/** Models that somebody imported on this machine: <models folder>/<id>/imported.json beside the graphs. */
import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';
import { layout, writeAtomically } from './folder.ts';

const schema = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  task: z.literal('asr'),
  language: z.string(),
  sampleRateHz: z.number().int().positive(),
  format: z.enum(['ctranslate2', 'safetensors', 'ctc']),
  from: z.string(),
  importedAt: z.string(),
  files: z.record(z.string(), z.strictObject({ name: z.string(), bytes: z.number(), sha256: z.string() })),
  facts: z.record(z.string(), z.unknown()),
});

export type ImportedModel = z.infer<typeof schema>;

/** Undefined when no such model was imported; throws INZWA_MODEL_CATALOGUE when its record is damaged. */
export async function readImported(folder: string, id: string): Promise<ImportedModel | undefined> {
  const path = layout.imported(folder, id);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new InzwaError('INZWA_MODEL_CATALOGUE', `${path} is damaged; import the model again.`, { cause });
  }
}

export async function writeImported(folder: string, model: ImportedModel): Promise<void> {
  await writeAtomically(layout.imported(folder, model.id), `${JSON.stringify(model, null, 2)}\n`);
}

/** Ids of everything that was imported here, in order. */
export async function listImported(folder: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    if ((await readFile(layout.imported(folder, entry.name)).catch(() => undefined)) !== undefined)
      ids.push(entry.name);
  }
  return ids.sort();
}
