import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { OpenRecords } from '#src/records/open-records.ts';
import { databases } from '../../support/databases.ts';

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
    await expect(trunks()).rejects.toMatchObject({ code: 'INZWA_RECORDS_FAILED' });
    await ask(10);
    expect(await prepared(records)).toBe(2);
  },
);

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
