import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkKeys, installationKeys, openInstallationKeys } from '#src/records/keys.ts';
import { openRecords } from '#src/records/open-records.ts';
import { maskedNumber } from '#src/records/phones.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';

const asNumber = (text: string): PhoneNumber => text as PhoneNumber;
const one = installationKeys(Buffer.alloc(32, 1));
const other = installationKeys(Buffer.alloc(32, 2));

describe('the keys of an installation', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inzwa-keys-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('hash a number the same way each time, and as nobody else does', () => {
    expect(one.phoneHash(asNumber('+263772000001'))).toMatch(/^[0-9a-f]{64}$/);
    expect(one.phoneHash(asNumber('+263772000001'))).toBe(
      installationKeys(Buffer.alloc(32, 1)).phoneHash(asNumber('+263772000001')),
    );
    expect(one.phoneHash(asNumber('+263772000001'))).not.toBe(one.phoneHash(asNumber('+263772000002')));
    expect(one.phoneHash(asNumber('+263772000001'))).not.toBe(other.phoneHash(asNumber('+263772000001')));
  });

  it('unwrap what they wrapped, for the same recording alone', () => {
    const key = Buffer.alloc(32, 7);
    const wrapped = one.wrapKey(key, 'a');
    expect(one.unwrapKey(wrapped, 'a')).toEqual(key);
    expect(one.wrapKey(key, 'a')).not.toBe(wrapped);
    const refusal = expect.objectContaining({ code: 'INZWA_RECORDS_KEY' }) as Error;
    expect(() => one.unwrapKey(wrapped, 'b')).toThrow(refusal);
    expect(() => other.unwrapKey(wrapped, 'a')).toThrow(refusal);
  });

  it('are made once, for their owner alone, and read again', async () => {
    const file = join(folder, 'made', 'key');
    const made = await openInstallationKeys(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect((await openInstallationKeys(file)).id).toBe(made.id);
  });

  it('are the same for two processes that start at once', async () => {
    const file = join(folder, 'raced');
    const ids = await Promise.all([1, 2, 3].map(async () => (await openInstallationKeys(file)).id));
    expect(new Set(ids).size).toBe(1);
  });

  it('are refused when the file is not one of ours', async () => {
    const file = join(folder, 'short');
    await writeFile(file, 'abc');
    await expect(openInstallationKeys(file)).rejects.toMatchObject({ code: 'INZWA_RECORDS_KEY' });
  });

  it('are refused by records that were written with others', async () => {
    await using records = await openRecords({ file: ':memory:' });
    await checkKeys(records, one);
    await checkKeys(records, one);
    await expect(checkKeys(records, other)).rejects.toMatchObject({ code: 'INZWA_RECORDS_KEY' });
  });
});

describe('a masked number', () => {
  it('keeps the country and three digits', () => {
    expect(maskedNumber(asNumber('+263772000567'))).toBe('+263…567');
    expect(maskedNumber(asNumber('+27821234567'))).toBe('+27…567');
  });
});
