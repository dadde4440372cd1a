/** Reads CTranslate2's `model.bin`, binary version 6: names, shapes and places of the tensors, aliases resolved. */
import { InzwaError } from '#kernel/errors.ts';
import { ELEMENT_BYTES, readRange, truncated, weightsFileBytes } from './tensor-file.ts';
import type { TensorElement, TensorEntry, TensorFile } from './tensor-file.ts';

const BINARY_VERSION = 6;
/** CTranslate2's DataType numbers. */
const ELEMENTS: readonly TensorElement[] = ['f32', 'i8', 'i16', 'i32', 'f16', 'bf16'];
/** Longest header of one variable: a name and its dims; names are at most a few dozen characters. */
const HEADER_BYTES = 4096;

/** Little-endian reader over a sliding part of the file. */
class Cursor {
  offset = 0;
  readonly #path: string;
  readonly #size: number;
  #part: Buffer = Buffer.alloc(0);
  #partStart = 0;

  constructor(path: string, size: number) {
    this.#path = path;
    this.#size = size;
  }

  /** Makes the next `bytes` readable. */
  async #need(bytes: number): Promise<number> {
    const end = this.offset + bytes;
    if (end > this.#size) throw truncated(this.#path, end, this.#size);
    if (this.offset < this.#partStart || end > this.#partStart + this.#part.length) {
      this.#part = await readRange(
        this.#path,
        this.offset,
        Math.min(Math.max(bytes, HEADER_BYTES), this.#size - this.offset),
      );
      this.#partStart = this.offset;
    }
    const at = this.offset - this.#partStart;
    this.offset = end;
    return at;
  }

  async u8(): Promise<number> {
    const at = await this.#need(1);
    return this.#part.readUInt8(at);
  }

  async u32(): Promise<number> {
    const at = await this.#need(4);
    return this.#part.readUInt32LE(at);
  }

  async string(): Promise<string> {
    const at = await this.#need(2);
    const length = this.#part.readUInt16LE(at);
    const start = await this.#need(length);
    return this.#part.toString('utf8', start, start + Math.max(0, length - 1));
  }
}

/** Throws INZWA_IMPORT_FORMAT, INZWA_IMPORT_ARCHITECTURE or INZWA_IMPORT_TRUNCATED. */
export async function openCTranslate2(path: string): Promise<TensorFile> {
  const size = await weightsFileBytes(path);
  const cursor = new Cursor(path, size);
  const version = await cursor.u32();
  if (version !== BINARY_VERSION) {
    throw new InzwaError(
      'INZWA_IMPORT_FORMAT',
      `${path} is no CTranslate2 model of binary version ${BINARY_VERSION} (its first number is ${version}): convert it again with a current ct2-transformers-converter`,
      { details: { expected: BINARY_VERSION, actual: version } },
    );
  }
  const spec = await cursor.string();
  if (spec !== 'WhisperSpec') {
    throw new InzwaError('INZWA_IMPORT_ARCHITECTURE', `${path} holds a "${spec}" model; only Whisper can be imported`, {
      details: { architecture: spec },
    });
  }
  await cursor.u32();
  const entries = new Map<string, TensorEntry>();
  const count = await cursor.u32();
  for (let i = 0; i < count; i++) {
    const entry = await readVariable(cursor, path);
    entries.set(entry.name, entry);
    if (cursor.offset > size) throw truncated(path, cursor.offset, size);
  }
  const aliases = await cursor.u32();
  for (let i = 0; i < aliases; i++) {
    const alias = await cursor.string();
    const entry = entries.get(await cursor.string());
    if (entry !== undefined) entries.set(alias, entry);
  }
  return { label: path, entries };
}

async function readVariable(cursor: Cursor, path: string): Promise<TensorEntry> {
  const name = await cursor.string();
  const rank = await cursor.u8();
  const dims: number[] = [];
  for (let axis = 0; axis < rank; axis++) dims.push(await cursor.u32());
  const type = await cursor.u8();
  const lengthBytes = await cursor.u32();
  const element = ELEMENTS[type];
  const values = dims.reduce((product, dim) => product * dim, 1);
  if (element === undefined || values * ELEMENT_BYTES[element] !== lengthBytes) {
    throw new InzwaError(
      'INZWA_IMPORT_FORMAT',
      `${path}: variable "${name}" announces type ${type}, shape [${dims.join(', ')}] and ${lengthBytes} bytes, which do not fit: the file is damaged, pull it again`,
      { details: { tensor: name, type, dims, lengthBytes } },
    );
  }
  const offsetBytes = cursor.offset;
  cursor.offset += lengthBytes;
  return { name, dims, element, path, offsetBytes, lengthBytes };
}
