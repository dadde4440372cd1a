/** What is said of a row of a file of contacts: a code for programs, a sentence for the operator. */

/** Why a row is refused. */
export const FAULTS = {
  quotes: 'a quotation mark is opened and not closed, or stands amid a cell that is in quotation marks',
  columns: 'the row has another number of cells than the header: an unquoted separator or line end within a cell?',
  'repeated-header': 'this is the header once more; two files were put together',
  'no-number': 'there is no telephone number',
  withheld: 'instead of a number there is a word such as "unknown"',
  'number-destroyed':
    'a spreadsheet turned the number into 2.63772E+11 and its last digits are lost: take it from the source again, the column formatted as text',
  'number-decimal':
    'a spreadsheet or program wrote the number as a decimal (it ends in .0): format the column as text and export again',
  'two-numbers': 'there is more than one number in the cell; a row is one person with one number',
  'not-a-number': 'this is no telephone number',
  'too-short': 'the number has too few digits',
  'too-long': 'the number has too many digits',
  invalid: 'no such number exists in the numbering plan of its country',
  'outside-list': 'the number is not under a prefix that may be dialled (INZWA_DIAL_PREFIXES)',
  'premium-rate': 'the number costs extra; such numbers are never dialled',
  satellite: 'the number belongs to a satellite or global network; such numbers are never dialled',
  'other-kind': 'the number is neither a mobile nor a fixed line',
  duplicate: 'the number is in the file already',
  'missing-variable': 'the script needs this value and the cell is empty (or says null, N/A or the like)',
  formula: 'the cell holds a formula instead of its value, and the script needs it: paste the values and export again',
  'spreadsheet-error': 'the cell holds an error of a spreadsheet, such as #REF! or ####',
  'value-too-long': 'the value is too long (80 characters where the script speaks it, else 500)',
  'control-characters': 'the cell holds characters that are no text',
  'unreadable-characters': 'letters were lost when the file was saved (\ufffd): export it again as UTF-8',
  'no-consent': 'there is no basis of consent: name a column or, for the whole file, --consent-basis',
  'date-unclear': 'the date is not written as 2026-03-31 (or 2026-03-31T14:00+02:00)',
  'date-in-future': 'the consent is dated in the future',
  'unknown-zone': 'this is no IANA time zone such as Africa/Harare',
  'unknown-language': 'this is no language code such as sn or en',
} as const satisfies Readonly<Record<string, string>>;
export type FaultCode = keyof typeof FAULTS;

/** What the operator should look at though the row is taken. */
export const WARNINGS = {
  'formula-as-text': 'the cell looks like a formula; it is kept as text and not worked out',
  'number-rounded': 'the number ends in zeros as one that a spreadsheet has rounded: is it really this one?',
  'do-not-call': 'the number is on a do-not-call list: it will not be called',
  'line-break': 'the cell holds line breaks; they are kept, and spoken as a pause',
} as const satisfies Readonly<Record<string, string>>;
export type WarningCode = keyof typeof WARNINGS;

/** Why a row changes nothing. */
const KNOWN = 'the number is in the campaign already; what was imported first stands';

export interface Finding<Code extends string> {
  readonly code: Code;
  /** The header of the cell. */
  readonly column?: string;
  /** Line of the file that it is a duplicate of. */
  readonly firstLine?: number;
}

interface Place {
  readonly row: number;
  readonly line: number;
  readonly warnings: readonly Finding<WarningCode>[];
}

export type RowVerdict =
  | (Place & { readonly kind: 'accepted' })
  | (Place & { readonly kind: 'known' })
  /** The first fault is the one to mend first. */
  | (Place & { readonly kind: 'refused'; readonly faults: readonly Finding<FaultCode>[] });

/** Codes as in a file of verdicts: `missing-variable:name`, separated by blanks. */
export function codesOf(verdict: RowVerdict): string {
  return findingsOf(verdict)
    .map(({ code, column }) => (column === undefined ? code : `${code}:${column}`))
    .join(' ');
}

/** Sentences without any cell's content, so that they may stand in a log. */
export function explain(verdict: RowVerdict): string {
  const known = verdict.kind === 'known' ? [KNOWN] : [];
  const sentences = findingsOf(verdict).map(({ code, column, firstLine }) => {
    const text: string = { ...FAULTS, ...WARNINGS }[code];
    return `${column === undefined ? '' : `column "${column}": `}${text}${firstLine === undefined ? '' : ` (line ${firstLine})`}`;
  });
  return [...known, ...sentences].join('; ');
}

function findingsOf(verdict: RowVerdict): readonly Finding<FaultCode | WarningCode>[] {
  return verdict.kind === 'refused' ? [...verdict.faults, ...verdict.warnings] : verdict.warnings;
}
