/** Whole archives of a package registry, kept beside the models until the model that needs them is complete. */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import type { PackageSource } from '../schema.ts';
import { asDiskError } from './source.ts';

/** The name under which an archive is kept; a scope's slash is no folder. */
export function archiveName(source: PackageSource): string {
  const name = source.package.replace(/^@/, '').replaceAll('/', '-');
  return `${name}-${source.version}.${source.kind === 'pypi' ? 'whl' : 'tgz'}`;
}

/** How often the growing file is looked at for the progress bar; twice per visible change is enough. */
const POLL_MS = 150;

export interface ArchiveRequest {
  readonly folder: string;
  /** File name under which the archive is kept, e.g. `silero-vad-6.2.3.whl`. */
  readonly name: string;
  readonly expectedBytes: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onTransfer: (doneBytes: number, totalBytes: number | undefined) => void;
  /** Leaves exactly one finished archive in `target`; may use `temporary` as its scratch folder. Both are empty. */
  readonly download: (folders: { readonly target: string; readonly temporary: string }) => Promise<void>;
}

/** The path of the archive, downloaded if it is not kept already. What an interruption leaves half-done is removed. */
export async function keptArchive(request: ArchiveRequest): Promise<string> {
  const path = join(request.folder, request.name);
  const kept = await stat(path).catch(() => undefined);
  if (kept !== undefined) {
    request.onTransfer(kept.size, kept.size);
    return path;
  }
  const scratch = `${path}.incomplete`;
  const folders = { target: join(scratch, 'done'), temporary: join(scratch, 'tmp') };
  const finished = new AbortController();
  try {
    await rm(scratch, { recursive: true, force: true });
    await mkdir(folders.target, { recursive: true });
    await mkdir(folders.temporary, { recursive: true });
    const watching = watchGrowth(scratch, request, finished.signal);
    try {
      await request.download(folders);
    } finally {
      finished.abort();
      await watching;
    }
    const [archive] = await readdir(folders.target);
    if (archive === undefined)
      throw new Error(`the package manager reported success but left no archive for ${request.name}`);
    await rename(join(folders.target, archive), path);
  } catch (error) {
    throw asDiskError(error, request.folder);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
  const { size } = await stat(path);
  request.onTransfer(size, size);
  return path;
}

async function watchGrowth(scratch: string, request: ArchiveRequest, finished: AbortSignal): Promise<void> {
  const { clock, expectedBytes, onTransfer } = request;
  while (!finished.aborted) {
    // The package manager first grows the file in its scratch folder and then copies it: the largest one counts.
    onTransfer(Math.min(await largestFileBytes(scratch), expectedBytes), expectedBytes);
    await clock.sleep(POLL_MS, { signal: finished }).catch(() => undefined);
  }
}

async function largestFileBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let largest = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    largest = Math.max(largest, found?.size ?? 0);
  }
  return largest;
}
