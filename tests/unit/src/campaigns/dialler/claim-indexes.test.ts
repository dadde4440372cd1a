import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { expect, it } from 'vitest';
import { claim } from '#src/campaigns/dialler/claim.ts';
import { BENCH_TRUNK, leaseFor, requestFor } from '#src/cli/bench/campaign/claims.ts';
import { writeCampaign } from '#src/cli/bench/campaign/write-campaign.ts';
import { openRecords } from '#src/records/open-records.ts';
import type { Records } from '#src/records/records.ts';
import type { RecordsSchema } from '#src/records/schema.ts';
import { sqliteDialect } from '#src/records/sqlite/sqlite-dialect.ts';
import { SqliteThread } from '#src/records/sqlite/sqlite-thread.ts';

interface Question {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

const AT = Date.UTC(2026, 10, 23, 8);

/** A claim is as quick late in a campaign as early: SQLite has no statistics here, as in a young installation. */
it('reads open calls and whose turn it is by an index, never the calls of the whole campaign', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inzwa-claim-'));
  const file = join(folder, 'records.sqlite');
  await (await openRecords({ file }))[Symbol.asyncDispose]();
  await using thread = new SqliteThread(file);
  const asked: Question[] = [];
  const db = new Kysely<RecordsSchema>({
    dialect: sqliteDialect(thread),
    log: ({ query }) => void asked.push({ sql: query.sql, parameters: query.parameters }),
  });
  try {
    const records: Records = {
      kind: 'sqlite',
      db,
      transaction: (work) => db.transaction().execute(work),
      [Symbol.asyncDispose]: () => db.destroy(),
    };
    await writeCampaign(records, {
      people: 20,
      settings: { window: { days: { mon: ['08:00-20:00'] } }, callers: ['+263242700001'], callerDayCap: 100 },
      trunk: BENCH_TRUNK,
      at: AT,
    });
    const lease = await leaseFor(records, AT);
    asked.length = 0;
    expect((await claim(records, requestFor(lease, AT + 1_000, 5, 0))).claimed).toHaveLength(5);
    const steps = await plansOf(db, asked.slice());
    expect(steps.length).toBeGreaterThan(8);
    expect(steps.filter((step) => READS_ALL.test(step))).toEqual([]);
  } finally {
    await db.destroy();
    await rm(folder, { recursive: true, force: true });
  }
});

/** A walk through a table, or through every call that a trunk, a campaign or a state ever had. */
const READS_ALL =
  /^SCAN (?!due|appointed|others|CONSTANT|\d)|attempts_(trunk|campaign|state) \((trunk|campaign_id|state)=\?\)$/;

async function plansOf(db: Kysely<RecordsSchema>, asked: readonly Question[]): Promise<readonly string[]> {
  const steps: string[] = [];
  for (const question of asked) {
    if (!/^\s*(select|update|insert)/i.test(question.sql)) continue;
    const plan = sql<{ detail: string }>`${sql.raw('explain query plan ')}${withParameters(question)}`;
    steps.push(...(await plan.execute(db)).rows.map(({ detail }) => detail));
  }
  return steps;
}

function withParameters({ sql: text, parameters }: Question): ReturnType<typeof sql> {
  const pieces = text.split('?');
  return sql.join(
    pieces.flatMap((piece, n) => (n === 0 ? [sql.raw(piece)] : [sql`${parameters[n - 1]}`, sql.raw(piece)])),
    sql``,
  );
}
