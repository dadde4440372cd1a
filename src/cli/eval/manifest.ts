/** Tables of recordings and what is said in them: which layout a file has, and its rows, without looking at any audio. */
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { decodeText, parseCsv, parseTsv, type DelimitedRow } from './delimited.ts';

export type Layout = 'fleurs' | 'waxal' | 'common-voice' | 'plain';

export interface ManifestRow {
  readonly line: number;
  /** As written: a name, or a path that may be relative; '' where the row has only an id. */
  readonly audio: string;
  readonly id: string | undefined;
  readonly text: string;
  readonly speaker: string | undefined;
  readonly gender: string | undefined;
}

/** A row that is left out of every figure. */
export interface Problem {
  readonly line: number;
  readonly kind: 'row' | 'missing-file' | 'audio' | 'engine';
  /** Names files and columns, never the words of a transcript. */
  readonly reason: string;
}

export interface Manifest {
  readonly layout: Layout;
  /** The layout and what it was recognised by, for people. */
  readonly description: string;
  readonly rows: readonly ManifestRow[];
  readonly problems: readonly Problem[];
}

/** Column names, lower case, in the order in which they are looked for. */
const AUDIO_COLUMNS = [
  ...['audio', 'path', 'audio_path', 'audio_file', 'audio_filepath', 'file', 'file_name', 'filename', 'wav'],
] as const;
const TEXT_COLUMNS = ['text', 'sentence', 'transcription', 'transcript', 'raw_transcription'] as const;
const SPEAKER_COLUMNS = ['speaker', 'speaker_id', 'client_id'] as const;
const AUDIO_NAME = /\.(?:wav|mp3|flac|ogg|opus|m4a|webm|amr)$/iu;
/** More than one file of transcripts of any corpus has. */
const MOST_BYTES = 512 * 1024 * 1024;

type Cells = ReadonlyMap<string, string>;

/** A row as named cells, whatever file format it came from. */
interface NamedRow {
  readonly line: number;
  readonly cells: Cells;
  readonly problem?: string;
}

/** Throws INZWA_EVAL_MANIFEST when the layout is none that is known; a row that cannot be used is a problem, not an error. */
export function readManifest(bytes: Uint8Array, name: string): Manifest {
  const fail = (why: string): InzwaError => new InzwaError('INZWA_EVAL_MANIFEST', `${name}: ${why}`);
  if (String.fromCharCode(...bytes.subarray(0, 4)) === 'PAR1') {
    throw fail('this is a Parquet file; export it to files and a table first (docs/evaluation.md shows how)');
  }
  if (bytes.length > MOST_BYTES) throw fail('it is larger than 512 MB: not a table of transcripts');
  const text = decodeText(bytes);
  const start = text.trimStart();
  if (start === '') throw fail('it is empty');
  if (start.startsWith('[')) throw fail('it is one JSON array; write one JSON object per line (jq -c ".[]")');
  if (start.startsWith('{')) return namedManifest(jsonRows(text), 'JSON, one object per line', fail);
  const isTsv = (text.split('\n', 1)[0] ?? '').includes('\t');
  const rows = isTsv ? parseTsv(text) : parseCsv(text, separatorOf(text));
  if (isTsv && isFleurs(rows[0]?.fields ?? [])) return fleursManifest(rows);
  return namedManifest(headedRows(rows), isTsv ? 'TSV with a header' : 'CSV with a header', fail);
}

/** Excel writes semicolons where a comma is the decimal sign. */
function separatorOf(text: string): ',' | ';' {
  const header = text.split('\n', 1)[0] ?? '';
  return header.split(';').length > header.split(',').length ? ';' : ',';
}

/** FLEURS has no header: id, file, raw transcription, transcription, characters, number of samples, gender. */
function isFleurs(fields: readonly string[]): boolean {
  return fields.length >= 4 && /^\d+$/u.test(fields[0] ?? '') && AUDIO_NAME.test(fields[1] ?? '');
}

function fleursManifest(rows: readonly DelimitedRow[]): Manifest {
  const named = rows.map(({ line, fields }): NamedRow => {
    const [id = '', audio = '', raw = '', plain = ''] = fields;
    const gender = fields.length >= 7 ? (fields[6] ?? '') : '';
    const cells = new Map([
      ['id', id],
      ['audio', audio],
      // The raw transcription has capitals and punctuation; the other one is derived from it.
      ['text', raw.trim() === '' ? plain : raw],
      ['gender', gender],
    ]);
    return fields.length >= 4 ? { line, cells } : { line, cells, problem: `it has ${fields.length} columns, not 7` };
  });
  return collect(named, { audio: 'audio', text: 'text' }, 'fleurs', 'FLEURS (TSV without a header)');
}

function headedRows(rows: readonly DelimitedRow[]): NamedRow[] {
  const [header, ...body] = rows;
  const names = header?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  return body.map(({ line, fields, problem }) => {
    const cells = new Map(names.map((name, index) => [name, fields[index] ?? '']));
    const count =
      fields.length === names.length ? undefined : `it has ${fields.length} columns, the header ${names.length}`;
    const wrong = problem ?? count;
    return wrong === undefined ? { line, cells } : { line, cells, problem: wrong };
  });
}

function jsonRows(text: string): NamedRow[] {
  return text.split('\n').flatMap((written, index): NamedRow[] => {
    if (written.trim() === '') return [];
    const line = index + 1;
    try {
      const value: unknown = JSON.parse(written);
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return [{ line, cells: cellsOf(value) }];
      return [{ line, cells: new Map(), problem: 'it is not a JSON object' }];
    } catch (error) {
      // V8 quotes what it could not parse, which may be somebody's words.
      const where = /position \d+/u.exec(messageOf(error))?.[0];
      return [{ line, cells: new Map(), problem: `it is not JSON${where === undefined ? '' : ` (at ${where})`}` }];
    }
  });
}

/** The Hugging Face library writes a recording as an object with a path. */
function cellsOf(value: object): Cells {
  return new Map(
    Object.entries(value).map(([name, cell]: [string, unknown]) => {
      const inner = typeof cell === 'object' && cell !== null && 'path' in cell ? cell.path : cell;
      const isPlain = typeof inner === 'string' || typeof inner === 'number';
      return [name.toLowerCase(), isPlain ? String(inner) : ''] as const;
    }),
  );
}

function namedManifest(rows: readonly NamedRow[], format: string, fail: (why: string) => Error): Manifest {
  const names = new Set(rows.find(({ problem }) => problem === undefined)?.cells.keys() ?? rows[0]?.cells.keys() ?? []);
  const find = (known: readonly string[]): string | undefined => known.find((name) => names.has(name));
  const text = find(TEXT_COLUMNS);
  if (names.has('client_id') && names.has('path') && names.has('sentence')) {
    return collect(rows, { audio: 'path', text: 'sentence' }, 'common-voice', `Common Voice (${format})`);
  }
  const audio = find(AUDIO_COLUMNS);
  if (names.has('id') && names.has('speaker_id') && names.has('transcription')) {
    const columns = { text: 'transcription', ...(audio !== undefined && { audio }) };
    return collect(rows, columns, 'waxal', `WAXAL (${format})`);
  }
  if (text !== undefined && audio !== undefined) {
    return collect(rows, { audio, text }, 'plain', `plain (${format}: ${audio}, ${text})`);
  }
  if (rows.length === 0) throw fail('it has a header and no rows, or no header');
  throw fail(
    `no known layout. It has the columns ${[...names].slice(0, 20).join(', ') || '(none)'}. Known: FLEURS (TSV without a ` +
      `header), Common Voice (client_id, path, sentence), WAXAL (id, speaker_id, transcription, …), or any table with ` +
      `one of ${AUDIO_COLUMNS.join(', ')} and one of ${TEXT_COLUMNS.join(', ')}`,
  );
}

interface Columns {
  readonly audio?: string;
  readonly text: string;
}

function collect(named: readonly NamedRow[], columns: Columns, layout: Layout, description: string): Manifest {
  const rows: ManifestRow[] = [];
  const problems: Problem[] = [];
  for (const { line, cells, problem } of named) {
    const cell = (name: string): string | undefined => {
      const value = cells.get(name)?.trim();
      return value === '' ? undefined : value;
    };
    const audio = columns.audio === undefined ? undefined : cell(columns.audio);
    const row = {
      line,
      audio: audio ?? '',
      id: cell('id'),
      text: cell(columns.text) ?? '',
      speaker: SPEAKER_COLUMNS.map(cell).find((value) => value !== undefined),
      gender: cell('gender')?.toLowerCase(),
    };
    const reason = problem ?? reasonAgainst(row, columns);
    if (reason === undefined) rows.push(row);
    else problems.push({ line, kind: 'row', reason });
  }
  return { layout, description, rows, problems };
}

function reasonAgainst(row: ManifestRow, columns: Columns): string | undefined {
  if (row.audio === '' && row.id === undefined) return `it names no recording (column ${columns.audio ?? 'id'})`;
  if (row.text === '') return `it has no transcript (column ${columns.text})`;
  if (row.text.includes('\u{FFFD}')) return 'its transcript is not UTF-8';
  return undefined;
}
