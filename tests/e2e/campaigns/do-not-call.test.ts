import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordOptOut } from '#src/campaigns/dialler/opt-outs.ts';
import { CampaignRig, hashOf } from '../../support/campaign-rig.ts';
import { databases } from '../../support/databases.ts';
import type { WatchedRecords } from '../../support/watched-records.ts';

describe.each(databases)('acceptance 4: do-not-call, on $name', (database) => {
  let rig: CampaignRig;
  let elsewhere: WatchedRecords;
  beforeEach(async () => {
    rig = await CampaignRig.open(database, { cps: 20, maxCalls: 50 });
    elsewhere = rig.another();
  });
  afterEach(async () => {
    await elsewhere[Symbol.asyncDispose]();
    await rig[Symbol.asyncDispose]();
  });

  const sayNoElsewhere = (number: string): Promise<boolean> =>
    elsewhere.transaction((tx) =>
      recordOptOut(tx, { phoneHash: hashOf(number), scope: '*', source: 'import', at: rig.clock.wallMs() }),
    );

  it('holds back a call that is claimed already, whichever process the no comes to', async () => {
    const { id, numbers } = await rig.running(6);
    // After the first, five calls are claimed at once and ordered one after the other: the second is when two say no.
    const done: Promise<unknown>[] = [];
    rig.carrier.behave = ({ to }) => {
      if (to === numbers[1]) {
        done.push(sayNoElsewhere(numbers[4] ?? ''));
        done.push(
          rig
            .attempts(numbers[5] ?? '')
            .then(([attempt]) => rig.books.optOut(attempt?.id ?? '', { source: 'keys', scope: 'all', evidence: '9' })),
        );
      }
      return {};
    };
    rig.dialler();
    await rig.until(id, 'completed', 120_000);
    await Promise.all(done);
    expect(done).toHaveLength(2);
    expect(rig.carrier.calls.map(({ to }) => to)).toEqual(numbers.slice(0, 4));
    for (const number of numbers.slice(4)) {
      expect(await rig.attempts(number)).toMatchObject([
        { state: 'void', error: 'held-back:opted-out', reserve_micros: 0 },
      ]);
      expect(await rig.contact(id, number)).toMatchObject({ state: 'skipped', disposition: 'opted_out', tries: 0 });
    }
  });

  it.each(['keys', 'speech'] as const)(
    'by %s holds for the other campaign, and no later word takes it back',
    async (source) => {
      const first = await rig.running(1, { perPhone: { minGapMinutes: 1 } });
      const [number = ''] = first.numbers;
      rig.interview = ({ attemptId }) => {
        void rig.books.optOut(attemptId, { source, scope: 'all', evidence: 'stop' });
        return { end: { result: 'completed', answeredBy: 'person' }, afterMs: 5_000 };
      };
      rig.dialler();
      await rig.clock.advance(1_000);
      const second = await rig.running([number], { perPhone: { minGapMinutes: 1 } });
      await rig.until(first.id, 'completed', 30_000);
      rig.clock.setWall(rig.clock.wallMs() + 3_600_000);
      await rig.until(second.id, 'completed', 30_000);
      expect(rig.carrier.callsTo(number)).toHaveLength(1);
      expect(await rig.contact(first.id, number)).toMatchObject({
        disposition: 'opted_out',
        last_outcome: 'completed',
      });
      expect(await rig.contact(second.id, number)).toMatchObject({ state: 'skipped', disposition: 'opted_out' });
    },
  );

  it('of one campaign leaves the others', async () => {
    const first = await rig.running(1, { perPhone: { minGapMinutes: 1 } });
    const [number = ''] = first.numbers;
    rig.interview = ({ attemptId }) => {
      if (rig.carrier.calls.length === 1)
        void rig.books.optOut(attemptId, { source: 'keys', scope: 'campaign', evidence: '9' });
      return { end: { result: 'opted_out', answeredBy: 'person' }, afterMs: 5_000 };
    };
    rig.dialler();
    await rig.until(first.id, 'completed', 30_000);
    const second = await rig.running([number], { perPhone: { minGapMinutes: 1 } });
    rig.clock.setWall(rig.clock.wallMs() + 3_600_000);
    await rig.until(second.id, 'completed', 60_000);
    expect(rig.carrier.callsTo(number)).toHaveLength(2);
  });

  it('takes a list that is imported during the run', async () => {
    await rig.records.db.updateTable('trunks').set({ cps: 2 }).execute();
    const { id, numbers } = await rig.running(30, { maxCalls: 30 });
    rig.dialler();
    await rig.clock.advance(5_000);
    const called = new Set(rig.carrier.calls.map(({ to }) => to));
    const refused = numbers.filter((number) => !called.has(number)).slice(0, 15);
    const rows = refused.map((number) => ({
      phone_hash: hashOf(number),
      scope: '*',
      source: 'import',
      at: rig.clock.wallMs(),
    }));
    await elsewhere.db.insertInto('opt_outs').values(rows).execute();
    const importedMs = rig.clock.nowMs();
    await rig.until(id, 'completed', 120_000);
    const late = rig.carrier.calls.filter(({ to, orderedMs }) => refused.includes(to) && orderedMs >= importedMs);
    expect(late).toEqual([]);
    // Nobody of the list is even claimed, but for the one whose turn it was at that moment.
    const claimed = await Promise.all(refused.map((number) => rig.attempts(number)));
    expect(claimed.flat().length).toBeLessThanOrEqual(1);
    expect((await rig.progress(id)).byDisposition).toEqual({ opted_out: 15, completed: 15 });
  });

  it('ends a call that rings, and lets nobody talk on one that is answered at that moment', async () => {
    rig.carrier.behave = () => ({ ringMs: 10_000 });
    const { id, numbers } = await rig.running(2);
    rig.dialler();
    await rig.clock.advance(4_000);
    expect(rig.carrier.open).toHaveLength(2);
    await sayNoElsewhere(numbers[0] ?? '');
    await rig.clock.advance(1_000);
    expect(rig.carrier.callsTo(numbers[0] ?? '')).toMatchObject([{ state: 'ended', outcome: 'cancelled' }]);

    await sayNoElsewhere(numbers[1] ?? '');
    const [open] = rig.carrier.open;
    const verdict = await rig.books.answered({ attemptId: open?.attemptId ?? '', sid: open?.sid ?? '' });
    expect(verdict).toEqual({ kind: 'hang-up', why: 'opted-out' });
    await rig.until(id, 'completed', 120_000);
    expect(rig.carrier.calls).toHaveLength(2);
    expect((await rig.progress(id)).byDisposition).toEqual({ opted_out: 2 });
  });
});
