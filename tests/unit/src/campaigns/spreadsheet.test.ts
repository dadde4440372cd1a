import { describe, expect, it } from 'vitest';
import { csvRow, guardCell, isFormula, isSpreadsheetError, unguardCell } from '#src/campaigns/spreadsheet.ts';

/** What makes a spreadsheet work something out, by OWASP's list of 2026. */
const BEGINS_A_FORMULA = /^[\t\r\n ]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;

const HOSTILE = [
  '=1+1',
  '=HYPERLINK("http://example.org","a")',
  "=cmd|'/c calc'!A0",
  '+263772000001',
  '-5',
  '@SUM(A1:A9)',
  '\t=1',
  '\r=1',
  ' =1',
  '\n=1',
  '\uff1d1+1',
  "'=1",
  "''",
  "'",
  "'tis",
  '0772000001',
  '263772000001',
  '1234567890123456',
  '',
  'Tendai "TK" Moyo',
  'a;=1',
  'a,b',
  'two\nlines',
];

describe('a cell for a spreadsheet', () => {
  it.each(HOSTILE)('%j begins no formula and comes back as it was', (text) => {
    const cell = guardCell(text);
    expect(cell).not.toMatch(BEGINS_A_FORMULA);
    expect(unguardCell(cell)).toBe(text);
  });

  it('keeps numbers that would lose a digit as text', () => {
    expect(['0772000001', '263772000001', '12', '772000001'].map(guardCell)).toEqual([
      "'0772000001",
      "'263772000001",
      '12',
      '772000001',
    ]);
  });

  it('comes back as it was from any text of the characters that matter', () => {
    let seed = 20261126;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed % below;
    };
    const alphabet = ["'", '=', '+', '-', '@', '0', '1', '9', ' ', '\t', '\n', '"', ';', ',', 'a', '\uff1d', '\0'];
    for (let round = 0; round < 20_000; round += 1) {
      const text = Array.from({ length: random(7) }, () => alphabet[random(alphabet.length)]).join('');
      // ="…" is read as what it says; an export never writes it.
      expect(unguardCell(guardCell(text)), `seed 20261126, round ${round}: ${JSON.stringify(text)}`).toBe(text);
    }
  });

  it('is read from the way in which some programs keep a text: ="0772000001"', () => {
    expect(unguardCell('="0772000001"')).toBe('0772000001');
    expect(unguardCell('="a"&"b"')).toBe('="a"&"b"');
  });
});

describe('a row for a spreadsheet', () => {
  it('has quotation marks wherever some country’s separator stands in a cell', () => {
    expect(csvRow(['a', 'b;c', 'd,e', 'f\tg', 'say "h"', 'i\nj', ' k'])).toBe(
      `a,"b;c","d,e","f\tg","say ""h""","i\nj",' k\r\n`,
    );
  });
});

describe('what a spreadsheet has done', () => {
  it.each(['=A1', '=1+1', ' =1', '@SUM(A1)', '+A1+1', "-1+cmd|' /C calc'!A0", '\uff1d1'])('%j is a formula', (cell) => {
    expect(isFormula(cell)).toBe(true);
  });

  it.each(['-5', '+263 77 200 0001', '@tendai', 'a=b', '-', '+', 'Moyo-Ncube', '-12.5', '+1'])('%j is none', (cell) => {
    expect(isFormula(cell)).toBe(false);
  });

  it.each(['#REF!', '#N/A', '#NAME?', '#VALUE!', '#DIV/0!', '########'])('%j is an error', (cell) => {
    expect(isSpreadsheetError(cell)).toBe(true);
  });

  it('takes no house number for an error', () => {
    expect(isSpreadsheetError('#12')).toBe(false);
  });
});
