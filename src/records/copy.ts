/** Moves records from SQLite to PostgreSQL, in the middle of campaigns that are paused: all of it, compared, or nothing. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { InzwaError } from '#kernel/errors.ts';
import { MOVED, type OpenRecords } from './open-records.ts';
import type { RecordsQueries, RecordsTransaction } from './records.ts';
import type { RecordsSchema } from './schema.ts';

/** In an order in which every row comes after those that it names. */
const TABLES = [
  ...['phones', 'trunks', 'campaigns', 'imports', 'contacts', 'campaign_contacts', 'attempts', 'attempt_events'],
  ...['calls', 'legs', 'turns', 'answers', 'recordings', 'opt_outs', 'jobs', 'webhooks', 'outbox', 'api_keys'],
  ...['leases', 'audit', 'installation'],
] as readonly (keyof RecordsSchema)[];
const NUMBERED = ['attempt_events', 'audit'] as const;
/** PostgreSQL takes 65,535 values to a statement; the widest table has 23 columns. */
const PAGE = 1_000;

export interface CopyOptions {
  readonly from: OpenRecords;
  /** Migrated and empty. */
  readonly to: OpenRecords;
  /** Epoch ms. */
  readonly at: number;
  readonly onTable?: (table: string, rows: number) => void;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Rows of each table. Afterwards the SQLite file says that it was moved, and is not opened again: two databases would each
 * call the same people. Rejects with INZWA_RECORDS_COPY, and then nothing has changed.
 */
export async function copyRecords({ from, to, at, onTable }: CopyOptions): Promise<ReadonlyMap<string, number>> {
  if (from.kind !== 'sqlite' || to.kind !== 'postgres') throw refused('they are copied from SQLite to PostgreSQL only');
  // It holds off every other writer of the file until the copy is there.
  return from.transaction(async (source) => {
    await assertAtRest(source);
    const counts = await to.transaction(async (target) => {
      await assertEmpty(target);
      const copied = new Map<string, number>();
      for (const table of TABLES) {
        const rows = await copyTable(source, target, table);
        copied.set(table, rows);
        onTable?.(table, rows);
      }
      for (const table of NUMBERED) {
        await sql`select setval(pg_get_serial_sequence(${table}, 'seq'), (select coalesce(max(seq), 1) from ${sql.table(table)}))`.execute(
          target,
        );
      }
      return copied;
    });
    await source
      .insertInto('installation')
      .values({ name: MOVED, value: new Date(at).toISOString() })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: new Date(at).toISOString() }))
      .execute();
    return counts;
  });
}

async function assertAtRest(source: RecordsQueries): Promise<void> {
  const busy = await source
    .selectFrom('campaigns')
    .select('name')
    .where('state', 'in', ['running', 'pausing'])
    .orderBy('name')
    .execute();
  if (busy.length > 0) throw refused(`pause first: ${busy.map(({ name }) => name).join(', ')}`);
}

async function assertEmpty(target: RecordsQueries): Promise<void> {
  for (const table of TABLES) {
    if (table === 'installation') continue;
    const first = await target
      .selectFrom(table)
      .select(sql<number>`1`.as('one'))
      .limit(1)
      .executeTakeFirst();
    if (first !== undefined) throw refused(`the PostgreSQL database is not empty: ${table} has rows`);
  }
}

async function copyTable(
  source: RecordsTransaction,
  target: RecordsTransaction,
  table: keyof RecordsSchema,
): Promise<number> {
  if (table === 'installation') await target.deleteFrom('installation').execute();
  const sent = new Digest();
  for await (const rows of pagesOf(source, table, 'rowid')) {
    for (const row of rows) sent.add(row);
    await target.insertInto(table).values(rows).execute();
  }
  const arrived = new Digest();
  for await (const rows of pagesOf(target, table, 'ctid')) for (const row of rows) arrived.add(row);
  if (sent.text !== arrived.text) throw refused(`what arrived in ${table} is not what was sent`);
  return sent.rows;
}

/** By the place that each database has for every row: `rowid` is a number, `ctid` a page and a line of it. */
const PLACES = { rowid: { first: '0', type: sql`integer` }, ctid: { first: '(0,0)', type: sql`tid` } } as const;

async function* pagesOf(
  db: RecordsTransaction,
  table: keyof RecordsSchema,
  place: keyof typeof PLACES,
): AsyncGenerator<Row[]> {
  const { first, type } = PLACES[place];
  const at = sql.raw(place);
  let last: string = first;
  for (;;) {
    const { rows } = await sql<Row & { readonly place_: string }>`
      select cast(${at} as text) as place_, * from ${sql.table(table)}
      where ${at} > cast(cast(${last} as text) as ${type}) order by ${at} limit ${PAGE}`.execute(db);
    if (rows.length === 0) return;
    last = rows.at(-1)?.place_ ?? last;
    yield rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'place_')));
  }
}

/** The same for the same rows in any order: databases sort texts differently. */
class Digest {
  rows = 0;
  readonly #sum = Buffer.alloc(32);

  add(row: Row): void {
    this.rows += 1;
    const fields = Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1));
    const hash = createHash('sha256').update(JSON.stringify(fields)).digest();
    for (let index = 0; index < this.#sum.length; index++) {
      this.#sum[index] = (this.#sum[index] ?? 0) ^ (hash[index] ?? 0);
    }
  }

  get text(): string {
    return `${this.rows} ${this.#sum.toString('hex')}`;
  }
}

function refused(why: string): InzwaError {
  return new InzwaError('INZWA_RECORDS_COPY', `the records were not copied: ${why}.`);
}
