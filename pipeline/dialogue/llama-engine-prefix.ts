/** Getting the fixed prefix of the prompt into the slots: evaluated once, copied by file, kept between starts. */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LlamaSlot } from './llama-engine-runtime.ts';

/** Where evaluated prefixes are kept and of which model they are. */
export interface PrefixCache {
  /** Undefined: a temporary folder, removed at once. */
  readonly dir: string | undefined;
  readonly modelPath: string;
}

/** Length of the common beginning of two token lists. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a[i] === b[i]) i += 1;
  return i;
}

/** Leaves exactly `prefix` evaluated in each of the slots, which the caller holds. */
export async function fillPrefix(
  slots: readonly LlamaSlot[],
  prefix: readonly number[],
  cache: PrefixCache,
): Promise<void> {
  const [first, ...others] = slots;
  if (!first) return;
  if (cache.dir === undefined && others.length === 0) {
    await evaluate(first, prefix);
    return;
  }
  const dir = cache.dir ?? (await mkdtemp(join(tmpdir(), 'inzwa-prefix-')));
  try {
    await mkdir(dir, { recursive: true });
    const file = join(dir, await fileName(prefix, cache.modelPath));
    if (!(await takeOver(first, file, prefix))) {
      await evaluate(first, prefix);
      const part = `${file}.${randomUUID()}.part`;
      await first.save(part);
      await rename(part, file);
    }
    for (const slot of others) {
      if (!(await takeOver(slot, file, prefix))) await evaluate(slot, prefix);
    }
  } finally {
    if (cache.dir === undefined) await rm(dir, { recursive: true, force: true });
  }
}

async function evaluate(slot: LlamaSlot, prefix: readonly number[]): Promise<void> {
  await slot.keep(commonPrefix(slot.tokens(), prefix));
  const missing = prefix.slice(slot.tokens().length);
  if (missing.length > 0) await slot.prefill(missing);
}

/** False when there is no such file or it does not hold the prefix; the slot is empty or usable then. */
async function takeOver(slot: LlamaSlot, file: string, prefix: readonly number[]): Promise<boolean> {
  try {
    await access(file);
    await slot.load(file);
    await slot.keep(commonPrefix(slot.tokens(), prefix));
    return slot.tokens().length === prefix.length;
  } catch {
    // A damaged or foreign file only costs the evaluation that it should have saved.
    await slot.keep(0);
    return false;
  }
}

/** A state fits only the very weights, the very tokens and the build of llama.cpp that made it. */
async function fileName(prefix: readonly number[], modelPath: string): Promise<string> {
  const weights = await stat(modelPath).catch(() => undefined);
  const key = JSON.stringify([modelPath, weights?.size, weights?.mtimeMs, RUNTIME_VERSION, prefix]);
  return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.prefix`;
}

/** Raise it with the version of node-llama-cpp in package.json. */
const RUNTIME_VERSION = '3.22.1';
