/** Reads Hugging Face safetensors, one file or the shards that an index file names. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';
import { ELEMENT_BYTES, readRange, truncated, weightsFileBytes } from './tensor-file.ts';
import type { TensorElement, TensorEntry, TensorFile } from './tensor-file.ts';

const ELEMENTS: Readonly<Record<string, TensorElement>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

const Header = z.record(
  z.string(),
  z.union([
    z.object({
      dtype: z.string(),
      shape: z.array(z.number().int().nonnegative()),
      data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
    }),
    z.record(z.string(), z.string()),
  ]),
);
const ShardIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The header of a real model is some hundred kilobytes; a larger number means that this is another kind of file. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Opens all shards as one; a path that ends in `.index.json` stands for the shards beside it. Throws INZWA_IMPORT_FORMAT,
 * INZWA_IMPORT_TRUNCATED or INZWA_IMPORT_UNREADABLE.
 */
export async function openSafetensors(files: readonly string[]): Promise<TensorFile> {
  const entries = new Map<string, TensorEntry>();
  for (const path of await shardsOf(files)) {
    for (const entry of await readShard(path)) entries.set(entry.name, entry);
  }
  return { label: files.join(', '), entries };
}

async function shardsOf(files: readonly string[]): Promise<readonly string[]> {
  const shards = new Set<string>();
  for (const path of files) {
    if (!path.endsWith('.index.json')) {
      shards.add(path);
      continue;
    }
    await weightsFileBytes(path);
    const index = ShardIndex.safeParse(parseJson(await readFile(path, 'utf8')));
    if (!index.success) throw damaged(path, 'its index does not map tensors to files');
    for (const shard of Object.values(index.data.weight_map)) shards.add(join(dirname(path), shard));
  }
  return [...shards];
}

async function readShard(path: string): Promise<readonly TensorEntry[]> {
  const size = await weightsFileBytes(path);
  if (size < 8) throw truncated(path, 8, size);
  const headerBytes = Number((await readRange(path, 0, 8)).readBigUInt64LE());
  if (headerBytes > MAX_HEADER_BYTES) throw damaged(path, `it announces a header of ${headerBytes} bytes`);
  const header = Header.safeParse(parseJson((await readRange(path, 8, headerBytes)).toString('utf8')));
  if (!header.success) throw damaged(path, 'its header cannot be parsed');
  const entries: TensorEntry[] = [];
  for (const [name, described] of Object.entries(header.data)) {
    if (typeof described.dtype !== 'string' || !Array.isArray(described.data_offsets)) continue;
    const { shape: dims, data_offsets: place } = described as { shape: number[]; data_offsets: [number, number] };
    const element = ELEMENTS[described.dtype];
    // Integer tensors exist in some exports (step counters); none of ours is one.
    if (element === undefined) continue;
    const lengthBytes = place[1] - place[0];
    if (dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[element]) !== lengthBytes) {
      throw damaged(path, `tensor "${name}" of shape [${dims.join(', ')}] has ${lengthBytes} bytes`);
    }
    const offsetBytes = 8 + headerBytes + place[0];
    if (offsetBytes + lengthBytes > size) throw truncated(path, offsetBytes + lengthBytes, size);
    entries.push({ name, dims, element, path, offsetBytes, lengthBytes });
  }
  return entries;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function damaged(path: string, why: string): InzwaError {
  return new InzwaError('INZWA_IMPORT_FORMAT', `${path} is no usable safetensors file: ${why}; pull it again`);
}
