/** Copies of an SQLite file, taken while it is written to. They are erased and grow old like the records themselves. */
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { openRecords, type OpenRecords } from './open-records.ts';
import type { Records } from './records.ts';
import { markAsBackup } from './restored.ts';

const NAME = /^records-\d{8}T\d{6}Z\.sqlite$/;
/** Left behind when the process that made a backup was killed. */
const PART = /^records-\d{8}T\d{6}Z\.sqlite\.part/;
const PART_MS = 3_600_000;

/** Where a backup of this moment (epoch ms) belongs. */
export function backupFile(folder: string, at: number): string {
  const stamp = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return join(folder, `records-${stamp}.sqlite`);
}

/**
 * A consistent copy that is on the disk when this resolves, and says of itself when it was made (`at`, epoch ms): whoever
 * opens it as records calls nobody at first. A file of that name must not be there. Rejects with
 * INZWA_RECORDS_UNAVAILABLE, or INZWA_CONFIG_INVALID for PostgreSQL, whose own pg_dump does it.
 */
export async function backupTo({ sqlite }: OpenRecords, path: string, at: number): Promise<void> {
  if (sqlite === undefined) {
    throw new InzwaError('INZWA_CONFIG_INVALID', 'the records are in PostgreSQL: back them up with pg_dump.');
  }
  // Under another name until it is whole, so that half a backup is never taken for one.
  const part = `${path}.part`;
  try {
    if (await exists(path)) throw new Error('a file of that name is there already');
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Nobody else may read it, not even while it is being written: SQLite takes a file as it finds it.
    await rm(part, { force: true });
    await (await open(part, 'wx', 0o600)).close();
    await sqlite.thread.backup(part);
    {
      await using copy = await openRecords({ file: part }, { evenIfMoved: true });
      await markAsBackup(copy, at);
    }
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

/**
 * Puts a copy of a backup where the records were; it is theirs when this resolves, and calls nobody at first, whoever made the
 * backup and by what means. Rejects with INZWA_RECORDS_UNAVAILABLE, and
 * nothing has changed, when records are there still (a log of theirs would be read into the copy) or the backup is damaged.
 */
export async function restoreBackup(backup: string, place: string): Promise<void> {
  const part = `${place}.part`;
  try {
    for (const suffix of ['', '-wal', '-shm']) {
      if (await exists(`${place}${suffix}`)) {
        throw new Error(`${place}${suffix} is there: stop the service, and move it away with its -wal and -shm`);
      }
    }
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    await rm(part, { force: true });
    await (await open(part, 'wx', 0o600)).close();
    await copyFile(backup, part);
    // Left beside a backup whose erasure was cut off; it is a part of it.
    if (await exists(`${backup}-wal`)) await copyFile(`${backup}-wal`, `${part}-wal`);
    await checkAndMark(part, (await stat(backup)).mtimeMs);
    // The mark would stay behind in it.
    if (await exists(`${part}-wal`)) throw new Error('its log could not be emptied into it');
    const handle = await open(part);
    await handle.sync().finally(() => handle.close());
    await rename(part, place);
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${part}${suffix}`, { force: true });
    throw new InzwaError('INZWA_RECORDS_UNAVAILABLE', `${backup} could not be restored (${messageOf(error)}).`, {
      cause: error,
    });
  }
}

async function checkAndMark(file: string, madeAt: number): Promise<void> {
  await using records = await openRecords({ file }, { evenIfMoved: true });
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check(1)`.execute(records.db);
  const found = rows[0]?.integrity_check ?? 'nothing could be read';
  if (found !== 'ok') throw new Error(`it is damaged: ${found}`);
  // An older version made it, or `cp`: nothing else would tell that it is a backup.
  await markAsBackup(records, madeAt);
}

/** Of backups that `backupFile` named; others are their maker's affair. */
export async function backupsIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name)).map((name) => join(folder, name));
}

/**
 * Deletes what is older, and does the same to what is left as was done to the records. One that cannot be opened keeps none
 * of the others from it; then this rejects with INZWA_RECORDS_UNAVAILABLE.
 */
export async function eachBackup(
  folder: string,
  { before, change }: { readonly before: number; readonly change: (records: Records) => Promise<void> },
): Promise<void> {
  // What it is a copy of may have been read before it was changed.
  const failed = (await partsIn(folder)).map((path) => `${path} (it is being made; if it is not, delete it)`);
  for (const path of await backupsIn(folder)) {
    try {
      await lookAfter(path, before, change);
    } catch (error) {
      failed.push(`${path} (${messageOf(error)})`);
    }
  }
  if (failed.length === 0) return;
  throw new InzwaError(
    'INZWA_RECORDS_UNAVAILABLE',
    `backups that could not be reached still hold what was to be forgotten: ${failed.join(', ')}. Mend or delete them, and do it again.`,
    { retryable: true },
  );
}

async function lookAfter(path: string, before: number, change: (records: Records) => Promise<void>): Promise<void> {
  const { mtime, mtimeMs } = await stat(path);
  if (mtimeMs <= before) {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
    return;
  }
  {
    await using records = await openRecords({ file: path }, { evenIfMoved: true });
    await change(records);
  }
  await keepAge(path, mtime);
}

/** Deletes what was left behind; those that are being made this moment. */
async function partsIn(folder: string): Promise<readonly string[]> {
  const now = systemClock.wallMs();
  const young: string[] = [];
  for (const name of (await readdir(folder).catch(() => [])).filter((each) => PART.test(each))) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
    if (now - mtimeMs > PART_MS) await rm(path, { force: true });
    else young.push(path);
  }
  return young;
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
