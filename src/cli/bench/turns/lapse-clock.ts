/**
 * A clock for calls faster than real time that stay honest about the engines: while an engine works it runs with the wall
 * clock, so that what the work costs is what the caller waits; while none works, time jumps to the next timer at once, so
 * that a minute of speech costs what its voice activity detection costs.
 */
import { setImmediate } from 'node:timers/promises';
import { sleepOn, systemClock, type Clock } from '#kernel/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export interface LapseClockOptions {
  /** Monotonic time and timers of the world outside. @defaultValue the system's */
  readonly real?: Pick<Clock, 'nowMs' | 'after'>;
  /** Wall clock at the beginning. @defaultValue Monday 2026-11-23, 08:00 in Harare: the greeting is the same in every run */
  readonly wallMs?: number;
  /** True while the disk is at work for this process; it counts as an engine. @defaultValue asks Node for file requests */
  readonly hasPendingIo?: () => boolean;
}

/** Told when an engine begins and ends a piece of work; pieces may overlap. */
export interface Work {
  begin(): void;
  end(): void;
}

/** Turns of the event loop before time may jump: what a timer woke has been done by then, also where it waits one turn. */
const SETTLING_TURNS = 2;
/** More timers than this at one and the same instant is a loop that re-arms itself with 0 ms. */
const MAX_TIMERS_PER_INSTANT = 100_000;

/** Real time until `lapse` is called, and again when every lapse has been disposed of. */
export class LapseClock implements Clock, Work {
  readonly #real: Pick<Clock, 'nowMs' | 'after'>;
  readonly #wallZeroMs: number;
  readonly #hasPendingIo: () => boolean;
  readonly #timers = new Set<Timer>();
  #order = 0;
  /** What the clock read when it last changed between running and standing still. */
  #readMs = 0;
  /** The real time of that moment; undefined while the clock stands still. */
  #runningSinceMs: number | undefined;
  #works = 0;
  #lapses = 0;
  #isWaitingForIo = false;
  #isPumping = false;
  #wake = Promise.withResolvers<undefined>();

  constructor({ real = systemClock, wallMs, hasPendingIo = hasFileRequests }: LapseClockOptions = {}) {
    this.#real = real;
    this.#wallZeroMs = wallMs ?? Date.UTC(2026, 10, 23, 6, 0, 0);
    this.#hasPendingIo = hasPendingIo;
    this.#runningSinceMs = real.nowMs();
  }

  nowMs(): number {
    return this.#runningSinceMs === undefined ? this.#readMs : this.#readMs + this.#real.nowMs() - this.#runningSinceMs;
  }

  wallMs(): number {
    return this.#wallZeroMs + this.nowMs();
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { atMs: this.nowMs() + Math.max(0, ms), order: this.#order++, run };
    this.#timers.add(timer);
    this.#pumpSoon();
    return () => {
      this.#timers.delete(timer);
    };
  }

  sleep(ms: number, opts: { readonly signal: AbortSignal }): Promise<void> {
    return sleepOn(this, ms, opts);
  }

  begin(): void {
    this.#works += 1;
    this.#runOrStand();
  }

  end(): void {
    this.#works -= 1;
    this.#runOrStand();
  }

  /** Pieces of work under way. */
  get works(): number {
    return this.#works;
  }

  /** From now until it is disposed of, time in which no engine works costs nothing. */
  lapse(): Disposable {
    this.#lapses += 1;
    this.#runOrStand();
    return {
      [Symbol.dispose]: () => {
        this.#lapses -= 1;
        this.#runOrStand();
      },
    };
  }

  #runOrStand(): void {
    const mustRun = this.#works > 0 || this.#lapses === 0 || this.#isWaitingForIo;
    if (mustRun === (this.#runningSinceMs !== undefined)) return;
    this.#readMs = this.nowMs();
    this.#runningSinceMs = mustRun ? this.#real.nowMs() : undefined;
    this.#pumpSoon();
  }

  #pumpSoon(): void {
    this.#wake.resolve(undefined);
    if (this.#isPumping) return;
    this.#isPumping = true;
    void this.#pump();
  }

  /** Runs the timers in the order of their time, with everything one woke settled before the next one runs. */
  async #pump(): Promise<void> {
    let atThisInstant = 0;
    let lastMs = -1;
    while (this.#timers.size > 0) {
      await setImmediate();
      let next = this.#earliest();
      if (next === undefined) break;
      if (next.atMs > this.nowMs()) {
        for (let turn = 1; turn < SETTLING_TURNS; turn += 1) await setImmediate();
        this.#isWaitingForIo = this.#lapses > 0 && this.#works === 0 && this.#hasPendingIo();
        this.#runOrStand();
        next = this.#earliest();
        if (next === undefined) break;
        if (this.#runningSinceMs !== undefined) {
          if (next.atMs > this.nowMs() && !this.#isWaitingForIo) await this.#untilDue(next);
          if (next.atMs > this.nowMs()) continue;
        }
      }
      atThisInstant = next.atMs > lastMs ? 0 : atThisInstant + 1;
      if (atThisInstant > MAX_TIMERS_PER_INSTANT) throw new Error(`timers re-arm themselves at ${this.nowMs()} ms`);
      lastMs = next.atMs;
      if (!this.#timers.delete(next)) continue;
      if (this.#runningSinceMs === undefined) this.#readMs = Math.max(this.#readMs, next.atMs);
      next.run();
    }
    this.#isPumping = false;
  }

  /** Resolves when the timer is due by the real clock, or when something has changed. */
  async #untilDue({ atMs }: Timer): Promise<void> {
    this.#wake = Promise.withResolvers();
    const { promise, resolve } = this.#wake;
    const cancel = this.#real.after(Math.max(0, atMs - this.nowMs()), () => resolve(undefined));
    await promise;
    cancel();
  }

  #earliest(): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (!best || timer.atMs < best.atMs || (timer.atMs === best.atMs && timer.order < best.order)) best = timer;
    }
    return best;
  }
}

function hasFileRequests(): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'));
}
