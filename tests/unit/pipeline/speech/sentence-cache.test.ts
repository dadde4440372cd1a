import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SentenceCache, type SampleCodec } from '#pipeline/speech/sentence-cache.ts';

const voice = 'en_US-joe-medium@1';
const { signal } = new AbortController();

/** Half the bytes, losing the low byte: a stand-in for mu-law. */
const HIGH_BYTES: SampleCodec = {
  name: 'high',
  encode: (pcm) => Uint8Array.from(pcm, (sample) => (sample >> 8) & 0xff),
  decode: (bytes) => Int16Array.from(bytes, (byte) => (byte << 24) >> 16),
};

describe('in memory', () => {
  it('gives back what was put, to a caller who may change it', async () => {
    const cache = new SentenceCache({ voice });
    await cache.set('Mhoroi', Int16Array.of(1, -2, 3));
    const first = await cache.get('Mhoroi');
    expect(first).toEqual(Int16Array.of(1, -2, 3));
    first?.fill(9);
    expect(cache.peek('  Mhoroi ')).toEqual(Int16Array.of(1, -2, 3));
    expect(cache.counts).toMatchObject({ hits: 2, misses: 0 });
  });

  it('tells text, rate and voice apart', async () => {
    const cache = new SentenceCache({ voice });
    await cache.set('Mhoroi', Int16Array.of(1), 1);
    expect(await cache.get('Mhoroi', 1.2)).toBeUndefined();
    expect(await cache.get('Mhoro')).toBeUndefined();
    expect(cache.counts.misses).toBe(2);
  });

  it('keeps to its bound and lets the least recently used go', async () => {
    const cache = new SentenceCache({ voice, maxBytes: 1_000 });
    for (const name of ['a', 'b', 'c']) await cache.set(name, new Int16Array(160));
    expect(cache.memoryBytes).toBe(960);
    cache.peek('a');
    await cache.set('d', new Int16Array(160));
    expect(['a', 'b', 'c', 'd'].map((name) => cache.peek(name) !== undefined)).toEqual([true, false, true, true]);
    await cache.set('huge', new Int16Array(600));
    expect(cache.peek('huge')).toBeUndefined();
    await cache.set('a', new Int16Array(10));
    expect(cache.memoryBytes).toBe(660);
  });

  it('keeps the form it is given', async () => {
    const cache = new SentenceCache({ voice, codec: HIGH_BYTES });
    await cache.set('x', Int16Array.of(0x1234, -0x1234));
    expect(cache.memoryBytes).toBe(2);
    expect(await cache.get('x')).toEqual(Int16Array.of(0x1200, -0x1300));
  });
});

describe('on disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sentences-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('outlives the process and leaves no temporary file', async () => {
    await new SentenceCache({ voice, folder }).set('Mhoroi', Int16Array.of(7, 8));
    expect(await new SentenceCache({ voice, folder }).get('Mhoroi')).toEqual(Int16Array.of(7, 8));
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await new SentenceCache({ voice: 'other', folder }).get('Mhoroi')).toBeUndefined();
    expect(await new SentenceCache({ voice, folder, codec: HIGH_BYTES }).get('Mhoroi')).toBeUndefined();
  });

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ['emptied', () => Buffer.alloc(0)],
    [
      'changed in one bit',
      (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))),
    ],
    ['of another layout', (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 7 ? byte + 1 : byte)))],
  ])('treats a file that was %s as a miss and writes it anew', async (_, damage) => {
    await new SentenceCache({ voice, folder }).set('Mhoroi', Int16Array.of(7, 8));
    const [name = ''] = await readdir(folder);
    const path = join(folder, name);
    await writeFile(path, damage(await readFile(path)));
    const cache = new SentenceCache({ voice, folder });
    expect(await cache.get('Mhoroi')).toBeUndefined();
    expect(cache.counts).toMatchObject({ misses: 1, damaged: 1 });
    await cache.set('Mhoroi', Int16Array.of(9));
    expect(await new SentenceCache({ voice, folder }).get('Mhoroi')).toEqual(Int16Array.of(9));
  });

  it('goes on in memory when the disk cannot be written', async () => {
    const blocked = join(folder, 'file');
    await writeFile(blocked, '');
    const cache = new SentenceCache({ voice, folder: blocked });
    await cache.set('Mhoroi', Int16Array.of(7));
    expect(await cache.get('Mhoroi')).toEqual(Int16Array.of(7));
    expect(cache.counts.unwritten).toBe(1);
  });

  it('renders each phrase once, over restarts', async () => {
    const rendered: string[] = [];
    const render = async (text: string): Promise<Int16Array> => {
      rendered.push(text);
      return Int16Array.of(text.length);
    };
    const first = await new SentenceCache({ voice, folder }).prerender(['a', 'bb', 'a'], render, { signal });
    expect(first).toEqual({ rendered: 2, reused: 0 });
    const again = new SentenceCache({ voice, folder });
    expect(await again.prerender(['a', 'bb', 'ccc'], render, { signal })).toEqual({ rendered: 1, reused: 2 });
    expect(rendered).toEqual(['a', 'bb', 'ccc']);
    expect(again.peek('bb')).toEqual(Int16Array.of(2));
  });

  it('stops prerendering at the abort', async () => {
    const stop = new AbortController();
    const render = async (): Promise<Int16Array> => {
      stop.abort(new Error('drain'));
      return new Int16Array(1);
    };
    const cache = new SentenceCache({ voice, folder });
    await expect(cache.prerender(['a', 'b'], render, { signal: stop.signal })).rejects.toThrow('drain');
    expect(cache.peek('b')).toBeUndefined();
  });
});
