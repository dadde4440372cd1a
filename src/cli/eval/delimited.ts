/** Rows of TSV and CSV files with the line each one begins on, so that a bad row can be named. */

export interface DelimitedRow {
  /** 1 for the file's first line. */
  readonly line: number;
  readonly fields: readonly string[];
  /** Set when the row could not be cut into fields for certain. */
  readonly problem?: string;
}

const BYTE_ORDER_MARK = '\u{FEFF}';

/** UTF-8, or UTF-16 where a byte order mark says so (what Excel calls Unicode text). Bytes that are neither become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8', { ignoreBOM: true }).decode(bytes);
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/**
 * One row for each line. Quotation marks are letters, as FLEURS and Common Voice write them, unless they enclose a whole field
 * and are doubled inside it, as older releases of Common Voice do. Blank lines are left out.
 */
export function parseTsv(text: string): DelimitedRow[] {
  return text.split('\n').flatMap((written, index) => {
    const line = written.replace(/\r$/u, '');
    return line.trim() === '' ? [] : [{ line: index + 1, fields: line.split('\t').map(unquoted) }];
  });
}

function unquoted(field: string): string {
  const enclosed = /^"((?:[^"]|"")*)"$/u.exec(field)?.[1];
  return enclosed === undefined ? field : enclosed.replaceAll('""', '"');
}

/** RFC 4180: quoted fields may hold separators, doubled quotation marks and ends of lines. Blank lines are left out. */
export function parseCsv(text: string, separator = ','): DelimitedRow[] {
  const rows: DelimitedRow[] = [];
  let fields: string[] = [];
  let at = 0;
  let line = 1;
  let startLine = 1;
  const endRow = (problem?: string): void => {
    const isBlank = fields.length === 1 && fields[0]?.trim() === '';
    if (!isBlank || problem !== undefined) rows.push({ line: startLine, fields, ...(problem && { problem }) });
    fields = [];
    startLine = line;
  };
  while (at < text.length) {
    const field = text[at] === '"' ? quotedField(text, at, separator) : plainField(text, at, separator);
    line += field.lineEnds;
    fields.push(field.value);
    at = field.end;
    if (field.isOpen) {
      endRow(`a quotation mark is never closed: nothing of lines ${startLine} to ${line} was read`);
      return rows;
    }
    if (text.startsWith(separator, at)) {
      at += separator.length;
      if (at === text.length) fields.push('');
      continue;
    }
    // What is left is the end of the line, or of the text.
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line += 1;
    endRow();
  }
  if (fields.length > 0) endRow();
  return rows;
}

interface Field {
  readonly value: string;
  readonly end: number;
  readonly lineEnds: number;
  readonly isOpen?: boolean;
}

function plainField(text: string, start: number, separator: string): Field {
  let end = start;
  while (end < text.length && text[end] !== '\n' && !text.startsWith(separator, end)) end += 1;
  const value = text.slice(start, end);
  // The carriage return belongs to the end of the line.
  return value.endsWith('\r') && text[end] === '\n'
    ? { value: value.slice(0, -1), end: end - 1, lineEnds: 0 }
    : { value, end, lineEnds: 0 };
}

function quotedField(text: string, start: number, separator: string): Field {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0)
      return { value: '', end: text.length, lineEnds: text.slice(start).split('\n').length - 1, isOpen: true };
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') {
      // Letters behind the closing mark belong to the field all the same.
      const rest = plainField(text, quote + 1, separator);
      return { value: value + rest.value, end: rest.end, lineEnds: value.split('\n').length - 1 };
    }
    value += '"';
    from = quote + 2;
  }
}
