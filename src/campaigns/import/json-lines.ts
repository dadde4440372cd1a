/** What an import tells another program, one JSON object a line: how the file was understood, each row, the sum. */
import type { ImportPlan, ImportReport } from './import.ts';
import { codesOf, explain, type RowVerdict } from './verdict.ts';

/** The first line. */
export function planLine({ survey, delimiter, columns, isRepeat }: ImportPlan): string {
  return line({ type: 'plan', ...survey, delimiter, ...columns.mapping, unused: columns.unused, isRepeat });
}

/** Holds no cell's content. */
export function rowLine(verdict: RowVerdict): string {
  const { row, line: at, kind } = verdict;
  const codes = codesOf(verdict);
  const found = codes === '' ? [] : codes.split(' ');
  return line({ type: 'row', row, line: at, verdict: kind, codes: found, explanation: explain(verdict) });
}

/** The last line. */
export function reportLine(report: ImportReport, isPreview: boolean): string {
  const { rows, accepted, known, refused, blank, byCode, isRepeat } = report;
  return line({ type: 'report', rows, accepted, known, refused, blank, byCode, isRepeat, isPreview });
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
