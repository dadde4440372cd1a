import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brokenAuditLine } from '#src/records/audit.ts';
import { eachBackup } from '#src/records/backups.ts';
import { erasePerson, exportPerson } from '#src/records/erasure.ts';
import { applyRetention, RETENTION } from '#src/records/retention.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';
import { backUp, isBlocked, personOf, tracesOf, writeCampaignOf } from '../../support/one-person.ts';

const DAY_MS = 86_400_000;
const THEN = Date.UTC(2026, 10, 23, 6);
const TARIRO = personOf('+263772431987', 'Tariro Mukanyaruri');
const FARAI = personOf('+263773865214', 'Farai Chikwasha');

describe.each(databases)('acceptance 13: what is forgotten, on $name', ({ name, open }) => {
  let opened: EmptyRecords;
  let dataDir: string;

  beforeEach(async () => {
    opened = await open();
    dataDir = 'file' in opened.place ? dirname(opened.place.file) : await mkdtemp(join(tmpdir(), 'inzwa-data-'));
    await writeCampaignOf(opened.records, [TARIRO, FARAI], { campaignId: 'k', at: THEN, dataDir });
    if (name === 'sqlite') await backUp(opened.records, dataDir, THEN);
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Which of these a grep finds: in every file of the data folder, and in every row of a server. */
  async function found(texts: readonly string[]): Promise<readonly string[]> {
    const hay: string[] = name === 'postgres' ? [await allRows(opened)] : [];
    for (const entry of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) hay.push(await readFile(join(entry.parentPath, entry.name), 'latin1'));
    }
    return texts.filter((text) => hay.some((file) => file.includes(text)));
  }
  const recordingFiles = async (): Promise<number> =>
    (await readdir(join(dataDir, 'recordings'), { recursive: true })).filter((file) => file.endsWith('.inzwa')).length;

  const retain = async (now: number): Promise<void> => {
    await applyRetention({
      ...{ records: opened.records, now, periods: RETENTION },
      recordingsFolder: join(dataDir, 'recordings'),
    });
    await eachBackup(join(dataDir, 'backups'), {
      before: 0,
      change: async (records) => {
        await applyRetention({ records, now, periods: RETENTION, recordingsFolder: undefined });
      },
    });
  };

  it('finds all of it before, or the rest of this test would prove nothing', async () => {
    expect(await found(tracesOf(TARIRO))).toEqual(tracesOf(TARIRO));
    expect(await recordingFiles()).toBe(2);
  });

  it('keeps what is younger than its time', async () => {
    await retain(THEN + 29 * DAY_MS);
    expect(await found(tracesOf(TARIRO))).toEqual(tracesOf(TARIRO));
    expect(await recordingFiles()).toBe(2);
  });

  it('deletes sound after 30 days', async () => {
    await retain(THEN + 31 * DAY_MS);
    expect(await recordingFiles()).toBe(0);
    const { db } = opened.records;
    const keys = await db.selectFrom('recordings').select('wrapped_key').execute();
    expect(keys).toEqual([{ wrapped_key: null }, { wrapped_key: null }]);
    expect(await found(tracesOf(FARAI))).toEqual(tracesOf(FARAI));
  });

  it('has no number, name or word after 91 days, in database, log, backups or files, and still calls nobody who said no', async () => {
    await retain(THEN + 91 * DAY_MS);
    expect(await found([...tracesOf(TARIRO), ...tracesOf(FARAI)])).toEqual([]);
    expect(await isBlocked(opened.records, TARIRO)).toBe(true);
    const { db } = opened.records;
    expect(await db.selectFrom('campaign_contacts').select('disposition').execute()).toHaveLength(2);
    expect(await db.selectFrom('answers').select('value_json').execute()).toEqual([
      { value_json: '"kwete"' },
      { value_json: '"kwete"' },
    ]);
  });

  it('has no call, attempt or answer after 401 days, and still calls nobody who said no', async () => {
    await retain(THEN + 401 * DAY_MS);
    const { db } = opened.records;
    for (const table of ['calls', 'turns', 'recordings', 'attempts', 'attempt_events', 'answers', 'outbox'] as const) {
      expect(
        await db
          .selectFrom(table)
          .select(sql<number>`1`.as('row'))
          .execute(),
        table,
      ).toEqual([]);
    }
    expect(await isBlocked(opened.records, TARIRO)).toBe(true);
  });

  it('erases one person at once, and nobody else, also from the backups', async () => {
    const request = { phoneHash: TARIRO.hash, actor: 'me', at: THEN + 1 };
    const report = await erasePerson({
      ...{ ...request, records: opened.records },
      recordingsFolder: join(dataDir, 'recordings'),
    });
    expect(report).toEqual({ calls: 1, recordings: 1, contacts: 1, answers: 1 });
    await eachBackup(join(dataDir, 'backups'), {
      before: 0,
      change: async (records) => {
        await erasePerson({ ...request, records, recordingsFolder: undefined });
      },
    });
    expect(await found(tracesOf(TARIRO))).toEqual([]);
    expect(await found(tracesOf(FARAI))).toEqual(tracesOf(FARAI));
    expect(await recordingFiles()).toBe(1);
    expect(await isBlocked(opened.records, TARIRO)).toBe(true);
    const { db } = opened.records;
    const line = await db.selectFrom('audit').selectAll().orderBy('seq', 'desc').executeTakeFirstOrThrow();
    expect(line).toMatchObject({ actor: 'me', action: 'privacy.erase', object: TARIRO.hash });
    expect(await brokenAuditLine(opened.records)).toBeUndefined();
  });

  it('exports all that there is of one person, and nothing of another', async () => {
    const request = { records: opened.records, phoneHash: TARIRO.hash, actor: 'me', at: THEN + 1 };
    const rows = await exportPerson(request);
    const text = JSON.stringify(rows);
    expect(tracesOf(TARIRO).filter((trace) => !text.includes(trace))).toEqual([]);
    expect(tracesOf(FARAI).filter((trace) => text.includes(trace))).toEqual([]);
    for (const table of ['calls', 'turns', 'recordings', 'answers', 'attempts', 'opt_outs', 'contacts']) {
      expect(rows?.[table], table).toHaveLength(1);
    }
    expect(await exportPerson({ ...request, phoneHash: 'nobody' })).toBeUndefined();
  });
});

async function allRows({ records }: EmptyRecords): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public'`.execute(records.db);
  const dumps = await Promise.all(rows.map(({ name }) => sql`select * from ${sql.table(name)}`.execute(records.db)));
  return JSON.stringify(dumps.map((dump) => dump.rows)).replaceAll('\\"', '"');
}
