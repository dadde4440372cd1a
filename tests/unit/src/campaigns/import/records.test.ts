import { describe, expect, it } from 'vitest';
import { detectDialect } from '#src/campaigns/import/dialect.ts';
import { readTable, type TableRecord } from '#src/campaigns/import/records.ts';
import { collect, fileOf } from '../../../../support/contacts-import.ts';

async function read(text: string, chunkBytes?: number): Promise<TableRecord[]> {
  const isRow = (cells: readonly string[]): boolean => cells.length === 3 && /^077\d{7}$/.test(cells[0] ?? '');
  const chunks = fileOf(text, chunkBytes).open() as AsyncIterable<Buffer>;
  return collect(readTable(chunks, { ...detectDialect(text), isRow }));
}

/** `line: cell|cell`, a fault with a mark before it. */
const short = (records: readonly TableRecord[]): string[] =>
  records.map(({ line, cells, fault }) => `${line}: ${fault === undefined ? '' : '! '}${cells.join('|')}`);

const GOOD = '0772000009,a,b';

describe('rows of a table', () => {
  it.each([
    ['plain', 'phone,a,b\n0772000001,x,y\n', ['1: phone|a|b', '2: 0772000001|x|y']],
    ['without a last line end', 'phone,a,b\n0772000001,x,y', ['1: phone|a|b', '2: 0772000001|x|y']],
    ['of Windows', 'phone,a,b\r\n0772000001,x,y\r\n', ['1: phone|a|b', '2: 0772000001|x|y']],
    ['of an old Mac', 'phone,a,b\r0772000001,x,y\r', ['1: phone|a|b', '2: 0772000001|x|y']],
    [
      'with every kind of line end',
      'phone,a,b\r\n1,x,y\n2,x,y\r3,x,y',
      ['1: phone|a|b', '2: 1|x|y', '3: 2|x|y', '4: 3|x|y'],
    ],
    [
      'with line ends in cells',
      'phone,a,b\n1,"x\r\ny\nz",w\n2,x,y\n',
      ['1: phone|a|b', '2: 1|x\r\ny\nz|w', '5: 2|x|y'],
    ],
    ['with doubled marks', 'phone,a,b\n1,"x ""y"" z",w\n', ['1: phone|a|b', '2: 1|x "y" z|w']],
    ['with blanks before a mark', 'phone,a,b\n1, "x,y",w\n', ['1: phone|a|b', '2: 1|x,y|w']],
    ['with a mark amid a word', 'phone,a,b\n1,x"y,w\n', ['1: phone|a|b', '2: 1|x"y|w']],
    ['with blank lines', 'phone,a,b\n\n1,x,y\n\n', ['1: phone|a|b', '2: ', '3: 1|x|y', '4: ']],
    ['with too many and too few cells', 'phone,a,b\n1,x\n2,x,y,z\n', ['1: phone|a|b', '2: 1|x', '3: 2|x|y|z']],
    ['with sep=', 'sep=;\nphone;a;b\n1;x,z;y\n', ['2: phone|a|b', '3: 1|x,z|y']],
  ])('are read from a file %s, in any pieces', async (_how, text, expected) => {
    for (const chunkBytes of [undefined, 1, 2, 3, 7]) expect(short(await read(text, chunkBytes))).toEqual(expected);
  });

  it('count as a spreadsheet counts beside the lines of the file', async () => {
    const records = await read('phone,a,b\n1,"x\ny",w\n\n2,x,y\n');
    expect(records.map(({ row, line }) => [row, line])).toEqual([
      [1, 1],
      [2, 2],
      [3, 4],
      [4, 5],
    ]);
  });
});

describe('a broken row', () => {
  it.each([
    [
      'a mark that is never closed',
      `phone,a,b\n0772000001,"x,y\n${GOOD}\n`,
      ['2: ! 0772000001,"x,y', `3: ${GOOD.replaceAll(',', '|')}`],
    ],
    [
      'a mark that the next quoted cell would close',
      `phone,a,b\n0772000001,"x,y\n0772000002,"z",w\n`,
      ['2: ! 0772000001,"x,y', '3: 0772000002|z|w'],
    ],
    [
      'a mark that closes rows later, with the right number of cells',
      `phone,a,b\n0772000001,x,"y\n${GOOD}\n0772000003,x,y"\n`,
      ['2: ! 0772000001,x,"y', `3: ${GOOD.replaceAll(',', '|')}`, '4: 0772000003|x|y"'],
    ],
    [
      'words behind a quoted cell',
      `phone,a,b\n0772000001,"x" y,z\n${GOOD}\n`,
      ['2: ! 0772000001,"x" y,z', `3: ${GOOD.replaceAll(',', '|')}`],
    ],
    [
      'a mark in the last line',
      `phone,a,b\n${GOOD}\n0772000001,"x`,
      [`2: ${GOOD.replaceAll(',', '|')}`, '3: ! 0772000001,"x'],
    ],
  ])('is one row alone: %s', async (_what, text, expected) => {
    for (const chunkBytes of [undefined, 1, 5]) expect(short(await read(text, chunkBytes)).slice(1)).toEqual(expected);
  });

  it('does not swallow a file that is larger than any cell', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `077${3_000_000 + index},a,b`);
    const records = await read(`phone,a,b\n0772000001,"x,y\n${rows.join('\n')}\n`, 65_536);
    expect(records).toHaveLength(20_002);
    expect(records.filter(({ fault }) => fault !== undefined)).toHaveLength(1);
    expect(records.at(-1)?.line).toBe(20_002);
  });

  it('is refused line by line when every line is broken', async () => {
    const records = await read(`phone,a,b\n${'0772000001,"x,y\n'.repeat(2_000)}`, 65_536);
    expect(records.filter(({ fault }) => fault === 'quotes')).toHaveLength(2_000);
  });
});

describe('what separates cells', () => {
  it.each([
    [',', 'phone,name\n1,"a;b;c"\n'],
    [';', 'phone;name\n1;"a,b,c"\n2;a,b\n'],
    ['\t', 'phone\tname\n1\ta, b\n'],
    ['|', 'phone|name\n1|a, b\n'],
    [',', 'phone\n0772000001\n'],
    [';', 'sep=;\nphone;name\n'],
    [';', 'phone;name, nick\n0772000001;a, b\n0772000002;c, d\n'],
  ])('%j is seen in %j', (delimiter, text) => {
    expect(detectDialect(text).delimiter).toBe(delimiter);
  });
});
