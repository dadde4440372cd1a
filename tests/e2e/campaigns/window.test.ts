import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { start } from '#src/campaigns/dialler/control.ts';
import { CampaignRig } from '../../support/campaign-rig.ts';
import { databases } from '../../support/databases.ts';

const at = (text: string): number => Date.parse(text);

describe.each(databases)('acceptance 3: the calling window, on $name', (database) => {
  let rig: CampaignRig;
  beforeEach(async () => {
    rig = await CampaignRig.open(database, { wallMs: at('2026-11-23T19:58:40+02:00'), cps: 1, maxCalls: 100 });
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  const orderedBetween = (from: string, to: string): number =>
    rig.carrier.calls.filter(({ orderedAt }) => orderedAt >= at(from) && orderedAt < at(to)).length;

  it('orders nothing within the guard of eight in the evening, at midnight, on a Sunday or on a holiday', async () => {
    await rig.running(60, { guardSeconds: 60, maxCalls: 100 });
    rig.dialler();
    await rig.clock.advance(95_000);
    const evening = rig.carrier.calls.length;
    expect(evening).toBeGreaterThan(10);
    expect(orderedBetween('2026-11-23T19:59:00.001+02:00', '2026-11-24T00:00:00+02:00')).toBe(0);

    for (const closed of [
      '2026-11-23T23:59:55+02:00',
      '2026-11-29T12:00:00+02:00',
      '2026-12-22T12:00:00+02:00',
      '2026-12-23T07:59:52+02:00',
    ]) {
      rig.clock.setWall(at(closed));
      await rig.clock.advance(6_000);
      expect(rig.carrier.calls.length, closed).toBe(evening);
    }
    await rig.clock.advance(6_000);
    expect(rig.carrier.calls.length).toBeGreaterThan(evening);
    expect(orderedBetween('2026-11-23T20:00:00+02:00', '2026-12-23T08:00:00+02:00')).toBe(0);
  });

  it('does not open the evening again when the clock jumps back an hour', async () => {
    await rig.running(40, { maxCalls: 100 });
    rig.dialler();
    await rig.clock.advance(25_000);
    const evening = rig.carrier.calls.length;
    expect(evening).toBeGreaterThan(10);
    rig.clock.setWall(rig.clock.wallMs() - 3_600_000);
    await rig.clock.advance(12_000);
    expect(rig.carrier.calls.length).toBe(evening);
  });

  it('goes by the zone of a contact, with its summer time', async () => {
    rig.clock.setWall(at('2027-03-26T09:30:00+02:00'));
    const id = await rig.campaign({
      window: { days: { fri: ['09:00-20:00'], mon: ['09:00-20:00'] }, holidays: 'none' },
    });
    const [harare, london] = [await rig.people(id, 1), await rig.people(id, 1, { tz: 'Europe/London' })];
    await start(rig.room, { campaignId: id, actor: 'test' });
    rig.dialler();
    await rig.clock.advance(20_000);
    expect(rig.carrier.calls.map(({ to }) => to)).toEqual(harare);
    // Winter time on Friday: nine in London is eleven in Harare. On Monday it is ten.
    rig.clock.setWall(at('2027-03-29T09:59:50+02:00'));
    await rig.clock.advance(8_000);
    expect(rig.carrier.callsTo(london[0] ?? '')).toHaveLength(0);
    await rig.clock.advance(40_000);
    expect(rig.carrier.callsTo(london[0] ?? '')).toHaveLength(1);
    expect(rig.carrier.callsTo(london[0] ?? '')[0]?.orderedAt).toBeGreaterThanOrEqual(at('2027-03-29T10:00:00+02:00'));
  });

  it('takes back a call that the carrier still has in its own queue', async () => {
    rig.carrier.behave = () => ({ queueMs: 3_600_000 });
    await rig.running(1, { guardSeconds: 60, ringSeconds: 30 });
    rig.dialler();
    await rig.clock.advance(55_000);
    expect(rig.carrier.calls).toMatchObject([{ state: 'ended', outcome: 'cancelled' }]);
    expect(rig.carrier.calls[0]?.endedAt).toBeLessThan(at('2026-11-23T20:00:00+02:00'));
  });

  it('gives everybody it did not come to a last word when the campaign ends', async () => {
    const endsAt = '2026-11-23T19:59:45+02:00';
    const { id } = await rig.running(6, { maxCalls: 1, endsAt, guardSeconds: 50 });
    rig.dialler();
    await rig.until(id, 'completed', 90_000);
    expect((await rig.progress(id)).byDisposition).toEqual({ completed: 1, expired: 5 });
  });

  it('refuses to start with a window that cannot be read, and stops a campaign whose window became so', async () => {
    const broken = await rig.campaign({ window: { days: { mon: ['20:00-08:00'] } } });
    await rig.people(broken, 1);
    await expect(start(rig.room, { campaignId: broken, actor: 'test' })).rejects.toMatchObject({
      code: 'INZWA_CAMPAIGN_STATE',
      details: { faults: expect.arrayContaining([expect.stringContaining('window.days.mon')]) as string[] },
    });
    const { id } = await rig.running(3);
    const edited = { settings_json: '{"window":{"days":{"mon":["always"]}}}' };
    await rig.records.db.updateTable('campaigns').set(edited).where('id', '=', id).execute();
    rig.dialler();
    await rig.until(id, 'paused', 10_000);
    expect(rig.carrier.calls).toEqual([]);
    expect((await rig.progress(id)).stateReason).toBe('settings');
  });
});
