/** Writes what sources deliver into a `.part` file, joined and hashed on the way. Only a file that is right leaves here. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InzwaError } from '#kernel/errors.ts';
import { asDiskError, type OpenedFile, type SourceRequest } from './sources/source.ts';

/** One stretch of the file. A file that comes in one piece can be continued after an interruption. */
export interface Piece {
  readonly label: string;
  /** Size and hash of this piece, for files that are joined of several. */
  readonly expected?: { readonly bytes: number; readonly sha256: string };
  open(request: Pick<SourceRequest, 'offsetBytes' | 'identity'>): Promise<OpenedFile>;
}

export interface Wanted {
  readonly id: string;
  readonly role: string;
  /** Path of the `.part` file; complete and synced when `receive` resolves. */
  readonly part: string;
  /** Undefined when nobody knows yet; then the source's own declaration is all that can be compared. */
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
}

/** The size and hash of what arrived, and what its source called this version of it. */
export interface Received {
  readonly bytes: number;
  readonly sha256: string;
  readonly identity: string | undefined;
}

/**
 * Throws INZWA_MODEL_PART or INZWA_MODEL_HASH, and removes the `.part`, when the bytes are not the right ones; leaves a
 * `.part` that a later call continues when a transfer in one piece broke off; passes on what the source throws.
 */
export async function receive(wanted: Wanted, pieces: readonly Piece[], signal: AbortSignal): Promise<Received> {
  const isResumable = pieces.length === 1;
  let isWorthKeeping = false;
  try {
    await mkdir(dirname(wanted.part), { recursive: true });
    const earlier = isResumable ? await readEarlier(wanted.part) : undefined;
    const file = await open(wanted.part, earlier === undefined ? 'w' : 'r+');
    try {
      const writer = new PartWriter(file);
      let identity: string | undefined;
      let declared: string | undefined;
      for (const [index, piece] of pieces.entries()) {
        const opened = await piece.open(
          earlier === undefined ? { offsetBytes: 0 } : { offsetBytes: earlier.bytes, identity: earlier.identity },
        );
        if (index === 0 && opened.startsAt > 0) await writer.continueFrom(wanted.part, opened.startsAt, signal);
        else if (index === 0) await file.truncate(0);
        if (isResumable && opened.identity !== undefined) {
          await writeFile(identityPath(wanted.part), opened.identity);
          isWorthKeeping = true;
        }
        identity = opened.identity;
        declared = pieces.length === 1 ? opened.sha256 : undefined;
        await writer.append(opened.stream, {
          ...(piece.expected ? { expectedBytes: piece.expected.bytes } : {}),
          limitBytes: wanted.bytes,
          signal,
        });
        checkPiece(wanted, piece, index, pieces.length, writer.finishPiece());
      }
      await file.sync();
      const received = { bytes: writer.bytes, sha256: writer.sha256(), identity };
      checkWhole(wanted, received, declared);
      isWorthKeeping = true;
      return received;
    } catch (error) {
      if (error instanceof InzwaError && WRONG_CONTENT.has(error.code)) isWorthKeeping = false;
      throw error;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isWorthKeeping) await rm(wanted.part, { force: true });
    if (!isWorthKeeping) await rm(identityPath(wanted.part), { force: true });
    throw asDiskError(error, wanted.part);
  }
}

/** The file beside a `.part` that says which version of the file it is the beginning of. */
export function identityPath(part: string): string {
  return `${part}.identity`;
}

const WRONG_CONTENT: ReadonlySet<string> = new Set(['INZWA_MODEL_HASH', 'INZWA_MODEL_PART', 'INZWA_MODEL_ARCHIVE']);

async function readEarlier(part: string): Promise<{ bytes: number; identity: string } | undefined> {
  const found = await stat(part).catch(() => undefined);
  const identity = await readFile(identityPath(part), 'utf8').catch(() => undefined);
  return found === undefined || identity === undefined ? undefined : { bytes: found.size, identity };
}

class PartWriter {
  bytes = 0;
  readonly #file: FileHandle;
  readonly #whole: Hash = createHash('sha256');
  #piece: Hash = createHash('sha256');
  #pieceBytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Takes over the first `bytes` bytes that are in the file already. */
  async continueFrom(path: string, bytes: number, signal: AbortSignal): Promise<void> {
    for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: 1 << 20 })) {
      signal.throwIfAborted();
      this.#count(chunk as Buffer);
    }
    await this.#file.truncate(bytes);
  }

  async append(
    stream: AsyncIterable<Uint8Array>,
    {
      expectedBytes,
      limitBytes,
      signal,
    }: { expectedBytes?: number; limitBytes: number | undefined; signal: AbortSignal },
  ): Promise<void> {
    for await (const chunk of stream) {
      signal.throwIfAborted();
      let written = 0;
      while (written < chunk.length) {
        written += (await this.#file.write(chunk, written, chunk.length - written, this.bytes + written)).bytesWritten;
      }
      this.#count(chunk);
      // More than was promised can never become right; the disk is not filled with it.
      if (this.bytes > (limitBytes ?? Infinity) || this.#pieceBytes > (expectedBytes ?? Infinity)) return;
    }
  }

  finishPiece(): { readonly bytes: number; readonly sha256: string } {
    const finished = { bytes: this.#pieceBytes, sha256: this.#piece.digest('hex') };
    this.#piece = createHash('sha256');
    this.#pieceBytes = 0;
    return finished;
  }

  sha256(): string {
    return this.#whole.digest('hex');
  }

  #count(chunk: Uint8Array): void {
    this.#whole.update(chunk);
    this.#piece.update(chunk);
    this.#pieceBytes += chunk.length;
    this.bytes += chunk.length;
  }
}

function checkPiece(
  { id, role }: Wanted,
  { label, expected }: Piece,
  index: number,
  count: number,
  got: { readonly bytes: number; readonly sha256: string },
): void {
  if (expected === undefined || (expected.bytes === got.bytes && expected.sha256 === got.sha256)) return;
  throw new InzwaError(
    'INZWA_MODEL_PART',
    `part ${index + 1} of ${count} of ${id}/${role} from ${label} is wrong: expected ${expected.bytes} bytes with sha256 ` +
      `${expected.sha256}, got ${got.bytes} bytes with sha256 ${got.sha256}`,
    { details: { id, role, part: index + 1, expected, got } },
  );
}

function checkWhole({ id, role, bytes, sha256 }: Wanted, got: Received, declared: string | undefined): void {
  const expected = sha256 ?? declared;
  if ((bytes ?? got.bytes) === got.bytes && (expected ?? got.sha256) === got.sha256) return;
  throw new InzwaError(
    'INZWA_MODEL_HASH',
    `${id}/${role} is not the file that was expected: ${bytes === undefined ? '' : `${bytes} bytes with `}sha256 ` +
      `${expected ?? 'unknown'} was expected, ${got.bytes} bytes with sha256 ${got.sha256} came`,
    { details: { id, role, expected: { bytes, sha256: expected }, got } },
  );
}
