import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pause, resume } from '#src/campaigns/dialler/control.ts';
import { EXPORT_KINDS, exportCampaign } from '#src/campaigns/export/export.ts';
import { appendAudit, brokenAuditLine } from '#src/records/audit.ts';
import { copyRecords } from '#src/records/copy.ts';
import { openRecords } from '#src/records/open-records.ts';
import type { Records } from '#src/records/records.ts';
import { CampaignRig } from '../../support/campaign-rig.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';

const [sqlite, postgres] = databases;
const ORDER = { actor: 'operator' };

async function exportsOf({ db }: Pick<Records, 'db'>, campaignId: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const kind of EXPORT_KINDS) {
    for (const format of ['csv', 'jsonl'] as const) {
      let text = '';
      for await (const part of exportCampaign(db, { campaignId, kind, format })) text += part;
      files.push(text);
    }
  }
  return files;
}

/** All but those in which the database remembers its migrations. */
async function tablesOf({ db }: Pick<Records, 'db'>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like 'kysely%'
    order by name`.execute(db);
  return rows.map(({ name }) => name);
}

describe('acceptance 12: from SQLite to PostgreSQL in the middle of a campaign', () => {
  let rig: CampaignRig;
  let place: EmptyRecords['place'];
  let target: EmptyRecords;

  beforeEach(async () => {
    rig = await CampaignRig.open(
      {
        name: 'sqlite',
        open: async () => {
          const opened = await sqlite!.open();
          place = opened.place;
          return opened;
        },
      },
      { cps: 5, maxCalls: 8 },
    );
    target = await postgres!.open();
  });
  afterEach(async () => {
    await rig[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });

  const copy = async (at: number) => {
    await using from = await openRecords(place);
    return await copyRecords({ from, to: target.records, at });
  };

  it('copies a paused campaign, whose results are the same to the letter and which goes on there', async () => {
    const { id, numbers } = await rig.running(24, { maxCalls: 8 });
    const dialler = rig.dialler();
    await rig.clock.advance(3_000);
    await pause(rig.room, { ...ORDER, campaignId: id });
    await rig.until(id, 'paused', 60_000);
    await rig.halt(dialler);
    const called = rig.carrier.calls.map(({ to }) => to);
    expect(called.length).toBeGreaterThan(2);
    expect(called.length).toBeLessThan(24);
    const exported = await exportsOf(rig.records, id);

    const counts = await copy(rig.clock.wallMs());
    expect([...counts.keys()].sort()).toEqual(await tablesOf(rig.records));
    expect(counts.get('campaign_contacts')).toBe(24);
    expect(counts.get('attempts')).toBe(called.length);
    expect(await exportsOf(target.records, id)).toEqual(exported);
    expect(await brokenAuditLine(target.records)).toBeUndefined();

    const { records, place: there } = target;
    const moved: EmptyRecords = { records, place: there, [Symbol.asyncDispose]: () => Promise.resolve() };
    await using after = await CampaignRig.open(
      { name: 'postgres', open: () => Promise.resolve(moved) },
      { wallMs: rig.clock.wallMs(), cps: 5, maxCalls: 8 },
    );
    // The same carrier, which knows what it has called already.
    after.carrier.calls.push(...rig.carrier.calls);
    await resume(after.room, { ...ORDER, campaignId: id });
    after.dialler();
    await after.until(id, 'completed', 240_000);
    expect(after.carrier.calls.map(({ to }) => to).sort()).toEqual([...numbers].sort());
    expect(await brokenAuditLine(records)).toBeUndefined();
  });

  it('does not open the file again, since two databases would call the same people', async () => {
    await copy(0);
    await expect(openRecords(place)).rejects.toMatchObject({ code: 'INZWA_RECORDS_MOVED' });
  });

  it('refuses while a campaign runs, and into a database that is not empty, and changes nothing', async () => {
    const { id } = await rig.running(2);
    await expect(copy(0)).rejects.toMatchObject({ code: 'INZWA_RECORDS_COPY' });
    await pause(rig.room, { ...ORDER, campaignId: id });
    rig.dialler();
    await rig.until(id, 'paused', 60_000);
    await target.records.transaction((tx) => appendAudit(tx, { at: 0, actor: 'me', action: 'try', object: '' }));
    await expect(copy(0)).rejects.toMatchObject({ code: 'INZWA_RECORDS_COPY' });
    expect(await target.records.db.selectFrom('campaigns').selectAll().execute()).toEqual([]);
    await using still = await openRecords(place);
    expect(await still.db.selectFrom('campaigns').select('state').execute()).toEqual([{ state: 'paused' }]);
  });
});
