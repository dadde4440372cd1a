/**
 * A clock that stands still until a test moves it. Both the monotonic and the wall clock advance together; timers run
 * in the order of their time (equal times: in the order in which they were set), with everything they woke settled before
 * the next one runs, so a minute of call takes milliseconds and always the same path.
 */
import { sleepOn, type Clock } from '#kernel/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** More timers than this at one and the same instant is a loop that re-arms itself with 0 ms. */
const MAX_TIMERS_PER_INSTANT = 100_000;

export class VirtualClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #settled: () => Promise<void>;
  #wallZeroMs: number;
  #nowMs = 0;
  #order = 0;

  /**
   * `wallMs` is the wall clock when the monotonic clock reads 0; by default Monday 2026-11-23, 08:00 in Harare (UTC+2).
   * `settled` resolves when nothing that was woken is still at work, where that takes more than a turn of the event loop.
   */
  constructor(opts: { readonly wallMs?: number; readonly settled?: () => Promise<void> } = {}) {
    this.#wallZeroMs = opts.wallMs ?? Date.UTC(2026, 10, 23, 6, 0, 0);
    this.#settled = opts.settled ?? settle;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallZeroMs + this.#nowMs;
  }

  /** Somebody sets the clock on the wall, forwards or back; what was measured and what sleeps does not notice. */
  setWall(wallMs: number): void {
    this.#wallZeroMs = wallMs - this.#nowMs;
  }

  /** Timers that have not run yet: a test of clean-up expects 0. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, run };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  sleep(ms: number, opts: { readonly signal: AbortSignal }): Promise<void> {
    return sleepOn(this, ms, opts);
  }

  /** Moves time by `ms`, runs every timer that falls due, and resolves when what they woke has settled. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.#settled();
    let atThisInstant = 0;
    for (let timer = this.#earliest(untilMs); timer; timer = this.#earliest(untilMs)) {
      atThisInstant = timer.atMs > this.#nowMs ? 0 : atThisInstant + 1;
      if (atThisInstant > MAX_TIMERS_PER_INSTANT) throw new Error(`timers re-arm themselves at ${this.#nowMs} ms`);
      this.#nowMs = timer.atMs;
      this.#timers.delete(timer);
      timer.run();
      await this.#settled();
    }
    this.#nowMs = untilMs;
  }

  /** Advances in steps of `stepMs` until `isDone`; throws when `timeoutMs` of virtual time pass first. */
  async advanceUntil(isDone: () => boolean, opts: { timeoutMs: number; stepMs?: number }): Promise<void> {
    const deadlineMs = this.#nowMs + opts.timeoutMs;
    await this.#settled();
    while (!isDone()) {
      if (this.#nowMs >= deadlineMs) throw new Error(`not done after ${opts.timeoutMs} ms of virtual time`);
      await this.advance(opts.stepMs ?? 20);
    }
  }

  #earliest(untilMs: number): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs > untilMs) continue;
      if (!best || timer.atMs < best.atMs || (timer.atMs === best.atMs && timer.order < best.order)) best = timer;
    }
    return best;
  }
}

/** One turn of the event loop: every microtask, however deep its chain, has run when it resolves. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
