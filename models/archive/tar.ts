/** Reads one member out of a gzipped tar (an npm tarball), streaming. Understands ustar, pax paths and GNU long names. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { ArchiveMember } from './zip.ts';

const BLOCK_BYTES = 512;
/** A path or a pax record; anything longer is not a tarball of ours. */
const MAX_META_BYTES = 64 * 1024;

/** Resolves once the member's header has been reached; everything in front of it has then been read and dropped. */
export async function openTarMember(
  path: string,
  member: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<ArchiveMember> {
  signal.throwIfAborted();
  const broken = (what: string): InzwaError =>
    new InzwaError('INZWA_MODEL_ARCHIVE', `${path} cannot be read as a tarball: ${what}`, {
      details: { path, member },
    });
  const raw = createReadStream(path, { highWaterMark: 1 << 18 });
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  raw.on('error', (error) => gunzip.destroy(error));
  const blocks = new BlockReader(raw.pipe(gunzip), signal, broken);
  const close = (): void => {
    raw.destroy();
    gunzip.destroy();
  };
  try {
    const bytes = await skipTo(blocks, member, broken);
    return { bytes, stream: memberStream(blocks, bytes, close) };
  } catch (error) {
    close();
    throw error;
  }
}

async function* memberStream(blocks: BlockReader, bytes: number, close: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (let left = bytes; left > 0;) {
      const chunk = await blocks.take(left);
      left -= chunk.length;
      yield chunk;
    }
  } finally {
    close();
  }
}

async function skipTo(blocks: BlockReader, member: string, broken: (what: string) => InzwaError): Promise<number> {
  let longName: string | undefined;
  for (;;) {
    const header = await blocks.exactly(BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) throw broken(`it has no member ${member}`);
    const bytes = sizeOf(header, broken);
    const type = String.fromCharCode(header[156] ?? 0);
    const padding = (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
    if (type === 'x' || type === 'L') {
      if (bytes > MAX_META_BYTES) throw broken('a path in it is too long');
      const meta = await blocks.exactly(bytes);
      await blocks.skip(padding);
      longName = type === 'L' ? text(meta) : (paxPath(meta) ?? longName);
      continue;
    }
    const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header.subarray(345, 500)) : '';
    const name = longName ?? (prefix === '' ? '' : `${prefix}/`) + text(header.subarray(0, 100));
    longName = undefined;
    if (name === member && (type === '0' || type === '\0')) return bytes;
    await blocks.skip(bytes + padding);
  }
}

function sizeOf(header: Buffer, broken: (what: string) => InzwaError): number {
  const field = header.subarray(124, 136);
  // GNU base-256 for sizes of 8 GiB and more.
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(4));
  const digits = text(field).trim();
  if (!/^[0-7]+$/.test(digits)) throw broken('a size in it is not a number');
  return Number.parseInt(digits, 8);
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

/** A pax record is "<length> path=<value>\n". */
function paxPath(meta: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(meta.toString('utf8'))?.[1];
}

/** Cuts a byte stream into the pieces that a tar asks for; keeps at most one chunk. */
class BlockReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #signal: AbortSignal;
  readonly #broken: (what: string) => InzwaError;
  #left: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>, signal: AbortSignal, broken: (what: string) => InzwaError) {
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#signal = signal;
    this.#broken = broken;
  }

  /** Between 1 and `maxBytes` bytes, whatever is at hand. */
  async take(maxBytes: number): Promise<Buffer> {
    while (this.#left.length === 0) {
      this.#signal.throwIfAborted();
      const next = await this.#chunks.next().catch((error: unknown) => {
        throw this.#broken(messageOf(error));
      });
      if (next.done === true) throw this.#broken('it ends too early');
      this.#left = next.value;
    }
    const piece = this.#left.subarray(0, maxBytes);
    this.#left = this.#left.subarray(piece.length);
    return piece;
  }

  async exactly(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = bytes; left > 0;) {
      const piece = await this.take(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0;) left -= (await this.take(left)).length;
  }
}
