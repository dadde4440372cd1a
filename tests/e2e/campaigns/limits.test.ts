import { afterEach, describe, expect, it } from 'vitest';
import { Books } from '#src/campaigns/dialler/books.ts';
import { putTrunk, tellInbound } from '#src/campaigns/dialler/trunks.ts';
import { CampaignRig } from '../../support/campaign-rig.ts';
import { databases } from '../../support/databases.ts';
import { FrozenProcess } from '../../support/frozen-process.ts';
import { MemoryCarrier } from '../../support/memory-carrier.ts';

describe.each(databases)('acceptance 5: lines and pace, on $name', (database) => {
  let rig: CampaignRig;
  afterEach(() => rig[Symbol.asyncDispose]());

  it('keeps three campaigns, callers and restarts below the lines and the pace of one trunk', async () => {
    rig = await CampaignRig.open(database, { cps: 4, maxCalls: 10, inboundReserve: 3 });
    rig.carrier.behave = ({ attemptId }) =>
      attemptId.charCodeAt(35) % 3 === 0 ? { outcome: 'busy' } : { talkMs: 8_000 };
    rig.interview = () => ({ end: { result: 'refused', answeredBy: 'person' }, afterMs: 4_000 });
    const campaigns = await Promise.all([rig.running(15), rig.running(15), rig.running(15, { maxCalls: 2 })]);
    let dialler = rig.dialler();
    await rig.clock.advance(6_000);
    expect(rig.carrier.mostAtOnce).toBe(7);

    // Callers need more than is kept for them: the campaigns have what is left.
    await tellInbound(rig.records, 'test', 6, rig.clock.wallMs());
    await rig.clock.advance(12_000);
    const before = rig.carrier.calls.length;
    rig.carrier.mostAtOnce = 0;
    await rig.clock.advance(8_000);
    expect(rig.carrier.calls.length).toBeGreaterThan(before);
    expect(rig.carrier.mostAtOnce).toBeLessThanOrEqual(4);
    await tellInbound(rig.records, 'test', 0, rig.clock.wallMs());

    for (let restarts = 0; restarts < 3; restarts++) {
      await rig.halt(dialler);
      dialler = rig.dialler();
      await rig.clock.advance(3_000);
    }
    await rig.clock.advance(15_000);
    expect(rig.carrier.mostAtOnce).toBeLessThanOrEqual(7);
    expect(rig.carrier.mostInASecond).toBeLessThanOrEqual(4);
    const numbers = rig.carrier.calls.map(({ to }) => to);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const { id } of campaigns) expect((await rig.progress(id)).byDisposition['refused']).toBeGreaterThan(0);
  });

  it('rings no more people on all its trunks together than its process could serve if all of them answered', async () => {
    rig = await CampaignRig.open(database, { cps: 10, maxCalls: 20 });
    const { records, clock, logger, carrier } = rig;
    const other = new MemoryCarrier({ clock, name: 'other' });
    await putTrunk(records, { name: 'other', kind: 'phone', cps: 10, maxCalls: 20, inboundReserve: 0 });
    const carriers = [carrier, other];
    for (const each of carriers) each.behave = () => ({ ringMs: 8_000, outcome: 'busy' });
    const one = await rig.running(10);
    const two = await rig.running(10);
    await records.db.updateTable('campaigns').set({ trunk: 'other' }).where('id', '=', two.id).execute();
    const books = new Books({ records, clock, logger, carriers });
    rig.dialler({ carriers, books, room: (open) => 4 - open.length });
    let most = 0;
    for (let seconds = 0; seconds < 60; seconds++) {
      await clock.advance(1_000);
      most = Math.max(most, carrier.open.length + other.open.length);
    }
    expect(most).toBe(4);
    expect(carrier.calls.length).toBe(10);
    expect(other.calls.length).toBe(10);
    for (const { id } of [one, two]) expect((await rig.progress(id)).byOutcome).toEqual({ busy: 10 });
  });

  it('calls on by the other trunks when one fails', async () => {
    rig = await CampaignRig.open(database);
    const broken = new MemoryCarrier({ clock: rig.clock, name: 'broken' });
    broken.onCall = () => {
      throw new Error('it cannot be listened to');
    };
    const { id } = await rig.running(3);
    rig.dialler({ carriers: [broken, rig.carrier] });
    await rig.until(id, 'completed', 60_000);
    expect(rig.carrier.calls).toHaveLength(3);
  });

  it('counts the calls to one number across campaigns: the gap between two, and those of a day', async () => {
    rig = await CampaignRig.open(database);
    const perPhone = { minGapMinutes: 90, perDay: 2 };
    const first = await rig.running(1, { perPhone });
    const [number = ''] = first.numbers;
    rig.dialler();
    await rig.until(first.id, 'completed', 60_000);
    const others = [await rig.running([number], { perPhone }), await rig.running([number], { perPhone })];
    await rig.clock.advance(3_000);
    expect(rig.carrier.calls).toHaveLength(1);
    const called: number[] = [];
    for (const hours of [1.4, 0.3, 5, 16, 2]) {
      rig.clock.setWall(rig.clock.wallMs() + hours * 3_600_000);
      await rig.clock.advance(40_000);
      called.push(rig.carrier.calls.length);
    }
    // Within the gap, after it, the third of the day not before tomorrow at eight.
    expect(called).toEqual([1, 2, 2, 2, 3]);
    for (const { id } of others) expect((await rig.progress(id)).state).toBe('completed');
  });

  it.each([
    ['before its call was given up', 14_000],
    ['after its call was made by the other', 60_000],
  ])(
    'lets one of two processes lead; the other takes over, and a leader that wakes %s places nothing',
    async (_, sleepMs) => {
      rig = await CampaignRig.open(database, { cps: 4, maxCalls: 20 });
      const { numbers } = await rig.running(8, { maxCalls: 20 });
      // Somebody is to be called again later, so that the campaign still runs when the leader wakes.
      rig.carrier.behave = ({ to }) => (to === numbers[0] ? { outcome: 'busy' } : {});
      await using otherRecords = rig.another();
      const sleeper = new FrozenProcess(rig.records, rig.clock);
      const { clock, carrier } = rig;
      const carriers = [carrier];
      const options = { clock, carriers, logger: rig.logger };
      const mine = { ...options, clock: sleeper.clock, records: sleeper.records };
      rig.dialler({ ...mine, books: new Books(mine), holder: 'sleeper', absentMs: 20_000 });
      await rig.clock.advance(500);
      const other = { ...options, records: otherRecords };
      rig.dialler({ ...other, books: new Books(other), holder: 'other', absentMs: 20_000 });
      await rig.clock.advance(1_600);
      const byLeader = carrier.calls.length;
      expect(byLeader).toBeGreaterThan(0);
      expect(byLeader).toBeLessThan(8);

      // Between its next claim, which is in the database, and the order.
      sleeper.freezeAfterTransaction(() => carrier.calls.length >= byLeader);
      await rig.clock.advance(3_000);
      expect(sleeper.isFrozen).toBe(true);
      const lease = await rig.records.db.selectFrom('leases').selectAll().executeTakeFirstOrThrow();
      expect(lease).toMatchObject({ holder: 'sleeper', fence: 1 });

      await rig.clock.advance(sleepMs);
      const newLease = await rig.records.db.selectFrom('leases').selectAll().executeTakeFirst();
      expect(newLease).toMatchObject({ holder: 'other', fence: 2 });
      const placed = carrier.calls.length;
      sleeper.thaw();
      await rig.clock.advance(500);
      expect(carrier.calls.length).toBe(placed);
      await rig.clock.advance(60_000);
      expect(carrier.calls.map(({ to }) => to).sort()).toEqual([...numbers].sort());
    },
  );
});
