/** Where models live on this machine, and the few file operations that must not leave anything half-written. */
import { mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { asDiskError } from './sources/source.ts';

/** INZWA_MODELS_DIR, else `inzwa/models` in the user's cache folder as the platform has it. */
export function modelsFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = env['INZWA_MODELS_DIR'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && xdg !== '') return resolve(xdg, 'inzwa', 'models');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'inzwa', 'models');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'inzwa', 'models');
  return join(homedir(), '.cache', 'inzwa', 'models');
}

/** Paths inside a models folder; a model's id and file names are checked by the catalogue's schema. */
export const layout = {
  model: (folder: string, id: string): string => join(folder, id),
  file: (folder: string, id: string, name: string): string => join(folder, id, name),
  stamp: (folder: string, id: string): string => join(folder, id, '.verified.json'),
  imported: (folder: string, id: string): string => join(folder, id, 'imported.json'),
  /** Everything unfinished; named so that nobody takes it for a model. */
  parts: (folder: string): string => join(folder, '.parts'),
  part: (folder: string, id: string, name: string): string => join(folder, '.parts', `${id}--${name}.part`),
  lockFile: (folder: string): string => join(folder, 'models.lock.json'),
  pullLock: (folder: string): string => join(folder, '.pull.lock'),
};

/** Replaces the file in one step: readers see the old text or the new, never a part. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await moveAtomically(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw asDiskError(error, path);
  }
}

/** Renames within one file system and makes the rename durable; `from` must be synced already. */
export async function moveAtomically(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  if (process.platform === 'win32') return; // a folder cannot be opened for fsync there
  const folder = await open(dirname(to), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Bytes that an ordinary user may still write where `folder` is or will be. */
export async function freeBytes(folder: string): Promise<number> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (dirname(at) === at) return Number.POSITIVE_INFINITY;
  }
}
