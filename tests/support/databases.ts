/** Both databases that records can be kept in, for a `describe.each`: the same tests must hold over either. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { ensurePostgres } from '#src/cli/postgres/install.ts';
import { PrivatePostgres } from '#src/cli/postgres/private-postgres.ts';
import { openRecords, type OpenRecords, type RecordsPlace } from '#src/records/open-records.ts';

export interface EmptyRecords extends AsyncDisposable {
  readonly records: OpenRecords;
  /** For another process, or to open it once more. */
  readonly place: RecordsPlace;
}

export interface TestDatabase {
  readonly name: 'sqlite' | 'postgres';
  /** Empty and migrated; disposing of it closes and deletes it. The first PostgreSQL one starts the server (about 2 s). */
  readonly open: () => Promise<EmptyRecords>;
}

const sqlite: TestDatabase = {
  name: 'sqlite',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-records-'));
    const place = { file: join(folder, 'records.sqlite') };
    const records = await openRecords(place);
    return {
      records,
      place,
      async [Symbol.asyncDispose]() {
        await records[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

const postgres: TestDatabase = {
  name: 'postgres',
  async open() {
    const server = await sharedPostgres();
    const name = `test_${randomBytes(8).toString('hex')}`;
    const place = { url: await server.createDatabase(name) };
    const records = await openRecords(place);
    return {
      records,
      place,
      async [Symbol.asyncDispose]() {
        await records[Symbol.asyncDispose]();
        await server.dropDatabase(name);
      },
    };
  },
};

export const databases: readonly TestDatabase[] = [sqlite, postgres];

let shared: Promise<PrivatePostgres> | undefined;

/** One server for all tests of a file; it ends with the process. */
export function sharedPostgres(): Promise<PrivatePostgres> {
  shared ??= startPostgres();
  return shared;
}

/** A server of the test's own, which may be killed. */
export async function startPostgres(): Promise<PrivatePostgres> {
  const signal = AbortSignal.timeout(240_000);
  const install = await ensurePostgres({ clock: systemClock, signal });
  return PrivatePostgres.start({ install, clock: systemClock, signal });
}
