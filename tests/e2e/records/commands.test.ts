import { mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '#models/sources/command.ts';
import { openInstallationKeys } from '#src/records/keys.ts';
import { openRecords } from '#src/records/open-records.ts';
import { Phones } from '#src/records/phones.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { sharedPostgres } from '../../support/databases.ts';

const INZWA = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'inzwa.ts');
const NUMBER = '+263772431987' as PhoneNumber;

describe('inzwa db and inzwa privacy', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'inzwa-commands-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  const inzwa = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runCommand(process.execPath, [INZWA, ...args], {
      signal: AbortSignal.timeout(60_000),
      env: { INZWA_DATA_DIR: dataDir, ...env },
    });
  const file = (): string => join(dataDir, 'records.sqlite');

  async function remember(): Promise<void> {
    const keys = await openInstallationKeys(join(dataDir, 'key'));
    await using records = await openRecords({ file: file() });
    await new Phones(keys).remember(records.db, [NUMBER]);
  }

  it('make the database, back it up, and erase one person from both', async () => {
    const migrated = await inzwa(['db', 'migrate']);
    expect(migrated).toMatchObject({ code: 0, stdout: expect.stringMatching(/a commit takes [\d.]+ ms/) as string });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    await remember();
    expect(await inzwa(['db', 'backup'])).toMatchObject({ code: 0 });
    const [backup = ''] = await readdir(join(dataDir, 'backups'));
    expect(backup).toMatch(/^records-\d{8}T\d{6}Z\.sqlite$/);
    const files = [file(), join(dataDir, 'backups', backup)];
    const holding = async (): Promise<number> => {
      const texts = await Promise.all(files.map((path) => readFile(path, 'latin1')));
      return texts.filter((text) => text.includes(NUMBER)).length;
    };
    expect(await holding()).toBe(2);

    const asked = await inzwa(['privacy', 'erase', '--phone', '0772 431 987']);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') as string });
    expect(await holding()).toBe(2);
    const erased = await inzwa(['privacy', 'erase', '--phone', '0772 431 987', '--yes']);
    expect(erased).toMatchObject({ code: 0, stdout: expect.stringContaining('in 1 backup as well') as string });
    expect(await holding()).toBe(0);
    const nobody = await inzwa(['privacy', 'erase', '--phone', '0772 431 988', '--yes']);
    expect(nobody).toMatchObject({ code: 1, stdout: 'Nothing is kept of this number: is it right?\n' });
    expect(await inzwa(['privacy', 'check'])).toMatchObject({ code: 0 });
  });

  it('put a backup in the place of records that were moved away, and say what to see to', async () => {
    await remember();
    expect(await inzwa(['db', 'backup'])).toMatchObject({ code: 0 });
    const backup = join(dataDir, 'backups', (await readdir(join(dataDir, 'backups')))[0] ?? '');
    const early = await inzwa(['db', 'restore', backup]);
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('move it away') as string });
    await rename(file(), `${file()}.damaged`);
    const restored = await inzwa(['db', 'restore', backup]);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('0 campaigns are paused') as string });
    expect(restored.stdout).toContain('0 API keys are revoked and 0 webhooks switched off');
    await using records = await openRecords({ file: file() });
    expect(await records.db.selectFrom('phones').select('e164').execute()).toEqual([{ e164: NUMBER }]);
    const lines = await records.db.selectFrom('audit').select('action').execute();
    expect(lines).toEqual([{ action: 'records.restored' }]);
    expect(await inzwa(['db', 'restore'])).toMatchObject({ code: 2 });
  });

  it('write what is kept of one person into a folder for their eyes', async () => {
    await remember();
    const out = join(dataDir, 'theirs');
    expect(await inzwa(['privacy', 'export', '--phone', NUMBER, '--out', out])).toMatchObject({ code: 0 });
    expect((await stat(out)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(join(out, 'person.json'), 'utf8'))).toMatchObject({
      phones: [{ e164: NUMBER, masked: '+263…987' }],
    });
    const nobody = await inzwa(['privacy', 'export', '--phone', '0772000000', '--out', join(dataDir, 'nobody')]);
    expect(nobody).toMatchObject({ code: 1, stdout: expect.stringContaining('Nothing is kept') as string });
  });

  it('refuse to look for a person in records that are not there, and make none', async () => {
    for (const what of ['erase', 'export']) {
      const refused = await inzwa(['privacy', what, '--phone', '0772 431 987', '--yes', '--out', join(dataDir, 'x')]);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(`there are no records in ${dataDir}: is this the folder`);
    }
    expect(await readdir(dataDir)).toEqual([]);
    const server = await sharedPostgres();
    const env = { INZWA_DATABASE_URL: await server.createDatabase('nobody') };
    const erase = () => inzwa(['privacy', 'erase', '--phone', '0772 431 987', '--yes'], env);
    expect(await erase()).toMatchObject({ code: 2, stderr: expect.stringContaining('INZWA_DATABASE_URL') as string });
    expect(await inzwa(['db', 'migrate'], env)).toMatchObject({ code: 0 });
    expect(await erase()).toMatchObject({ code: 1, stdout: expect.stringContaining('is it right?') as string });
  });

  it('never repeat a number that cannot be understood', async () => {
    const refused = await inzwa(['privacy', 'export', '--phone', '+26377243198799999', '--out', join(dataDir, 'x')]);
    expect(refused.code).toBe(2);
    expect(refused.stdout + refused.stderr).not.toContain('243198799999');
  });

  it('copy the file to PostgreSQL, and do not open it again', async () => {
    await remember();
    const server = await sharedPostgres();
    const env = { INZWA_DATABASE_URL: await server.createDatabase('moved') };
    const copied = await inzwa(['db', 'copy'], env);
    expect(copied).toMatchObject({ code: 0, stdout: expect.stringContaining('copied and compared') as string });
    await using records = await openRecords({ url: env.INZWA_DATABASE_URL });
    expect(await records.db.selectFrom('phones').select('e164').execute()).toEqual([{ e164: NUMBER }]);
    const reopened = await inzwa(['db', 'migrate']);
    expect(reopened).toMatchObject({ code: 1, stderr: expect.stringContaining('INZWA_RECORDS_MOVED') as string });
    expect(await inzwa(['db', 'backup'], env)).toMatchObject({ stderr: expect.stringContaining('pg_dump') as string });
  });
});
