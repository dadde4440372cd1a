/** models.lock.json: hashes that only this machine knows, of files nobody had downloaded before and of graphs built here. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';
import { layout, writeAtomically } from './folder.ts';

const pin = z.strictObject({
  name: z.string(),
  bytes: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Where it came from: a source and its revision, or the SHA-256 of the weights and the importer's version. */
  from: z.string(),
  pinnedAt: z.string(),
});
const pinsSchema = z.strictObject({
  version: z.literal(1),
  models: z.record(z.string(), z.strictObject({ files: z.record(z.string(), pin), built: z.record(z.string(), pin) })),
});

export type Pin = z.infer<typeof pin>;
/** `files` by role were downloaded, `built` by role were made from them. */
export interface ModelPins {
  readonly files: Readonly<Record<string, Pin>>;
  readonly built: Readonly<Record<string, Pin>>;
}

const NONE: ModelPins = { files: {}, built: {} };

/** The pins of one model; empty when there are none. A damaged lock file is an error: trusting anew must be somebody's decision. */
export async function readPins(folder: string, id: string): Promise<ModelPins> {
  return (await readAll(folder)).models[id] ?? NONE;
}

/** Replaces the pins of one model. The caller holds the pull lock. */
export async function writePins(folder: string, id: string, pins: ModelPins): Promise<void> {
  const all = await readAll(folder);
  const models = { ...all.models, [id]: pins };
  await writeAtomically(layout.lockFile(folder), `${JSON.stringify({ version: 1, models }, null, 2)}\n`);
}

async function readAll(folder: string): Promise<{ readonly models: Readonly<Record<string, ModelPins>> }> {
  const path = layout.lockFile(folder);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { models: {} };
    throw error;
  }
  try {
    return pinsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new InzwaError(
      'INZWA_MODEL_CATALOGUE',
      `${path} is damaged. It pins the hashes of models that the catalogue cannot verify; restore it, or delete it to trust ` +
        'what is downloaded next.',
      { cause, details: { path } },
    );
  }
}
