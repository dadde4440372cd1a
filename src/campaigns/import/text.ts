/** Bytes of a file of contacts as text: which encoding it is in, and whether it is a text at all. */
import { createHash } from 'node:crypto';
import { InzwaError } from '#kernel/errors.ts';

/** A file that can be read from its beginning more than once. */
export interface ContactsFile {
  /** As the operator named it, for messages. */
  readonly name: string;
  open(): AsyncIterable<Uint8Array>;
}

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface FileSurvey {
  /** Of the bytes as they are, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  readonly encoding: Encoding;
  /** `guessed`: there was neither a byte order mark nor valid UTF-8, so the operator should look at the names. */
  readonly encodingBy: 'mark' | 'content' | 'guessed' | 'operator';
  /** The beginning, decoded, without a byte order mark. */
  readonly sample: string;
}

const SAMPLE_BYTES = 64 * 1024;

/** What people send instead of a text, by its first bytes. */
const NOT_TEXT: readonly { readonly starts: readonly number[]; readonly what: string }[] = [
  {
    starts: [0x50, 0x4b, 0x03, 0x04],
    what: 'a workbook (xlsx, ods) or a zip file; in the spreadsheet, save it as "CSV UTF-8"',
  },
  { starts: [0xd0, 0xcf, 0x11, 0xe0], what: 'an old workbook (xls); in the spreadsheet, save it as "CSV UTF-8"' },
  { starts: [0x25, 0x50, 0x44, 0x46], what: 'a PDF; export the table as CSV' },
  { starts: [0x1f, 0x8b], what: 'compressed (gzip); unpack it first' },
  { starts: [0xff, 0xfe, 0x00, 0x00], what: 'UTF-32; save it as UTF-8' },
  { starts: [0x00, 0x00, 0xfe, 0xff], what: 'UTF-32; save it as UTF-8' },
];

/** Reads the whole file once. Throws INZWA_CONTACTS_INVALID when it is empty or no text. */
export async function surveyFile(file: ContactsFile, encoding?: Encoding): Promise<FileSurvey> {
  const hash = createHash('sha256');
  const content = new ContentCheck();
  let bytes = 0;
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of file.open()) {
    hash.update(chunk);
    bytes += chunk.length;
    content.add(chunk);
    if (head.length < SAMPLE_BYTES) head = Buffer.concat([head, chunk.subarray(0, SAMPLE_BYTES - head.length)]);
  }
  const wrong = NOT_TEXT.find(({ starts }) => starts.every((byte, index) => head[index] === byte));
  if (wrong !== undefined) throw invalid(`${file.name} is no CSV but ${wrong.what}`);
  const chosen =
    encoding === undefined ? (encodingOf(head) ?? content.verdict()) : ({ encoding, by: 'operator' } as const);
  const sample = new TextDecoder(chosen.encoding).decode(head, { stream: head.length < bytes });
  if (sample.trim() === '') throw invalid(`${file.name} is empty`);
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(sample)) throw invalid(`${file.name} is no CSV but a web page or XML`);
  if (sample.includes('\0\0\0\0')) throw invalid(`${file.name} is no text; save the table as "CSV UTF-8"`);
  return { sha256: hash.digest('hex'), bytes, encoding: chosen.encoding, encodingBy: chosen.by, sample };
}

/** The file as UTF-8 without a byte order mark; what cannot be decoded is U+FFFD. */
export async function* readAsUtf8(file: ContactsFile, encoding: Encoding): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of file.open()) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

function invalid(message: string): InzwaError {
  return new InzwaError('INZWA_CONTACTS_INVALID', message);
}

interface EncodingVerdict {
  readonly encoding: Encoding;
  readonly by: FileSurvey['encodingBy'];
}

/** By a byte order mark, or by the zero bytes that UTF-16 has in every second place of a Latin text. */
function encodingOf(head: Buffer): EncodingVerdict | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', by: 'mark' };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', by: 'mark' };
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', by: 'mark' };
  const zeros = [0, 0];
  head.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros.map((count) => count / (head.length / 2));
  if (odd > 0.5 && even < 0.1) return { encoding: 'utf-16le', by: 'content' };
  if (even > 0.5 && odd < 0.1) return { encoding: 'utf-16be', by: 'content' };
  return undefined;
}

/** Whether it is UTF-8, UTF-8 with a few broken places, or what spreadsheets in the West write otherwise. */
class ContentCheck {
  readonly #strict = new TextDecoder('utf-8', { fatal: true });
  readonly #lenient = new TextDecoder('utf-8');
  #isValid = true;
  #broken = 0;
  #accented = 0;

  add(chunk: Uint8Array): void {
    if (this.#isValid) {
      try {
        this.#strict.decode(chunk, { stream: true });
      } catch {
        this.#isValid = false;
      }
    }
    this.#count(this.#lenient.decode(chunk, { stream: true }));
  }

  verdict(): EncodingVerdict {
    if (this.#isValid) {
      try {
        this.#strict.decode();
      } catch {
        this.#isValid = false;
      }
    }
    this.#count(this.#lenient.decode());
    if (this.#isValid || this.#accented > this.#broken) return { encoding: 'utf-8', by: 'content' };
    return { encoding: 'windows-1252', by: 'guessed' };
  }

  #count(text: string): void {
    for (const [character] of text.matchAll(/[^\0-\x7f]/gu)) {
      if (character === '\ufffd') this.#broken += 1;
      else this.#accented += 1;
    }
  }
}
