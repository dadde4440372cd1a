/**
 * What spreadsheets do to a table and what a table may do to them: cells are written so that nothing is taken for a formula
 * or a number that loses digits, and read back as they were.
 */

/**
 * A leading = + - @ makes a formula in one program or another, also behind blanks, tabs or line ends, and in full width
 * (OWASP, CSV injection). An apostrophe is among them so that one that is meant survives. Digits behind a leading zero lose
 * the zero, and twelve or more become 2.63772E+11.
 */
const NEEDS_GUARD = /^[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\s\0']|^0\d+$|^\d{12,}$/u;

/** The text as a cell that every spreadsheet keeps as text: where needed with an apostrophe before it. */
export function guardCell(text: string): string {
  return NEEDS_GUARD.test(text) ? `'${text}` : text;
}

/** Takes back `guardCell`: for every text, `unguardCell(guardCell(text)) === text`. */
export function unguardCell(cell: string): string {
  if (cell.startsWith("'") && NEEDS_GUARD.test(cell.slice(1))) return cell.slice(1);
  // ="0772123456": how some programs make a spreadsheet keep a text; nothing is worked out in it.
  return /^="([^"]*)"$/.exec(cell)?.[1] ?? cell;
}

/** One row of a CSV file (RFC 4180), every cell guarded and in quotation marks where one is needed. */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map((cell) => quoted(guardCell(cell))).join(',')}\r\n`;
}

function quoted(cell: string): string {
  // Also for separators of other countries, so that no cell falls apart where ; is the custom.
  return /[",;\t|\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** What a spreadsheet writes where a formula could not be worked out or a column was too narrow. */
export function isSpreadsheetError(cell: string): boolean {
  return /^#(?:REF!|N\/A|NAME\?|VALUE!|DIV\/0!|NULL!|NUM!|SPILL!|CALC!|#+)$/i.test(cell);
}

/** A formula that was saved instead of what it says: =A1&B1, @SUM(A1), +A1+1, -cmd|x!A1; a number or a word with a sign is none. */
export function isFormula(cell: string): boolean {
  return /^\s*(?:[=\uff1d]|[+\-@\uff0b\uff0d\uff20].*[(|!]|[+-]\$?[A-Za-z]{1,3}\$?\d+)/su.test(cell);
}
