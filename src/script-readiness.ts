/** Which campaigns this process could talk for: their scripts are prepared as soon as they run, before anybody is called. */
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError, messageOf } from '#kernel/errors.ts';
import type { Readiness } from './campaigns/dialler/dialler-options.ts';
import type { Logger } from './observability/logger.ts';
import type { Records } from './records/records.ts';

/** Rejects when no interview can be held with it; `retryable`: not now. */
export type PrepareScript = (
  script: { readonly script: string; readonly scriptText: string },
  opts: { readonly signal: AbortSignal },
) => Promise<void>;

export interface ScriptReadinessOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each campaign of which it is known now. */
  readonly onChange: () => void;
}

interface Running {
  readonly id: string;
  readonly version: number;
  readonly script: string;
  readonly scriptText: string;
}

/** Also when nobody has asked for one that is not known. */
const LOOK_MS = 2_000;
/** Engines that died are back by then. */
const AGAIN_MS = 10_000;
const MOST_TRIES = 3;

export class ScriptReadiness {
  readonly #opts: ScriptReadinessOptions;
  readonly #ready = new Set<string>();
  /** By the campaign's id, the version of the campaign that cannot be talked for: who has changed it is asked for anew. */
  readonly #unusable = new Map<string, number>();
  /** Tries that failed, and when the next is (monotonic). */
  readonly #failed = new Map<string, { readonly tries: number; readonly againMs: number }>();
  #prepare: PrepareScript | undefined;
  #wake: (() => void) | undefined;

  constructor(opts: ScriptReadinessOptions) {
    this.#opts = opts;
  }

  /** As soon as there are engines; nobody is ready before. */
  prepareWith(prepare: PrepareScript): void {
    this.#prepare = prepare;
    this.#wake?.();
  }

  of({ id, version }: { readonly id: string; readonly version: number }): Readiness {
    if (this.#ready.has(id)) return 'ready';
    if (this.#unusable.get(id) === version) return 'unusable';
    this.#wake?.();
    return 'preparing';
  }

  /** Until the signal aborts; never rejects. */
  async run({ db }: Pick<Records, 'db'>, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      // The dialler says when the records fail.
      const running = this.#prepare ? await runningIn(db).catch(() => []) : [];
      for (const campaign of running) await this.#look(campaign, signal);
      await this.#sleep(signal);
    }
  }

  async #look(campaign: Running, signal: AbortSignal): Promise<void> {
    const { clock, logger, onChange } = this.#opts;
    const { id, version, script, scriptText } = campaign;
    const failed = this.#failed.get(id);
    const isOver = (): boolean => signal.aborted;
    const isWaiting = failed !== undefined && clock.nowMs() < failed.againMs;
    if (isOver() || isWaiting || this.#ready.has(id) || this.#unusable.get(id) === version) return;
    try {
      await this.#prepare?.({ script, scriptText }, { signal });
      this.#failed.delete(id);
      this.#ready.add(id);
    } catch (error) {
      if (isOver()) return;
      const tries = (failed?.tries ?? 0) + 1;
      const why = messageOf(error);
      if (isInzwaError(error) && error.retryable && tries < MOST_TRIES) {
        this.#failed.set(id, { tries, againMs: clock.nowMs() + AGAIN_MS });
        logger.warn(
          { campaignId: id, code: error.code, why },
          'a campaign’s interview is not ready: nobody is called yet',
        );
        return;
      }
      this.#failed.delete(id);
      this.#unusable.set(id, version);
      const code = isInzwaError(error) ? error.code : undefined;
      logger.error(
        { campaignId: id, code, why },
        'a campaign’s interview cannot be held here: nobody is called for it',
      );
    }
    onChange();
  }

  async #sleep(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#opts.clock.sleep(LOOK_MS, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
    this.#wake = undefined;
  }
}

function runningIn(db: Records['db']): Promise<Running[]> {
  return db
    .selectFrom('campaigns')
    .select(['id', 'version', 'script', 'script_text as scriptText'])
    .where('state', '=', 'running')
    .execute();
}
