/** A body that arrives over the network, as a file that can be read more than once and that nobody else can open. */
import { mkdir, mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { ContactsFile } from '#src/campaigns/import/text.ts';

export interface UploadOptions {
  /** Of the service's own data; made when it is not there. */
  readonly folder: string;
  /** For messages and the audit. */
  readonly name: string;
  readonly maxBytes: number;
  readonly clock: Clock;
  /** The service closes down. */
  readonly signal: AbortSignal;
}

/** Disposing of it frees the disk; it has no name there, so a killed process leaves nothing behind. */
export interface Upload extends ContactsFile, AsyncDisposable {
  readonly bytes: number;
}

/** A sender from whom nothing has come for so long has gone. */
const SILENT_MS = 30_000;
/** As long as 100 MB take over 1 Mbit/s. */
const LONGEST_MS = 15 * 60_000;
/** Few rows are in memory at once; larger ones read no faster. */
const CHUNK_BYTES = 16 * 1024;

/**
 * Resolves when all of it is there. Rejects with INZWA_REQUEST_INVALID for a body that is too large (413), breaks off or stops
 * coming (408), INZWA_RECORDS_UNAVAILABLE when it cannot be kept, or with the signal's reason.
 */
export async function receiveUpload(body: AsyncIterable<Buffer>, opts: UploadOptions): Promise<Upload> {
  const { folder, name } = opts;
  const file = await namelessFile(folder).catch((error: unknown) => {
    throw notKept(error);
  });
  try {
    const bytes = await write(file, body, opts);
    return {
      name,
      bytes,
      async *open() {
        const stream = file.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES });
        for await (const chunk of stream) yield chunk as Buffer;
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function write(
  file: FileHandle,
  body: AsyncIterable<Buffer>,
  { maxBytes, clock, signal }: UploadOptions,
): Promise<number> {
  const chunks = body[Symbol.asyncIterator]();
  const untilMs = clock.nowMs() + LONGEST_MS;
  let bytes = 0;
  for (;;) {
    const chunk = await next(chunks, { clock, signal });
    if (chunk === undefined) return bytes;
    bytes += chunk.length;
    if (bytes > maxBytes) throw refused(413, `the file is larger than ${maxBytes} bytes: send it in parts`);
    if (clock.nowMs() > untilMs) throw refused(408, `the file took longer than ${LONGEST_MS / 60_000} minutes to come`);
    await file.write(chunk).catch((error: unknown) => {
      throw notKept(error);
    });
  }
}

/** Undefined: that was all. */
async function next(
  chunks: AsyncIterator<Buffer>,
  { clock, signal }: Pick<UploadOptions, 'clock' | 'signal'>,
): Promise<Buffer | undefined> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const onAbort = (): void => stopped.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  const cancel = clock.after(SILENT_MS, () => {
    stopped.reject(
      refused(408, `nothing came for ${SILENT_MS / 1_000} s before the file was complete; nothing is stored`),
    );
  });
  try {
    const came = await Promise.race([chunks.next(), stopped.promise]);
    return came.done === true ? undefined : came.value;
  } catch (error) {
    if (signal.aborted || isInzwaError(error)) throw error;
    throw refused(400, 'the file broke off before it was complete; nothing is stored');
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

async function namelessFile(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const room = await mkdtemp(join(folder, 'upload-'));
  try {
    return await open(join(room, 'file'), 'wx+', 0o600);
  } finally {
    // It stays open, and is gone with the process.
    await rm(room, { recursive: true, force: true });
  }
}

function refused(status: number, message: string): InzwaError {
  return new InzwaError('INZWA_REQUEST_INVALID', message, { details: { status } });
}

function notKept(cause: unknown): InzwaError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(cause);
  const message = `an upload cannot be kept on the disk: ${why}`;
  return new InzwaError('INZWA_RECORDS_UNAVAILABLE', message, { cause, retryable: true });
}
