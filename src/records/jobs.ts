/**
 * Work that has to be done once, some time, by whichever process comes first: retention, erasures, exports. It may run twice
 * when a process dies over it, so every kind must bear that. Calls are never placed by a job.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import type { Logger } from '#src/observability/logger.ts';
import { newId } from './ids.ts';
import type { Records, RecordsQueries } from './records.ts';

export interface JobOrder {
  readonly kind: string;
  /** Plain JSON; no numbers and no words of callers. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Epoch ms. */
  readonly runAt: number;
  /** @defaultValue 10 */
  readonly maxTries?: number;
  /** An order whose key is there already, done or not, is nothing. */
  readonly dedupeKey?: string;
}

export type JobHandler = (
  payload: Readonly<Record<string, unknown>>,
  opts: { readonly signal: AbortSignal },
) => Promise<void>;

export interface JobsOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  /** Asked at every look, before what is due is done: to order what recurs. */
  readonly onLook?: () => Promise<void>;
}

/** A job that takes longer than this is taken for dead, and begun again by somebody else. */
const LOCK_MS = 15 * 60_000;
const LOOK_MS = 60_000;
/** 1, 2, 4 … minutes, at most six hours. */
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 6 * 3_600_000;

/** In the transaction of what makes it necessary, or by itself. */
export async function orderJob(db: RecordsQueries, order: JobOrder): Promise<void> {
  await db
    .insertInto('jobs')
    .values({
      id: newId(order.runAt),
      kind: order.kind,
      payload_json: JSON.stringify(order.payload ?? {}),
      run_at: order.runAt,
      tries: 0,
      max_tries: order.maxTries ?? 10,
      locked_until: null,
      locked_by: null,
      last_error: null,
      dedupe_key: order.dedupeKey ?? null,
      done_at: null,
    })
    .onConflict((conflict) => conflict.column('dedupe_key').doNothing())
    .execute();
}

/** Does what is due, one piece after the other, until the signal aborts. */
export class Jobs {
  readonly #opts: JobsOptions;
  readonly #holder = randomUUID();

  constructor(opts: JobsOptions) {
    this.#opts = opts;
  }

  /** Resolves when the signal aborts; never rejects. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { clock, logger, onLook } = this.#opts;
    while (!signal.aborted) {
      try {
        await onLook?.();
        await this.#runDue(signal);
      } catch (error) {
        logger.warn({ err: error, code: isInzwaError(error) ? error.code : undefined }, 'jobs wait: no records');
      }
      await clock.sleep(LOOK_MS, { signal }).catch(() => undefined);
    }
  }

  async #runDue(signal: AbortSignal): Promise<void> {
    let isMore = true;
    while (isMore && !signal.aborted) isMore = await this.runNext({ signal });
  }

  /** Does one job that is due; false when none is. Rejects with INZWA_RECORDS_UNAVAILABLE. */
  async runNext({ signal }: { readonly signal: AbortSignal }): Promise<boolean> {
    const { clock, logger, handlers } = this.#opts;
    const job = await this.#claim();
    if (job === undefined) return false;
    try {
      const handler = handlers[job.kind];
      if (handler === undefined) throw new InzwaError('INZWA_RECORDS_FAILED', `nobody does jobs of kind ${job.kind}.`);
      await handler(JSON.parse(job.payload_json) as Readonly<Record<string, unknown>>, { signal });
      await this.#settle(job.id, { done_at: clock.wallMs(), last_error: null });
    } catch (error) {
      const isOver = job.tries >= job.max_tries;
      const retryMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (job.tries - 1));
      logger.warn({ err: error, job: job.kind, tries: job.tries, isOver }, 'a job failed');
      const nowMs = clock.wallMs();
      await this.#settle(job.id, {
        last_error: isInzwaError(error) ? error.code : messageOf(error).slice(0, 200),
        ...(isOver ? { done_at: nowMs } : { run_at: nowMs + retryMs }),
      });
    }
    return true;
  }

  #claim() {
    const { records, clock } = this.#opts;
    const nowMs = clock.wallMs();
    return records.transaction(async (tx) => {
      const due = await tx
        .selectFrom('jobs')
        .select('id')
        .where('done_at', 'is', null)
        .where('run_at', '<=', nowMs)
        .where((is) => is.or([is('locked_until', 'is', null), is('locked_until', '<', nowMs)]))
        .orderBy('run_at')
        .limit(1)
        .$if(records.kind === 'postgres', (query) => query.forUpdate().skipLocked())
        .executeTakeFirst();
      if (due === undefined) return undefined;
      return tx
        .updateTable('jobs')
        .set({ locked_until: nowMs + LOCK_MS, locked_by: this.#holder, tries: sql<number>`tries + 1` })
        .where('id', '=', due.id)
        .returningAll()
        .executeTakeFirst();
    });
  }

  /** Not when somebody else has it by now. */
  async #settle(
    id: string,
    outcome: { readonly done_at?: number; readonly run_at?: number; readonly last_error: string | null },
  ): Promise<void> {
    await this.#opts.records.db
      .updateTable('jobs')
      .set({ ...outcome, locked_until: null, locked_by: null })
      .where('id', '=', id)
      .where('locked_by', '=', this.#holder)
      .execute();
  }
}
