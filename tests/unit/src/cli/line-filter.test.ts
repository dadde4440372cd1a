import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { filterLines } from '#src/cli/line-filter.ts';

interface Answered {
  readonly code: number;
  readonly written: string;
  readonly complained: string;
}

async function filter(chunks: readonly (string | Uint8Array)[], answer: (line: string) => string): Promise<Answered> {
  const output = new PassThrough();
  let complained = '';
  const code = await filterLines(answer, {
    input: Readable.from(
      chunks.map((chunk) => Buffer.from(chunk as string)),
      { objectMode: true },
    ),
    output,
    errors: { write: (text: string) => (complained += text) },
  });
  output.end();
  return { code, written: (await output.toArray()).join(''), complained };
}

const shout = (line: string): string => `${line.length}:${line}`;

describe('a filter of lines', () => {
  it.each([
    ['lines', ['a\nbc\n'], '1:a\n2:bc\n'],
    ['a last line without an end', ['a\nbc'], '1:a\n2:bc\n'],
    ['empty lines', ['\n\na\n'], '0:\n0:\n1:a\n'],
    ['ends of Windows', ['a\r\nb\r\n'], '1:a\n1:b\n'],
    ['nothing', [], ''],
    ['lines in pieces', ['a', 'b', '\nc', '\n'], '2:ab\n1:c\n'],
    ['NUL bytes', ['a\0b\n'], '3:a\0b\n'],
  ])('answers %s', async (_what, chunks, expected) => {
    expect(await filter(chunks, shout)).toEqual({ code: 0, written: expected, complained: '' });
  });

  it('reads characters that come in pieces, and puts a sign where there is none', async () => {
    const bytes = Buffer.from('n’anga\n');
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect((await filter(pieces, shout)).written).toBe('6:n’anga\n');
    expect((await filter([Uint8Array.of(0x61, 0xff, 0xfe, 0x0a, 0x62, 0xc3)], shout)).written).toBe('3:a��\n2:b�\n');
  });

  it('answers with one line, whatever the answer holds', async () => {
    expect((await filter(['x\n'], () => 'a\r\nb\u2028c\u0085d\n')).written).toBe('a b c d \n');
  });

  it('takes a line of a million letters in many pieces', async () => {
    const piece = 'a'.repeat(1000);
    const { written } = await filter([...Array.from({ length: 1000 }, () => piece), '\n'], (line) => `${line.length}`);
    expect(written).toBe('1000000\n');
  });

  it('goes on behind a line that fails, names it by its number only, and says so in the exit code', async () => {
    const answer = (line: string): string => {
      if (line === 'b') throw new TypeError('secret b');
      return line;
    };
    const { code, written, complained } = await filter(['a\nb\nc\n'], answer);
    expect({ code, written }).toEqual({ code: 1, written: 'a\n\nc\n' });
    expect(complained).toMatch(/line 2 .*TypeError/);
    expect(complained).not.toContain('secret');
  });

  it('answers a line before the next one has come', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const done = filterLines(shout, { input, output });
    input.write('a\n');
    const [first] = (await once(output, 'data')) as Buffer[];
    expect(first?.toString()).toBe('1:a\n');
    input.end();
    await done;
  });

  it('stops without a complaint when the reader has gone', async () => {
    const gone = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    });
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; read < 1000; read++) yield Buffer.from('a\n');
    }
    let complained = '';
    const code = await filterLines(shout, {
      input: endless(),
      output: gone,
      errors: { write: (text: string) => (complained += text) },
    });
    expect({ code, complained }).toEqual({ code: 0, complained: '' });
    expect(read).toBeLessThan(10);
  });

  it('waits for a slow reader instead of keeping everything', async () => {
    let most = 0;
    const slow = new Writable({
      highWaterMark: 100,
      write: (_chunk, _encoding, done) => setImmediate(done),
    });
    async function* lines(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 200; count++) {
        most = Math.max(most, slow.writableLength);
        yield Buffer.from(`${'a'.repeat(50)}\n`);
      }
    }
    await filterLines(shout, { input: lines(), output: slow });
    expect(most).toBeLessThan(300);
  });
});
