/** Recordings of calls: none until the caller has agreed, each under a key of its own that is kept in the records. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { CallLeg } from '#pipeline/ports.ts';
import type { Logger } from '#src/observability/logger.ts';
import { newId } from '../ids.ts';
import type { InstallationKeys } from '../keys.ts';
import type { Records } from '../records.ts';
import { SealedFile } from './sealed-file.ts';
import { BYTES_PER_MS, StereoMix } from './stereo-mix.ts';
import { TappedLeg } from './tapped-leg.ts';

export interface RecordingsOptions {
  readonly records: Records;
  readonly keys: InstallationKeys;
  /** Where the files are; made when it is not there. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keepMs: number;
  /** Resolves when the call has its row, or cannot get one: a recording of a call that is in no record could not be found again. */
  readonly ensureCall: () => Promise<void>;
}

const PIECE_BYTES = 1_000 * BYTES_PER_MS;
/** Seconds of sound that wait for a slow disk; beyond that the recording ends there. */
const MOST_PIECES_WAITING = 60;

export class Recordings {
  readonly #opts: RecordingsOptions;
  readonly #taps = new Map<string, TappedLeg>();
  readonly #live = new Set<LiveRecording>();

  constructor(opts: RecordingsOptions) {
    this.#opts = opts;
  }

  /** The leg, listened to from the moment at which its caller agrees. It must be of 8 kHz. */
  tap(leg: CallLeg): CallLeg {
    const tapped = new TappedLeg(leg, () => this.#taps.delete(leg.callId));
    this.#taps.set(leg.callId, tapped);
    return tapped;
  }

  /** The caller has agreed: what is said from now on is recorded. Once is enough; a call that is over is nothing. */
  consent(callId: string): void {
    const tapped = this.#taps.get(callId);
    if (tapped === undefined || tapped.isRecorded) return;
    const recording = new LiveRecording(this.#opts, callId);
    this.#live.add(recording);
    void recording.done.then(() => this.#live.delete(recording));
    tapped.record(recording.mix, () => recording.end());
  }

  /** Resolves when every recording whose call is over is on the disk. */
  async settle(): Promise<void> {
    await Promise.all([...this.#live].filter((recording) => recording.isOver).map((recording) => recording.done));
  }
}

class LiveRecording {
  readonly mix: StereoMix;
  readonly done: Promise<void>;
  readonly #opts: RecordingsOptions;
  readonly #callId: string;
  readonly #id: string;
  readonly #consentAt: number;
  #pieces: Uint8Array[] = [];
  #current = new Uint8Array(PIECE_BYTES);
  #filled = 0;
  #wake: () => void = () => undefined;
  #durationBytes = 0;
  #isGivenUp = false;
  isOver = false;

  constructor(opts: RecordingsOptions, callId: string) {
    this.#opts = opts;
    this.#callId = callId;
    this.#consentAt = opts.clock.wallMs();
    this.#id = newId(this.#consentAt);
    this.mix = new StereoMix((bytes) => this.#add(bytes));
    this.done = this.#write().catch((error: unknown) => {
      this.#isGivenUp = true;
      const code = isInzwaError(error) ? error.code : undefined;
      opts.logger.error({ err: error, code, callId }, 'a call is not recorded further');
    });
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.#filled > 0) this.#pieces.push(this.#current.slice(0, this.#filled));
    this.#filled = 0;
    this.#wake();
  }

  #add(bytes: Uint8Array): void {
    if (this.isOver || this.#isGivenUp) return;
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + PIECE_BYTES - this.#filled);
      this.#current.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === PIECE_BYTES) {
        this.#pieces.push(this.#current);
        this.#current = new Uint8Array(PIECE_BYTES);
        this.#filled = 0;
      }
    }
    if (this.#pieces.length > MOST_PIECES_WAITING) {
      this.#opts.logger.error({ callId: this.#callId }, 'the disk is too slow to record: the recording ends here');
      this.end();
    }
    this.#wake();
  }

  async #write(): Promise<void> {
    const { records, keys, folder, ensureCall, keepMs } = this.#opts;
    const key = randomBytes(32);
    const path = join(new Date(this.#consentAt).toISOString().slice(0, 10), `${this.#id}.inzwa`);
    await ensureCall();
    await mkdir(join(folder, dirname(path)), { recursive: true, mode: 0o700 });
    // The row before the file: a file whose key nobody has would be noise that nobody deletes.
    await records.db
      .insertInto('recordings')
      .values({
        id: this.#id,
        call_id: this.#callId,
        path,
        sha256: '',
        bytes: 0,
        duration_ms: 0,
        wrapped_key: keys.wrapKey(key, this.#id),
        consent_at: this.#consentAt,
        retain_until: this.#consentAt + keepMs,
        deleted_at: null,
      })
      .execute();
    const file = await SealedFile.create(join(folder, path), key, this.#id);
    try {
      await syncFolder(join(folder, dirname(path)));
      await this.#writePieces(file);
    } finally {
      const { sha256, bytes } = await file.close();
      await records.db
        .updateTable('recordings')
        .set({ sha256, bytes, duration_ms: Math.round(this.#durationBytes / BYTES_PER_MS) })
        .where('id', '=', this.#id)
        .execute();
    }
  }

  async #writePieces(file: SealedFile): Promise<void> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        await file.append(piece);
        this.#durationBytes += piece.length;
      } else if (this.isOver) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** So that the name of a new file outlives a power cut as its content does. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}

/** The file of a recording that is to be forgotten; one that is gone already is no error. */
export async function deleteRecordingFile(folder: string, path: string): Promise<void> {
  await rm(join(folder, path), { force: true });
}
