/** How a table is written: what stands between its cells. */
import { parse } from 'csv-parse/sync';
import { parseNumber } from '#telephony/numbers.ts';
import { unguardCell } from '../spreadsheet.ts';

export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

export interface Dialect {
  readonly delimiter: Delimiter;
  /** The file begins with the line `sep=;`, which some spreadsheets write and none counts as a row. */
  readonly hasSepLine: boolean;
}

/** Enough rows to tell, few enough that a table of a million costs nothing. */
const SAMPLE_RECORDS = 50;

/** From the beginning of a file, decoded; a table of one column is taken as separated by commas. */
export function detectDialect(sample: string): Dialect {
  const sep = /^sep=([,;\t|])[\t ]*(?:\r\n|\n|\r)/i.exec(sample);
  if (sep !== null) return { delimiter: sep[1] as Delimiter, hasSepLine: true };
  const whole = sample.slice(0, lastLineEnd(sample));
  const [best] = DELIMITERS.map((delimiter) => ({ delimiter, ...likeness(whole, delimiter) }))
    .filter(({ columns }) => columns > 1)
    .sort((a, b) => b.numbers - a.numbers || b.agreement - a.agreement || b.columns - a.columns);
  return { delimiter: best?.delimiter ?? ',', hasSepLine: false };
}

interface Likeness {
  /** Cells of the header. */
  readonly columns: number;
  /** The share of rows that have as many. */
  readonly agreement: number;
  /** Rows with a cell that is a telephone number and nothing else. */
  readonly numbers: number;
}

function likeness(text: string, delimiter: Delimiter): Likeness {
  const rows: number[] = [];
  let numbers = 0;
  try {
    parse(text, {
      delimiter,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      to: SAMPLE_RECORDS,
      on_record: (cells: string[]) => {
        rows.push(cells.length);
        if (cells.some((cell) => parseNumber(unguardCell(cell.trim())).ok)) numbers += 1;
        return null;
      },
    });
  } catch {
    // A quote that is never closed: what came before it tells enough.
  }
  const columns = rows[0] ?? 0;
  const agreement = rows.filter((count) => count === columns).length / Math.max(1, rows.length);
  return { columns, agreement, numbers };
}

/** A sample ends anywhere; its last line may be half a row. */
function lastLineEnd(sample: string): number {
  const end = Math.max(sample.lastIndexOf('\n'), sample.lastIndexOf('\r'));
  return end < 0 ? sample.length : end + 1;
}
