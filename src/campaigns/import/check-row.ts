/** One row of a file of contacts: what it says, or everything that is wrong with it. Knows no database. */
import type { PhoneNumber } from '#telephony/trunk.ts';
import { isZone } from '../dialler/settings.ts';
import { isFormula, isSpreadsheetError, unguardCell } from '../spreadsheet.ts';
import type { Columns, Field } from './mapping.ts';
import { readPhoneCell, type PhoneRules } from './phone-cell.ts';
import type { TableRecord } from './records.ts';
import type { FaultCode, Finding, WarningCode } from './verdict.ts';

/** On what ground somebody may be called. */
export interface Consent {
  readonly basis: string;
  /** Epoch ms. */
  readonly at: number | undefined;
  readonly ref: string | undefined;
}

/** What a row says of a person. */
export interface ContactDraft {
  readonly number: PhoneNumber;
  readonly vars: Readonly<Record<string, string>>;
  readonly language: string | undefined;
  readonly tz: string | undefined;
  readonly consent: Consent | undefined;
}

export interface RowRules extends PhoneRules {
  readonly columns: Columns;
  /** Variables that the script speaks of. */
  readonly required: ReadonlySet<string>;
  /** Of rows that name no basis of their own. */
  readonly consent: Consent | undefined;
  /** False: the campaign's settings answer for calling without. */
  readonly needsConsent: boolean;
  /** Epoch ms. */
  readonly nowMs: number;
}

export interface CheckedRow {
  readonly faults: readonly Finding<FaultCode>[];
  readonly warnings: readonly Finding<WarningCode>[];
  /** Undefined when there are faults. */
  readonly contact: ContactDraft | undefined;
}

/** About a minute of speech if it were spoken. */
const MAX_KEPT_CHARACTERS = 500;
/** What an interview speaks of a value; a longer one would be cut off amid a word (pipeline/interview/script.ts). */
const MAX_SPOKEN_CHARACTERS = 80;
/** How programs write that there is nothing; also what holds neither a letter nor a figure. */
const NOTHING = /^(?:undefined|null|NULL|NaN|nan|None|N\/A|n\/a|NA|\[object Object\]|[^\p{L}\p{N}]*)$/u;

/** Control characters but the tab and the ends of lines. */
const CONTROL = /[^\P{Cc}\t\n\r]/u;
const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

export function checkRow(record: TableRecord, rules: RowRules): CheckedRow {
  return new RowCheck(record, rules).run();
}

/** True for cells that are surely a row: as many as the header, a number where the number belongs. */
export function looksLikeRow(cells: readonly string[], { columns, country, allowList }: RowRules): boolean {
  const cell = cells[columns.fieldAt.phone ?? -1];
  return (
    hasColumns(cells, columns) &&
    cell !== undefined &&
    readPhoneCell(unguardCell(cell.trim()), { country, allowList }).ok
  );
}

/** Empty cells behind the last column are what spreadsheets leave of a table that once was wider. */
function hasColumns(cells: readonly string[], { header }: Columns): boolean {
  return cells.length >= header.length && cells.slice(header.length).every((cell) => cell.trim() === '');
}

class RowCheck {
  readonly #record: TableRecord;
  readonly #rules: RowRules;
  readonly #faults: Finding<FaultCode>[] = [];
  readonly #warnings: Finding<WarningCode>[] = [];

  constructor(record: TableRecord, rules: RowRules) {
    this.#record = record;
    this.#rules = rules;
  }

  run(): CheckedRow {
    const { columns } = this.#rules;
    const { cells, fault } = this.#record;
    if (fault !== undefined) return this.#refused({ code: fault });
    if (columns.header.every((name, index) => name === (cells[index] ?? '').trim())) {
      return this.#refused({ code: 'repeated-header' });
    }
    if (!hasColumns(cells, columns)) return this.#refused({ code: 'columns' });
    const number = this.#number();
    const contact = {
      vars: this.#vars(),
      language: this.#language(),
      tz: this.#tz(),
      consent: this.#consent(),
    };
    const isWhole = this.#faults.length === 0 && number !== undefined;
    return {
      faults: this.#faults,
      warnings: this.#warnings,
      contact: isWhole ? { number, ...contact } : undefined,
    };
  }

  #refused(fault: Finding<FaultCode>): CheckedRow {
    return { faults: [fault], warnings: [], contact: undefined };
  }

  #number(): PhoneNumber | undefined {
    const index = this.#rules.columns.fieldAt.phone ?? -1;
    const column = this.#rules.columns.header[index] ?? '';
    const cell = (this.#record.cells[index] ?? '').trim();
    const text = unguardCell(cell);
    if (isSpreadsheetError(text)) this.#faults.push({ code: 'spreadsheet-error', column });
    else if (text.includes('\ufffd')) this.#faults.push({ code: 'unreadable-characters', column });
    else if (/^[=@\uff1d\uff20]/u.test(text)) this.#faults.push({ code: 'formula', column });
    else {
      const read = readPhoneCell(text, this.#rules);
      if (!read.ok) this.#faults.push({ code: read.code, column });
      else {
        if (read.isRounded) this.#warnings.push({ code: 'number-rounded', column });
        return read.number;
      }
    }
    return undefined;
  }

  #vars(): Record<string, string> {
    const { columns, required } = this.#rules;
    return Object.fromEntries(
      columns.varAt.map(({ name, index }) => [name, this.#value(index, required.has(name))] as const),
    );
  }

  /** A cell that is spoken must be what it says; one that is only kept must be a text. */
  #value(index: number, isRequired: boolean): string {
    const column = this.#rules.columns.header[index] ?? '';
    const cell = (this.#record.cells[index] ?? '').replaceAll('\ufeff', '').trim();
    const text = unguardCell(cell);
    const fault = (code: FaultCode): void => void this.#faults.push({ code, column });
    if (isSpreadsheetError(text)) {
      fault('spreadsheet-error');
    } else if (text.includes('\ufffd')) {
      fault('unreadable-characters');
    } else if (CONTROL.test(text)) {
      fault('control-characters');
    } else if (isRequired && NOTHING.test(text)) {
      fault('missing-variable');
    } else if (text.length > (isRequired ? MAX_SPOKEN_CHARACTERS : MAX_KEPT_CHARACTERS)) {
      fault('value-too-long');
    } else if (isRequired && isFormula(text)) {
      // Also behind an apostrophe: nobody is called so.
      fault('formula');
    } else if (text === cell && isFormula(cell)) {
      this.#warnings.push({ code: 'formula-as-text', column });
    } else if (isRequired && /[\r\n]/.test(text)) {
      this.#warnings.push({ code: 'line-break', column });
    }
    return text;
  }

  #language(): string | undefined {
    const { text, column } = this.#field('language');
    if (text === '') return undefined;
    if (!/^[a-z]{2,3}$/i.test(text)) this.#faults.push({ code: 'unknown-language', column });
    return text.toLowerCase();
  }

  #tz(): string | undefined {
    const { text, column } = this.#field('tz');
    if (text === '') return undefined;
    if (!isZone(text)) this.#faults.push({ code: 'unknown-zone', column });
    return text;
  }

  #consent(): Consent | undefined {
    const { consent: forAll, needsConsent } = this.#rules;
    const { text: basis, column } = this.#field('consent_basis');
    if (basis === '' || isNo(basis)) {
      // "no" in the column is an answer; what holds for the whole file is for those of whom it says nothing.
      if (basis === '' && forAll !== undefined) return forAll;
      if (needsConsent || isNo(basis)) {
        this.#faults.push(column === '' ? { code: 'no-consent' } : { code: 'no-consent', column });
      }
      return undefined;
    }
    const ref = this.#field('consent_ref').text;
    return { basis, at: this.#consentAt() ?? forAll?.at, ref: ref === '' ? forAll?.ref : ref };
  }

  #consentAt(): number | undefined {
    const { text, column } = this.#field('consent_at');
    if (text === '') return undefined;
    const at = epochOf(text);
    if (at === undefined) this.#faults.push({ code: 'date-unclear', column });
    else if (at > this.#rules.nowMs) this.#faults.push({ code: 'date-in-future', column });
    return at;
  }

  #field(field: Exclude<Field, 'phone'>): { readonly text: string; readonly column: string } {
    const { fieldAt, header } = this.#rules.columns;
    const index = fieldAt[field];
    if (index === undefined) return { text: '', column: '' };
    return { text: this.#value(index, false).trim(), column: header[index] ?? '' };
  }
}

function isNo(basis: string): boolean {
  return /^(?:no|none|n|false|0|kwete|refused|withdrawn|-)$/i.test(basis);
}

/** 03/04/2026 is two dates, and 46115 is one only to a spreadsheet; a day without an hour is the day in UTC. */
function epochOf(text: string): number | undefined {
  const match = ISO_DATE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, offset] = match;
  const hasTime = text.length > 10;
  const at = Date.parse(hasTime && offset === undefined ? `${text.replace(' ', 'T')}Z` : text.replace(' ', 'T'));
  const midnight = new Date(`${year ?? ''}-${month ?? ''}-${day ?? ''}T00:00:00Z`);
  // 2026-02-30 is read as 2 March.
  if (Number.isNaN(at) || midnight.getUTCDate() !== Number(day)) return undefined;
  return at;
}

/** Epoch ms of an ISO date or time; undefined for any other way of writing one. */
export { epochOf as isoEpoch };
