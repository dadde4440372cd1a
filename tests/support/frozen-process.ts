/** The records and the clock of one process among several, which can be stopped (SIGSTOP) and woken while the others go on. */
import type { Clock } from '#kernel/clock.ts';
import type { Records } from '#src/records/records.ts';
import { sleepOn } from '#kernel/clock.ts';

export class FrozenProcess {
  readonly records: Records;
  readonly clock: Clock;
  #whenThawed: (() => void)[] | undefined;
  #shouldFreeze: (() => boolean) | undefined;

  constructor(records: Records, clock: Clock) {
    this.clock = {
      nowMs: () => clock.nowMs(),
      wallMs: () => clock.wallMs(),
      after: (ms, run) => {
        let isCancelled = false;
        const cancel = clock.after(ms, () => this.#whenAwake(() => isCancelled || run()));
        return () => {
          isCancelled = true;
          cancel();
        };
      },
      sleep: (ms, opts) => sleepOn(this.clock, ms, opts),
    };
    this.records = {
      kind: records.kind,
      db: records.db,
      transaction: async (work) => {
        const result = await records.transaction(work);
        if (this.#shouldFreeze?.() === true && isClaim(result)) this.#freeze();
        return new Promise((resolve) => this.#whenAwake(() => resolve(result)));
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  get isFrozen(): boolean {
    return this.#whenThawed !== undefined;
  }

  /** Stops it as soon as a claim that took somebody has been committed, if `when` says so. */
  freezeAfterTransaction(when: () => boolean): void {
    this.#shouldFreeze = when;
  }

  /** Everything that was due meanwhile happens now. */
  thaw(): void {
    const due = this.#whenThawed ?? [];
    this.#whenThawed = undefined;
    for (const run of due) run();
  }

  #freeze(): void {
    this.#shouldFreeze = undefined;
    this.#whenThawed ??= [];
  }

  #whenAwake(run: () => void): void {
    if (this.#whenThawed === undefined) run();
    else this.#whenThawed.push(run);
  }
}

function isClaim(result: unknown): boolean {
  const { claimed } = (result ?? {}) as { readonly claimed?: readonly unknown[] };
  return claimed !== undefined && claimed.length > 0;
}
