import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openZipMember } from '#models/archive/zip.ts';
import { makeZip, noise, type ZipMember } from '../tiny-archives.ts';
import { temporaryFolder } from '../tiny-models.ts';

const signal = new AbortController().signal;
const text = Buffer.from('the quick brown fox '.repeat(50_000)); // deflates to a fraction, inflates to several chunks

async function zipFile(bytes: Buffer): Promise<string> {
  const path = join(await temporaryFolder(), 'a.whl');
  await writeFile(path, bytes);
  return path;
}

async function read(path: string, member: string, opts = { signal }): Promise<Buffer> {
  const opened = await openZipMember(path, member, opts);
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.stream) chunks.push(chunk);
  const data = Buffer.concat(chunks);
  expect(data.length).toBe(opened.bytes);
  return data;
}

describe('openZipMember', () => {
  const members: ZipMember[] = [
    { name: 'a/__init__.py', data: Buffer.alloc(0) },
    { name: 'a/data/deflated.bin', data: text },
    { name: 'a/data/stored.bin', data: noise(70_000), isStored: true },
    { name: 'a/data/zip64.bin', data: noise(5_000, 7), isZip64: true },
  ];

  it.each(members)('reads $name and nothing else', async ({ name, data }) => {
    expect((await read(await zipFile(makeZip(members)), name)).equals(data)).toBe(true);
  });

  it('names the member that is not there', async () => {
    const path = await zipFile(makeZip(members));
    await expect(read(path, 'a/data/other.bin')).rejects.toMatchObject({
      code: 'INZWA_MODEL_ARCHIVE',
      message: expect.stringContaining('no member a/data/other.bin') as string,
    });
  });

  it('refuses a member whose CRC-32 differs', async () => {
    const path = await zipFile(makeZip([{ name: 'x', data: text, crc: 1 }]));
    await expect(read(path, 'x')).rejects.toMatchObject({ code: 'INZWA_MODEL_ARCHIVE' });
  });

  it('refuses damaged compressed data', async () => {
    const bytes = makeZip([{ name: 'x', data: noise(20_000) }]);
    bytes.fill(0xff, 5_000, 5_100);
    await expect(read(await zipFile(bytes), 'x')).rejects.toMatchObject({ code: 'INZWA_MODEL_ARCHIVE' });
  });

  it.each([0, 1, 20, 60, 1_000])('refuses a file cut off after %i bytes', async (bytes) => {
    const path = await zipFile(makeZip(members).subarray(0, bytes));
    await expect(read(path, 'a/data/stored.bin')).rejects.toMatchObject({ code: 'INZWA_MODEL_ARCHIVE' });
  });

  it('never delivers more than the directory declares', async () => {
    const bytes = makeZip([{ name: 'x', data: text }]);
    const central = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bytes.writeUInt32LE(10, central + 24); // the directory now says 10 bytes
    const opened = await openZipMember(await zipFile(bytes), 'x', { signal });
    let delivered = 0;
    const drain = async (): Promise<void> => {
      for await (const chunk of opened.stream) delivered += chunk.length;
    };
    await expect(drain()).rejects.toMatchObject({ code: 'INZWA_MODEL_ARCHIVE' });
    expect(delivered).toBe(0);
  });

  it('stops with the reason of the signal', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(read(await zipFile(makeZip(members)), 'a/data/stored.bin', { signal: aborted })).rejects.toThrow(
      'enough',
    );
  });
});
