/** Is a file the one that was meant? In full by SHA-256, or quickly by a stamp that says it was so and has not been touched. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { layout, writeAtomically } from './folder.ts';

/** What one file of a model must be. */
export interface ExpectedFile {
  readonly role: string;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface VerifyOptions {
  readonly signal: AbortSignal;
  /** Called with the bytes hashed since the last call. */
  readonly onBytes?: (bytes: number) => void;
}

/** Lower-case hexadecimal SHA-256 of the whole file, streamed. */
export async function sha256File(path: string, { signal, onBytes }: VerifyOptions): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal.throwIfAborted();
    hash.update(chunk as Buffer);
    onBytes?.((chunk as Buffer).length);
  }
  return hash.digest('hex');
}

/** Throws INZWA_MODEL_MISSING or INZWA_MODEL_HASH; reads every byte. */
export async function verifyFile(id: string, file: ExpectedFile, options: VerifyOptions): Promise<void> {
  const found = await statOf(id, file);
  if (found.size !== file.bytes) throw wrongSize(id, file, found.size);
  const sha256 = await sha256File(file.path, options);
  if (sha256 !== file.sha256) throw wrongHash(id, file, sha256);
}

/** False for a file that is missing or wrong; throws only when it cannot be judged. */
export async function isRight(id: string, file: ExpectedFile, options: VerifyOptions): Promise<boolean> {
  try {
    await verifyFile(id, file, options);
    return true;
  } catch (error) {
    if (isInzwaError(error)) return false;
    throw error;
  }
}

const stampSchema = z.record(z.string(), z.object({ bytes: z.number(), mtimeMs: z.number(), sha256: z.string() }));

/**
 * As verifyFile for all files, but a file whose size and modification time are those of the last full verification is not
 * read again: hashing the default profile took 1.5 s of a start that may take 6.
 */
export async function verifyByStamp(
  folder: string,
  id: string,
  files: readonly ExpectedFile[],
  options: VerifyOptions,
): Promise<void> {
  const stamps = await readStamps(folder, id);
  let isStale = false;
  for (const file of files) {
    const found = await statOf(id, file);
    if (found.size !== file.bytes) throw wrongSize(id, file, found.size);
    const stamp = stamps[file.role];
    if (stamp?.bytes === found.size && stamp.mtimeMs === found.mtimeMs && stamp.sha256 === file.sha256) continue;
    await verifyFile(id, file, options);
    isStale = true;
  }
  // A models folder may be mounted read-only; then the files are read again at each start, which is slower but right.
  if (isStale) await writeStamps(folder, id, files).catch(() => undefined);
}

/** Records that these files have just been verified in full. */
export async function writeStamps(folder: string, id: string, files: readonly ExpectedFile[]): Promise<void> {
  const stamps: z.infer<typeof stampSchema> = {};
  for (const file of files) {
    const { size, mtimeMs } = await statOf(id, file);
    stamps[file.role] = { bytes: size, mtimeMs, sha256: file.sha256 };
  }
  await writeAtomically(layout.stamp(folder, id), `${JSON.stringify(stamps, null, 2)}\n`);
}

async function readStamps(folder: string, id: string): Promise<z.infer<typeof stampSchema>> {
  try {
    return stampSchema.parse(JSON.parse(await readFile(layout.stamp(folder, id), 'utf8')));
  } catch {
    return {}; // no stamp, or a damaged one: everything is read again
  }
}

async function statOf(id: string, file: ExpectedFile): Promise<{ size: number; mtimeMs: number }> {
  const found = await stat(file.path).catch(() => undefined);
  if (found?.isFile()) return found;
  throw new InzwaError(
    'INZWA_MODEL_MISSING',
    `model ${id} is not complete on this machine: ${file.path} is missing. Run: npm run inzwa -- models pull ${id}`,
    { details: { id, role: file.role, path: file.path } },
  );
}

function wrongSize(id: string, file: ExpectedFile, gotBytes: number): InzwaError {
  return mismatch(id, file, `${file.bytes} bytes`, `${gotBytes} bytes`);
}

function wrongHash(id: string, file: ExpectedFile, got: string): InzwaError {
  return mismatch(id, file, `sha256 ${file.sha256}`, `sha256 ${got}`);
}

function mismatch(id: string, file: ExpectedFile, expected: string, got: string): InzwaError {
  return new InzwaError(
    'INZWA_MODEL_HASH',
    `model ${id}: ${file.path} is not the file that was verified (expected ${expected}, got ${got}). ` +
      `It is not used. Fetch it again with: npm run inzwa -- models pull ${id}`,
    { details: { id, role: file.role, path: file.path, expected, got } },
  );
}
