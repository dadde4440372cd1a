import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CampaignRig, hashOf } from '../../support/campaign-rig.ts';
import { databases } from '../../support/databases.ts';

describe.each(databases)('the books, on $name', (database) => {
  let rig: CampaignRig;
  beforeEach(async () => {
    rig = await CampaignRig.open(database, { cps: 10, maxCalls: 20 });
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  /** One call that rings and tells nothing by itself. */
  async function ringing(): Promise<{ id: string; number: string; attemptId: string; sid: string }> {
    rig.carrier.isSilent = true;
    rig.carrier.behave = () => ({ ringMs: 30_000 });
    const { id, numbers } = await rig.running(1);
    rig.dialler();
    await rig.clock.advance(2_000);
    const [call] = rig.carrier.calls;
    return { id, number: numbers[0] ?? '', attemptId: call?.attemptId ?? '', sid: call?.sid ?? '' };
  }

  it('take what is told twice once, and what is told in the wrong order as it was', async () => {
    const { id, number, attemptId, sid } = await ringing();
    const at = rig.clock.wallMs();
    const ended = {
      sid,
      attemptId,
      state: 'ended',
      outcome: 'answered',
      durationMs: 4_000,
      at: at + 9_000,
      eventId: 'e3',
    } as const;
    expect(await rig.books.carrierCall('test', ended)).toBe('recorded');
    expect(await rig.books.carrierCall('test', ended)).toBe('nothing-new');
    const late = { sid, attemptId, state: 'answered', at: at + 5_000, eventId: 'e2' } as const;
    expect(await rig.books.carrierCall('test', late)).toBe('nothing-new');
    expect(await rig.attempts(number)).toMatchObject([
      { state: 'done', outcome: 'answered', answered_at: at + 5_000, ended_at: at + 9_000 },
    ]);
    // The interview says how it went after the line is free, and once.
    const end = { result: 'partial', answeredBy: 'person', resume: 'q2' } as const;
    await rig.books.finished(attemptId, end);
    await rig.books.finished(attemptId, end);
    expect(await rig.contact(id, number)).toMatchObject({ state: 'pending', tries: 1, reached: 1, resume_json: 'q2' });
  });

  it('hang up a second call of one attempt, a call that was given up, and one of nobody', async () => {
    const { attemptId, sid } = await ringing();
    expect(await rig.books.carrierCall('test', { sid: 'CA-second', attemptId, state: 'ringing' })).toBe('second-call');
    expect(await rig.books.answered({ attemptId, sid: 'CA-second' })).toEqual({ kind: 'hang-up', why: 'second-call' });
    await rig.clock.advance(100);
    expect(rig.carrier.ended).toEqual(['CA-second', 'CA-second']);
    expect(await rig.books.answered({ attemptId: 'nobody', sid: 'CA-third' })).toEqual({
      kind: 'hang-up',
      why: 'unknown-attempt',
    });
    expect(await rig.books.carrierCall('test', { sid: 'CA-third', attemptId: 'nobody', state: 'ringing' })).toBe(
      'unknown-attempt',
    );

    expect(await rig.books.answered({ attemptId, sid })).toMatchObject({
      kind: 'talk',
      brief: { vars: { name: 'Tendai' } },
    });
    expect(await rig.books.answered({ attemptId, sid })).toMatchObject({ kind: 'talk' });
    await rig.books.carrierCall('test', { sid, attemptId, state: 'ended', outcome: 'answered' });
    expect(await rig.books.answered({ attemptId, sid })).toEqual({ kind: 'hang-up', why: 'given-up' });
  });

  it('keep the last answer to a question, and hand it to the next call', async () => {
    const { id, number, attemptId, sid } = await ringing();
    await rig.books.answered({ attemptId, sid });
    const answer = {
      question: 'q1',
      rawText: 'hongu',
      confidence: 0.8,
      method: 'speech',
      isConfirmed: false,
      at: 5,
    } as const;
    await rig.books.answer(attemptId, { ...answer, value: true });
    await rig.books.answer(attemptId, {
      ...answer,
      value: false,
      method: 'keys',
      rawText: undefined,
      isConfirmed: true,
    });
    const [row] = await rig.records.db.selectFrom('answers').selectAll().execute();
    expect(row).toMatchObject({ value_json: 'false', method: 'keys', is_confirmed: 1, raw_text: null });
    rig.carrier.hangUp(sid);
    await rig.books.carrierCall('test', { sid, attemptId, state: 'ended', outcome: 'answered' });
    // The process with the interview died: after a minute the contact counts as reached, and is called again.
    await rig.clock.advance(75_000);
    expect(await rig.contact(id, number)).toMatchObject({ state: 'pending', last_outcome: 'partial', priority: 10 });
    rig.clock.setWall(rig.clock.wallMs() + 2 * 3_600_000);
    await rig.clock.advance(6_000);
    const [, second] = rig.carrier.calls;
    const verdict = await rig.books.answered({ attemptId: second?.attemptId ?? '', sid: second?.sid ?? '' });
    expect(verdict).toMatchObject({ kind: 'talk', brief: { answered: { q1: false } } });
  });

  it('call nobody again whose interview put all its questions and lacks an answer', async () => {
    const { id, number, attemptId, sid } = await ringing();
    await rig.books.answered({ attemptId, sid });
    const answer = { rawText: '1', confidence: 1, method: 'keys', isConfirmed: false, at: 5 } as const;
    await rig.books.answer(attemptId, { ...answer, question: 'q1', value: true });
    await rig.books.finished(attemptId, { result: 'partial', answeredBy: 'person', isAllAsked: true });
    expect(await rig.contact(id, number)).toMatchObject({ state: 'done', disposition: 'partial' });
  });

  it('keep an appointment before others, and let a missed call be called back', async () => {
    await rig.records.db.updateTable('trunks').set({ cps: 1 }).execute();
    rig.carrier.behave = () => ({ ringMs: 3_000, outcome: rig.carrier.calls.length === 0 ? 'answered' : 'no-answer' });
    const { id, numbers } = await rig.running(6, { maxCalls: 1, perPhone: { minGapMinutes: 1 } });
    const [wanting = ''] = numbers;
    rig.interview = () => ({
      end: { result: 'callback', answeredBy: 'person', callbackAt: rig.clock.wallMs() + 70_000 },
      afterMs: 1_000,
    });
    rig.dialler();
    await rig.clock.advance(12_000);
    expect(await rig.contact(id, wanting)).toMatchObject({ state: 'callback', priority: 20 });
    const missed = rig.carrier.calls[1];
    expect(missed).toMatchObject({ outcome: 'no-answer' });

    const from = { trunk: 'test', sid: 'CA-inbound', phoneHash: hashOf(missed?.to ?? '') };
    expect(await rig.books.calledBack(from)).toMatchObject({ kind: 'talk', brief: { campaignId: id } });
    expect(await rig.books.calledBack({ ...from, phoneHash: 'a stranger' })).toBeUndefined();
    const [, inbound] = await rig.attempts(missed?.to ?? '');
    expect(inbound).toMatchObject({ state: 'answered', carrier_sid: 'CA-inbound', no: 2 });
    await rig.books.finished(inbound?.id ?? '', { result: 'completed', answeredBy: 'person' });
    await rig.books.carrierCall('test', { sid: 'CA-inbound', state: 'ended', outcome: 'answered' });
    expect(await rig.contact(id, missed?.to ?? '')).toMatchObject({ state: 'done', disposition: 'completed' });

    await rig.clock.advance(80_000);
    expect(rig.carrier.callsTo(wanting)).toHaveLength(2);
  });
});
