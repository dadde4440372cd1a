/** What an import tells another program, one object a line: how the file was understood, each row, the sum. */
import type { ImportPlan, ImportReport } from './import.ts';
import { codesOf, explain, type RowVerdict } from './verdict.ts';

/** The first. */
export function toldPlan({ survey, delimiter, columns, isRepeat }: ImportPlan): object {
  return { type: 'plan', ...survey, delimiter, ...columns.mapping, unused: columns.unused, isRepeat };
}

/** Holds no cell's content. */
export function toldRow(verdict: RowVerdict): object {
  const { row, line, kind } = verdict;
  const codes = codesOf(verdict);
  const found = codes === '' ? [] : codes.split(' ');
  return { type: 'row', row, line, verdict: kind, codes: found, explanation: explain(verdict) };
}

/** The last. */
export function toldReport(report: ImportReport, isPreview: boolean): object {
  const { rows, accepted, known, refused, blank, byCode, isRepeat } = report;
  return { type: 'report', rows, accepted, known, refused, blank, byCode, isRepeat, isPreview };
}
