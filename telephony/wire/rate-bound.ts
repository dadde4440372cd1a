import type { Clock } from '#kernel/clock.ts';

export interface RateBoundOptions {
  readonly burst: number;
  readonly perSecond: number;
  readonly clock: Clock;
}

/** Allows `burst` at once and `perSecond` for ever: a bucket that refills with time. */
export class RateBound {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;

  constructor({ burst, perSecond, clock }: RateBoundOptions) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#clock = clock;
    this.#tokens = burst;
    this.#filledAtMs = clock.nowMs();
  }

  /** Takes one; false when there is none left. */
  allow(): boolean {
    const nowMs = this.#clock.nowMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#filledAtMs) * this.#perMs);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
