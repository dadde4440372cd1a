import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecords } from '#src/records/open-records.ts';
import { sharedPostgres } from '../../support/databases.ts';
import { diskAfterCut, syncsIn, traceDisk, type TracedProcess } from '../../support/power-cut.ts';

const COMMITS = 120;
const CUTS = 20;
const WORKER = join(import.meta.dirname, '..', '..', 'support', 'commit-worker.ts');

/** Numerical Recipes' linear congruential generator: the same cuts each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

describe('acceptance 2: a power cut, on sqlite', () => {
  let folder: string;
  let file: string;
  let before: Map<string, Buffer>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inzwa-cut-'));
    file = join(folder, 'records.sqlite');
    await (await openRecords({ file }))[Symbol.asyncDispose]();
    before = new Map([[file, await readFile(file)]]);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const trace = (synchronous: 'full' | 'off') =>
    traceDisk([WORKER, file, join(folder, 'notes'), String(COMMITS), synchronous], {
      folder,
      signal: AbortSignal.timeout(100_000),
    });

  /** Rows that were acknowledged before the power went and are not there after it came back. */
  async function lostIn(traced: TracedProcess, cut: number, chance: () => number): Promise<number> {
    const after = join(folder, `cut-${cut}`);
    const { noted } = await diskAfterCut(traced, { cut, before, notes: join(folder, 'notes'), chance, folder: after });
    await using records = await openRecords({ file: join(after, 'records.sqlite') });
    const rows = await records.db.selectFrom('leases').select('fence').execute();
    const there = new Set(rows.map(({ fence }) => fence));
    const { rows: verdicts } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(records.db);
    expect(verdicts).toEqual([{ integrity_check: 'ok' }]);
    const acknowledged = noted.split('\n').filter(Boolean).map(Number);
    return acknowledged.filter((number) => !there.has(number)).length;
  }

  it('loses no acknowledged intent in 20 cuts, and syncs at least once for each', async ({ skip }) => {
    const traced = await trace('full');
    if ('whyNot' in traced) return skip(`no process may be traced here: ${traced.whyNot}`);
    expect(syncsIn(traced, folder)).toBeGreaterThanOrEqual(COMMITS);
    const chance = seeded(7);
    for (let round = 0; round < CUTS; round++) {
      const cut = Math.floor(((round + chance()) / CUTS) * traced.calls.length);
      expect(await lostIn(traced, cut, chance), `cut before call ${cut}`).toBe(0);
    }
    expect(await lostIn(traced, traced.calls.length, () => 1), 'cut at the end').toBe(0);
  });

  it('would lose them with synchronous = off', async ({ skip }) => {
    const traced = await trace('off');
    if ('whyNot' in traced) return skip(`no process may be traced here: ${traced.whyNot}`);
    expect(syncsIn(traced, folder)).toBeLessThan(COMMITS);
    expect(await lostIn(traced, traced.calls.length, () => 1)).toBeGreaterThan(COMMITS / 2);
  });
});

describe('acceptance 2: a power cut, on postgres', () => {
  /** Commits on a server whose default is to acknowledge before it syncs; how often it then synced its log. */
  async function syncsOf(commit: (url: string) => Promise<void>): Promise<number> {
    const server = await sharedPostgres();
    const url = await server.createDatabase('careless');
    const admin = new pg.Client({ connectionString: server.url() });
    await admin.connect();
    try {
      await admin.query('alter database careless set synchronous_commit = off');
      await (await openRecords({ url }))[Symbol.asyncDispose]();
      await admin.query(`select pg_stat_reset_shared('wal')`);
      await commit(url);
      // A backend reports when it ends.
      for (;;) {
        const { rows } = await admin.query<{ alive: string }>(
          `select count(*) as alive from pg_stat_activity where datname = 'careless'`,
        );
        if (rows[0]?.alive === '0') break;
      }
      const { rows } = await admin.query<{ wal_sync: string }>('select wal_sync from pg_stat_wal');
      return Number(rows[0]?.wal_sync);
    } finally {
      await admin.end();
      await server.dropDatabase('careless');
    }
  }

  it('syncs the log for each commit, whatever the server’s own default is', async () => {
    const syncs = await syncsOf(async (url) => {
      await using records = await openRecords({ url });
      for (let number = 0; number < COMMITS; number++) {
        await records.transaction((tx) =>
          tx
            .insertInto('leases')
            .values({ name: `intent-${number}`, holder: 'x', fence: 0, expires_at: 0 })
            .execute(),
        );
      }
    });
    expect(syncs).toBeGreaterThanOrEqual(COMMITS);
  });

  it('would not, were that default left alone', async () => {
    const syncs = await syncsOf(async (url) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      for (let number = 0; number < COMMITS; number++) {
        await client.query('insert into leases values ($1, $2, 0, 0)', [`intent-${number}`, 'x']);
      }
      await client.end();
    });
    expect(syncs).toBeLessThan(COMMITS / 2);
  });
});
