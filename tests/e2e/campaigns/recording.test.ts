/** `INZWA_RECORDING=consent`, in the service as it runs: what is on the disk before, after and without consent, and after a kill. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { hum } from '#src/cli/bench/asterisk/hum.ts';
import { STUB_VOICE_HZ } from '#src/cli/bench/stub/stub-engines.ts';
import { ChildService } from '#src/cli/demo/child-service.ts';
import { installationKeys, openInstallationKeys } from '#src/records/keys.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import { readRecording } from '#src/records/recording/read-recording.ts';
import { settleRecordings } from '#src/records/recording/settle.ts';
import { applyRetention, RETENTION } from '#src/records/retention.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import type { Callee } from '#telephony/phone/carrier/callee.ts';
import { StandInCarrier } from '#telephony/phone/carrier/stand-in-carrier.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';
import { startSurvey, SURVEY_PEOPLE } from '../../support/small-survey.ts';

const ACCOUNT = { accountSid: `AC${'1'.repeat(32)}`, authToken: '0123456789abcdef0123456789abcdef' };
const PROGRAM = fileURLToPath(new URL('../../support/stub-service.ts', import.meta.url));
const HUM_HZ = 300;
const [PERSON] = SURVEY_PEOPLE;
const { signal } = new AbortController();

describe.each(databases)('a service that records with consent, its records in $name', (database) => {
  let folder: string;
  let empty: EmptyRecords;
  let records: OpenRecords;
  let carrier: StandInCarrier;
  let service: ChildService;
  let talk: NonNullable<Callee['talk']>;
  const recordingsFolder = (): string => join(folder, 'recordings');

  beforeEach(async () => {
    empty = await database.open();
    ({ records } = empty);
    const { place } = empty;
    folder = 'file' in place ? dirname(place.file) : await mkdtemp(join(tmpdir(), 'inzwa-recording-'));
    const callee = (): Callee => ({ ringMs: 50, does: 'answers', talk: (phone, opts) => talk(phone, opts) });
    carrier = await StandInCarrier.start({ ...ACCOUNT, callee });
    service = await ChildService.start({
      ...{ clock, signal, command: [PROGRAM] },
      env: {
        TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
        TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
        INZWA_TWILIO_API_BASE: carrier.baseUrl,
        INZWA_DATA_DIR: folder,
        INZWA_MODELS_DIR: join(folder, 'models'),
        INZWA_CALLER_NUMBER: '+263242700000',
        INZWA_RECORDING: 'consent',
        ...('url' in place && { INZWA_DATABASE_URL: place.url }),
      },
    });
    const trunks = () => records.db.selectFrom('trunks').select('name').execute();
    await expect.poll(trunks, { timeout: 20_000 }).toEqual([{ name: 'twilio' }]);
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    await carrier[Symbol.asyncDispose]();
    await empty[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const files = async (): Promise<readonly string[]> =>
    (await readdir(recordingsFolder(), { recursive: true }).catch(() => [])).filter((file) => file.endsWith('.inzwa'));
  const rows = () => records.db.selectFrom('recordings').selectAll().execute();
  const call = (): Promise<string> => startSurvey(records, { folder, trunk: 'twilio', people: [PERSON ?? fail()] });
  const settled = () =>
    expect.poll(async () => (await records.db.selectFrom('campaign_contacts').select('disposition').execute())[0], {
      timeout: 45_000,
      interval: 200,
    });
  const read = async (): Promise<{ readonly left: Int16Array; readonly right: Int16Array }> => {
    const [row] = await rows();
    const keys = await openInstallationKeys(join(folder, 'key'));
    const key = row?.wrapped_key ?? fail();
    const mixed = await readRecording(recordingsFolder(), keys, {
      id: row?.id ?? '',
      path: row?.path ?? '',
      wrapped_key: key,
    });
    const side = (which: number): Int16Array => {
      const bytes = mixed.filter((_, index) => index % 2 === which);
      const pcm = new Int16Array(bytes.length);
      muLaw.decodeInto(pcm, bytes);
      return pcm;
    };
    return { left: side(0), right: side(1) };
  };

  it('has nothing on the disk before consent, then both sides, which only the key file opens and retention takes', async () => {
    let before: readonly unknown[] | undefined;
    talk = async (phone) => {
      await phone.waitUntilSpeaking({ timeoutMs: 15_000 });
      await clock.sleep(1_500, { signal });
      before = [...(await files()), ...(await rows())];
      await phone.sendDigits('1');
      await phone.waitUntilSpeaking({ timeoutMs: 15_000 });
      await clock.sleep(2_000, { signal });
      await phone.say(hum(900));
      await clock.sleep(1_000, { signal });
      await phone.sendDigits('1');
    };
    await call();
    await settled().toEqual({ disposition: 'completed' });
    expect(before).toEqual([]);
    await expect.poll(async () => (await rows())[0]?.sha256, { timeout: 10_000 }).toMatch(/^[0-9a-f]{64}$/);
    const ends = () => records.db.selectFrom('calls').select('ended_at').execute();
    await expect.poll(async () => (await ends())[0]?.ended_at, { timeout: 10_000 }).toEqual(expect.any(Number));
    const [file = ''] = await files();
    expect((await stat(join(recordingsFolder(), file))).mode & 0o777).toBe(0o600);

    const { left, right } = await read();
    const [row] = await rows();
    expect(left).toHaveLength(right.length);
    expect(Math.abs(left.length / 8 - (row?.duration_ms ?? 0))).toBeLessThan(25);
    const [talked] = await records.db.selectFrom('calls').select(['started_at', 'ended_at']).execute();
    const sinceConsentMs = (talked?.ended_at ?? 0) - (row?.consent_at ?? 0);
    expect(Math.abs(left.length / 8 - sinceConsentMs)).toBeLessThan(1_000);
    expect((row?.consent_at ?? 0) - (talked?.started_at ?? 0)).toBeGreaterThan(1_500);
    expect(loudest(left, HUM_HZ)).toBeGreaterThan(2_000);
    expect(loudest(left, STUB_VOICE_HZ)).toBeLessThan(200);
    expect(loudest(right, STUB_VOICE_HZ)).toBeGreaterThan(2_000);
    expect(loudest(right, HUM_HZ)).toBeLessThan(200);

    const another = installationKeys(Buffer.alloc(32, 9));
    const key = row?.wrapped_key ?? fail();
    expect(() => another.unwrapKey(key, row?.id ?? '')).toThrow(/not wrapped by this installation/);
    // Sealed bytes are as good as random; mu-law of silence and tones is not.
    expect(entropyOf(await readFile(join(recordingsFolder(), file)))).toBeGreaterThan(7.9);

    const now = clock.wallMs() + RETENTION.recordingsMs + 1_000;
    await applyRetention({ records, now, periods: RETENTION, recordingsFolder: recordingsFolder() });
    expect(await files()).toEqual([]);
    expect(await rows()).toMatchObject([{ wrapped_key: null, deleted_at: now }]);
  }, 90_000);

  it('leaves nothing of a person who does not agree', async () => {
    talk = async (phone) => {
      await phone.waitUntilSpeaking({ timeoutMs: 15_000 });
      await clock.sleep(500, { signal });
      await phone.sendDigits('2');
    };
    await call();
    await settled().toEqual({ disposition: 'refused' });
    expect(await files()).toEqual([]);
    expect(await rows()).toEqual([]);
  }, 60_000);

  it('loses no more than the last two seconds when the service is killed in the middle of a call', async () => {
    talk = async (phone, opts) => {
      await phone.waitUntilSpeaking({ timeoutMs: 15_000 });
      await phone.sendDigits('1');
      while (!opts.signal.aborted) await phone.say(hum(500));
    };
    await call();
    await expect.poll(async () => (await rows()).length, { timeout: 30_000, interval: 50 }).toBe(1);
    await clock.sleep(5_000, { signal });
    const killedAt = clock.wallMs();
    process.kill(service.pid, 'SIGKILL');
    await service.died.catch(() => undefined);
    const [row] = await rows();
    expect(row).toMatchObject({ sha256: '' });
    const { left } = await read();
    const lostMs = killedAt - (row?.consent_at ?? 0) - left.length / 8;
    expect(lostMs).toBeLessThan(2_000);
    expect(loudest(left, HUM_HZ)).toBeGreaterThan(2_000);
    await settleRecordings(records, recordingsFolder(), clock.wallMs() + 1);
    expect((await rows())[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await read()).toHaveProperty('left.length', left.length);
  }, 90_000);
});

/** Of any tenth of a second: the amplitude of a tone, by one bin of a Fourier transform. */
function loudest(pcm: Int16Array, hz: number): number {
  const span = 800;
  let most = 0;
  for (let from = 0; from + span <= pcm.length; from += span) {
    let [cosine, sine] = [0, 0];
    for (let at = 0; at < span; at++) {
      const phase = (2 * Math.PI * hz * at) / 8_000;
      cosine += (pcm[from + at] ?? 0) * Math.cos(phase);
      sine += (pcm[from + at] ?? 0) * Math.sin(phase);
    }
    most = Math.max(most, (2 / span) * Math.hypot(cosine, sine));
  }
  return most;
}

/** Bits a byte. */
function entropyOf(bytes: Uint8Array): number {
  const counts = new Map<number, number>();
  for (const byte of bytes) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / bytes.length) * Math.log2(count / bytes.length), 0);
}

function fail(): never {
  throw new Error('there is nothing');
}
