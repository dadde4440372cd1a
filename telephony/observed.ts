/** Something whose state others tell us: waiting is for a state, so it does not matter which of two messages comes first. */
import { onAbort } from '#kernel/abort.ts';
import type { Clock } from '#kernel/clock.ts';

/** Subclasses hold the state; whoever changes it calls `changed`. */
export class Observed {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True as soon as `isMet`, false after `withinMs`; rejects with the signal's reason. */
  async until(
    isMet: (self: this) => boolean,
    { signal, withinMs }: { readonly signal: AbortSignal; readonly withinMs?: number },
  ): Promise<boolean> {
    signal.throwIfAborted();
    if (isMet(this)) return true;
    const done = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (isMet(this)) done.resolve(true);
    };
    this.#listeners.add(look);
    using _ = onAbort(signal, () => {
      done.reject(signal.reason as Error);
    });
    const cancel = withinMs === undefined ? undefined : this.#clock.after(withinMs, () => done.resolve(false));
    try {
      return await done.promise;
    } finally {
      cancel?.();
      this.#listeners.delete(look);
    }
  }

  changed(): void {
    for (const look of [...this.#listeners]) look();
  }
}
