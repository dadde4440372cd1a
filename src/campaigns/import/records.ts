/**
 * Rows of a table, in order, each with where it stands. csv-parse reads the cells; what it cannot do is go on after a broken
 * row, so the text is given to it in blocks, and after a fault reading starts again at the next line of the file.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { InzwaError } from '#kernel/errors.ts';
import type { Delimiter } from './dialect.ts';

export interface TableRecord {
  /** As a spreadsheet counts: the header is row 1, a cell of several lines is still one row. */
  readonly row: number;
  /** Where it begins in the file as a text editor counts. */
  readonly line: number;
  readonly cells: readonly string[];
  /** `quotes`: a quotation mark was opened and not closed, or stands amid a quoted cell; `cells` is then the line as it is. */
  readonly fault?: 'quotes';
}

export interface TableOptions {
  readonly delimiter: Delimiter;
  readonly hasSepLine: boolean;
  /**
   * True for cells that are surely a row of their own. Asked of the lines within a cell: where one is, the quotation mark
   * before it was never meant to swallow it.
   */
  isRow(cells: readonly string[]): boolean;
}

/** A quoted cell that goes on for longer than this has lost its closing mark. */
const MAX_RECORD_BYTES = 64 * 1024;
/** A file without line ends for so long is no table. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const LINE_ENDS = /\r\n|\n|\r/g;

export async function* readTable(chunks: AsyncIterable<Buffer>, options: TableOptions): AsyncGenerator<TableRecord> {
  const reader = new TableReader(options);
  for await (const chunk of chunks) yield* reader.add(chunk);
  yield* reader.end();
}

/** Thrown out of csv-parse to stop it at a record that swallowed others. */
class SwallowedRows extends Error {}

class TableReader {
  readonly #options: TableOptions;
  #rest: Buffer = Buffer.alloc(0);
  #row = 1;
  #line = 1;
  #isSepLineDue: boolean;

  constructor(options: TableOptions) {
    this.#options = options;
    this.#isSepLineDue = options.hasSepLine;
  }

  add(chunk: Buffer): TableRecord[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    return this.#read(false);
  }

  end(): TableRecord[] {
    return this.#read(true);
  }

  #read(isLast: boolean): TableRecord[] {
    const records: TableRecord[] = [];
    while (this.#rest.length > 0) {
      const block = isLast ? this.#rest : this.#rest.subarray(0, endOfLastLine(this.#rest));
      if (block.length === 0) {
        if (this.#rest.length > MAX_LINE_BYTES) {
          throw new InzwaError('INZWA_CONTACTS_INVALID', `line ${this.#line} does not end: this is no table`);
        }
        break;
      }
      if (this.#isSepLineDue) {
        this.#isSepLineDue = false;
        this.#rest = this.#rest.subarray(endOfFirstLine(block));
        this.#line += 1;
        continue;
      }
      const { read, error } = this.#parse(block, records);
      this.#rest = this.#rest.subarray(read);
      if (error === undefined) break;
      const isOpen = error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED';
      if (isOpen && !isLast && this.#rest.length < MAX_RECORD_BYTES) break;
      records.push(this.#broken());
    }
    return records;
  }

  /** Reads whole records until the end of the block or the first that is broken. */
  #parse(block: Buffer, records: TableRecord[]): { readonly read: number; readonly error: unknown } {
    let read = 0;
    try {
      parse(block, {
        ...this.#csvOptions(),
        on_record: (cells: string[], { bytes }) => {
          const lines = 1 + cells.reduce((count, cell) => count + (cell.match(LINE_ENDS)?.length ?? 0), 0);
          if (lines > 1 && this.#hasSwallowed(block.subarray(read, bytes))) throw new SwallowedRows();
          records.push({ row: this.#row, line: this.#line, cells });
          this.#row += 1;
          this.#line += lines;
          read = bytes;
          return null;
        },
      });
      return { read: block.length, error: undefined };
    } catch (error) {
      if (error instanceof CsvError || error instanceof SwallowedRows) return { read, error };
      throw error;
    }
  }

  /** Takes the first line off the rest: as a row where a mark amid an unquoted cell is all that is wrong, else as a fault. */
  #broken(): TableRecord {
    const end = endOfFirstLine(this.#rest);
    const line = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end);
    const text = line.toString().replace(/(?:\r\n|\n|\r)$/, '');
    const at = { row: this.#row, line: this.#line };
    this.#row += 1;
    this.#line += 1;
    const cells = this.#cellsOf(line);
    return cells === undefined ? { ...at, cells: [text], fault: 'quotes' } : { ...at, cells };
  }

  /** Of a line in which no cell begins with a mark that it does not also end with. */
  #cellsOf(line: Buffer): readonly string[] | undefined {
    try {
      const [cells] = parse(line, { ...this.#csvOptions(), relax_quotes: true });
      // Read leniently, "Tendai" Moyo keeps its marks: then it is not clear what was meant.
      return cells?.some((cell) => /^\s*"/.test(cell)) === true ? undefined : cells;
    } catch {
      return undefined;
    }
  }

  #hasSwallowed(record: Buffer): boolean {
    const [, ...lines] = record.toString().split(LINE_ENDS);
    return lines.some((line) => {
      const cells = line === '' ? undefined : this.#cellsOf(Buffer.from(line));
      return cells !== undefined && this.#options.isRow(cells);
    });
  }

  #csvOptions() {
    const { delimiter } = this.#options;
    return {
      delimiter,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      // So that a mark after a space opens a cell; where tabs separate, a space is all that could be trimmed and a tab must not be.
      ltrim: delimiter !== '\t',
      max_record_size: MAX_RECORD_BYTES,
    };
  }
}

/** Just behind the last line end; a carriage return at the very end may be half of one. */
function endOfLastLine(text: Buffer): number {
  const end = text.at(-1) === CR ? text.length - 1 : text.length;
  return end === 0 ? 0 : Math.max(text.lastIndexOf(LF, end - 1), text.lastIndexOf(CR, end - 1)) + 1;
}

function endOfFirstLine(text: Buffer): number {
  const index = text.findIndex((byte) => byte === LF || byte === CR);
  if (index < 0) return text.length;
  return text[index] === CR && text[index + 1] === LF ? index + 2 : index + 1;
}
