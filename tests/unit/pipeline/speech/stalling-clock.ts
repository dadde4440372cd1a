/** A clock whose timers come late, as they do when something holds the event loop. */
import { sleepOn, type Clock } from '#kernel/clock.ts';
import type { VirtualClock } from '../../../support/virtual-clock.ts';

export class StallingClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #stalls: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly #lateMs: () => number;

  constructor(
    clock: VirtualClock,
    stalls: readonly { readonly fromMs: number; readonly toMs: number }[],
    lateMs: () => number = () => 0,
  ) {
    this.#clock = clock;
    this.#stalls = stalls;
    this.#lateMs = lateMs;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  after(ms: number, run: () => void): () => void {
    let cancel = (): void => undefined;
    const arm = (wait: number): void => {
      cancel = this.#clock.after(wait, () => {
        const now = this.nowMs();
        const stall = this.#stalls.find(({ fromMs, toMs }) => now >= fromMs && now < toMs);
        if (stall) arm(stall.toMs - now);
        else run();
      });
    };
    arm(ms + this.#lateMs());
    return () => cancel();
  }

  sleep(ms: number, opts: { readonly signal: AbortSignal }): Promise<void> {
    return sleepOn(this, ms, opts);
  }
}

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
