import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { pause, preflight, resume, start, stop } from '#src/campaigns/dialler/control.ts';
import type { Readiness } from '#src/campaigns/dialler/dialler-options.ts';
import type { ScriptOutline } from '#src/campaigns/scripts.ts';
import { CampaignRig } from '../../support/campaign-rig.ts';
import { databases } from '../../support/databases.ts';

describe.each(databases)('acceptance 7: pause, resume and stop, on $name', (database) => {
  let rig: CampaignRig;
  beforeEach(async () => {
    rig = await CampaignRig.open(database, { cps: 5, maxCalls: 8 });
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  it('pauses within a second, lets calls end, and goes on without calling anybody twice', async () => {
    const { id, numbers } = await rig.running(12, { maxCalls: 8 });
    rig.dialler();
    await rig.clock.advance(3_000);
    // Nobody wakes the dialler: the operator is another process.
    const order = { campaignId: id, actor: 'operator' };
    expect(await pause(rig.room, order)).toBe('pausing');
    await rig.clock.advance(1_000);
    const atPause = rig.carrier.calls.length;
    expect(atPause).toBeGreaterThan(2);
    await rig.until(id, 'paused', 60_000);
    expect(rig.carrier.calls.length).toBe(atPause);
    expect(rig.carrier.calls.every(({ outcome }) => outcome === 'answered')).toBe(true);

    expect(await resume(rig.room, order)).toBe('running');
    await rig.until(id, 'completed', 180_000);
    expect(rig.carrier.calls.map(({ to }) => to).sort()).toEqual([...numbers].sort());
    const audit = await rig.records.db.selectFrom('audit').select(['action', 'actor']).orderBy('seq').execute();
    expect(audit.map(({ action }) => action)).toEqual(['campaign.start', 'campaign.pause', 'campaign.resume']);
  });

  it('holds back what is claimed already when the pause comes', async () => {
    await rig.records.db.updateTable('trunks').set({ cps: 20 }).execute();
    const { id, numbers } = await rig.running(6, { maxCalls: 6 });
    // After the first, five calls are claimed at once and ordered one after the other.
    rig.carrier.behave = ({ to }) => {
      if (to === numbers[2]) void pause(rig.room, { campaignId: id, actor: 'operator' });
      return {};
    };
    rig.dialler();
    await rig.until(id, 'paused', 60_000);
    expect(rig.carrier.calls.map(({ to }) => to)).toEqual(numbers.slice(0, 3));
    expect((await rig.progress(id)).attempts.void).toBe(3);
    expect(await rig.contact(id, numbers[5] ?? '')).toMatchObject({ state: 'pending', tries: 0 });
  });

  it('stops for good: what waits at the carrier is taken back, what is answered goes on', async () => {
    const { id, numbers } = await rig.running(12, { maxCalls: 8, ringSeconds: 60, guardSeconds: 120 });
    rig.carrier.behave = ({ to }) => (to === numbers[0] ? { ringMs: 1_000 } : { queueMs: 30_000 });
    rig.dialler();
    await rig.clock.advance(4_000);
    expect(await stop(rig.room, { campaignId: id, actor: 'operator' })).toBe('stopped');
    await rig.clock.advance(1_000);
    expect(rig.carrier.open.map(({ to, state }) => ({ to, state }))).toEqual([{ to: numbers[0], state: 'answered' }]);
    const atStop = rig.carrier.calls.length;
    expect(rig.carrier.ended).toHaveLength(atStop - 1);
    await rig.clock.advance(40_000);
    expect(rig.carrier.calls.length).toBe(atStop);
    const { state, byDisposition, byState } = await rig.progress(id);
    expect({ state, byDisposition, waiting: byState.pending + byState.dialing }).toEqual({
      state: 'stopped',
      byDisposition: { completed: 1, cancelled: 11 },
      waiting: 0,
    });
  });

  it('pauses by itself when people hang up as soon as they have answered', async () => {
    rig.carrier.behave = () => ({ ringMs: 1_000, talkMs: 2_000 });
    rig.interview = () => ({ end: { result: 'partial', answeredBy: 'person' }, afterMs: 2_500 });
    const { id } = await rig.running(40, { breaker: { minCalls: 6 } });
    rig.dialler();
    await rig.until(id, 'paused', 60_000);
    const { stateReason, byState } = await rig.progress(id);
    expect(stateReason).toBe('hang-ups');
    expect(byState.pending).toBe(40);
    expect(rig.carrier.calls.length).toBeLessThan(20);
  });

  it('calls nobody before the interview can be held, and pauses, with a line in the audit, when it never can', async () => {
    let readiness: Readiness = 'preparing';
    const { id, numbers } = await rig.running(2);
    rig.dialler({ readiness: () => readiness });
    await rig.clock.advance(20_000);
    expect((await rig.progress(id)).attempts.intent + rig.carrier.calls.length).toBe(0);
    readiness = 'unusable';
    await rig.until(id, 'paused', 5_000);
    const { stateReason, attempts, byState } = await rig.progress(id);
    expect({ stateReason, attempts: Object.values(attempts).join(), pending: byState.pending }).toEqual({
      stateReason: 'settings',
      attempts: '0,0,0,0,0,0,0',
      pending: 2,
    });
    const audit = await rig.records.db.selectFrom('audit').selectAll().orderBy('seq').execute();
    expect(audit.at(-1)).toMatchObject({ actor: 'inzwa', action: 'campaign.pause', object: id });
    expect(JSON.parse(audit.at(-1)?.detail_json ?? '')).toMatchObject({ reason: 'settings' });
    readiness = 'ready';
    await resume(rig.room, { campaignId: id, actor: 'operator' });
    await rig.until(id, 'completed', 60_000);
    expect(rig.carrier.calls.map(({ to }) => to).sort()).toEqual([...numbers].sort());
  });

  it('does not start when no interview can be held with its script, and says why', async () => {
    const id = await rig.campaign();
    await rig.people(id, 1);
    const outline = (script: string): ScriptOutline => {
      throw new InzwaError(
        'INZWA_PROMPTS_INVALID',
        `script "${script}" cannot be used: no interviews in that language`,
      );
    };
    const room = { ...rig.room, scripts: { outline } };
    const fault = 'script: script "sn/test" cannot be used: no interviews in that language';
    expect((await preflight(room, id)).faults).toEqual([fault]);
    await expect(start(room, { campaignId: id, actor: 'operator' })).rejects.toMatchObject({
      code: 'INZWA_CAMPAIGN_STATE',
      details: { faults: [fault] },
    });
  });

  it('says before the start what would happen, and what cannot', async () => {
    const id = await rig.campaign({ prices: [{ prefix: '+263', perMinuteMicros: 100_000 }], maxCallSeconds: 105 });
    await rig.people(id, 3);
    await rig.people(id, 2, { consent: null });
    expect(await preflight(rig.room, id)).toMatchObject({
      faults: [],
      warnings: [expect.stringContaining('consent: 2')],
      contacts: 5,
      callable: 3,
      withoutConsent: 2,
      optedOut: 0,
      maxCostMicros: 3 * 200_000,
      opensAt: rig.clock.wallMs(),
    });
    const nobody = await rig.campaign();
    await expect(start(rig.room, { campaignId: nobody, actor: 'operator' })).rejects.toMatchObject({
      code: 'INZWA_CAMPAIGN_STATE',
      details: { faults: ['contacts: there is nobody to call'] },
    });
    await expect(resume(rig.room, { campaignId: id, actor: 'operator' })).rejects.toThrow('is draft: it cannot resume');
    await expect(preflight(rig.room, 'nothing')).rejects.toMatchObject({ code: 'INZWA_CAMPAIGN_UNKNOWN' });
  });

  it('pauses by itself when calls fail, and when the carrier wants no orders at all', async () => {
    rig.carrier.behave = () => ({ outcome: 'failed', ringMs: 500 });
    const failing = await rig.running(40, { breaker: { minCalls: 6 } });
    rig.dialler();
    await rig.until(failing.id, 'paused', 60_000);
    expect((await rig.progress(failing.id)).stateReason).toBe('failure-rate');
    expect(rig.carrier.calls.length).toBeLessThan(25);

    const before = rig.carrier.calls.length;
    rig.carrier.fault = () => ({ kind: 'refused', reason: 'auth', isFatal: true });
    const refused = await rig.running(5);
    await rig.until(refused.id, 'paused', 30_000);
    const { stateReason, byState, attempts } = await rig.progress(refused.id);
    expect({ stateReason, pending: byState.pending, done: attempts.done }).toEqual({
      stateReason: 'carrier-refused',
      pending: 5,
      done: 0,
    });
    expect(rig.carrier.calls.length).toBe(before);
  });
});

describe.each(databases)('acceptance 8: the budget, on $name', (database) => {
  it('is never overdrawn with forty calls open, and pauses the campaign when it is used up', async () => {
    await using rig = await CampaignRig.open(database, { cps: 40, maxCalls: 40 });
    const price = 100_000;
    // Reserved is the longest call (two minutes); one is paid.
    const settings = { maxCalls: 40, maxCallSeconds: 105, prices: [{ prefix: '+263', perMinuteMicros: price }] };
    const budgetMicros = 85 * price;
    const { id } = await rig.running(100, settings, { budgetMicros });
    rig.dialler();
    let mostOpen = 0;
    for (let seconds = 0; seconds < 300 && (await rig.progress(id)).state !== 'paused'; seconds += 2) {
      await rig.clock.advance(2_000);
      const { spentMicros, reservedMicros, open } = await rig.progress(id);
      expect(spentMicros + reservedMicros).toBeLessThanOrEqual(budgetMicros);
      mostOpen = Math.max(mostOpen, open);
    }
    const { state, stateReason, spentMicros, reservedMicros } = await rig.progress(id);
    expect({ state, stateReason, reservedMicros, mostOpen }).toEqual({
      state: 'paused',
      stateReason: 'budget',
      reservedMicros: 0,
      mostOpen: 40,
    });
    expect(spentMicros).toBe(84 * price);
    expect(rig.carrier.calls).toHaveLength(84);
  });
});
