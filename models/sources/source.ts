/** The border between "which file is wanted" and "how it is fetched". A source delivers bytes in order and judges nothing. */
import { InzwaError, messageOf } from '#kernel/errors.ts';

/** What a source is asked for. */
export interface SourceRequest {
  /** Bytes of the file that are here already; a source that cannot continue starts again and says so by `startsAt`. */
  readonly offsetBytes: number;
  /** The `identity` under which those bytes came; a source that now has other content starts again at 0. */
  readonly identity?: string;
  readonly signal: AbortSignal;
  /** Bytes of the transfer (of the whole archive, for a member of an archive) so far, and in all where known. */
  readonly onTransfer: (doneBytes: number, totalBytes: number | undefined) => void;
}

/** An open file; the stream must be read to its end or returned, and can be read once. */
export interface OpenedFile {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Position of the stream's first byte in the file: the offset asked for, or 0. */
  readonly startsAt: number;
  /** Size of the whole file, when the source knows it. */
  readonly bytes?: number;
  /** The hash that the source itself declares: worth comparing, never a replacement for a pinned one. */
  readonly sha256?: string;
  /** Changes whenever the content does. */
  readonly identity?: string;
}

export interface ModelSource<S> {
  /**
   * Throws INZWA_MODEL_NETWORK when the source cannot be reached, INZWA_MODEL_SOURCE when it answers but has no such
   * file, INZWA_MODEL_TOOL, INZWA_MODEL_ARCHIVE, INZWA_MODEL_DISK; rejects with the signal's reason when aborted.
   */
  open(source: S, request: SourceRequest): Promise<OpenedFile>;
  /** Forgets what it kept of a file that turned out to be wrong, so that the next `open` fetches it anew. */
  discard(source: S): Promise<void>;
}

/** The same text for the same transfer: two members of one wheel have one name. */
export function transferName(source: {
  readonly kind: string;
  readonly package?: string;
  readonly version?: string;
  readonly repository?: string;
  readonly revision?: string;
  readonly file?: string;
}): string {
  return source.package === undefined
    ? `${source.kind} ${source.repository ?? ''}@${source.revision ?? ''} ${source.file ?? ''}`
    : `${source.kind} ${source.package} ${source.version ?? ''}`;
}

/** System errors of a full or read-only disk become INZWA_MODEL_DISK; everything else is returned as it is. */
export function asDiskError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = DISK_REASONS[code];
  if (reason === undefined) return error;
  return new InzwaError('INZWA_MODEL_DISK', `${path} cannot be written: ${reason} (${messageOf(error)}).`, {
    cause: error,
    details: { path, errno: code },
  });
}

const DISK_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some room, or set INZWA_MODELS_DIR to a folder on a larger disk',
  EDQUOT: 'the disk quota is used up; free some room, or set INZWA_MODELS_DIR to another folder',
  EROFS: 'the file system is read-only; set INZWA_MODELS_DIR to a folder that can be written',
  EACCES: 'permission is missing; set INZWA_MODELS_DIR to a folder that belongs to you',
  EPERM: 'permission is missing; set INZWA_MODELS_DIR to a folder that belongs to you',
};
