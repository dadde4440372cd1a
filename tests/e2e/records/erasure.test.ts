/** Somebody asks to be forgotten while they are on the telephone: nothing that the call still writes may bring them back. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Books } from '#src/campaigns/dialler/books.ts';
import { lockTrunk } from '#src/campaigns/dialler/lease.ts';
import { putTrunk } from '#src/campaigns/dialler/trunks.ts';
import { createLogger } from '#src/observability/logger.ts';
import { erasePerson, type ErasureReport } from '#src/records/erasure.ts';
import { openRecords } from '#src/records/open-records.ts';
import type { Records } from '#src/records/records.ts';
import type { AttemptState, ContactState } from '#src/records/schema.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';
import { personOf, tracesOf, writeCampaignOf } from '../../support/one-person.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const MINUTE_MS = 60_000;
const THEN = Date.UTC(2026, 10, 23, 6);
const TRUNK = { name: 't', kind: 'phone', cps: 1, maxCalls: 1, inboundReserve: 0 } as const;
const TARIRO = personOf('+263772431987', 'Tariro Mukanyaruri');
const CONTACT = `k-${TARIRO.hash.slice(0, 8)}`;
const ATTEMPT = `a-${CONTACT}`;

describe.each(databases)('an erasure, on $name', ({ open }) => {
  let opened: EmptyRecords;
  let dataDir: string;
  beforeEach(async () => {
    opened = await open();
    dataDir = await mkdtemp(join(tmpdir(), 'inzwa-erasure-'));
    await writeCampaignOf(opened.records, [TARIRO], { campaignId: 'k', at: THEN, dataDir });
    await putTrunk(opened.records, TRUNK);
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  const erase = (afterMs = MINUTE_MS): Promise<ErasureReport> =>
    erasePerson({
      ...{ records: opened.records, phoneHash: TARIRO.hash, actor: 'me', at: THEN + afterMs },
      recordingsFolder: join(dataDir, 'recordings'),
    });
  const setAttempt = (state: AttemptState, endedAt: number | null = null) =>
    opened.records.db.updateTable('attempts').set({ state, ended_at: endedAt }).execute();
  const setContact = (state: ContactState) =>
    opened.records.db.updateTable('campaign_contacts').set({ state }).execute();
  const everything = async (): Promise<string> => {
    const { db } = opened.records;
    const tables = ['phones', 'campaign_contacts', 'turns', 'answers', 'opt_outs', 'attempt_events', 'outbox'] as const;
    const rows = await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()));
    return JSON.stringify(rows).replaceAll('\\"', '"');
  };
  const found = async (): Promise<readonly string[]> => {
    const text = await everything();
    return tracesOf(TARIRO).filter((trace) => text.includes(trace));
  };

  it.each(['intent', 'placed', 'ringing', 'answered'] as const)(
    'waits for a call that is %s, and changes nothing',
    async (state) => {
      await setAttempt(state);
      await setContact('dialing');
      const before = await everything();
      const refused = erase();
      await expect(refused).rejects.toMatchObject({ code: 'INZWA_ERASURE_WAITS', retryable: true });
      await expect(refused).rejects.toThrow(/under way.*for 1 min/);
      expect(await everything()).toBe(before);
      await setAttempt('done', THEN + MINUTE_MS);
      await expect(erase(2 * MINUTE_MS), 'its interview has not been written down').rejects.toThrow(/under way/);
      await setContact('done');
      expect(await erase(2 * MINUTE_MS)).toMatchObject({ contacts: 1, calls: 1 });
      expect(await found()).toEqual([]);
    },
  );

  it('waits for a caller who is on the line', async () => {
    const { db } = opened.records;
    await db
      .updateTable('calls')
      .set({ ended_at: null, direction: 'in', attempt_id: null, from_hash: TARIRO.hash })
      .execute();
    await expect(erase()).rejects.toMatchObject({ code: 'INZWA_ERASURE_WAITS' });
    await db
      .updateTable('calls')
      .set({ ended_at: THEN + MINUTE_MS })
      .execute();
    await erase(2 * MINUTE_MS);
    expect(await found()).toEqual([]);
  });

  it('does not wait for ever for a call whose end nobody wrote down, and nobody is called after it', async () => {
    await setAttempt('answered');
    await setContact('dialing');
    await opened.records.db.updateTable('calls').set({ ended_at: null }).execute();
    await expect(erase(239 * MINUTE_MS)).rejects.toMatchObject({ code: 'INZWA_ERASURE_WAITS' });
    await erase(241 * MINUTE_MS);
    expect(await found()).toEqual([]);
    const contact = await opened.records.db.selectFrom('campaign_contacts').selectAll().executeTakeFirstOrThrow();
    expect(contact).toMatchObject({ state: 'skipped', disposition: 'cancelled' });
  });

  it('sees a call that is being claimed at the same moment', async () => {
    await setContact('pending');
    await using other = await openRecords(opened.place);
    const isClaimed = Promise.withResolvers<undefined>();
    const mayCommit = Promise.withResolvers<undefined>();
    const claiming = other.transaction(async (tx) => {
      await lockTrunk(tx, other.kind, TRUNK.name);
      await tx.updateTable('attempts').set({ state: 'intent' }).execute();
      isClaimed.resolve(undefined);
      await mayCommit.promise;
    });
    await isClaimed.promise;
    const refused = erase();
    // Long enough for an erasure that waits for nobody.
    setTimeout(() => mayCommit.resolve(undefined), 500);
    await expect(refused).rejects.toMatchObject({ code: 'INZWA_ERASURE_WAITS' });
    await claiming;
  });

  it('finds every event that was to be told of somebody who was called very often, and no other', async () => {
    const { db } = opened.records;
    const first = await db.selectFrom('attempts').selectAll().executeTakeFirstOrThrow();
    const ids = Array.from({ length: 1_200 }, (_, n) => `often-${n + 1_000}`);
    const event = {
      hook_id: 'hook-k',
      tries: 0,
      next_at: THEN,
      delivered_at: null,
      last_error: null,
      created_at: THEN,
    };
    for (let start = 0; start < ids.length; start += 100) {
      const some = ids.slice(start, start + 100);
      await db
        .insertInto('attempts')
        .values(some.map((id, n) => ({ ...first, id, no: 2 + start + n, carrier_sid: id })))
        .execute();
      await db
        .insertInto('outbox')
        .values(some.map((id) => ({ ...event, id: `o-${id}`, event_json: JSON.stringify({ attempt: id }) })))
        .execute();
    }
    await db
      .insertInto('outbox')
      .values({ ...event, id: 'other', event_json: '{"campaign":"k"}' })
      .execute();
    await erase();
    expect(await db.selectFrom('outbox').select('id').execute()).toEqual([{ id: 'other' }]);
  });

  it('says when the events could not be reached, and finishes when it is run again', async () => {
    const { records } = opened;
    const isAway = (table: string): never => {
      throw new Error(`no ${table}`);
    };
    const db = new Proxy(records.db, {
      get: (target, name) => (name === 'selectFrom' ? isAway : (Reflect.get(target, name) as unknown)),
    });
    const broken: Records = {
      ...{ kind: records.kind, db, transaction: (work) => records.transaction(work) },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const request = { phoneHash: TARIRO.hash, actor: 'me', at: THEN + MINUTE_MS };
    const recordingsFolder = join(dataDir, 'recordings');
    const erasing = erasePerson({ ...request, records: broken, recordingsFolder });
    await expect(erasing).rejects.toMatchObject({ code: 'INZWA_RECORDS_UNAVAILABLE', retryable: true });
    await expect(erasing).rejects.toThrow(/events for other systems.*erase once more/);
    expect(await records.db.selectFrom('outbox').selectAll().execute()).toHaveLength(1);
    await erase();
    expect(await records.db.selectFrom('outbox').selectAll().execute()).toEqual([]);
    expect(await found()).toEqual([]);
  });

  it('is not undone by what an interview still had to say', async () => {
    await erase();
    const clock = new VirtualClock({ wallMs: THEN + 2 * MINUTE_MS });
    const books = new Books({ records: opened.records, clock, logger: createLogger('silent'), carriers: [] });
    const rawText = `ndini ${TARIRO.name}`;
    const answer = { value: rawText, rawText, confidence: 1, method: 'speech', isConfirmed: true } as const;
    await books.answer(ATTEMPT, { ...answer, question: 'zita', at: THEN });
    await books.answer(ATTEMPT, { ...answer, question: 'another', at: THEN });
    await opened.records.db.deleteFrom('opt_outs').execute();
    await books.optOut(ATTEMPT, { source: 'speech', scope: 'all', evidence: rawText });
    await books.finished(ATTEMPT, { result: 'callback', answeredBy: 'person', callbackAt: THEN, resume: rawText });
    expect(await found()).toEqual([]);
    const { db } = opened.records;
    expect(await db.selectFrom('opt_outs').select(['source', 'evidence']).execute()).toEqual([
      { source: 'speech', evidence: null },
    ]);
    const waiting = db.selectFrom('campaign_contacts').where('state', 'in', ['pending', 'callback', 'dialing']);
    expect(await waiting.selectAll().execute()).toEqual([]);
  });
});
