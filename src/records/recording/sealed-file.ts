/**
 * A recording on the disk: one piece a second, each sealed by itself (AES-256-GCM) and on the disk before the next is begun,
 * so that a power cut takes no more than the last second. What was cut off in the middle of a piece is left out when it is read.
 *
 * `INZWAR1\n`, then for each piece: its length (4 bytes, big endian), ciphertext, tag (16 bytes). Key: of this recording
 * alone. Nonce: the number of the piece. Also authenticated: the recording's id and that number.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { InzwaError } from '#kernel/errors.ts';

const MAGIC = Buffer.from('INZWAR1\n');
const LENGTH_BYTES = 4;
const TAG_BYTES = 16;

export interface SealedSummary {
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Pieces are written in the order in which `append` is called; await each before the next. */
export class SealedFile {
  readonly #handle: FileHandle;
  readonly #key: Uint8Array;
  readonly #recordingId: string;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #pieces = 0;

  private constructor(handle: FileHandle, key: Uint8Array, recordingId: string) {
    this.#handle = handle;
    this.#key = key;
    this.#recordingId = recordingId;
  }

  /** The file must not be there yet; readable by its owner alone. */
  static async create(path: string, key: Uint8Array, recordingId: string): Promise<SealedFile> {
    const file = new SealedFile(await open(path, 'wx', 0o600), key, recordingId);
    await file.#write(MAGIC);
    return file;
  }

  /** Resolves when the piece is on the disk. */
  async append(piece: Uint8Array): Promise<void> {
    const number = this.#pieces++;
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(number)).setAAD(aboutOf(this.#recordingId, number));
    const sealed = Buffer.concat([cipher.update(piece), cipher.final()]);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(sealed.length);
    await this.#write(Buffer.concat([length, sealed, cipher.getAuthTag()]));
  }

  async close(): Promise<SealedSummary> {
    await this.#handle.close();
    return { sha256: this.#hash.digest('hex'), bytes: this.#bytes };
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#handle.appendFile(bytes);
    await this.#handle.datasync();
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }
}

/** All whole pieces. Rejects with INZWA_RECORDING_UNREADABLE when one is not what was written. */
export async function readSealed(path: string, key: Uint8Array, recordingId: string): Promise<Buffer> {
  const file = await readFile(path);
  const unreadable = (why: string, cause?: unknown): InzwaError =>
    new InzwaError('INZWA_RECORDING_UNREADABLE', `recording ${recordingId} cannot be read: ${why}.`, { cause });
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) throw unreadable('the file is no recording of ours');
  const pieces: Buffer[] = [];
  for (let at = MAGIC.length; at + LENGTH_BYTES <= file.length;) {
    const end = at + LENGTH_BYTES + file.readUInt32BE(at);
    if (end + TAG_BYTES > file.length) break;
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(pieces.length))
      .setAAD(aboutOf(recordingId, pieces.length))
      .setAuthTag(file.subarray(end, end + TAG_BYTES));
    try {
      pieces.push(Buffer.concat([decipher.update(file.subarray(at + LENGTH_BYTES, end)), decipher.final()]));
    } catch (error) {
      throw unreadable(`piece ${pieces.length} was changed, or is of another recording`, error);
    }
    at = end + TAG_BYTES;
  }
  return Buffer.concat(pieces);
}

export async function summaryOf(path: string): Promise<SealedSummary> {
  const file = await readFile(path);
  return { sha256: createHash('sha256').update(file).digest('hex'), bytes: file.length };
}

/** Never the same twice under one key, since a key is of one file and pieces are counted. */
function nonceOf(piece: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(piece, 8);
  return nonce;
}

function aboutOf(recordingId: string, piece: number): Buffer {
  return Buffer.from(`${recordingId} ${piece}`);
}
