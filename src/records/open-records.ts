/** Opens the database of records, whichever of the two it is, and brings it to the schema of this program. */
import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Dialect, Kysely } from 'kysely';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { migrate } from './migrate.ts';
import { openPostgres } from './postgres/postgres-dialect.ts';
import type { Records, RecordsTransaction } from './records.ts';
import { type HeldBack, holdWhatWasRestored } from './restored.ts';
import type { RecordsSchema } from './schema.ts';
import { sqliteDialect } from './sqlite/sqlite-dialect.ts';
import { SqliteThread } from './sqlite/sqlite-thread.ts';

export type RecordsPlace =
  /** postgres://user:password@host:port/database */
  | { readonly url: string }
  /** Made when it is not there, readable by its owner alone; `:memory:` for a test. */
  | { readonly file: string };

/** In `installation` of a file whose records are in PostgreSQL by now. */
export const MOVED = 'moved-to-postgres';

/** Records whose schema is up to date, and whose campaigns are held when they are a backup. Rejects with INZWA_RECORDS_UNAVAILABLE, _MOVED or _FAILED. */
export async function openRecords(
  place: RecordsPlace,
  {
    evenIfMoved = false,
  }: { /** As for a backup: to look after it, not to call anybody. */ readonly evenIfMoved?: boolean } = {},
): Promise<OpenRecords> {
  const records = 'url' in place ? connectPostgres(place.url) : await openFile(place.file);
  try {
    await migrate(records.db, records.kind);
    if (!evenIfMoved) {
      if (records.kind === 'sqlite') await assertNotMoved(records);
      records.heldBack = await holdWhatWasRestored(records, systemClock.wallMs());
    }
    return records;
  } catch (error) {
    await records[Symbol.asyncDispose]();
    throw error;
  }
}

/** Disposing of it waits for what was asked before. */
export class OpenRecords implements Records {
  readonly kind: Records['kind'];
  readonly db: Kysely<RecordsSchema>;
  /** Where it is a file of ours. */
  readonly sqlite: { readonly file: string; readonly thread: SqliteThread } | undefined;
  /** When they were found to be a backup as they were opened. */
  heldBack: HeldBack | undefined;
  readonly #connection: AsyncDisposable;

  constructor(dialect: Dialect, connection: AsyncDisposable, sqlite: OpenRecords['sqlite']) {
    this.kind = sqlite === undefined ? 'postgres' : 'sqlite';
    this.db = new Kysely<RecordsSchema>({ dialect });
    this.sqlite = sqlite;
    this.#connection = connection;
  }

  transaction<T>(work: (tx: RecordsTransaction) => Promise<T>): Promise<T> {
    return this.db.transaction().execute(work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.destroy();
    await this.#connection[Symbol.asyncDispose]();
  }
}

async function assertNotMoved({ db }: Records): Promise<void> {
  const moved = await db.selectFrom('installation').select('value').where('name', '=', MOVED).executeTakeFirst();
  if (moved === undefined) return;
  throw new InzwaError(
    'INZWA_RECORDS_MOVED',
    `these records were copied to PostgreSQL on ${moved.value}, and two databases would call the same people: set INZWA_DATABASE_URL.`,
  );
}

function connectPostgres(url: string): OpenRecords {
  const pool = openPostgres(url);
  return new OpenRecords(pool.dialect, pool, undefined);
}

async function openFile(file: string): Promise<OpenRecords> {
  const isOnDisk = file !== ':memory:';
  if (isOnDisk) await makeFolder(file);
  const thread = new SqliteThread(file);
  const records = new OpenRecords(sqliteDialect(thread), thread, { file, thread });
  if (isOnDisk) {
    try {
      await thread.query('select 1', []);
      // Its WAL and shared memory get the mode of the file itself.
      await chmod(file, 0o600);
    } catch (error) {
      await records[Symbol.asyncDispose]();
      throw error;
    }
  }
  return records;
}

async function makeFolder(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new InzwaError(
      'INZWA_RECORDS_UNAVAILABLE',
      `the folder of the records cannot be made (${messageOf(error)}): set INZWA_DATA_DIR to a folder of yours.`,
      { cause: error },
    );
  }
}
