import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '#src/observability/logger.ts';
import { installationKeys } from '#src/records/keys.ts';
import { openRecords, type OpenRecords } from '#src/records/open-records.ts';
import { readRecording } from '#src/records/recording/read-recording.ts';
import { Recordings } from '#src/records/recording/recordings.ts';
import { settleRecordings } from '#src/records/recording/settle.ts';
import { FakeLeg } from '../../../../support/fake-leg.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const FRAME_BYTES = 320;
const frame = (value: number): Int16Array => new Int16Array(160).fill(value);

describe('a recording', () => {
  let records: OpenRecords;
  let folder: string;
  let clock: VirtualClock;
  let recordings: Recordings;
  const keys = installationKeys(Buffer.alloc(32, 1));

  const insertCall = (id: string) =>
    records.db
      .insertInto('calls')
      .values({
        ...{ id, attempt_id: null, direction: 'out', carrier: 'twilio', from_hash: null, to_hash: null },
        ...{ hotline: 'h', language: 'sn', started_at: 0, ended_at: null, result: null, reason: null },
        ...{ metrics_json: null, retain_until: 0 },
      })
      .execute();
  const rowOf = () => records.db.selectFrom('recordings').selectAll().executeTakeFirstOrThrow();
  const audioOf = async () => {
    const { id, path, wrapped_key } = await rowOf();
    return readRecording(folder, keys, { id, path, wrapped_key: wrapped_key ?? '' });
  };
  /** A call of which `before` frames come before the caller agrees and `after` frames then. */
  async function call({ before, after, consents = 1 }: { before: number; after: number; consents?: number }) {
    await insertCall('CA1');
    const wire = new FakeLeg(clock, 'CA1');
    const leg = recordings.tap(wire);
    leg.attach(() => undefined);
    for (let n = 0; n < before; n++) wire.hear(frame(20_000));
    for (let n = 0; n < consents; n++) recordings.consent('CA1');
    for (let n = 0; n < after; n++) {
      leg.send(frame(4_000));
      wire.hear(frame(1_000));
    }
    await leg.hangUp({ result: 'success', reason: 'goodbye' });
    await recordings.settle();
  }

  beforeEach(async () => {
    records = await openRecords({ file: ':memory:' });
    folder = await mkdtemp(join(tmpdir(), 'inzwa-recordings-'));
    clock = new VirtualClock();
    recordings = new Recordings({
      ...{ records, keys, folder, clock, logger: createLogger('silent') },
      keepMs: 1_000,
      ensureCall: () => Promise.resolve(),
    });
  });
  afterEach(async () => {
    await records[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('is not made of a caller who has not agreed', async () => {
    await call({ before: 100, after: 100, consents: 0 });
    expect(await records.db.selectFrom('recordings').selectAll().execute()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('begins with the consent, and has both sides', async () => {
    await call({ before: 100, after: 120, consents: 2 });
    const audio = await audioOf();
    expect(audio).toHaveLength(120 * FRAME_BYTES);
    // mu-law of 1,000 on the left and of 4,000 on the right; 20,000 came before.
    expect(new Set(audio.filter((_, index) => index % 2 === 0)).size).toBe(1);
    expect(audio[0]).not.toBe(audio[1]);
    expect(await rowOf()).toMatchObject({ call_id: 'CA1', duration_ms: 2_400, consent_at: clock.wallMs() });
  });

  it('is nothing but noise on the disk', async () => {
    await call({ before: 0, after: 120 });
    const { path, bytes } = await rowOf();
    const file = await readFile(join(folder, path));
    expect(file).toHaveLength(bytes);
    // A thousand equal bytes would show in clear sound; of noise, every value comes about as often.
    const counts = new Map<number, number>();
    for (const byte of file) counts.set(byte, (counts.get(byte) ?? 0) + 1);
    expect(counts.size).toBe(256);
    expect(Math.max(...counts.values())).toBeLessThan((3 * file.length) / 256);
  });

  it('has all but the last second after a power cut, and is settled later', async () => {
    await call({ before: 0, after: 175 });
    const { path, bytes } = await rowOf();
    await records.db.updateTable('recordings').set({ sha256: '', bytes: 0 }).execute();
    await truncate(join(folder, path), bytes - 10);
    expect(await audioOf()).toHaveLength(150 * FRAME_BYTES);
    await settleRecordings(records, folder, clock.wallMs() + 1);
    expect(await rowOf()).toMatchObject({
      bytes: bytes - 10,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('is refused when a byte of it was changed', async () => {
    await call({ before: 0, after: 60 });
    const path = join(folder, (await rowOf()).path);
    const file = await readFile(path);
    file[100] = (file[100] ?? 0) ^ 1;
    await writeFile(path, file);
    await expect(audioOf()).rejects.toMatchObject({ code: 'INZWA_RECORDING_UNREADABLE' });
    await appendFile(path, 'x');
  });

  it('is not made of a call that is in no record', async () => {
    const wire = new FakeLeg(clock, 'CA9');
    const leg = recordings.tap(wire);
    leg.attach(() => undefined);
    recordings.consent('CA9');
    for (let n = 0; n < 60; n++) wire.hear(frame(1_000));
    await leg.hangUp({ result: 'success', reason: 'goodbye' });
    await recordings.settle();
    expect(
      await readdir(folder, { recursive: true, withFileTypes: true }).then((all) => all.filter((it) => it.isFile())),
    ).toEqual([]);
  });
});
