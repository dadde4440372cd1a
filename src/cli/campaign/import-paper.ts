/** What an operator reads of an import: on the screen, and in files. */
import type { ImportPlan, ImportReport } from '#src/campaigns/import/import.ts';
import type { TableRecord } from '#src/campaigns/import/records.ts';
import { toldPlan, toldReport, toldRow } from '#src/campaigns/import/told.ts';
import { refusedHeader, refusedRow, verdictRow, VERDICTS_HEADER } from '#src/campaigns/import/verdict-file.ts';
import { explain, FAULTS, WARNINGS, type RowVerdict } from '#src/campaigns/import/verdict.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from './office.ts';
import { PaperFile } from './paper-file.ts';

export interface PaperOptions {
  readonly isPreview: boolean;
  /** JSON lines instead of sentences. */
  readonly isJson: boolean;
  /** Every refused row on the screen. */
  readonly isEverything: boolean;
  /** Paths; undefined: no such file. */
  readonly verdicts: string | undefined;
  readonly refused: string | undefined;
  /** `missing`: the command names no basis of consent, and the campaign asks for one. */
  readonly consent: 'given' | 'missing' | 'not needed';
}

const ROWS_ON_SCREEN = 50;
const DELIMITER_NAMES: Readonly<Record<string, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': '|' };

const GIVE_CONSENT = 'give --consent-basis "registered at the clinic, form 7", or a column consent_basis';

export class ImportPaper {
  readonly #terminal: Terminal;
  readonly #opts: PaperOptions;
  readonly #files: { verdicts: PaperFile | undefined; refused: PaperFile | undefined };
  #header: readonly string[] = [];
  /** Neither the command nor a column of the file says why anybody may be called. */
  #isUnfounded = false;
  #shown = 0;
  #hidden = 0;

  constructor(terminal: Terminal, opts: PaperOptions) {
    this.#terminal = terminal;
    this.#opts = opts;
    this.#files = {
      verdicts:
        opts.verdicts === undefined ? undefined : new PaperFile(opts.verdicts, VERDICTS_HEADER, { isKeeping: false }),
      refused: undefined,
    };
  }

  plan(plan: ImportPlan): void {
    const { columns, survey, delimiter, isRepeat } = plan;
    this.#header = columns.header;
    this.#isUnfounded = this.#opts.consent === 'missing' && columns.mapping.fields.consent_basis === undefined;
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
    if (this.#isUnfounded) {
      line(terminal.style('red', `No row says why its person may be called: ${GIVE_CONSENT}.`));
      line('What else is wrong with the rows:');
    }
    line('');
  }

  row(verdict: RowVerdict, record: TableRecord): void {
    this.#files.verdicts?.write(verdictRow(verdict));
    // Of a file whose every row is refused for want of one option there is nothing to mend yet.
    if (verdict.kind === 'refused' && this.#opts.refused !== undefined && !this.#isUnfounded) {
      this.#files.refused ??= new PaperFile(this.#opts.refused, refusedHeader(this.#header), { isKeeping: true });
      this.#files.refused.write(refusedRow(verdict, record, this.#header));
    }
    if (this.#opts.isJson) {
      this.#json(toldRow(verdict));
      return;
    }
    const shown = this.#isUnfounded ? withoutConsent(verdict) : verdict;
    if ((shown.kind === 'refused' ? shown.faults : shown.warnings).length === 0) return;
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
    this.#terminal.line(`${where.padEnd(10)} ${mark} ${explain(shown)}`);
  }

  report(report: ImportReport): void {
    const { refused } = this.#files;
    refused?.close();
    if (this.#opts.isJson) {
      const file = refused === undefined ? {} : { refusedFile: refused.path };
      this.#json({ ...toldReport(report, this.#opts.isPreview), ...file });
      return;
    }
    const terminal = this.#terminal;
    const line = (text: string): void => terminal.line(text);
    if (this.#hidden > 0)
      line(`… and ${counted(this.#hidden, 'row')} more: --all shows all, --verdicts FILE writes them down`);
    if (this.#shown > 0) line('');
    const would = this.#opts.isPreview ? 'would be accepted' : 'accepted';
    line(
      `${terminal.style('bold', counted(report.rows, 'row'))}: ${report.accepted} ${would}, ${report.known} in the campaign already, ${report.refused} refused`,
    );
    const sentences: Readonly<Record<string, string>> = { ...FAULTS, ...WARNINGS };
    for (const [code, count] of Object.entries(report.byCode).sort(([, a], [, b]) => b - a)) {
      line(`  ${String(count).padStart(6)} ${code}: ${sentences[code] ?? ''}`);
    }
    if (report.blank > 0)
      line(`  ${String(report.blank).padStart(6)} blank ${report.blank === 1 ? 'line' : 'lines'}, not counted`);
    if (refused !== undefined) {
      if (refused.isAnother)
        line(`${this.#opts.refused ?? ''} is there already with other content, and stays as it is.`);
      const again = this.#opts.consent === 'given' ? ', again with --consent-basis' : '';
      line(`The refused rows are in ${refused.path}: mend them there and import that file${again}.`);
    }
    if (this.#isUnfounded)
      line(`Import the same file again: ${GIVE_CONSENT}. Only then are refused rows written down.`);
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

function withoutConsent(verdict: RowVerdict): RowVerdict {
  if (verdict.kind !== 'refused') return verdict;
  return { ...verdict, faults: verdict.faults.filter(({ code }) => code !== 'no-consent') };
}
