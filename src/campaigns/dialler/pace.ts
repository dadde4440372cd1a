/** The pace of orders as they leave this process; the records keep it across processes and restarts. */
import type { Clock } from '#kernel/clock.ts';

/** On the way to the carrier orders come closer together; a tenth of the pace is given up so that it never counts too many. */
const SPREAD = 1.1;
const MOST_AT_ONCE = 25;

export class Pace {
  readonly #clock: Clock;
  #atOnce = 1;
  #gapMs = Math.ceil(1_000 * SPREAD);
  #nextMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  setCps(cps: number): void {
    this.#gapMs = Math.ceil((1_000 / cps) * SPREAD);
    this.#atOnce = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(cps / 4)));
  }

  /** Orders of a quarter of a second: claimed together, they are all out long before an intent is too old. */
  quarterSecond(): number {
    return this.#atOnce;
  }

  /** Until the next order may leave, in ms. */
  waitMs(): number {
    return Math.max(0, this.#nextMs - this.#clock.nowMs());
  }

  /** To be called as one leaves. */
  ordered(): void {
    this.#nextMs = this.#clock.nowMs() + this.#gapMs;
  }

  /** Somebody else may have ordered a moment ago. */
  waitASecond(): void {
    this.#nextMs = Math.max(this.#nextMs, this.#clock.nowMs() + Math.max(1_000, this.#gapMs));
  }
}
