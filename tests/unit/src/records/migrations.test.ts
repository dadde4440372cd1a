import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { expect, it } from 'vitest';
import { createRecords } from '#src/records/migrations/0001-records.ts';
import { openRecords } from '#src/records/open-records.ts';
import type { RecordsSchema } from '#src/records/schema.ts';
import { sqliteDialect } from '#src/records/sqlite/sqlite-dialect.ts';
import { SqliteThread } from '#src/records/sqlite/sqlite-thread.ts';

it('brings records of the first version to the form of new ones, with what is in them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inzwa-migrations-'));
  try {
    const old = join(folder, 'old.sqlite');
    await makeFirstVersion(old);
    await using moved = await openRecords({ file: old });
    await using fresh = await openRecords({ file: join(folder, 'new.sqlite') });
    expect(await formOf(moved.db)).toEqual(await formOf(fresh.db));
    expect(await moved.db.selectFrom('phones').select('hash').execute()).toEqual([{ hash: 'a' }]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function makeFirstVersion(file: string): Promise<void> {
  await using thread = new SqliteThread(file);
  const db = new Kysely<RecordsSchema>({ dialect: sqliteDialect(thread) });
  const first = { '0001-records': { up: (each: Kysely<unknown>) => createRecords(each, 'sqlite') } };
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(first) },
  }).migrateToLatest();
  expect(error).toBeUndefined();
  await db.insertInto('phones').values({ hash: 'a', e164: null, masked: null, erased_at: null }).execute();
  await db.destroy();
}

/** Every table and index in the words that made it. */
async function formOf(db: Kysely<RecordsSchema>): Promise<unknown> {
  return (await sql`select name, sql from sqlite_master order by name`.execute(db)).rows;
}
