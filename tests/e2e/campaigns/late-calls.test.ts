import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Books } from '#src/campaigns/dialler/books.ts';
import type { CampaignEvent } from '#src/campaigns/dialler/events.ts';
import type { CampaignSettingsInput } from '#src/campaigns/dialler/settings.ts';
import { CampaignRig } from '../../support/campaign-rig.ts';
import { databases } from '../../support/databases.ts';
import { numberOf } from '../../support/numbers.ts';

describe.each(databases)('a call that appears after it was given up as never made, on $name', (database) => {
  let rig: CampaignRig;
  let told: CampaignEvent[];
  let books: Books;
  beforeEach(async () => {
    rig = await CampaignRig.open(database);
    told = [];
    books = new Books({ ...shared(), carriers: [rig.carrier] });
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  const shared = () => ({
    records: rig.records,
    clock: rig.clock,
    logger: rig.logger,
    tellOthers: (_: unknown, event: CampaignEvent) => Promise.resolve(void told.push(event)),
  });

  /** Somebody whose order was lost, and who waits for their next call when the first shows. */
  async function givenUp(settings: CampaignSettingsInput = {}) {
    const price = { prefix: '+263', perMinuteMicros: 60_000 };
    rig.carrier.fault = () => 'reset';
    const { id, numbers } = await rig.running(1, { prices: [price], ...settings });
    const [number = ''] = numbers;
    rig.dialler({ ...shared(), books, absentMs: 20_000 });
    await rig.clock.advance(2_000);
    rig.carrier.fault = () => ({ kind: 'refused', reason: 'busy with others', waitMs: 300_000 });
    await rig.clock.advance(40_000);
    const [attempt] = await rig.attempts(number);
    expect(attempt).toMatchObject({ no: 1, state: 'void', error: 'absent' });
    expect(await rig.contact(id, number)).toMatchObject({ state: 'pending', tries: 0 });
    return { id, number, late: { sid: 'CA-late', attemptId: attempt?.id ?? '' } };
  }

  it('is hung up until it has ended, and nobody is called meanwhile', async () => {
    const { id, number, late } = await givenUp();
    rig.carrier.fault = () => 'none';
    rig.carrier.behave = () => ({ ringMs: 60_000 });
    const end = rig.carrier.end.bind(rig.carrier);
    let tries = 0;
    rig.carrier.end = (sid) => (++tries < 5 ? Promise.reject(new Error('not now')) : end(sid));
    const { sid } = rig.carrier.appear({
      attemptId: late.attemptId,
      to: numberOf(number),
      from: undefined,
      ringSeconds: 60,
    });
    await rig.clock.advance(5_000);
    expect((await rig.attempts(number))[0]).toMatchObject({ state: 'ringing', carrier_sid: sid });
    expect(await rig.contact(id, number)).toMatchObject({ state: 'dialing' });
    expect((await rig.progress(id)).reservedMicros).toBeGreaterThan(0);
    expect(await books.answered({ attemptId: late.attemptId, sid })).toEqual({ kind: 'hang-up', why: 'given-up' });

    await rig.clock.advance(30_000);
    expect(tries).toBeGreaterThanOrEqual(5);
    expect(rig.carrier.calls).toMatchObject([{ sid, state: 'ended', outcome: 'cancelled' }]);
    expect((await rig.attempts(number))[0]).toMatchObject({ state: 'done', outcome: 'cancelled' });
    expect(await rig.contact(id, number)).toMatchObject({ state: 'done', disposition: 'unknown', tries: 1 });
    expect((await rig.progress(id)).reservedMicros).toBe(0);
    const kinds = told.filter(({ attemptId }) => attemptId === late.attemptId).map(({ kind }) => kind);
    expect(kinds).toEqual(['attempt.placed', 'attempt.ended', 'contact.settled']);
    await rig.clock.advance(600_000);
    expect(rig.carrier.calls).toHaveLength(1);
  });

  it('and whose end nobody saw leaves them unknown', async () => {
    const { id, number, late } = await givenUp();
    await books.carrierCall('test', { ...late, state: 'ringing' });
    await rig.clock.advance(120_000);
    expect((await rig.attempts(number))[0]).toMatchObject({ state: 'done', error: 'end not seen' });
    expect(await rig.contact(id, number)).toMatchObject({ state: 'done', disposition: 'unknown' });
  });

  it.each([
    ['was answered, and hung up without a word, by the rule for unknown calls', 'answered', 'unknown', 'done'],
    ['was busy, by what it says', 'busy', 'busy', 'pending'],
  ] as const)('and %s', async (_, outcome, last, state) => {
    const { id, number, late } = await givenUp();
    expect(await books.carrierCall('test', { ...late, state: 'ended', outcome, durationMs: 0 })).toBe('recorded');
    expect((await rig.attempts(number))[0]).toMatchObject({ state: 'done', outcome });
    expect(await rig.contact(id, number)).toMatchObject({ state, last_outcome: last, tries: 1 });
    expect(rig.carrier.ended).toEqual([]);
  });

  it('while another call to them is open is only hung up', async () => {
    const { id, number, late } = await givenUp();
    await rig.records.db.updateTable('trunks').set({ hold_until: null }).execute();
    rig.carrier.fault = () => 'none';
    rig.carrier.behave = () => ({ ringMs: 10_000 });
    await rig.clock.advanceUntil(() => rig.carrier.open.length > 0, { timeoutMs: 65_000, stepMs: 500 });
    await rig.clock.advance(1_000);
    expect(rig.carrier.open).toHaveLength(1);
    expect(await books.carrierCall('test', { ...late, state: 'ringing' })).toBe('given-up');
    expect(await books.carrierCall('test', { ...late, state: 'answered' })).toBe('given-up');
    expect(rig.carrier.ended).toEqual(['CA-late', 'CA-late']);
    const attempts = await rig.attempts(number);
    expect(attempts.at(0)).toMatchObject({ state: 'unknown', carrier_sid: 'CA-late' });
    expect(attempts.at(-1)).toMatchObject({ state: 'ringing' });
    expect(await rig.contact(id, number)).toMatchObject({ state: 'dialing', tries: 1 });
    expect((await rig.progress(id)).spentMicros).toBe(attempts.at(0)?.reserve_micros);
  });

  it('while another campaign calls them is hung up until that is done, paid, and settles its own contact', async () => {
    const { id, number, late } = await givenUp();
    const { id: otherId } = await rig.running([number]);
    const laterAt = rig.clock.wallMs() + 180_000;
    const { db } = rig.records;
    await db.updateTable('campaign_contacts').set({ next_at: laterAt }).where('campaign_id', '=', id).execute();
    await db.updateTable('trunks').set({ hold_until: null }).execute();
    rig.carrier.fault = () => 'none';
    rig.carrier.behave = () => ({ ringMs: 10_000 });
    await rig.clock.advanceUntil(() => rig.carrier.open.length > 0, { timeoutMs: 65_000, stepMs: 500 });
    await rig.clock.advance(1_000);
    expect((await rig.attempts(number)).at(-1)).toMatchObject({ campaign_id: otherId, state: 'ringing' });
    let tries = 0;
    rig.carrier.end = () => (++tries < 3 ? Promise.reject(new Error('not now')) : Promise.resolve());
    expect(await books.carrierCall('test', { ...late, state: 'ringing' })).toBe('given-up');

    const [attempt] = await rig.attempts(number);
    expect(attempt).toMatchObject({ state: 'unknown', carrier_sid: late.sid, cost_micros: attempt?.reserve_micros });
    expect(attempt?.reserve_micros).toBeGreaterThan(0);
    expect(await rig.progress(id)).toMatchObject({ spentMicros: attempt?.reserve_micros, reservedMicros: 0 });
    expect(await rig.contact(id, number)).toMatchObject({ state: 'done', disposition: 'unknown', tries: 1 });
    expect(await rig.contact(otherId, number)).toMatchObject({ state: 'dialing', tries: 0 });
    const kinds = told.filter(({ attemptId }) => attemptId === late.attemptId).map(({ kind }) => kind);
    expect(kinds).toEqual(['attempt.placed', 'attempt.ended', 'contact.settled']);
    expect(await books.carrierCall('test', { ...late, state: 'ended', outcome: 'cancelled' })).toBe('nothing-new');
    await rig.clock.advance(600_000);
    expect(tries).toBe(3);
    expect(rig.carrier.calls).toHaveLength(1);
    expect((await rig.progress(id)).state).toBe('completed');
  });
});

describe.each(databases)('what the carrier tells before its answer to the order, on $name', (database) => {
  it('is told to others once, as an order that was placed', async () => {
    await using rig = await CampaignRig.open(database);
    const told: CampaignEvent[] = [];
    const { records, clock, logger, carrier } = rig;
    const tellOthers = (_: unknown, event: CampaignEvent) => Promise.resolve(void told.push(event));
    const books = new Books({ records, clock, logger, carriers: [carrier], tellOthers });
    const place = carrier.place.bind(carrier);
    carrier.place = async (order) => {
      const answer = await place(order);
      await clock.sleep(3_000, { signal: new AbortController().signal });
      return answer;
    };
    const outcomes = ['answered', 'busy', 'failed'] as const;
    carrier.behave = () => ({ ringMs: 0, outcome: outcomes[carrier.calls.length] ?? 'answered', talkMs: 1_000 });
    await rig.running(3);
    rig.dialler({ books, tellOthers });
    await rig.clock.advance(20_000);
    const placed = told.filter(({ kind }) => kind === 'attempt.placed').map(({ attemptId }) => attemptId);
    expect(placed.sort()).toEqual(carrier.calls.map(({ attemptId }) => attemptId).sort());
    for (const { attemptId } of carrier.calls) {
      const kinds = told.filter((event) => event.attemptId === attemptId).map(({ kind }) => kind);
      expect(kinds.slice(0, 2)).toEqual(['attempt.placed', 'attempt.ended']);
    }
  });
});

describe.each(databases)('a call that stands too long at the carrier, on $name', (database) => {
  let rig: CampaignRig;
  beforeEach(async () => {
    rig = await CampaignRig.open(database);
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  it('and never rang is taken back as congestion, and is no call that reached them', async () => {
    const { id, numbers } = await rig.running(1, { ringSeconds: 10 });
    rig.carrier.behave = () => ({ queueMs: 300_000 });
    rig.dialler();
    await rig.clock.advance(30_000);
    expect(rig.carrier.ended).toHaveLength(1);
    expect(rig.carrier.keptAnswered).toBe(1);
    expect(await rig.contact(id, numbers[0] ?? '')).toMatchObject({
      state: 'pending',
      last_outcome: 'congestion',
      tries: 0,
    });
  });

  it('is asked about first: one that rang has been rung, and one that was answered goes on', async () => {
    const { id, numbers } = await rig.running(2, { ringSeconds: 10 });
    rig.carrier.isSilent = true;
    rig.carrier.behave = ({ to }) => (to === numbers[0] ? { queueMs: 15_000, ringMs: 60_000 } : { talkMs: 300_000 });
    rig.carrier.onAnswer = undefined;
    rig.dialler();
    await rig.clock.advance(24_000);
    expect(rig.carrier.ended).toEqual([rig.carrier.calls[0]?.sid]);
    await rig.clock.advance(20_000);
    expect(await rig.contact(id, numbers[0] ?? '')).toMatchObject({ last_outcome: 'no-answer', tries: 1 });
    expect((await rig.attempts(numbers[1] ?? ''))[0]).toMatchObject({ state: 'answered' });
  });
});
