import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openTarMember } from '#models/archive/tar.ts';
import { makeTgz, noise, type TarMember } from '../tiny-archives.ts';
import { temporaryFolder } from '../tiny-models.ts';

const signal = new AbortController().signal;
const long = (name: string): string => `package/${'deep/'.repeat(30)}${name}`;

async function tgz(bytes: Buffer): Promise<string> {
  const path = join(await temporaryFolder(), 'a.tgz');
  await writeFile(path, bytes);
  return path;
}

async function read(path: string, member: string): Promise<Buffer> {
  const opened = await openTarMember(path, member, { signal });
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.stream) chunks.push(chunk);
  expect(Buffer.concat(chunks).length).toBe(opened.bytes);
  return Buffer.concat(chunks);
}

describe('openTarMember', () => {
  const members: TarMember[] = [
    { name: 'package/package.json', data: Buffer.from('{}') },
    { name: 'package/big.bin', data: noise(700_001) },
    { name: long('gnu.bin'), data: noise(513, 2), longNameAs: 'gnu' },
    { name: long('pax.bin'), data: noise(512, 3), longNameAs: 'pax' },
    { name: 'package/empty', data: Buffer.alloc(0) },
    { name: 'package/last.bin', data: noise(1, 4) },
  ];

  it.each(members)('reads $name', async ({ name, data }) => {
    expect((await read(await tgz(makeTgz(members)), name)).equals(data)).toBe(true);
  });

  it('names the member that is not there', async () => {
    await expect(read(await tgz(makeTgz(members)), 'package/other')).rejects.toMatchObject({
      code: 'INZWA_MODEL_ARCHIVE',
      message: expect.stringContaining('package/other') as string,
    });
  });

  it('refuses what is not gzip, what is cut off, and what is not a tar', async () => {
    for (const bytes of [noise(4_000), makeTgz(members).subarray(0, 9_000), gzipSync(noise(4_096))]) {
      await expect(read(await tgz(bytes), 'package/last.bin')).rejects.toMatchObject({ code: 'INZWA_MODEL_ARCHIVE' });
    }
  });
});
