/** A file of numbers that are not to be called: with a header or a bare column, and strict, since a row that is lost is a call. */
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { parseNumber, type CountryCode } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { detectDialect } from '../import/dialect.ts';
import { mapColumns } from '../import/mapping.ts';
import { readPhoneCell } from '../import/phone-cell.ts';
import { readTable, type TableRecord } from '../import/records.ts';
import { readAsUtf8, surveyFile, type ContactsFile } from '../import/text.ts';
import type { FaultCode } from '../import/verdict.ts';
import { unguardCell } from '../spreadsheet.ts';

export interface NumberList {
  readonly numbers: readonly PhoneNumber[];
  /** Rows that no number could be read from. */
  readonly refused: readonly { readonly line: number; readonly code: FaultCode }[];
}

/** Rejects with INZWA_CONTACTS_INVALID when the file as a whole cannot be read. */
export async function readNumberList(
  file: ContactsFile,
  { country = 'ZW', column }: { readonly country?: CountryCode; readonly column?: string | undefined } = {},
): Promise<NumberList> {
  const survey = await surveyFile(file);
  const rules = { country, allowList: undefined };
  let index: number | undefined;
  const read = (cells: readonly string[]) => readPhoneCell(unguardCell((cells[index ?? 0] ?? '').trim()), rules);
  const isRow = (cells: readonly string[]): boolean => read(cells).ok;
  const numbers = new Set<PhoneNumber>();
  const refused: { readonly line: number; readonly code: FaultCode }[] = [];
  for await (const record of readTable(readAsUtf8(file, survey.encoding), { ...detectDialect(survey.sample), isRow })) {
    const { cells, fault, line } = record;
    if (fault === undefined && cells.every((cell) => cell.trim() === '')) continue;
    if (index === undefined) {
      const bare = bareColumn(record, country);
      index = bare ?? headedColumn(record, column);
      if (bare === undefined) continue;
    }
    const cell = fault === undefined ? read(cells) : ({ ok: false, code: fault } as const);
    if (cell.ok) numbers.add(cell.number);
    else refused.push({ line, code: cell.code });
  }
  return { numbers: [...numbers], refused };
}

/** Of a first row that holds a number: there is no header then. */
function bareColumn({ cells }: TableRecord, country: CountryCode): number | undefined {
  const index = cells.findIndex((cell) => parseNumber(unguardCell(cell.trim()), { defaultCountry: country }).ok);
  return index < 0 ? undefined : index;
}

function headedColumn({ cells, fault }: TableRecord, column: string | undefined): number {
  if (fault !== undefined)
    throw new InzwaError('INZWA_CONTACTS_INVALID', 'the first row has a quotation mark that is not closed');
  try {
    const { fieldAt } = mapColumns(cells, { variables: [], ...(column !== undefined && { map: { phone: column } }) });
    return fieldAt.phone ?? 0;
  } catch (error) {
    if (!isInzwaError(error, 'INZWA_CONTACTS_INVALID')) throw error;
    // The option has another name here than for contacts.
    const message = error.message.replaceAll(/--map phone=/g, '--column ');
    throw new InzwaError('INZWA_CONTACTS_INVALID', message, { cause: error });
  }
}
