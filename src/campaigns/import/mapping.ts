/** Which column is what: found by its name, told by the operator, or as it was for the campaign's last file. */
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';
import { parseNumber } from '#telephony/numbers.ts';

/** What a column can be besides a variable of the script. */
export const FIELDS = ['phone', 'language', 'tz', 'consent_basis', 'consent_at', 'consent_ref'] as const;
export type Field = (typeof FIELDS)[number];

/** Headers by what they are; `vars` by the variable's name, in the order of the file. */
export const columnMapping = z.strictObject({
  fields: z.partialRecord(z.enum(FIELDS), z.string()),
  vars: z.record(z.string(), z.string()),
  ignored: z.array(z.string()),
});
export type ColumnMapping = Readonly<z.infer<typeof columnMapping>>;

/** What the operator said about columns. */
export interface MappingWishes {
  /** Field or variable -> header. */
  readonly map?: Readonly<Record<string, string>>;
  /** Headers that are left out. */
  readonly ignore?: readonly string[];
  /** Of the campaign's last import: taken where the headers still are. */
  readonly saved?: ColumnMapping | undefined;
  /** Variables that the script declares; each needs a column. */
  readonly variables: readonly string[];
}

/** Columns of our own exports that say what became of a contact: never read back. */
export const RESULT_PREFIXES = ['result.', 'answer.', 'error.'] as const;

/** Lower case, without accents and signs; English and Shona, as lists in Zimbabwe are headed. */
const PHONE_HEADERS = new Set(
  `phone phone_number phonenumber phone_no telephone telephone_number tel tel_no mobile mobile_number mobile_no cell
  cell_number cellphone cellphone_number cell_no contact_number number msisdn whatsapp whatsapp_number runhare
  nhamba_yerunhare nhamba_dzerunhare foni nhamba_yefoni nhamba`.split(/\s+/),
);
const FIELD_HEADERS: Readonly<Record<Exclude<Field, 'phone'>, ReadonlySet<string>>> = {
  language: new Set(['language', 'lang', 'mutauro']),
  tz: new Set(['tz', 'timezone', 'time_zone']),
  consent_basis: new Set(['consent', 'consent_basis', 'basis_of_consent']),
  consent_at: new Set(['consent_at', 'consent_date', 'date_of_consent']),
  consent_ref: new Set(['consent_ref', 'consent_reference', 'consent_evidence']),
};

const MAX_COLUMNS = 200;

/** Column numbers of everything that is read; the rest of a row is only looked at for its number of cells. */
export interface Columns {
  readonly header: readonly string[];
  readonly mapping: ColumnMapping;
  readonly fieldAt: Readonly<Partial<Record<Field, number>>>;
  readonly varAt: readonly { readonly name: string; readonly index: number }[];
  /** Headers that nothing is taken from. */
  readonly unused: readonly string[];
}

/** Throws INZWA_CONTACTS_INVALID that says which columns there are and what to do. */
export function mapColumns(headerCells: readonly string[], wishes: MappingWishes): Columns {
  const header = headerCells.map((cell) => cell.replaceAll('\ufeff', '').replaceAll(/\s+/g, ' ').trim());
  while (header.at(-1) === '') header.pop();
  checkHeader(header, wishes);
  const saved = wishes.saved?.ignored.filter((name) => header.includes(name)) ?? [];
  const ignored = new Set([...saved, ...(wishes.ignore ?? []).map((name) => find(header, name, '--ignore'))]);
  const told = Object.fromEntries(
    Object.entries(wishes.map ?? {}).map(([target, name]) => [target, find(header, name, `--map ${target}=`)]),
  );
  const fields = fieldsOf(header, told, ignored, wishes.saved);
  for (const name of Object.values(told)) ignored.delete(name);
  const taken = new Set([...Object.values(fields), ...ignored]);
  const vars = varsOf(header, told, taken, wishes);
  const missing = wishes.variables.filter((name) => vars[name] === undefined);
  if (missing.length > 0) {
    throw invalid(
      `the script speaks of {{${missing.join('}}, {{')}}}, and no column is called so; use --map ${missing[0] ?? ''}=HEADER. ${columnsOf(header)}`,
    );
  }
  const indexOf = (name: string): number => header.indexOf(name);
  const used = new Set([...Object.values(fields), ...Object.values(vars)]);
  return {
    header,
    mapping: { fields, vars, ignored: [...ignored] },
    fieldAt: Object.fromEntries(Object.entries(fields).map(([field, name]) => [field, indexOf(name)])),
    varAt: Object.entries(vars).map(([name, column]) => ({ name, index: indexOf(column) })),
    unused: header.filter((name) => name !== '' && !used.has(name)),
  };
}

/** A header as the name of a variable: `First Name` -> `first_name`. */
export function variableName(header: string): string {
  return header
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}-]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
}

function checkHeader(header: readonly string[], { map }: MappingWishes): void {
  const named = header.filter((name) => name !== '');
  if (named.length === 0) throw invalid('the first row names no columns');
  if (header.length > MAX_COLUMNS)
    throw invalid(`the first row names more than ${MAX_COLUMNS} columns: is it the header?`);
  if (named.some((name) => parseNumber(name).ok)) {
    throw invalid(
      'the first row holds a telephone number: the file has no header. Name its columns with --header phone,name,…',
    );
  }
  // Columns of our own are passed over, however often they are there.
  const double = named.find((name, index) => !isResult(name) && named.indexOf(name) !== index);
  if (double !== undefined)
    throw invalid(`two columns are called ${JSON.stringify(double)}: give each a name of its own`);
  for (const target of Object.keys(map ?? {})) {
    if (!isField(target) && !/^[\p{L}\p{N}_-]+$/u.test(target)) {
      throw invalid(`--map ${target}=…: a variable's name has letters, figures, _ and - only`);
    }
  }
}

function find(header: readonly string[], name: string, option: string): string {
  const wanted = name.trim();
  const found =
    header.find((each) => each === wanted) ?? header.find((each) => variableName(each) === variableName(wanted));
  if (found === undefined || found === '') {
    throw invalid(`${option}: no column is called ${JSON.stringify(wanted)}. ${columnsOf(header)}`);
  }
  return found;
}

function fieldsOf(
  header: readonly string[],
  told: Readonly<Record<string, string>>,
  ignored: ReadonlySet<string>,
  saved: ColumnMapping | undefined,
): Partial<Record<Field, string>> {
  const claimed = new Set([...Object.values(told), ...ignored]);
  const free = header.filter((name) => name !== '' && !claimed.has(name));
  const fields: Partial<Record<Field, string>> = {};
  for (const field of FIELDS) {
    const last = saved?.fields[field];
    const names = field === 'phone' ? PHONE_HEADERS : FIELD_HEADERS[field];
    const named = free.filter((name) => names.has(variableName(name)));
    // A column that is called exactly so is meant, whatever else there is.
    const choices =
      named.filter((name) => variableName(name) === field).length === 1
        ? named.filter((name) => variableName(name) === field)
        : named;
    const found = told[field] ?? (last !== undefined && free.includes(last) ? last : undefined) ?? choices[0];
    if (told[field] === undefined && found === choices[0] && choices.length > 1) {
      throw invalid(
        `${choices.map((name) => JSON.stringify(name)).join(' and ')} could both be the ${field}: choose with --map ${field}=HEADER`,
      );
    }
    if (found !== undefined) fields[field] = found;
  }
  if (fields.phone === undefined) {
    throw invalid(`no column holds telephone numbers by its name: use --map phone=HEADER. ${columnsOf(header)}`);
  }
  return fields;
}

function varsOf(
  header: readonly string[],
  told: Readonly<Record<string, string>>,
  taken: ReadonlySet<string>,
  { saved, variables }: MappingWishes,
): Record<string, string> {
  const mapped = Object.entries(told).filter(([target]) => !isField(target));
  const used = new Set([...taken, ...mapped.map(([, name]) => name)]);
  const vars = new Map<string, string>(mapped);
  const declared = new Map(variables.map((name) => [variableName(name), name]));
  const savedNames = new Map(Object.entries(saved?.vars ?? {}).map(([name, column]) => [column, name]));
  for (const column of header) {
    if (column === '' || used.has(column) || isResult(column)) continue;
    const name = savedNames.get(column) ?? declared.get(variableName(column)) ?? variableName(column);
    if (name === '')
      throw invalid(`the column ${JSON.stringify(column)} has no letters: use --map NAME=HEADER or --ignore it`);
    if (isField(name) || vars.has(name)) {
      // Told by the operator, or before it in the file: two columns cannot fill one gap.
      throw invalid(
        `more than one column would be ${name}: use --map OTHERNAME=${JSON.stringify(column)} or --ignore ${JSON.stringify(column)}`,
      );
    }
    vars.set(name, column);
  }
  return Object.fromEntries(vars);
}

function isField(name: string): name is Field {
  return (FIELDS as readonly string[]).includes(name);
}

function isResult(column: string): boolean {
  return RESULT_PREFIXES.some((prefix) => column.startsWith(prefix));
}

function columnsOf(header: readonly string[]): string {
  return `The file's columns are: ${header.filter((name) => name !== '').join(', ')}`;
}

function invalid(message: string): InzwaError {
  return new InzwaError('INZWA_CONTACTS_INVALID', message);
}
