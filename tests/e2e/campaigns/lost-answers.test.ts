import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import type { Records } from '#src/records/records.ts';
import { CampaignRig } from '../../support/campaign-rig.ts';
import { databases } from '../../support/databases.ts';

describe.each(databases)('a lost answer of the carrier, on $name', (database) => {
  let rig: CampaignRig;
  beforeEach(async () => {
    rig = await CampaignRig.open(database, { cps: 10, maxCalls: 20 });
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  it('is looked for in its list: a call that is there is adopted, one that is not is made once', async () => {
    const { id, numbers } = await rig.running(4);
    const asked = new Set<string>();
    rig.carrier.isSilent = true;
    rig.carrier.listLagMs = 10_000;
    rig.carrier.behave = ({ to }) => (to === numbers[2] ? { outcome: 'busy' } : { talkMs: 30_000 });
    rig.carrier.fault = ({ to }) => {
      const isFirst = !asked.has(to);
      asked.add(to);
      if (!isFirst || to === numbers[0]) return 'none';
      return to === numbers[3] ? 'reset' : 'accepted-then-reset';
    };
    rig.dialler({ absentMs: 40_000 });
    await rig.clock.advance(35_000);
    expect(rig.carrier.calls.map(({ to }) => to)).toEqual(numbers.slice(0, 3));
    await rig.clock.advance(100_000);
    expect(rig.carrier.calls.map(({ to }) => to)).toEqual(numbers);
    expect(await rig.attempts(numbers[1] ?? '')).toMatchObject([{ state: 'done', outcome: 'answered' }]);
    expect(await rig.attempts(numbers[2] ?? '')).toMatchObject([{ state: 'done', outcome: 'busy' }]);
    expect(await rig.attempts(numbers[3] ?? '')).toMatchObject([
      { no: 1, state: 'void', error: 'absent' },
      { no: 2, state: 'done', outcome: 'answered' },
    ]);
    const sids = rig.carrier.calls.map(({ sid }) => sid);
    for (const number of numbers) {
      const [attempt] = (await rig.attempts(number)).filter(({ carrier_sid }) => carrier_sid !== null);
      expect(sids).toContain(attempt?.carrier_sid);
    }
    expect((await rig.progress(id)).byDisposition).toEqual({ completed: 3 });
    expect(await rig.contact(id, numbers[2] ?? '')).toMatchObject({ state: 'pending', tries: 1, last_outcome: 'busy' });
  });

  it('survives a process that died over it: the next one asks before it calls anybody', async () => {
    const { id, numbers } = await rig.running(3);
    rig.carrier.fault = () => 'accepted-then-reset';
    rig.carrier.isSilent = true;
    rig.carrier.behave = () => ({ talkMs: 10_000 });
    const first = rig.dialler({ absentMs: 40_000 });
    await rig.clock.advance(2_000);
    await rig.halt(first);
    expect(rig.carrier.calls).toHaveLength(3);
    // Long enough for every call to have ended, with nobody there to be told.
    await rig.clock.advance(60_000);
    rig.carrier.fault = () => 'none';
    rig.dialler({ absentMs: 40_000 });
    await rig.until(id, 'completed', 60_000);
    expect(rig.carrier.calls.map(({ to }) => to)).toEqual(numbers);
    expect((await rig.progress(id)).attempts).toMatchObject({ done: 3, void: 0 });
  });
});

describe.each(databases)('records that cannot be written, on $name', (database) => {
  it('stop the dialling and nothing else: the operator is told, and nobody is called twice when they are back', async () => {
    await using rig = await CampaignRig.open(database, { cps: 2, maxCalls: 20 });
    const { id, numbers } = await rig.running(10);
    let isFull = false;
    const full = new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'the disk is full', { retryable: true });
    const records: Records = {
      kind: rig.records.kind,
      db: rig.records.db.withPlugin({
        transformQuery: ({ node }) => {
          if (isFull && node.kind !== 'SelectQueryNode') throw full;
          return node;
        },
        transformResult: ({ result }) => Promise.resolve(result),
      }),
      transaction: (work) => (isFull ? Promise.reject(full) : rig.records.transaction(work)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const told: boolean[] = [];
    // The disk is full from the moment at which the third call is ordered: its answer cannot be written down.
    rig.carrier.behave = () => {
      isFull ||= rig.carrier.calls.length === 2;
      return { talkMs: 20_000 };
    };
    rig.dialler({ records, onTrouble: (isTroubled) => told.push(isTroubled) });
    await rig.clock.advance(20_000);
    expect(rig.carrier.calls).toHaveLength(3);
    expect(rig.carrier.open).toHaveLength(3);
    expect(told).toEqual([true]);
    isFull = false;
    rig.carrier.behave = () => ({});
    await rig.until(id, 'completed', 120_000);
    expect(told).toEqual([true, false]);
    expect(rig.carrier.calls.map(({ to }) => to).sort()).toEqual([...numbers].sort());
  });
});

describe.each(databases)('acceptance 11: a carrier that cannot be asked, on $name', (database) => {
  it('leaves calls unknown: counted as dialled, not dialled again, and shown', async () => {
    await using rig = await CampaignRig.open(database, { cps: 10, maxCalls: 20 });
    const price = { prefix: '+263', perMinuteMicros: 1_000 };
    const { id, numbers } = await rig.running(6, { prices: [price] }, { budgetMicros: 10_000_000 });
    rig.carrier.hasNoAnswers = true;
    rig.carrier.isSilent = true;
    rig.carrier.fault = ({ to }) => (numbers.indexOf(to) < 4 ? 'accepted-then-reset' : 'none');
    rig.carrier.behave = ({ to }) => (numbers.indexOf(to) % 2 === 0 ? { outcome: 'no-answer' } : { talkMs: 30_000 });
    rig.interview = () => undefined;
    // An hour, with everything in it twenty times as fast.
    rig.dialler({ absentMs: 20_000, unknownMs: 90_000 });
    await rig.clock.advance(180_000);
    const { byDisposition, attempts, reservedMicros, spentMicros } = await rig.progress(id);
    expect(attempts.unknown).toBe(3);
    expect(byDisposition['unknown']).toBe(3);
    expect({ open: attempts.intent + attempts.placed + attempts.ringing + attempts.answered, reservedMicros }).toEqual({
      open: 0,
      reservedMicros: 0,
    });
    // Of whom nobody knows how long they talked, the longest call is paid.
    expect(spentMicros).toBe(6 * 11_000);
    rig.carrier.hasNoAnswers = false;
    await rig.clock.advance(30_000);
    expect(rig.carrier.calls.map(({ to }) => to)).toEqual(numbers);
    expect((await rig.progress(id)).attempts.unknown).toBe(3);
  });
});
