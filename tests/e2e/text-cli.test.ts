/** `inzwa text` and `inzwa match` as a script uses them: spawned, fed by a pipe, read to the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadHotline } from '#prompts/load.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

interface Ran {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly complained: string;
}

async function inzwa(args: readonly string[], input: string | Uint8Array): Promise<Ran> {
  const child = spawn(process.execPath, ['src/cli/inzwa.ts', ...args], { cwd: PROJECT });
  let [written, complained] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  expect(written === '' || written.endsWith('\n')).toBe(true);
  return { code, lines: written.split('\n').slice(0, -1), complained };
}

/** What a script may come across: each is one line. */
const STRANGE = Buffer.concat([
  Buffer.from(
    'Makadii henyu?\r\n\n1e9\n12.345,67\n31/\u202e2019\n999999999999999999999\nma\0do\0ra\n😀👍🏾\n\u0007\u001b[31mred\n',
  ),
  Buffer.from([0x66, 0xff, 0xfe, 0xc3, 0x0a]),
  Buffer.from(
    `${'mangwanani 2019, $5 '.repeat(5000)}\n${'b'.repeat(100_000)}\n${'9'.repeat(100_000)}\n${'('.repeat(100_000)}\nVaMoyo`,
  ),
]);
const STRANGE_LINES = 15;

describe('text', () => {
  it('speak reads figures in the class that is asked for', async () => {
    expect((await inzwa(['text', 'speak'], 'vanhu 2\nMari i$5\n')).lines).toEqual([
      'vanhu vaviri',
      expect.stringContaining('madhora mashanu'),
    ]);
    const spoken = await Promise.all(
      ['none', '2', '6', '8'].map((of) => inzwa(['text', 'speak', '--class', of], '2\n')),
    );
    expect(spoken.map(({ lines }) => lines[0])).toEqual(['mbiri', 'vaviri', 'maviri', 'zviviri']);
  });

  it('value writes what the words mean, or none', async () => {
    const { lines, code } = await inzwa(
      ['text', 'value'],
      'mazana maviri nemakumi maviri nevana\nmadhora mashanu\nmakadii\n',
    );
    expect(lines).toEqual(['224', 'USD 5', 'none']);
    expect(code).toBe(0);
  });

  it('phonemes separates the sounds, or writes them as a voice gets them', async () => {
    const input = 'manheru\nn’anga dze nzvimbo\n12\n';
    expect((await inzwa(['text', 'phonemes'], input)).lines).toEqual([
      'm a n̤ e r u',
      'ŋ a ᵑɡ a  d͡z e  ⁿzᵝ i ᵐb o',
      expect.stringContaining('ɡ u m i'),
    ]);
    expect((await inzwa(['text', 'phonemes', '--voice'], 'Makadii henyu?\n')).lines).toEqual(['makaˈɗii ˈɦeːɲu?']);
  });

  it('fold makes equal what sounds alike', async () => {
    const { lines } = await inzwa(['text', 'fold'], 'svondo\nsh ondo\nvari kufamba\nvarikufamba\n5\n');
    expect(lines[0]).toBe(lines[1]);
    expect(lines[2]).toBe(lines[3]);
    expect(lines[4]).not.toBe('');
  });

  it.each(['speak', 'value', 'phonemes', 'fold'])('%s answers every line, whatever is in it', async (what) => {
    const { code, lines, complained } = await inzwa(['text', what], STRANGE);
    expect(complained).toBe('');
    expect(code).toBe(0);
    expect(lines).toHaveLength(STRANGE_LINES);
    for (const line of [0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 14]) expect(lines[line], `line ${line + 1}`).not.toBe('');
  });

  it.each([
    [['text'], 2, 'Usage'],
    [['text', '--help'], 0, 'Usage'],
    [['match', '--help'], 0, 'Usage'],
  ])('%j explains itself', async (args, code, said) => {
    const ran = await inzwa(args, '');
    expect(ran.code).toBe(code);
    expect(ran.lines.join('\n')).toContain(said);
  });

  it.each([
    [['text', 'sing']],
    [['text', 'speak', 'loudly']],
    [['text', 'speak', '--class', '3']],
    [['text', 'speak', '--loud']],
    [['text', 'speak', '--language', 'xx']],
    [['match']],
    [['match', '--hotline', 'nowhere']],
  ])('%j is refused with a sentence', async (args) => {
    const { code, lines, complained } = await inzwa(args, 'makadii\n');
    expect(code).toBeGreaterThan(0);
    expect(lines).toEqual([]);
    expect(complained).toMatch(/inzwa: .+\(INZWA_[A-Z_]+\)/su);
  });
});

describe('match', () => {
  const { cards } = loadHotline('kiriniki');

  it('finds every card by every way of asking for it', async () => {
    const asked = cards.flatMap(({ id, questions }) => questions.map((question) => ({ id, question })));
    const { code, lines } = await inzwa(
      ['match', '--hotline', 'kiriniki'],
      asked.map(({ question }) => question).join('\n'),
    );
    expect(code).toBe(0);
    expect(lines.map((line) => line.split('\t')[0])).toEqual(asked.map(({ id }) => id));
    for (const line of lines) expect(line).toMatch(/^[a-z-]+\t[01]\.\d{3}\t[a-z:-]+$/);
  });

  it('names the nearest choice where no card answers', async () => {
    const { lines } = await inzwa(
      ['match', '--hotline', 'kiriniki'],
      'Musikana akapfeka hembe tsvuku\nndoda kutaura nemunhu\n...\n\nkiginiki innobirangurai mangwana\n',
    );
    expect(lines).toHaveLength(5);
    expect(lines.map((line) => line.split('\t')[0])).toEqual(['none', 'none', 'none', 'none', 'nguva-dzekuvhura']);
    expect(lines[1]).toMatch(/\tintent:human$/);
    expect(lines[2]).toBe('none\t0.000\t-');
  });

  it('says more as JSON', async () => {
    const { lines } = await inzwa(
      ['match', '--hotline', 'kiriniki', '--json'],
      'Arumwa nenyoka.\nKiriniki iri kupi?\n',
    );
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ decision: 'intent', intent: 'emergency', cardId: 'njodzi' }),
      expect.objectContaining({ decision: 'card', cardId: 'nzvimbo', nearest: expect.any(Array) as unknown }),
    ]);
  });

  it('answers every line, whatever is in it', async () => {
    const { code, lines, complained } = await inzwa(['match', '--hotline', 'kiriniki'], STRANGE);
    expect({ code, complained }).toEqual({ code: 0, complained: '' });
    expect(lines).toHaveLength(STRANGE_LINES);
    for (const line of lines) expect(line).toMatch(/^[a-z-]+\t[01]\.\d{3}\t[a-z:-]+$/);
  });
});
