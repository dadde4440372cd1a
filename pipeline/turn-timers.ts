/** The timers that `step` arms: one of each name at a time. */
import type { Clock } from '#kernel/clock.ts';
import type { TurnTimer } from './turn/state.ts';

/** How often it is looked again whether somebody is about to speak. */
const STIRRING_MS = 160;

export interface TurnTimersOptions {
  readonly clock: Clock;
  readonly onTimer: (timer: TurnTimer) => void;
  /** Somebody may be about to speak: no moment to ask whether they are there. */
  readonly isStirring: () => boolean;
}

export class TurnTimers {
  readonly #options: TurnTimersOptions;
  readonly #cancels = new Map<TurnTimer, () => void>();

  constructor(options: TurnTimersOptions) {
    this.#options = options;
  }

  /** Instead of the one of that name that runs. */
  arm(timer: TurnTimer, ms: number): void {
    this.disarm(timer);
    const { clock, onTimer, isStirring } = this.#options;
    const asksForLife = timer === 'still-there' || timer === 'goodbye';
    this.#cancels.set(
      timer,
      clock.after(ms, () => {
        if (asksForLife && isStirring()) this.arm(timer, STIRRING_MS);
        else onTimer(timer);
      }),
    );
  }

  disarm(timer: TurnTimer): void {
    this.#cancels.get(timer)?.();
    this.#cancels.delete(timer);
  }

  close(): void {
    for (const timer of [...this.#cancels.keys()]) this.disarm(timer);
  }
}
