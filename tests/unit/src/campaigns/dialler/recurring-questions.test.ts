import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Books } from '#src/campaigns/dialler/books.ts';
import { claim } from '#src/campaigns/dialler/claim.ts';
import type { Lease } from '#src/campaigns/dialler/lease.ts';
import { Reconciler } from '#src/campaigns/dialler/reconcile.ts';
import { ServingRoom } from '#src/campaigns/dialler/serving-room.ts';
import { callsToEnd, settleSilent, takePulse, tendCampaigns } from '#src/campaigns/dialler/tending.ts';
import { BENCH_TRUNK, leaseFor, requestFor } from '#src/cli/bench/campaign/claims.ts';
import { writeCampaign } from '#src/cli/bench/campaign/write-campaign.ts';
import { openRecords } from '#src/records/open-records.ts';
import type { Records } from '#src/records/records.ts';
import type { RecordsSchema } from '#src/records/schema.ts';
import { sqliteDialect } from '#src/records/sqlite/sqlite-dialect.ts';
import { SqliteThread } from '#src/records/sqlite/sqlite-thread.ts';
import type { Carrier } from '#telephony/carrier.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

interface Question {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

const AT = Date.UTC(2026, 10, 23, 8);
const { name: TRUNK } = BENCH_TRUNK;

/** What a running trunk asks again and again, in a campaign of which some people are being called. */
interface Place {
  readonly records: Records;
  readonly lease: Lease;
  readonly reconciler: Reconciler;
}

const RECURRING: readonly (readonly [string, (place: Place) => Promise<unknown>])[] = [
  ['claim', ({ records, lease }) => claim(records, requestFor(lease, AT + 2_000, 5, 0))],
  ['takePulse', ({ records }) => takePulse(records, TRUNK)],
  ['callsToEnd', ({ records }) => callsToEnd(records, TRUNK, AT)],
  ['tendCampaigns', ({ records }) => tendCampaigns(records, { kind: 'sqlite' }, TRUNK, AT)],
  ['settleSilent', ({ records }) => settleSilent(records, { kind: 'sqlite' }, TRUNK, AT)],
  ['lookAfterDue', ({ reconciler }) => reconciler.lookAfterDue({ signal: new AbortController().signal })],
  ['lookAtAllSoon', ({ reconciler }) => reconciler.lookAtAllSoon()],
  // By the end of the service too, of every trunk.
  ['ServingRoom', ({ records }) => new ServingRoom({ records, room: () => 1 }, () => [TRUNK, 'other']).claim(nothing)],
];

const nothing = (): Promise<void> => Promise.resolve();

/** They are as quick late in a campaign as early: SQLite has no statistics here, as in a young installation. */
describe('what a trunk asks again and again', () => {
  let folder: string;
  let thread: SqliteThread;
  let db: Kysely<RecordsSchema>;
  let place: Place;
  const asked: Question[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inzwa-recurring-'));
    const file = join(folder, 'records.sqlite');
    await (await openRecords({ file }))[Symbol.asyncDispose]();
    thread = new SqliteThread(file);
    db = new Kysely<RecordsSchema>({
      dialect: sqliteDialect(thread),
      log: ({ query }) => void asked.push({ sql: query.sql, parameters: query.parameters }),
    });
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
    expect((await claim(records, requestFor(lease, AT + 1_000, 5, 0))).claimed).toHaveLength(5);
    const clock = new VirtualClock({ wallMs: AT });
    const carrier = { name: TRUNK } as Carrier;
    const shared = { records, clock, logger: pino({ level: 'silent' }) };
    const books = new Books({ ...shared, carriers: [] });
    const limits = { absentMs: 1_000, unknownMs: 1_000 };
    const reconciler = new Reconciler({ ...shared, carrier, books, room: { kind: 'sqlite' }, ...limits });
    place = { records, lease, reconciler };
  });
  afterAll(async () => {
    await db.destroy();
    await thread[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(RECURRING)('%s reads by an index what is open or due, never every call there was', async (_, ask) => {
    asked.length = 0;
    await ask(place);
    const steps = await plansOf(db, asked.slice());
    expect(steps.join('\n')).toContain('attempts');
    expect(steps.filter((step) => READS_ALL.test(step))).toEqual([]);
  });
});

/** A walk through a table, or through every call that a trunk, a campaign or a state ever had; campaigns are few. */
const READS_ALL =
  /^SCAN (?!due|appointed|others|campaigns$|CONSTANT|\d)|attempts_(trunk|campaign|state|sid|ended) \((trunk|campaign_id|state)=\?\)$/;

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
