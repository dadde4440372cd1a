/** Backups while calls go on, and what becomes of a campaign whose records are an old backup. */
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addApiKey, listApiKeys, revokeApiKey } from '#src/api/keys.ts';
import { addWebhook, listWebhooks } from '#src/api/webhooks.ts';
import { resume } from '#src/campaigns/dialler/control.ts';
import { addToDoNotCall } from '#src/campaigns/do-not-call/list.ts';
import { brokenAuditLine } from '#src/records/audit.ts';
import { backupTo, eachBackup, restoreBackup } from '#src/records/backups.ts';
import { openRecords, type OpenRecords } from '#src/records/open-records.ts';
import { heldCampaigns, holdAll } from '#src/records/restored.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { CampaignRig, hashOf } from '../../support/campaign-rig.ts';
import { databases, type EmptyRecords, type TestDatabase } from '../../support/databases.ts';

const [sqlite, postgres] = databases as [TestDatabase, TestDatabase];
const AT = Date.UTC(2026, 10, 23, 6);

describe('a backup', () => {
  let opened: EmptyRecords;
  let folder: string;
  beforeEach(async () => {
    opened = await sqlite.open();
    folder = await mkdtemp(join(tmpdir(), 'inzwa-backups-'));
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('is whole, and nobody else’s to read at any moment, though another process never stops writing', async () => {
    const { db } = opened.records;
    await sql`insert into phones (hash, e164)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 30000)
      select 'h' || i, printf('%.1000c', 'x') from n`.execute(db);
    for (const name of ['one', 'other'])
      await db.insertInto('leases').values({ name, holder: '', fence: 1_000, expires_at: 0 }).execute();
    await using writer = await openRecords(opened.place);
    const backup = join(folder, 'copy.sqlite');
    const over = new AbortController();
    let writes = 0;
    const writing = (async () => {
      // A sum that is the same after each transaction, and in none of the moments between.
      for (; !over.signal.aborted; writes++) {
        await writer.transaction(async (tx) => {
          await tx
            .updateTable('leases')
            .set((is) => ({ fence: is('fence', '-', 1) }))
            .where('name', '=', 'one')
            .execute();
          await tx
            .updateTable('leases')
            .set((is) => ({ fence: is('fence', '+', 1) }))
            .where('name', '=', 'other')
            .execute();
        });
      }
    })();
    const modes = new Set<number>();
    const watching = (async () => {
      while (!over.signal.aborted) {
        for (const name of await readdir(folder)) {
          const found = await stat(join(folder, name)).catch(() => undefined);
          if (found !== undefined) modes.add(found.mode & 0o777);
        }
      }
    })();
    try {
      await backupTo(opened.records, backup, AT);
    } finally {
      over.abort();
      await Promise.all([writing, watching]);
    }
    expect(writes).toBeGreaterThan(10);
    expect([...modes]).toEqual([0o600]);
    expect((await stat(backup)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['copy.sqlite']);
    await using copy = await openRecords({ file: backup }, { evenIfMoved: true });
    const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(copy.db);
    expect(rows).toEqual([{ integrity_check: 'ok' }]);
    const leases = await copy.db.selectFrom('leases').select('fence').execute();
    expect(leases.reduce((sum, { fence }) => sum + fence, 0)).toBe(2_000);
  }, 60_000);

  it('that cannot be read keeps no other from being looked after, and is told of', async () => {
    const name = (hour: string): string => join(folder, `records-20261123T${hour}0000Z.sqlite`);
    await writeFile(name('01'), 'this is no database, and was none when it was made');
    await backupTo(opened.records, name('02'), AT);
    const looked: OpenRecords['kind'][] = [];
    const all = eachBackup(folder, {
      before: 0,
      change: (records) => {
        looked.push(records.kind);
        return Promise.resolve();
      },
    });
    await expect(all).rejects.toMatchObject({
      code: 'INZWA_RECORDS_UNAVAILABLE',
      message: expect.stringContaining('T010000Z') as string,
    });
    expect(looked).toEqual(['sqlite']);
  });

  it('that was cut off in its making is not kept for ever', async () => {
    const old = join(folder, 'records-20261123T010000Z.sqlite.part');
    for (const path of [old, old.replace('01', '02'), join(folder, 'mine.part')])
      await writeFile(path, '+263772431987');
    await utimes(old, 0, 0);
    const all = eachBackup(folder, { before: 0, change: () => Promise.resolve() });
    await expect(all, 'one may be being made now').rejects.toThrow(/T020000Z\.sqlite\.part \(it is being made/);
    expect((await readdir(folder)).toSorted()).toEqual(
      ['mine.part', 'records-20261123T020000Z.sqlite.part'].toSorted(),
    );
  });

  it('is not restored over records that are there, or when it is damaged', async () => {
    const backup = join(folder, 'copy.sqlite');
    await backupTo(opened.records, backup, AT);
    const place = join(folder, 'data', 'records.sqlite');
    await mkdir(dirname(place));
    await writeFile(`${place}-wal`, 'of the old one');
    await expect(restoreBackup(backup, place)).rejects.toThrow(/records\.sqlite-wal is there/);
    await rm(`${place}-wal`);
    const damaged = join(folder, 'damaged.sqlite');
    await writeFile(damaged, 'no database');
    await expect(restoreBackup(damaged, place)).rejects.toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE' });
    expect(await readdir(dirname(place))).toEqual([]);
    await restoreBackup(backup, place);
    expect((await stat(place)).mode & 0o777).toBe(0o600);
  });
});

describe('records that are an old backup', () => {
  const ORDER = { actor: 'operator' };
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inzwa-restored-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('call nobody by themselves, and nobody of whom the operator knows that they were called since', async () => {
    const backup = join(folder, 'backup.sqlite');
    const place = { file: join(folder, 'data', 'records.sqlite') };
    const opened = await sqlite.open();
    const lent = { name: 'sqlite', open: () => Promise.resolve(opened) } as const;
    await using before = await CampaignRig.open(lent, { cps: 2, maxCalls: 4 });
    const { id } = await before.running(12);
    const draft = await before.campaign();
    await before.people(draft, 1);
    before.dialler();
    await before.clock.advance(3_000);
    const calledBefore = before.carrier.calls.length;
    expect(calledBefore).toBeGreaterThan(0);
    expect(calledBefore).toBeLessThan(12);
    await backupTo(opened.records, backup, before.clock.wallMs());
    await before.until(id, 'completed', 600_000);
    expect(before.carrier.calls).toHaveLength(12);

    await restoreBackup(backup, place.file);
    const open = async (): Promise<EmptyRecords> => {
      const records = await openRecords(place);
      return { records, place, [Symbol.asyncDispose]: () => records[Symbol.asyncDispose]() };
    };
    await using after = await CampaignRig.open({ name: 'sqlite', open }, { cps: 2, wallMs: before.clock.wallMs() });
    const { db } = after.records;
    const states = () => db.selectFrom('campaigns').select(['state', 'state_reason']).execute();
    const held = { state: 'paused', state_reason: 'restored' };
    expect(await states()).toEqual([held, held]);
    expect(await heldCampaigns(after.records)).toHaveLength(2);
    expect(await brokenAuditLine(after.records)).toBeUndefined();
    after.dialler();
    await after.clock.advance(1_800_000);
    expect(after.carrier.calls).toEqual([]);
    expect(await states()).toEqual([held, held]);

    // The carrier's log since the backup, put on the campaign's list.
    const called = before.carrier.calls.slice(calledBefore).map(({ to }) => to as PhoneNumber);
    const phones = {
      hash: hashOf,
      remember: (_: unknown, numbers: readonly string[]) => Promise.resolve(numbers.map(hashOf)),
    };
    const list = { scope: id, source: 'operator', evidence: 'called before the restore', actor: 'operator' } as const;
    await addToDoNotCall({ ...after.room, phones: phones as never }, called, list);
    await resume(after.room, { ...ORDER, campaignId: id });
    await after.until(id, 'completed', 3_600_000);
    expect(after.carrier.calls.map(({ to }) => to).filter((to) => called.includes(to as PhoneNumber))).toEqual([]);
    // Opened once more, it is theirs.
    await using again = await openRecords(place);
    expect(await again.db.selectFrom('campaigns').select('state').where('id', '=', id).execute()).toEqual([
      { state: 'completed' },
    ]);
  }, 120_000);

  it.each(['older version', 'copy of the file'])(
    'are held by the restoring itself when nothing in them tells that they are one: %s',
    async (maker) => {
      const backup = join(folder, 'backup.sqlite');
      const place = { file: join(folder, 'data', 'records.sqlite') };
      const opened = await sqlite.open();
      {
        await using rig = await CampaignRig.open({ name: 'sqlite', open: () => Promise.resolve(opened) }, { cps: 2 });
        await rig.running(3);
        const key = await addApiKey({ ...rig.room, at: 1, actor: 'me' }, { name: 'panel', role: 'read' });
        await addWebhook({ ...rig.room, at: 1, actor: 'me' }, { url: 'https://example.org/', campaign: null });
        if (maker === 'older version') {
          await backupTo(opened.records, backup, AT);
          await using copy = await openRecords({ file: backup }, { evenIfMoved: true });
          await copy.db.deleteFrom('installation').where('name', '=', 'backup-made-at').execute();
        } else {
          await sql`pragma wal_checkpoint(truncate)`.execute(opened.records.db);
          await copyFile(opened.records.sqlite?.file ?? '', backup);
        }
        await utimes(backup, AT / 1_000, AT / 1_000);
        // Withdrawn since.
        await revokeApiKey({ ...rig.room, at: 2, actor: 'me' }, key.id);
      }
      await restoreBackup(backup, place.file);
      await using records = await openRecords(place);
      expect(records.heldBack).toEqual({ campaigns: 1, keys: 1, webhooks: 1 });
      expect(await heldCampaigns(records)).toHaveLength(1);
      expect((await listApiKeys(records)).map(({ revokedAt }) => revokedAt)).not.toContain(null);
      expect(await listWebhooks(records)).toEqual([]);
      const line = await records.db
        .selectFrom('audit')
        .select('detail_json')
        .where('action', '=', 'records.restored')
        .executeTakeFirstOrThrow();
      expect(JSON.parse(line.detail_json)).toEqual({
        ...{ madeAt: new Date(AT).toISOString(), campaigns: 1, keys: 1, webhooks: 1 },
      });
      await using again = await openRecords(place);
      expect(again.heldBack).toBeUndefined();
    },
    60_000,
  );

  it('are said to be so by the operator on PostgreSQL, with the same effect', async () => {
    await using rig = await CampaignRig.open(postgres, { cps: 2 });
    await rig.running(3);
    const heldBack = await holdAll(rig.records, { at: rig.clock.wallMs(), actor: 'operator' });
    expect(heldBack).toEqual({ campaigns: 1, keys: 0, webhooks: 0 });
    rig.dialler();
    await rig.clock.advance(60_000);
    expect(rig.carrier.calls).toEqual([]);
    const lines = await rig.records.db
      .selectFrom('audit')
      .select(['actor', 'action'])
      .orderBy('seq', 'desc')
      .limit(1)
      .execute();
    expect(lines).toEqual([{ actor: 'operator', action: 'records.restored' }]);
  }, 60_000);
});
