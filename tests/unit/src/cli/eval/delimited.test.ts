import { describe, expect, it } from 'vitest';
import { decodeText, parseCsv, parseTsv } from '#src/cli/eval/delimited.ts';

describe('TSV', () => {
  it('numbers rows by the line they stand on, blank lines and Windows ends left out', () => {
    expect(parseTsv('a\tb\r\n\r\nc\td\n')).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 3, fields: ['c', 'd'] },
    ]);
  });

  it('takes a quotation mark for a letter unless it encloses the whole field', () => {
    const fields = parseTsv('say "yes"\t"Ehe," akadaro\t"Ndati ""hongu"""\t"\t""')[0]?.fields;
    expect(fields).toEqual(['say "yes"', '"Ehe," akadaro', 'Ndati "hongu"', '"', '']);
  });
});

describe('CSV', () => {
  it('reads separators, quotation marks and ends of lines inside quotes, and still counts lines', () => {
    const text = 'path,text\na.wav,"Hongu, ""ndizvo""\r\nshamwari"\n\nb.wav,kwete\n';
    expect(parseCsv(text)).toEqual([
      { line: 1, fields: ['path', 'text'] },
      { line: 2, fields: ['a.wav', 'Hongu, "ndizvo"\r\nshamwari'] },
      { line: 5, fields: ['b.wav', 'kwete'] },
    ]);
  });

  it('keeps empty fields, also the last', () => {
    expect(parseCsv('a,,\n,b,c')).toEqual([
      { line: 1, fields: ['a', '', ''] },
      { line: 2, fields: ['', 'b', 'c'] },
    ]);
  });

  it('takes another separator, and letters behind a closing quotation mark', () => {
    expect(parseCsv('a;"b"c;d', ';')[0]?.fields).toEqual(['a', 'bc', 'd']);
  });

  it('says which lines an unclosed quotation mark has swallowed', () => {
    const rows = parseCsv('a,b\nc,"d\ne,f\ng,h');
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({ line: 2, problem: expect.stringContaining('lines 2 to 4') as string });
  });
});

describe('the text of a file', () => {
  it('is UTF-8 with or without a mark, or UTF-16 with one', () => {
    expect(decodeText(Buffer.from('\u{FEFF}n’anga', 'utf8'))).toBe('n’anga');
    expect(decodeText(Buffer.from('\u{FEFF}n’anga', 'utf16le'))).toBe('n’anga');
    expect(decodeText(Buffer.from('n’anga', 'utf8'))).toBe('n’anga');
    expect(decodeText(Uint8Array.of(0x61, 0xe9))).toBe('a\u{FFFD}');
  });
});
