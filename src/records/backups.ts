/** Copies of an SQLite file, taken while it is written to. They are erased and grow old like the records themselves. */
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { openRecords, type OpenRecords } from './open-records.ts';
import type { Records } from './records.ts';

const NAME = /^records-\d{8}T\d{6}Z\.sqlite$/;

/** Where a backup of this moment (epoch ms) belongs. */
export function backupFile(folder: string, at: number): string {
  const stamp = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return join(folder, `records-${stamp}.sqlite`);
}

/**
 * A consistent copy that is on the disk when this resolves; a file of that name must not be there. Rejects with
 * INZWA_RECORDS_UNAVAILABLE, or INZWA_CONFIG_INVALID for PostgreSQL, whose own pg_dump does it.
 */
export async function backupTo({ sqlite }: OpenRecords, path: string): Promise<void> {
  if (sqlite === undefined) {
    throw new InzwaError('INZWA_CONFIG_INVALID', 'the records are in PostgreSQL: back them up with pg_dump.');
  }
  // Under another name until it is whole, so that half a backup is never taken for one.
  const part = `${path}.part`;
  try {
    if (await exists(path)) throw new Error('a file of that name is there already');
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await sqlite.thread.backup(part);
    await chmod(part, 0o600);
    const handle = await open(part);
    await handle.sync().finally(() => handle.close());
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof InzwaError) throw error;
    throw new InzwaError('INZWA_RECORDS_UNAVAILABLE', `no backup could be written to ${path} (${messageOf(error)}).`, {
      cause: error,
    });
  }
}

/** Of backups that `backupFile` named; others are their maker's affair. */
export async function backupsIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name)).map((name) => join(folder, name));
}

/** Deletes what is older, and does the same to what is left as was done to the records. */
export async function eachBackup(
  folder: string,
  { before, change }: { readonly before: number; readonly change: (records: Records) => Promise<void> },
): Promise<void> {
  for (const path of await backupsIn(folder)) {
    if ((await stat(path)).mtimeMs <= before) {
      for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
      continue;
    }
    const { mtime } = await stat(path);
    await using records = await openRecords({ file: path }, { evenIfMoved: true });
    await change(records);
    await keepAge(path, mtime);
  }
}

/** What is done to a backup must not make it young again. */
async function keepAge(path: string, mtime: Date): Promise<void> {
  const handle = await open(path, 'r+');
  await handle.utimes(mtime, mtime).finally(() => handle.close());
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
