import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import type { CallEvent, CallEventBody } from '#pipeline/events.ts';
import { createLogger } from '#src/observability/logger.ts';
import { CallRecorder } from '#src/records/call-recorder.ts';
import { installationKeys } from '#src/records/keys.ts';
import { openRecords, type OpenRecords } from '#src/records/open-records.ts';
import { Phones } from '#src/records/phones.ts';
import type { Records } from '#src/records/records.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const at = (audioMs: number, body: CallEventBody, callId = 'CA1'): CallEvent => ({
  ...body,
  callId,
  atMs: audioMs,
  audioMs,
});
const heard = (turn: number, utteranceId: string, text: string): CallEventBody => ({
  kind: 'transcript',
  turn,
  utteranceId,
  text,
  confidence: 0.9,
  window: 'short',
  timings: { melMs: 5, encoderMs: 150, decoderMs: 60 },
});
const said = (turn: number, text: string, heardText: string, heardMs: number): CallEventBody => ({
  kind: 'agent-said',
  turn,
  source: 'card',
  text,
  heardText,
  heardMs,
  isComplete: text === heardText,
});
const CALLER = '+263772000001' as PhoneNumber;
const HOTLINE = '+263242000000' as PhoneNumber;
const START: CallEventBody = { kind: 'call-started', hotline: 'kiriniki', language: 'sn' };
const END: CallEventBody = { kind: 'call-ended', cause: { result: 'success', reason: 'goodbye' }, durationMs: 9_000 };

describe('the recorder of calls', () => {
  let records: OpenRecords;
  let clock: VirtualClock;
  const phones = new Phones(installationKeys(Buffer.alloc(32, 1)));
  const logger = createLogger('silent');
  const recorderOver = (over: Records): CallRecorder =>
    new CallRecorder({ records: over, phones, clock, logger, keepCallsMs: 1_000_000 });
  const turns = () =>
    records.db
      .selectFrom('turns')
      .select(['seq', 'role', 'text', 'is_interrupted', 'latency_ms'])
      .orderBy('seq')
      .execute();

  beforeEach(async () => {
    records = await openRecords({ file: ':memory:' });
    clock = new VirtualClock();
  });
  afterEach(() => records[Symbol.asyncDispose]());

  it('writes who said what until where it was heard, how soon, and how the call ended', async () => {
    const recorder = recorderOver(records);
    recorder.begin({ callId: 'CA1', direction: 'in', carrier: 'twilio', from: CALLER, to: HOTLINE });
    for (const event of [
      at(0, START),
      at(2_000, said(0, 'Mhoro. Ndinobatsirei?', 'Mhoro. Ndinobatsirei?', 2_000)),
      at(3_000, { kind: 'speech-start', turn: 1, onsetMs: 2_900 }),
      at(4_000, { kind: 'soft-end', turn: 1, utteranceId: 'u1', voicedEndMs: 3_900 }),
      at(4_200, heard(1, 'u1', 'munovhura')),
      at(4_300, { kind: 'end-of-turn', turn: 1, utteranceId: 'u1', speechEndMs: 3_950, silenceMs: 350 }),
      at(4_310, { kind: 'decision', turn: 1, source: 'card', cardId: 'hours' }),
      at(4_390, { kind: 'first-audio', turn: 1, cached: true }),
      at(4_400, { kind: 'first-frame-sent', turn: 1, leadInMs: 0 }),
      at(6_000, { kind: 'barge-in', turn: 1, overlapMs: 300 }),
      at(6_000, said(1, 'Tinovhura na8. Tinovhara na5.', 'Tinovhura na8.', 1_500)),
      at(9_000, END),
    ]) {
      recorder.observe(event);
    }
    await recorder.flush();
    expect(await turns()).toEqual([
      { seq: 1, role: 'agent', text: 'Mhoro. Ndinobatsirei?', is_interrupted: 0, latency_ms: null },
      { seq: 2, role: 'caller', text: 'munovhura', is_interrupted: 0, latency_ms: null },
      { seq: 3, role: 'agent', text: 'Tinovhura na8.', is_interrupted: 1, latency_ms: 500 },
    ]);
    const call = await records.db.selectFrom('calls').selectAll().executeTakeFirstOrThrow();
    expect(call).toMatchObject({
      id: 'CA1',
      direction: 'in',
      hotline: 'kiriniki',
      from_hash: phones.hash(CALLER),
      started_at: clock.wallMs(),
      ended_at: clock.wallMs(),
      result: 'success',
      reason: 'goodbye',
    });
    expect(JSON.parse(call.metrics_json ?? '')).toMatchObject({ callerTurns: 1, bargeIns: 1, medianLatencyMs: 500 });
    expect(await records.db.selectFrom('legs').select(['party', 'cause']).execute()).toEqual([
      { party: 'caller', cause: 'goodbye' },
    ]);
    expect(await phones.numberOf(records.db, call.to_hash ?? '')).toBe(HOTLINE);
  });

  it('leaves out what the recogniser guessed too soon, and waits for words that come late', async () => {
    const recorder = recorderOver(records);
    for (const event of [
      at(0, START),
      at(1_000, { kind: 'speech-start', turn: 1, onsetMs: 900 }),
      at(1_900, heard(1, 'u1', 'too soon')),
      at(2_000, { kind: 'speculation-discarded', turn: 1, utteranceId: 'u1' }),
      at(3_000, { kind: 'end-of-turn', turn: 1, utteranceId: 'u2', speechEndMs: 2_600, silenceMs: 350 }),
      at(3_400, heard(1, 'u2', 'all of it')),
    ]) {
      recorder.observe(event);
    }
    await recorder.flush();
    expect((await turns()).map(({ text }) => text)).toEqual(['all of it']);
  });

  it('writes about once a second, for all calls in one transaction', async () => {
    let transactions = 0;
    const counted: Records = {
      kind: 'sqlite',
      db: records.db,
      transaction: (work) => {
        transactions += 1;
        return records.transaction(work);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const recorder = recorderOver(counted);
    for (let call = 0; call < 30; call++) {
      recorder.observe(at(0, START, `CA${call}`));
      for (let turn = 0; turn < 3; turn++) recorder.observe(at(100, said(turn, 'a', 'a', 100), `CA${call}`));
    }
    expect(transactions).toBe(0);
    await clock.advance(1_000);
    expect(transactions).toBe(1);
    await recorder.flush();
    expect(await turns()).toHaveLength(90);
  });

  it('never throws while the database fails, says so once, and catches up', async () => {
    let isDown = true;
    const failing: Records = {
      kind: 'sqlite',
      db: records.db,
      transaction: (work) =>
        isDown
          ? Promise.reject(new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'down', { retryable: true }))
          : records.transaction(work),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const recorder = recorderOver(failing);
    recorder.observe(at(0, START));
    recorder.observe(at(100, said(0, 'a', 'a', 100)));
    await recorder.flush();
    expect(recorder.trouble).toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE' });
    recorder.observe(at(200, said(0, 'b', 'b', 100)));
    isDown = false;
    await recorder.flush();
    recorder.observe(at(300, END));
    await recorder.flush();
    expect(recorder.trouble).toBeUndefined();
    expect((await turns()).map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  /** A database that takes no text of its kind, as a constraint or a character set would not. */
  const forbid = (word: string) =>
    sql`create trigger no_${sql.raw(word)} before insert on turns when new.text = ${sql.lit(word)}
      begin select raise(abort, 'refused'); end`.execute(records.db);

  it('leaves out a row that the database refuses, and writes the rest of that call and all other calls', async () => {
    await forbid('bad');
    const lost: number[] = [];
    const options = { records, phones, clock, logger, keepCallsMs: 1_000_000 };
    const recorder = new CallRecorder({ ...options, onLost: (rows) => lost.push(rows) });
    for (const call of ['CA1', 'CA2']) {
      recorder.observe(at(0, START, call));
      for (const text of call === 'CA1' ? ['before', 'bad', 'after'] : ['other']) {
        recorder.observe(at(100, said(0, text, text, 100), call));
      }
      recorder.observe(at(300, END, call));
    }
    await recorder.flush();
    expect((await turns()).map(({ text }) => text).toSorted()).toEqual(['after', 'before', 'other']);
    const calls = await records.db.selectFrom('calls').select(['id', 'result']).orderBy('id').execute();
    expect(calls).toEqual([
      { id: 'CA1', result: 'success' },
      { id: 'CA2', result: 'success' },
    ]);
    expect(lost).toEqual([1]);
    expect(recorder.trouble).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is in trouble while everything is refused, and tries none of it for ever', async () => {
    await sql`alter table turns rename to elsewhere`.execute(records.db);
    const recorder = recorderOver(records);
    recorder.observe(at(0, START));
    await recorder.flush();
    recorder.observe(at(100, said(0, 'lost', 'lost', 100)));
    await recorder.flush();
    expect(recorder.trouble).toMatchObject({ code: 'INZWA_RECORDS_FAILED' });
    expect(recorder.lostRows).toBe(1);
    await sql`alter table elsewhere rename to turns`.execute(records.db);
    recorder.observe(at(200, said(0, 'kept', 'kept', 100)));
    await clock.advance(5_000);
    await recorder.flush();
    expect(recorder.trouble).toBeUndefined();
    expect((await turns()).map(({ text }) => text)).toEqual(['kept']);
  });

  it('is in trouble no longer when nothing is left to be written', async () => {
    await forbid('bad');
    const recorder = recorderOver(records);
    recorder.observe(at(0, START));
    await recorder.flush();
    recorder.observe(at(100, said(0, 'bad', 'bad', 100)));
    await recorder.flush();
    expect(recorder.trouble).toMatchObject({ code: 'INZWA_RECORDS_FAILED' });
    await clock.advance(5_000);
    await recorder.flush();
    expect(recorder.trouble).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps words that hold what no database takes', async () => {
    const recorder = recorderOver(records);
    recorder.observe(at(0, START));
    recorder.observe(at(100, said(0, 'a\0b\ud83d', 'a\0b\ud83d', 100)));
    await recorder.flush();
    expect((await turns()).map(({ text }) => text)).toEqual(['ab\ufffd']);
  });

  it('keeps neither number nor words of a call whose caller was erased before it was written', async () => {
    const recorder = recorderOver(records);
    await phones.remember(records.db, [CALLER]);
    recorder.begin({ callId: 'CA1', direction: 'in', carrier: 'twilio', from: CALLER, to: HOTLINE });
    recorder.observe(at(0, START));
    await clock.advance(500);
    await records.db.updateTable('phones').set({ e164: null, erased_at: clock.wallMs() }).execute();
    recorder.observe(at(600, said(0, 'a', 'a', 100)));
    await recorder.flush();
    expect((await turns()).map(({ text }) => text)).toEqual([null]);
    expect(await phones.numberOf(records.db, phones.hash(CALLER))).toBeUndefined();
    await recorder[Symbol.asyncDispose]();
  });

  it('forgets the oldest of the calls that are over when a database stays away', async () => {
    const failing: Records = {
      kind: 'sqlite',
      db: records.db,
      transaction: () => Promise.reject(new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'down', { retryable: true })),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const recorder = recorderOver(failing);
    for (let call = 0; call < 5_010; call++) {
      recorder.observe(at(0, START, `CA${call}`));
      recorder.observe(at(100, END, `CA${call}`));
    }
    expect(recorder.lostRows).toBe(10);
    await recorder[Symbol.asyncDispose]();
  });

  it('writes turns without words where words are not to be kept', async () => {
    const options = { records, phones, clock, logger, keepCallsMs: 1_000_000 };
    const recorder = new CallRecorder({ ...options, keepsWords: false });
    recorder.observe(at(0, START));
    recorder.observe(at(100, said(0, 'a', 'a', 100)));
    await recorder.flush();
    expect((await turns()).map(({ role, text }) => [role, text])).toEqual([['agent', null]]);
  });

  it('takes nothing that comes after the end, and writes no call that never began', async () => {
    const recorder = recorderOver(records);
    recorder.begin({ callId: 'CA7', direction: 'out', carrier: 'twilio' });
    for (const event of [at(0, START), at(100, END)]) recorder.observe(event);
    await recorder.flush();
    recorder.observe(at(200, said(0, 'late', 'late', 100)));
    await recorder.flush();
    expect(await turns()).toEqual([]);
    expect(await records.db.selectFrom('calls').select('id').execute()).toEqual([{ id: 'CA1' }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes on counting where another process of the same call left off', async () => {
    for (const text of ['before', 'after']) {
      const recorder = recorderOver(records);
      recorder.observe(at(0, START));
      recorder.observe(at(100, said(0, text, text, 100)));
      await recorder[Symbol.asyncDispose]();
    }
    expect((await turns()).map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'before'],
      [2, 'after'],
    ]);
  });
});
