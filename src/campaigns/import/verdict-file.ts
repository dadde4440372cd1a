/** What became of the rows as tables: every verdict, or the refused rows as they were, to be mended and imported again. */
import { csvRow } from '../spreadsheet.ts';
import type { TableRecord } from './records.ts';
import { codesOf, explain, type RowVerdict } from './verdict.ts';

/** The first row of a file of verdicts. */
export const VERDICTS_HEADER = csvRow(['row', 'line', 'verdict', 'codes', 'explanation']);

/** One row of it. */
export function verdictRow(verdict: RowVerdict): string {
  return csvRow([`${verdict.row}`, `${verdict.line}`, verdict.kind, codesOf(verdict), explain(verdict)]);
}

/** The first row of a file of refused rows: an import passes over the columns `error.…`. */
export function refusedHeader(header: readonly string[]): string {
  return csvRow(['error.line', 'error.codes', 'error.explanation', ...header]);
}

/** The row with its cells as they were, and before them what is wrong. */
export function refusedRow(verdict: RowVerdict, { cells }: TableRecord): string {
  return csvRow([`${verdict.line}`, codesOf(verdict), explain(verdict), ...cells]);
}
