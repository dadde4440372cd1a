/** What became of the rows as tables: every verdict, or the refused rows as they were, to be mended and imported again. */
import { csvRow, unguardCell } from '../spreadsheet.ts';
import type { TableRecord } from './records.ts';
import { codesOf, explain, type RowVerdict } from './verdict.ts';

/** The first row of a file of verdicts. */
export const VERDICTS_HEADER = csvRow(['row', 'line', 'verdict', 'codes', 'explanation']);

/** One row of it. */
export function verdictRow(verdict: RowVerdict): string {
  return csvRow([`${verdict.row}`, `${verdict.line}`, verdict.kind, codesOf(verdict), explain(verdict)]);
}

/** Ours; those of an earlier round are dropped, since they tell of rows that have been mended. */
const ERROR_COLUMNS: readonly string[] = ['error.line', 'error.codes', 'error.explanation'];

/** The first row of a file of refused rows: an import passes over the columns `error.…`. */
export function refusedHeader(header: readonly string[]): string {
  return csvRow([...ERROR_COLUMNS, ...header.filter((name) => !ERROR_COLUMNS.includes(name))]);
}

/** The row with its cells as they were, and before them what is wrong. `header`: of the file that was read. */
export function refusedRow(verdict: RowVerdict, { cells, fault }: TableRecord, header: readonly string[]): string {
  // A line that could not be taken apart stands under no header.
  const own = fault === undefined ? cells.filter((_, at) => !ERROR_COLUMNS.includes(header[at] ?? '')) : cells;
  // An apostrophe that guards a cell already is the one that it gets.
  return csvRow([`${verdict.line}`, codesOf(verdict), explain(verdict), ...own.map(unguardCell)]);
}

/** Where the refused rows of a file of contacts go: those of contacts.refused.csv and contacts.refused-2.csv to the former too. */
export function refusedName(contacts: string): string {
  return `${contacts.replace(/\.(?:csv|txt|tsv)$/i, '').replace(/\.refused(?:-\d+)?$/, '')}.refused.csv`;
}
