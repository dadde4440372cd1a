import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { appendAudit, brokenAuditLine } from '#src/records/audit.ts';
import { measureDurability } from '#src/records/durability.ts';
import { newId } from '#src/records/ids.ts';
import { openRecords } from '#src/records/open-records.ts';
import type { Records } from '#src/records/records.ts';
import { databases, sharedPostgres, startPostgres } from '../../support/databases.ts';

const phone = (hash: string) => ({ hash, e164: null, masked: null, erased_at: null });
const insertPhone = (records: Records, hash: string) =>
  records.transaction((tx) => tx.insertInto('phones').values(phone(hash)).execute());
const phones = async ({ db }: Records) =>
  (await db.selectFrom('phones').select('hash').execute()).map(({ hash }) => hash);

describe.each(databases)('records in $name', ({ open }) => {
  it('take nothing of a transaction that fails', async () => {
    await using opened = await open();
    const { records } = opened;
    const failing = records.transaction(async (tx) => {
      await tx.insertInto('phones').values(phone('a')).execute();
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await phones(records)).toEqual([]);
  });

  it('give whole numbers back as numbers, sums and counts too', async () => {
    await using opened = await open();
    const { db } = opened.records;
    const at = 1_795_651_200_123;
    await db
      .insertInto('leases')
      .values({ name: 'a', holder: 'x', fence: 2 ** 52, expires_at: at })
      .execute();
    const row = await db
      .selectFrom('leases')
      .select((is) => [
        'fence',
        'expires_at',
        is.fn.countAll<number>().as('count'),
        is.fn.sum<number>('fence').as('sum'),
      ])
      .groupBy(['fence', 'expires_at'])
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ fence: 2 ** 52, expires_at: at, count: 1, sum: 2 ** 52 });
  });

  it('say that a row is there already, and let nothing hang in the air', async () => {
    await using opened = await open();
    const { records } = opened;
    await insertPhone(records, 'a');
    await expect(insertPhone(records, 'a')).rejects.toMatchObject({ code: 'INZWA_RECORDS_CONFLICT', retryable: false });
    const orphan = { id: 'c', phone_hash: 'nobody', tz: null, language: null, created_at: 0, erased_at: null };
    await expect(records.db.insertInto('contacts').values(orphan).execute()).rejects.toMatchObject({
      code: 'INZWA_RECORDS_FAILED',
    });
    await insertPhone(records, 'b');
    expect((await phones(records)).sort()).toEqual(['a', 'b']);
  });

  it('let one of many at once have the open attempt of a phone', async () => {
    await using opened = await open();
    const { records } = opened;
    await insertPhone(records, 'a');
    await insertCampaign(records);
    const tries = Array.from({ length: 8 }, (_, index) =>
      records.transaction((tx) => tx.insertInto('attempts').values(attempt(index)).execute()),
    );
    const settled = await Promise.allSettled(tries);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of settled) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'INZWA_RECORDS_CONFLICT' });
    }
  });

  it('keep an audit in which a change shows', async () => {
    await using opened = await open();
    const { records } = opened;
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        records.transaction((tx) => appendAudit(tx, { at: n, actor: 'me', action: 'try', object: `${n}` })),
      ),
    );
    expect(await brokenAuditLine(records)).toBeUndefined();
    await records.db.updateTable('audit').set({ actor: 'you' }).where('object', '=', '7').execute();
    const changed = await records.db
      .selectFrom('audit')
      .select('seq')
      .where('object', '=', '7')
      .executeTakeFirstOrThrow();
    expect(await brokenAuditLine(records)).toBe(changed.seq);
    await records.db.updateTable('audit').set({ actor: 'me' }).where('object', '=', '7').execute();
    const last = records.db.selectFrom('audit').select((is) => is.fn.max('seq').as('seq'));
    await records.db.deleteFrom('audit').where('seq', '=', last).execute();
    expect(await brokenAuditLine(records)).toBe('end');
  });

  it('are opened by several processes at once, and again, without harm', async () => {
    await using opened = await open();
    const again = await Promise.all([1, 2, 3].map(() => openRecords(opened.place)));
    await insertPhone(opened.records, 'a');
    for (const records of again) {
      expect(await phones(records)).toEqual(['a']);
      await records[Symbol.asyncDispose]();
    }
    const { commitMs, warnings } = await measureDurability(opened.records, systemClock);
    expect(commitMs).toBeGreaterThan(0);
    expect(warnings.filter((warning) => warning.includes('off'))).toEqual([]);
  });
});

describe('records that are made by three processes at once', () => {
  it.each(['sqlite', 'postgres'])('are made once, in %s', async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-records-'));
    const server = kind === 'postgres' ? await sharedPostgres() : undefined;
    const place = server ? { url: await server.createDatabase('raced') } : { file: join(folder, 'deep', 'r.sqlite') };
    const all = await Promise.all([1, 2, 3].map(() => openRecords(place)));
    expect(await phones(all[0]!)).toEqual([]);
    for (const records of all) await records[Symbol.asyncDispose]();
    await server?.dropDatabase('raced');
    await rm(folder, { recursive: true, force: true });
  });
});

describe('records that cannot be reached', () => {
  it('say so while another process holds the SQLite file, and go on afterwards', async () => {
    await using opened = await databases[0]!.open();
    const { records, place } = opened;
    const other = new DatabaseSync('file' in place ? place.file : '');
    other.exec('begin immediate');
    await expect(insertPhone(records, 'a')).rejects.toMatchObject({
      code: 'INZWA_RECORDS_UNAVAILABLE',
      retryable: true,
    });
    other.exec('rollback');
    other.close();
    await insertPhone(records, 'b');
    expect(await phones(records)).toEqual(['b']);
  });

  it('say so when the disk is full, lose nothing, and go on when there is room', async () => {
    await using opened = await databases[0]!.open();
    const { records } = opened;
    await insertPhone(records, 'a');
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(records.db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]!.page_count)}`.execute(records.db);
    const fill = async (): Promise<void> => {
      for (let n = 0; n < 500; n++) await insertPhone(records, `${n} ${'x'.repeat(500)}`);
    };
    await expect(fill()).rejects.toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE', retryable: true });
    expect(await phones(records)).toContain('a');
    await sql`pragma max_page_count = 1000000`.execute(records.db);
    await insertPhone(records, 'b');
    expect(await phones(records)).toContain('b');
  });

  it('say so when a file is no database or its folder cannot be made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-records-'));
    const file = join(folder, 'letter');
    await writeFile(file, 'Dear Sir or Madam, '.repeat(1_000));
    const refused = { code: 'INZWA_RECORDS_UNAVAILABLE' };
    await expect(openRecords({ file })).rejects.toMatchObject(refused);
    await expect(openRecords({ file: join(file, 'records.sqlite') })).rejects.toMatchObject(refused);
    await rm(folder, { recursive: true, force: true });
  });

  it('say so while the PostgreSQL server is down, without its password, and go on when it is back', async () => {
    await using server = await startPostgres();
    await using records = await openRecords({ url: await server.createDatabase('shaky') });
    await insertPhone(records, 'a');
    await server.kill();
    for (let n = 0; n < 3; n++) {
      const error = await insertPhone(records, 'b').catch((refused: unknown) => refused);
      expect(error).toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE', retryable: true });
      expect(JSON.stringify([error, String(error)])).not.toContain(new URL(server.url()).password);
    }
    await server.restart({ signal: AbortSignal.timeout(30_000) });
    await insertPhone(records, 'c');
    expect((await phones(records)).sort()).toEqual(['a', 'c']);
  });
});

async function insertCampaign(records: Records): Promise<void> {
  const { db } = records;
  await db
    .insertInto('campaigns')
    .values({
      ...{ id: 'k', name: 'k', state: 'running', state_reason: null, state_at: 0, script: 's', script_text: '' },
      ...{ settings_json: '{}', trunk: 't', budget_micros: null, spent_micros: 0, reserved_micros: 0 },
      ...{ created_at: 0, created_by: 'me', version: 1 },
    })
    .execute();
  await db
    .insertInto('contacts')
    .values({ id: 'p', phone_hash: 'a', tz: null, language: null, created_at: 0, erased_at: null })
    .execute();
  await db
    .insertInto('campaign_contacts')
    .values({
      ...{ id: 'kp', campaign_id: 'k', contact_id: 'p', phone_hash: 'a', ordinal: 1, vars_json: '{}' },
      ...{ consent_basis: null, consent_at: null, consent_ref: null, state: 'pending', tries: 0, reached: 0 },
      ...{ next_at: 0, priority: 0, last_outcome: null, disposition: null, resume_json: null },
    })
    .execute();
}

const attempt = (no: number) => ({
  ...{ id: newId(no), campaign_contact_id: 'kp', campaign_id: 'k', phone_hash: 'a', trunk: 't', caller_id: null, no },
  ...{ state: 'intent' as const, carrier_sid: null, intent_at: 0, placed_at: null, ringing_at: null },
  ...{ answered_at: null, ended_at: null, outcome: null, hangup_cause: null, sip_status: null, answered_by: null },
  ...{ cost_micros: null, reserve_micros: 0, fence: 1, error: null, check_at: null },
});

it('PostgreSQL keeps its commits durable whatever options the address carries, and the other options hold', async () => {
  await using opened = await databases[1]!.open();
  const { place } = opened;
  if (!('url' in place)) throw new Error('not on a server');
  const url = new URL(place.url);
  url.searchParams.set('options', '-c synchronous_commit=off -c work_mem=9MB');
  await using records = await openRecords({ url: url.href });
  const shown = async (name: string): Promise<unknown> =>
    (await sql<Record<string, unknown>>`show ${sql.raw(name)}`.execute(records.db)).rows[0]?.[name];
  expect(await shown('synchronous_commit')).toBe('on');
  expect(await shown('statement_timeout')).toBe('1min');
  expect(await shown('work_mem')).toBe('9MB');
});
