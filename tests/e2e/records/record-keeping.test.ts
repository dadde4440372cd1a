import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallEvent, CallEventBody } from '#pipeline/events.ts';
import { createLogger } from '#src/observability/logger.ts';
import { RecordKeeping } from '#src/records/record-keeping.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';
import { FakeLeg } from '../../support/fake-leg.ts';
import { backUp } from '../../support/one-person.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const at = (audioMs: number, body: CallEventBody): CallEvent => ({ ...body, callId: 'CA1', atMs: audioMs, audioMs });

describe.each(databases)('record keeping, on $name', ({ open, name }) => {
  let opened: EmptyRecords;
  let dataDir: string;
  let clock: VirtualClock;
  const logger = createLogger('silent');
  const openKeeping = (): Promise<RecordKeeping> =>
    RecordKeeping.open({
      ...{ place: opened.place, dataDir, clock, logger, keepsWords: true },
      keyFile: join(dataDir, 'key'),
    });

  beforeEach(async () => {
    opened = await open();
    dataDir = await mkdtemp(join(tmpdir(), 'inzwa-keeping-'));
    clock = new VirtualClock();
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('records the sound of a call whose record is a second behind', async () => {
    {
      await using keeping = await openKeeping();
      const { recorder, recordings } = keeping;
      recorder.begin({ callId: 'CA1', direction: 'in', carrier: 'twilio' });
      recorder.observe(at(0, { kind: 'call-started', hotline: 'h', language: 'sn' }));
      const wire = new FakeLeg(clock, 'CA1');
      const leg = recordings.tap(wire);
      leg.attach(() => undefined);
      recordings.consent('CA1');
      for (let frame = 0; frame < 100; frame++) wire.hear(new Int16Array(160).fill(2_000));
      recorder.observe(
        at(2_000, { kind: 'call-ended', cause: { result: 'success', reason: 'goodbye' }, durationMs: 2_000 }),
      );
      await leg.hangUp({ result: 'success', reason: 'goodbye' });
    }
    const { db } = opened.records;
    expect(await db.selectFrom('recordings').select(['call_id', 'duration_ms']).execute()).toEqual([
      { call_id: 'CA1', duration_ms: 2_000 },
    ]);
    expect(await db.selectFrom('calls').select('result').execute()).toEqual([{ result: 'success' }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves out the one row of a call that the database refuses', async () => {
    await using keeping = await openKeeping();
    const said = (audioMs: number, text: string): CallEvent =>
      at(audioMs, {
        ...{ kind: 'agent-said', turn: 0, source: 'card', text, heardText: text, heardMs: 10, isComplete: true },
      });
    const { recorder } = keeping;
    recorder.observe(at(0, { kind: 'call-started', hotline: 'h', language: 'sn' }));
    for (const event of [said(100, 'one\0'), said(Number.NaN, 'two'), said(300, 'three\ud83d')])
      recorder.observe(event);
    await recorder.flush();
    const turns = await opened.records.db.selectFrom('turns').select('text').orderBy('seq').execute();
    expect(turns).toEqual([{ text: 'one' }, { text: 'three\ufffd' }]);
    expect(recorder.lostRows).toBe(1);
    expect(recorder.trouble).toBeUndefined();
  });

  it('forgets each night, once, whichever of several services comes first, and throws old backups away', async () => {
    if (name === 'sqlite') {
      await backUp(opened.records, dataDir, clock.wallMs());
      await writeFile(join(dataDir, 'backups', 'mine.sqlite'), 'not theirs');
      // The age of a backup is that of its file, which is as old as this test.
      await clock.advance(Date.now() - clock.wallMs() + 31 * 86_400_000);
    }
    await using one = await openKeeping();
    await using other = await openKeeping();
    const stop = new AbortController();
    const running = [one.run({ signal: stop.signal }), other.run({ signal: stop.signal })];
    const jobs = () =>
      opened.records.db.selectFrom('jobs').select(['kind', 'tries', 'last_error', 'done_at']).execute();
    const done = [{ kind: 'retention', tries: 1, last_error: null, done_at: clock.wallMs() }];
    await vi.waitFor(async () => expect(await jobs()).toEqual(done), { timeout: 20_000 });
    stop.abort();
    await Promise.all(running);
    if (name === 'sqlite') expect(await readdir(join(dataDir, 'backups'))).toEqual(['mine.sqlite']);
  });

  it('refuses another installation’s key', async () => {
    await (await openKeeping())[Symbol.asyncDispose]();
    await writeFile(join(dataDir, 'key'), `${'ab'.repeat(32)}\n`);
    await expect(openKeeping()).rejects.toMatchObject({ code: 'INZWA_RECORDS_KEY' });
  });
});
