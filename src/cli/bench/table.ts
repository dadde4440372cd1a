/** Text tables for the terminal: columns as wide as their widest cell, numbers to the right. */

export interface Column {
  readonly title: string;
  /** @defaultValue 'left' */
  readonly align?: 'left' | 'right';
}

/** Rows of text with a rule under the titles; every cell is padded to its column, nothing is cut or wrapped. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => pad(cells[index] ?? '', widths[index] ?? 0, column.align ?? 'left'))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(columns.map((column) => column.title)), rule, ...rows.map(line)].join('\n');
}

/** Terminal columns of a string: colour sequences take none. Wide East Asian characters do not occur in our texts. */
export function displayWidth(text: string): number {
  return Array.from(GRAPHEMES.segment(text.replaceAll(COLOUR, ''))).length;
}

const GRAPHEMES = new Intl.Segmenter();

/** ESC [ … m, built from its code because a control character in a pattern cannot be read. */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'gu');

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** A number with a thin thousands separator and fixed places; '–' for a figure that was not measured. */
export function formatNumber(value: number | undefined, decimals = 0): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const [whole = '', fraction] = Math.abs(value).toFixed(decimals).split('.');
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/gu, ',');
  const isNegative = value < 0 && /[1-9]/u.test(whole + (fraction ?? ''));
  return `${isNegative ? '−' : ''}${grouped}${fraction ? `.${fraction}` : ''}`;
}
