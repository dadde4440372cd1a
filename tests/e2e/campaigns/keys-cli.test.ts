import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeyOf } from '#src/api/keys.ts';
import { openRecords } from '#src/records/open-records.ts';

const INZWA = fileURLToPath(new URL('../../../src/cli/inzwa.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inzwa-keys-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function keys(...args: string[]): Promise<{ readonly code: number; readonly out: string }> {
  const env = { PATH: process.env['PATH'], INZWA_DATA_DIR: folder };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [INZWA, 'keys', ...args], { env });
    return { code: 0, out: stdout };
  } catch (error) {
    const { code, stderr } = error as { readonly code: number; readonly stderr: string };
    return { code, out: stderr };
  }
}

describe('inzwa keys', () => {
  it('makes a key that is let in, lists it, and takes it back', async () => {
    const { out } = await keys('add', 'dashboard', '--role', 'read');
    const [, key = ''] = /^(inzwa_\S+)$/m.exec(out) ?? [];
    const [, id = ''] = /^Key (\S+) /m.exec(out) ?? [];
    await using records = await openRecords({ file: join(folder, 'records.sqlite') });
    expect(await apiKeyOf(records, `Bearer ${key}`)).toMatchObject({ id, name: 'dashboard', role: 'read' });
    const listed = await keys('list');
    expect(listed.out).toContain('dashboard');
    expect(listed.out).not.toContain(key);
    expect((await keys('revoke', id)).code).toBe(0);
    expect(await apiKeyOf(records, `Bearer ${key}`)).toBeUndefined();
    expect((await keys('list')).out).toContain('revoked');
  });

  it.each([
    [['add', 'x'], '--role must be one of read, control, admin'],
    [['add', 'x', '--role', 'king'], '--role must be one of'],
    [['list', 'x'], 'there is no "keys list x"'],
    [['list', '--role', 'read'], '--role belongs to add'],
    [['burn'], 'there is no "keys burn"'],
  ])('%j is a wrong use', async (args, sentence) => {
    expect(await keys(...args)).toMatchObject({ code: 2, out: expect.stringContaining(sentence) as string });
  });
});
