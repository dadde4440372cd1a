import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { erasePerson } from '#src/records/erasure.ts';
import { openRecords } from '#src/records/open-records.ts';
import { scrub } from '#src/records/scrub.ts';
import { databases, sharedPostgres, type TestDatabase } from '../../support/databases.ts';

it('is finished on PostgreSQL however long it takes, and leaves the time-out of other statements as it was', async () => {
  const server = await sharedPostgres();
  const url = new URL(await server.createDatabase(`slow_${randomUUID().replaceAll('-', '')}`));
  await using quick = await openRecords({ url: url.href });
  await sql`insert into phones (hash, e164) select 'h' || n, repeat('x', 1000) from generate_series(1, 800) n`.execute(
    quick.db,
  );
  await sql`update phones set e164 = null`.execute(quick.db);
  // A vacuum that sleeps after every page, and statements that may take 300 ms.
  const options = '-c statement_timeout=300 -c vacuum_cost_delay=20 -c vacuum_cost_limit=1';
  url.searchParams.set('options', options);
  await using slow = await openRecords({ url: url.href.replaceAll('+', '%20') });
  await expect(sql`select pg_sleep(1)`.execute(slow.db)).rejects.toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE' });
  await scrub(slow);
  const { rows } = await sql<{ dead: number }>`
    select pg_stat_get_dead_tuples('phones'::regclass) as dead, pg_stat_clear_snapshot()`.execute(quick.db);
  expect(rows[0]?.dead).toBe(0);
  await expect(sql`select pg_sleep(1)`.execute(slow.db)).rejects.toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE' });
}, 60_000);

it('says when the log of SQLite still holds what was forgotten, because somebody reads', async () => {
  const [sqlite] = databases as [TestDatabase];
  await using opened = await sqlite.open();
  const file = 'file' in opened.place ? opened.place.file : '';
  const erase = () =>
    erasePerson({ records: opened.records, phoneHash: 'x', actor: 'me', at: 0, recordingsFolder: dirname(file) });
  const reader = new DatabaseSync(file);
  reader.exec('begin');
  reader.prepare('select count(*) from phones').get();
  await expect(erase()).rejects.toMatchObject({
    code: 'INZWA_RECORDS_UNAVAILABLE',
    retryable: true,
    message: expect.stringContaining('erase once more') as string,
  });
  reader.close();
  await erase();
}, 30_000);
