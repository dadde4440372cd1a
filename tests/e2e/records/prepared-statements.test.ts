import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { Books } from '#src/campaigns/dialler/books.ts';
import { createLogger } from '#src/observability/logger.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import { databases } from '../../support/databases.ts';
import { personOf, writeCampaignOf } from '../../support/one-person.ts';

const AT = Date.UTC(2026, 10, 23, 6);
const postgres = databases.filter(({ name }) => name === 'postgres');

it.each(postgres)(
  'a question that $name is asked often is planned once, and anew when its table has changed',
  async (database) => {
    await using empty = await database.open();
    const { records } = empty;
    const trunks = (): Promise<unknown[]> => records.db.selectFrom('trunks').selectAll().where('cps', '>', 1).execute();
    const ask = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) expect(await trunks()).toEqual([]);
    };
    await ask(3);
    expect(await prepared(records)).toBe(0);
    await ask(10);
    expect(await prepared(records)).toBe(1);
    await sql`alter table trunks add column colour text`.execute(records.db);
    await expect(trunks()).rejects.toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE', retryable: true });
    await ask(10);
    expect(await prepared(records)).toBe(2);
  },
);

it.each(postgres)('one that $name has forgotten is to be asked again, and is prepared anew', async (database) => {
  await using empty = await database.open();
  const { records } = empty;
  const trunks = (): Promise<unknown[]> => records.db.selectFrom('trunks').selectAll().execute();
  for (let n = 0; n < 8; n++) await trunks();
  await sql`deallocate all`.execute(records.db);
  await expect(trunks()).rejects.toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE', retryable: true });
  for (let n = 0; n < 8; n++) expect(await trunks()).toEqual([]);
  expect(await prepared(records)).toBe(1);
});

it.each(postgres)('what $name never does is said so, and not tried again', async (database) => {
  await using empty = await database.open();
  const never = sql`select count(*) from phones for update`;
  await expect(never.execute(empty.records.db)).rejects.toMatchObject({ code: 'INZWA_RECORDS_FAILED' });
});

it.each(postgres)('an answer is kept on $name though somebody has just added a column', async (database) => {
  await using empty = await database.open();
  const { records } = empty;
  const person = personOf('+263772431987', 'Tariro Mukanyaruri');
  const dataDir = await mkdtemp(join(tmpdir(), 'inzwa-prepared-'));
  try {
    await writeCampaignOf(records, [person], { campaignId: 'k', at: AT, dataDir });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  const books = new Books({ records, clock: systemClock, logger: createLogger('silent'), carriers: [] });
  const attempt = `a-k-${person.hash.slice(0, 8)}`;
  const answer = (question: string): Promise<void> =>
    books.answer(attempt, {
      question,
      value: 1,
      rawText: 'a',
      confidence: 1,
      method: 'keys',
      isConfirmed: true,
      at: AT,
    });
  // On several connections, each with statements of its own.
  for (let round = 0; round < 8; round++) {
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((n) => answer(`${round}-${n}`)));
  }
  for (const table of ['attempts', 'answers', 'campaign_contacts', 'phones', 'contacts', 'campaigns']) {
    await sql`alter table ${sql.table(table)} add column colour text`.execute(records.db);
  }
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((n) => answer(`after-${n}`)));
  const kept = await records.db.selectFrom('answers').select('question').where('question', 'like', 'after-%').execute();
  expect(kept).toHaveLength(8);
});

it.each(postgres)('long ones, which write many rows, are not kept on $name', async (database) => {
  await using empty = await database.open();
  const { records } = empty;
  for (let n = 0; n < 8; n++) {
    const phones = Array.from({ length: 300 }, (_, each) => ({ hash: `${n}-${each}`, e164: null, masked: null }));
    await records.db.insertInto('phones').values(phones).execute();
  }
  expect(await prepared(records)).toBe(0);
});

/** By a connection that is used again each time, since nobody else uses one. */
async function prepared({ db }: OpenRecords): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from pg_prepared_statements`.execute(db);
  return rows[0]?.n ?? 0;
}
