/** What an operator reads of an import: on the screen, and in files. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { ImportPlan, ImportReport } from '#src/campaigns/import/import.ts';
import type { TableRecord } from '#src/campaigns/import/records.ts';
import { toldPlan, toldReport, toldRow } from '#src/campaigns/import/told.ts';
import { refusedHeader, refusedRow, verdictRow, VERDICTS_HEADER } from '#src/campaigns/import/verdict-file.ts';
import { explain, FAULTS, WARNINGS, type RowVerdict } from '#src/campaigns/import/verdict.ts';
import type { Terminal } from '../terminal.ts';

export interface PaperOptions {
  readonly isPreview: boolean;
  /** JSON lines instead of sentences. */
  readonly isJson: boolean;
  /** Every refused row on the screen. */
  readonly isEverything: boolean;
  /** Paths; undefined: no such file. */
  readonly verdicts: string | undefined;
  readonly refused: string | undefined;
}

const ROWS_ON_SCREEN = 50;
/** Written when so much has come together. */
const BUFFER_CHARACTERS = 64 * 1024;
const DELIMITER_NAMES: Readonly<Record<string, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': '|' };

export class ImportPaper {
  readonly #terminal: Terminal;
  readonly #opts: PaperOptions;
  readonly #files: { verdicts: PaperFile | undefined; refused: PaperFile | undefined };
  #header: readonly string[] = [];
  #shown = 0;
  #hidden = 0;

  constructor(terminal: Terminal, opts: PaperOptions) {
    this.#terminal = terminal;
    this.#opts = opts;
    this.#files = {
      verdicts: opts.verdicts === undefined ? undefined : new PaperFile(opts.verdicts, VERDICTS_HEADER),
      refused: undefined,
    };
  }

  plan(plan: ImportPlan): void {
    const { columns, survey, delimiter, isRepeat } = plan;
    this.#header = columns.header;
    if (this.#opts.isJson) {
      this.#json(toldPlan(plan));
      return;
    }
    const terminal = this.#terminal;
    const line = (text: string): void => terminal.line(text);
    const doubt = survey.encodingBy === 'guessed' ? terminal.style('yellow', ' (guessed: look at the names)') : '';
    line(`${survey.bytes} bytes, ${survey.encoding}${doubt}, separated by ${DELIMITER_NAMES[delimiter] ?? delimiter}`);
    for (const [field, column] of Object.entries(columns.mapping.fields))
      line(`  ${field.padEnd(16)} column "${column}"`);
    for (const [name, column] of Object.entries(columns.mapping.vars))
      line(`  ${`{{${name}}}`.padEnd(16)} column "${column}"`);
    if (columns.unused.length > 0) line(`  not read         ${columns.unused.map((name) => `"${name}"`).join(', ')}`);
    if (isRepeat)
      line(terminal.style('yellow', 'This file was imported before in the same way: nothing is stored again.'));
    line('');
  }

  row(verdict: RowVerdict, record: TableRecord): void {
    this.#files.verdicts?.write(verdictRow(verdict));
    if (verdict.kind === 'refused' && this.#opts.refused !== undefined) {
      this.#files.refused ??= new PaperFile(this.#opts.refused, refusedHeader(this.#header));
      this.#files.refused.write(refusedRow(verdict, record));
    }
    if (this.#opts.isJson) {
      this.#json(toldRow(verdict));
      return;
    }
    if (verdict.kind !== 'refused' && verdict.warnings.length === 0) return;
    if (this.#shown >= ROWS_ON_SCREEN && !this.#opts.isEverything) {
      this.#hidden += 1;
      return;
    }
    this.#shown += 1;
    const mark =
      verdict.kind === 'refused'
        ? this.#terminal.style('red', 'refused ')
        : this.#terminal.style('yellow', `${verdict.kind}, but`);
    const where = verdict.row === verdict.line ? `row ${verdict.row}` : `row ${verdict.row} (line ${verdict.line})`;
    this.#terminal.line(`${where.padEnd(10)} ${mark} ${explain(verdict)}`);
  }

  report(report: ImportReport): void {
    if (this.#opts.isJson) {
      this.#json(toldReport(report, this.#opts.isPreview));
      return;
    }
    const terminal = this.#terminal;
    const line = (text: string): void => terminal.line(text);
    if (this.#hidden > 0) line(`… and ${this.#hidden} rows more: --all shows them, --verdicts FILE writes them down`);
    if (this.#shown > 0) line('');
    const would = this.#opts.isPreview ? 'would be accepted' : 'accepted';
    line(
      `${terminal.style('bold', `${report.rows} rows`)}: ${report.accepted} ${would}, ${report.known} in the campaign already, ${report.refused} refused`,
    );
    const sentences: Readonly<Record<string, string>> = { ...FAULTS, ...WARNINGS };
    for (const [code, count] of Object.entries(report.byCode).sort(([, a], [, b]) => b - a)) {
      line(`  ${String(count).padStart(6)} ${code}: ${sentences[code] ?? ''}`);
    }
    if (report.blank > 0) line(`  ${String(report.blank).padStart(6)} blank lines, not counted`);
    if (this.#files.refused !== undefined) {
      line(`The refused rows are in ${this.#files.refused.path}: mend them there and import that file.`);
    }
    if (this.#opts.isPreview) line('Nothing was stored: this was a preview.');
  }

  /** Whatever happened, what was said is in the files. */
  close(): void {
    this.#files.verdicts?.close();
    this.#files.refused?.close();
  }

  #json(value: object): void {
    this.#terminal.line(JSON.stringify(value));
  }
}

/** Readable for its owner alone; begins with a byte order mark, so that a spreadsheet reads it as UTF-8. */
class PaperFile {
  readonly path: string;
  readonly #file: number;
  #waiting: string;

  constructor(path: string, header: string) {
    this.path = path;
    try {
      this.#file = openSync(path, 'w', 0o600);
    } catch (error) {
      throw new InzwaError(
        'INZWA_CONFIG_INVALID',
        `${path} cannot be written (${messageOf(error)}): name another with --refused or --verdicts`,
        {
          cause: error,
        },
      );
    }
    this.#waiting = `\ufeff${header}`;
  }

  write(text: string): void {
    this.#waiting += text;
    if (this.#waiting.length > BUFFER_CHARACTERS) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#waiting);
    this.#waiting = '';
  }
}
