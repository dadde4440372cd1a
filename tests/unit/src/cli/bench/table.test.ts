import { expect, test } from 'vitest';
import { displayWidth, formatNumber, renderTable } from '#src/cli/bench/table.ts';

test('columns are as wide as their widest cell and numbers stand to the right', () => {
  const table = renderTable(
    [{ title: 'who' }, { title: 'ms', align: 'right' }],
    [
      ['caller', '7'],
      ['it', '1,200'],
    ],
  );
  expect(table.split('\n')).toEqual(['who        ms', '──────  ─────', 'caller      7', 'it      1,200']);
});

test('colour takes no room and letters of more than one code point take one place', () => {
  const red = `${String.fromCharCode(27)}[31mno${String.fromCharCode(27)}[0m`;
  expect(displayWidth(red)).toBe(2);
  expect(displayWidth('n\u0307a')).toBe(2);
});

test('a missing cell is empty, not "undefined"', () => {
  expect(renderTable([{ title: 'a' }, { title: 'b' }], [['x']])).not.toContain('undefined');
});

test.each([
  [1234567.25, 1, '1,234,567.3'],
  [999, 0, '999'],
  [-0.2, 0, '0'],
  [-1500, 0, '−1,500'],
  [Number.NaN, 2, '–'],
  [undefined, 0, '–'],
])('%s with %s places reads %s', (value, decimals, text) => {
  expect(formatNumber(value, decimals)).toBe(text);
});
