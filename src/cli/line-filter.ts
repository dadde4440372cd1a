/** Standard input to standard output, one line in, one line out, in order and as they come: for pipes and scripts. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { messageOf } from '#kernel/errors.ts';

export interface LineFilterOptions {
  /** @defaultValue standard input */
  readonly input?: AsyncIterable<Uint8Array>;
  /** @defaultValue standard output */
  readonly output?: Writable;
  /** @defaultValue standard error */
  readonly errors?: { write(text: string): unknown };
}

const LINE_FEED = 0x0a;
/** What a reader might take for the end of a line. */
const LINE_ENDS = /[\n\v\f\r\u0085\u2028\u2029]+/gu;

/**
 * Answers every line of the input; what is no UTF-8 arrives as U+FFFD, a carriage return at the end is left out, a last line
 * needs no end. A line that `answer` fails on is answered by an empty one and named on `errors` by its number, never by its
 * words. Resolves to the exit code: 1 when a line failed, else 0, also when the reader of the output went away.
 */
export async function filterLines(
  answer: (line: string) => string,
  { input = process.stdin, output = process.stdout, errors = process.stderr }: LineFilterOptions = {},
): Promise<number> {
  const seen = { lines: 0, failed: 0, isClosed: false };
  // Left on: a reader that goes away is noticed only when the last answers are written out.
  output.on('error', (error: NodeJS.ErrnoException) => {
    seen.isClosed = true;
    if (error.code === 'EPIPE') return;
    seen.failed += 1;
    errors.write(`inzwa: the answers could not be written: ${messageOf(error)}\n`);
  });
  const answerLine = (line: string): string => {
    seen.lines += 1;
    try {
      return `${answer(line).replace(LINE_ENDS, ' ')}\n`;
    } catch (error) {
      seen.failed += 1;
      const name = error instanceof Error ? error.name : 'no error';
      errors.write(`inzwa: line ${seen.lines} could not be read (${name}): a defect of the language's rules\n`);
      return '\n';
    }
  };
  for await (const lines of linesOf(input)) {
    // A batch is what one read brought: nobody waits for lines that are there, and a file is not written line by line.
    const isFull = !output.write(lines.map(answerLine).join(''));
    // 'error' rejects the wait and has been taken note of above.
    if (isFull) await once(output, 'drain').catch(() => undefined);
    if (seen.isClosed) break;
  }
  return seen.failed === 0 ? 0 : 1;
}

/** The lines that each chunk completed, without their ends. */
async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  let parts: Uint8Array[] = [];
  for await (const chunk of input) {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      lines.push(lineOf([...parts, chunk.subarray(start, end)]));
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (parts.length > 0) yield [lineOf(parts)];
}

function lineOf(parts: readonly Uint8Array[]): string {
  const text = new TextDecoder().decode(Buffer.concat(parts));
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
