/** Everything that a service needs to keep records: the database, its keys, the recorder of calls, and what is done at night. */
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#src/observability/logger.ts';
import { eachBackup } from './backups.ts';
import { CallRecorder } from './call-recorder.ts';
import { measureDurability } from './durability.ts';
import { Jobs, orderJob } from './jobs.ts';
import { checkKeys, openInstallationKeys, type InstallationKeys } from './keys.ts';
import { openRecords, type OpenRecords, type RecordsPlace } from './open-records.ts';
import { Phones } from './phones.ts';
import { Recordings } from './recording/recordings.ts';
import { heldCampaigns } from './restored.ts';
import { applyRetention, RETENTION } from './retention.ts';

export interface RecordKeepingOptions {
  readonly place: RecordsPlace;
  readonly keyFile: string;
  /** Recordings and backups are below it. */
  readonly dataDir: string;
  /** Whether calls are recorded with what was said in them. */
  readonly keepsWords: boolean;
  /** Told how many rows of calls are lost for good, for the metrics. */
  readonly onLost?: ((rows: number) => void) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Three in the morning in Harare. */
const NIGHT_UTC_MS = 3_600_000;

export function recordingsFolder(dataDir: string): string {
  return join(dataDir, 'recordings');
}

export function backupsFolder(dataDir: string): string {
  return join(dataDir, 'backups');
}

/** Disposing of it writes what is left, and closes the database. */
export class RecordKeeping implements AsyncDisposable {
  readonly records: OpenRecords;
  readonly keys: InstallationKeys;
  readonly phones: Phones;
  readonly recorder: CallRecorder;
  readonly recordings: Recordings;
  readonly #opts: RecordKeepingOptions;
  readonly #jobs: Jobs;

  private constructor(opts: RecordKeepingOptions, records: OpenRecords, keys: InstallationKeys) {
    const { clock, logger, dataDir, keepsWords } = opts;
    this.#opts = opts;
    this.records = records;
    this.keys = keys;
    this.phones = new Phones(keys);
    const recorder = new CallRecorder({
      ...{ records, clock, logger, phones: this.phones },
      keepCallsMs: RETENTION.callsMs,
      keepsWords,
      onLost: opts.onLost,
    });
    this.recorder = recorder;
    this.recordings = new Recordings({
      ...{ records, keys, clock, logger },
      folder: recordingsFolder(dataDir),
      keepMs: RETENTION.recordingsMs,
      ensureCall: () => recorder.flush(),
    });
    this.#jobs = new Jobs({
      ...{ records, clock, logger },
      handlers: { retention: () => this.#retain() },
      onLook: () => this.#orderRetention(),
    });
  }

  /**
   * Opens the database, brings it to this version's schema and says in the log what an operator should know of it. Rejects
   * with INZWA_RECORDS_UNAVAILABLE, INZWA_RECORDS_KEY, INZWA_RECORDS_MOVED or INZWA_RECORDS_FAILED.
   */
  static async open(opts: RecordKeepingOptions): Promise<RecordKeeping> {
    const keys = await openInstallationKeys(opts.keyFile);
    const records = await openRecords(opts.place);
    try {
      await checkKeys(records, keys);
      const { commitMs, warnings } = await measureDurability(records, opts.clock);
      opts.logger.info({ database: records.kind, commitMs: Math.round(commitMs * 10) / 10 }, 'records are kept');
      if (records.heldBack !== undefined) {
        const { keys: apiKeys, webhooks } = records.heldBack;
        opts.logger.warn(
          { apiKeys, webhooks },
          'records were restored: API keys are revoked and webhooks off; make anew those that are wanted still',
        );
      }
      const held = await heldCampaigns(records);
      if (held.length > 0) {
        opts.logger.warn(
          { campaigns: held.length },
          'records were restored: campaigns are paused until they are resumed',
        );
      }
      for (const warning of warnings) opts.logger.warn({ database: records.kind }, warning);
      return new RecordKeeping(opts, records, keys);
    } catch (error) {
      await records[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Retention, each night; resolves when the signal aborts, never rejects. */
  run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    return this.#jobs.run({ signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.recordings.settle();
    await this.recorder[Symbol.asyncDispose]();
    await this.records[Symbol.asyncDispose]();
  }

  async #orderRetention(): Promise<void> {
    const now = this.#opts.clock.wallMs();
    const night = new Date(now - NIGHT_UTC_MS).toISOString().slice(0, 10);
    await orderJob(this.records.db, { kind: 'retention', runAt: now, dedupeKey: `retention ${night}` });
  }

  async #retain(): Promise<void> {
    const { dataDir, clock, logger } = this.#opts;
    const retention = { now: clock.wallMs(), periods: RETENTION };
    const report = await applyRetention({
      ...retention,
      records: this.records,
      recordingsFolder: recordingsFolder(dataDir),
    });
    await eachBackup(backupsFolder(dataDir), {
      before: retention.now - RETENTION.backupsMs,
      change: async (records) => {
        await applyRetention({ ...retention, records, recordingsFolder: undefined });
      },
    });
    logger.info(report, 'records older than their time were deleted');
  }
}
