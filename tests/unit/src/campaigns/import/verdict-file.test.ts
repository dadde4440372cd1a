import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { refusedHeader, refusedName, refusedRow } from '#src/campaigns/import/verdict-file.ts';
import type { RowVerdict } from '#src/campaigns/import/verdict.ts';

const VERDICT: RowVerdict = {
  kind: 'refused',
  ...{ row: 4, line: 5, warnings: [], faults: [{ code: 'missing-variable', column: 'name' }] },
};

type Table = readonly (readonly string[])[];

/** A table whose every row is refused, as the file that is mended. */
function refuse([header = [], ...rows]: Table): Table {
  const lines = rows.map((cells) => refusedRow(VERDICT, { row: 4, line: 5, cells }, header));
  return parse(refusedHeader(header) + lines.join(''));
}

describe('a file of refused rows', () => {
  const once = refuse([
    ['phone', 'name', 'error of ours'],
    ['0772000001', '', "'tis"],
    ["'+263772000002", "''0772", '=1+1'],
  ]);

  it('has what is wrong before the cells', () => {
    expect(once[0]).toEqual(['error.line', 'error.codes', 'error.explanation', 'phone', 'name', 'error of ours']);
    expect(once[1]?.slice(0, 2)).toEqual(['5', 'missing-variable:name']);
    expect(once[1]?.slice(3)).toEqual(["'0772000001", '', "''tis"]);
  });

  it('is the same after a second round: what was wrong before is dropped, and no apostrophe is added', () => {
    expect(once[2]?.slice(3)).toEqual(["'+263772000002", "''0772", "'=1+1"]);
    expect(refuse(once)).toEqual(once);
    expect(refuse(refuse(once))).toEqual(once);
  });

  it.each([
    ['contacts.csv', 'contacts.refused.csv'],
    ['a.b/contacts.TXT', 'a.b/contacts.refused.csv'],
    ['contacts', 'contacts.refused.csv'],
    ['contacts.refused.csv', 'contacts.refused.csv'],
    ['contacts.refused-2.csv', 'contacts.refused.csv'],
  ])('of %s is called %s: the name does not grow', (from, name) => {
    expect(refusedName(from)).toBe(name);
  });
});
