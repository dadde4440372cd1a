import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '#src/observability/logger.ts';
import { Jobs, orderJob, type JobHandler } from '#src/records/jobs.ts';
import { openRecords, type OpenRecords } from '#src/records/open-records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('jobs', () => {
  let records: OpenRecords;
  let clock: VirtualClock;
  const { signal } = new AbortController();
  const jobsWith = (work: JobHandler): Jobs =>
    new Jobs({ records, clock, logger: createLogger('silent'), handlers: { work } });

  beforeEach(async () => {
    records = await openRecords({ file: ':memory:' });
    clock = new VirtualClock();
  });
  afterEach(() => records[Symbol.asyncDispose]());

  it('are done once, when they are due, with what they were given', async () => {
    const done: unknown[] = [];
    const jobs = jobsWith((payload) => {
      done.push(payload);
      return Promise.resolve();
    });
    await orderJob(records.db, { kind: 'work', payload: { n: 1 }, runAt: clock.wallMs() + 1_000 });
    expect(await jobs.runNext({ signal })).toBe(false);
    await clock.advance(1_000);
    expect(await jobs.runNext({ signal })).toBe(true);
    expect(await jobs.runNext({ signal })).toBe(false);
    expect(done).toEqual([{ n: 1 }]);
  });

  it('are ordered once under one key', async () => {
    for (let n = 0; n < 3; n++) await orderJob(records.db, { kind: 'work', runAt: 0, dedupeKey: 'tonight' });
    expect(await records.db.selectFrom('jobs').select('id').execute()).toHaveLength(1);
  });

  it('are tried again later and later, and in the end no more', async () => {
    let tries = 0;
    const jobs = jobsWith(() => {
      tries += 1;
      return Promise.reject(new Error('no'));
    });
    await orderJob(records.db, { kind: 'work', runAt: clock.wallMs(), maxTries: 3 });
    for (const waitMs of [0, 60_000, 120_000, 86_400_000]) {
      await clock.advance(waitMs);
      await jobs.runNext({ signal });
      expect(await jobs.runNext({ signal })).toBe(false);
    }
    expect(tries).toBe(3);
    const job = await records.db.selectFrom('jobs').selectAll().executeTakeFirstOrThrow();
    expect(job).toMatchObject({ tries: 3, last_error: 'no' });
    expect(job.done_at).not.toBeNull();
  });

  it('are begun again by another when whoever had them is dead', async () => {
    await orderJob(records.db, { kind: 'work', runAt: clock.wallMs() });
    const dead = jobsWith(() => new Promise(() => undefined));
    void dead.runNext({ signal });
    let done = 0;
    const living = jobsWith(() => {
      done += 1;
      return Promise.resolve();
    });
    expect(await living.runNext({ signal })).toBe(false);
    await clock.advance(15 * 60_000 + 1);
    expect(await living.runNext({ signal })).toBe(true);
    expect(done).toBe(1);
  });
});
