/** What the two weight formats have in common: named tensors in a file, read one at a time. */
import { open, stat } from 'node:fs/promises';
import { closeSync, openSync, readSync } from 'node:fs';
import { InzwaError } from '#kernel/errors.ts';

export type TensorElement = 'f32' | 'f16' | 'bf16' | 'i8' | 'i16' | 'i32';

/** Bytes per value, for checks against a file's size. */
export const ELEMENT_BYTES: Readonly<Record<TensorElement, number>> = {
  f32: 4,
  f16: 2,
  bf16: 2,
  i8: 1,
  i16: 2,
  i32: 4,
};

export interface TensorEntry {
  readonly name: string;
  readonly dims: readonly number[];
  readonly element: TensorElement;
  readonly path: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Tensors by name; nothing of their data is held. */
export interface TensorFile {
  /** For messages: the file or files this came from. */
  readonly label: string;
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/** Size of a weights file; throws INZWA_IMPORT_UNREADABLE when it cannot be opened. */
export async function weightsFileBytes(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new InzwaError('INZWA_IMPORT_UNREADABLE', `cannot read the weights file ${path}: pull the model again`, {
      cause,
    });
  }
}

/** Reads `lengthBytes` at `offsetBytes`; throws INZWA_IMPORT_TRUNCATED when the file ends before. */
export async function readRange(path: string, offsetBytes: number, lengthBytes: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const bytes = Buffer.alloc(lengthBytes);
  let done = 0;
  while (done < lengthBytes) {
    const { bytesRead } = await file.read(bytes, done, lengthBytes - done, offsetBytes + done);
    if (bytesRead === 0) throw truncated(path, offsetBytes + lengthBytes, offsetBytes + done);
    done += bytesRead;
  }
  return bytes;
}

export function truncated(path: string, expectedBytes: number, actualBytes: number): InzwaError {
  return new InzwaError(
    'INZWA_IMPORT_TRUNCATED',
    `${path} ends at byte ${actualBytes} where at least ${expectedBytes} were expected: pull the model again`,
    { details: { expectedBytes, actualBytes } },
  );
}

/** The entry of that name and exactly these dims; throws INZWA_IMPORT_MISSING_TENSOR or INZWA_IMPORT_SHAPE. */
export function requireTensor(file: TensorFile, name: string, dims?: readonly number[]): TensorEntry {
  const entry = file.entries.get(name);
  if (entry === undefined) {
    throw new InzwaError(
      'INZWA_IMPORT_MISSING_TENSOR',
      `${file.label} has no tensor "${name}": this is not a complete Whisper model`,
      { details: { tensor: name } },
    );
  }
  if (dims !== undefined && (dims.length !== entry.dims.length || dims.some((dim, i) => dim !== entry.dims[i]))) {
    throw new InzwaError(
      'INZWA_IMPORT_SHAPE',
      `${file.label}: tensor "${name}" is [${entry.dims.join(', ')}] where [${dims.join(', ')}] was expected`,
      { details: { tensor: name, expected: dims, actual: entry.dims } },
    );
  }
  return entry;
}

/** The raw values as float32, rounded values not yet scaled. Synchronous, since the ONNX writer asks while it writes. */
export function readFloats(entry: TensorEntry): Float32Array {
  const bytes = new Uint8Array(entry.lengthBytes);
  const fd = openSync(entry.path, 'r');
  try {
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(fd, bytes, done, bytes.length - done, entry.offsetBytes + done);
      if (count === 0) throw truncated(entry.path, entry.offsetBytes + bytes.length, entry.offsetBytes + done);
      done += count;
    }
  } finally {
    closeSync(fd);
  }
  return toFloats(bytes, entry.element);
}

let halfTable: Float32Array | undefined;

function halfToFloat(): Float32Array {
  if (halfTable !== undefined) return halfTable;
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const magnitude =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Infinity
            : NaN
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    table[bits] = bits & 0x8000 ? -magnitude : magnitude;
  }
  halfTable = table;
  return table;
}

function toFloats(bytes: Uint8Array, element: TensorElement): Float32Array {
  const { buffer } = bytes;
  switch (element) {
    case 'f32':
      return new Float32Array(buffer);
    case 'i8':
      return Float32Array.from(new Int8Array(buffer));
    case 'i16':
      return Float32Array.from(new Int16Array(buffer));
    case 'i32':
      return Float32Array.from(new Int32Array(buffer));
    case 'bf16': {
      const halves = new Uint16Array(buffer);
      const words = new Uint32Array(halves.length);
      for (let i = 0; i < words.length; i++) words[i] = (halves[i] ?? 0) << 16;
      return new Float32Array(words.buffer);
    }
    case 'f16': {
      const table = halfToFloat();
      const halves = new Uint16Array(buffer);
      const floats = new Float32Array(halves.length);
      for (let i = 0; i < floats.length; i++) floats[i] = table[halves[i] ?? 0] ?? 0;
      return floats;
    }
  }
}
