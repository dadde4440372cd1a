/**
 * Real time less what other programs took of it: on a machine that is shared, a model's work takes about as long by this
 * clock as it would alone. Linux tells of every thread how long it ran and how long it was ready and had no core (the
 * scheduler statistics in /proc/<pid>/task/<tid>/schedstat); elsewhere this is real time.
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { systemClock, type Clock } from '#kernel/clock.ts';

const TASKS = '/proc/self/task';
/** The kernel's numbers are read no more often: reading them costs about a tenth of a millisecond. */
const READ_EVERY_MS = 4;
/** Waiting is told when it is over, so a shorter window would count what two threads waited for at the same time twice. */
const WINDOW_MS = 400;
const THREADS_CHANGE_MS = 2_000;
const NANOSECONDS_PER_MS = 1_000_000;

/** What the scheduler tells of a thread, since it began. */
export interface ThreadTimes {
  readonly ranMs: number;
  readonly waitedMs: number;
}

export interface OwnTimeOptions {
  /** @defaultValue the system's */
  readonly real?: Pick<Clock, 'nowMs' | 'after'>;
  /** Every thread of the process by its id. @defaultValue what Linux tells */
  readonly threads?: () => ReadonlyMap<string, ThreadTimes>;
}

/**
 * In every window the thread that ran most is the one that is waited for, and what it waited for a core does not count.
 * Waiting is only known when it is over, so this clock stands still afterwards instead of going back.
 */
export class OwnTime implements Pick<Clock, 'nowMs' | 'after'>, Disposable {
  readonly #real: Pick<Clock, 'nowMs' | 'after'>;
  readonly #threads: () => ReadonlyMap<string, ThreadTimes>;
  readonly #files: ThreadFiles | undefined;
  #window: { readonly fromMs: number; readonly threads: ReadonlyMap<string, ThreadTimes> };
  #readAtMs: number;
  /** In windows that are over, and in the present one. */
  #stolenMs = { before: 0, now: 0 };
  #latestMs = 0;

  constructor({ real = systemClock, threads }: OwnTimeOptions = {}) {
    this.#real = real;
    this.#files = threads ? undefined : new ThreadFiles(real);
    this.#threads = threads ?? (() => this.#files?.read() ?? new Map<string, ThreadTimes>());
    this.#readAtMs = real.nowMs();
    this.#window = { fromMs: this.#readAtMs, threads: this.#threads() };
  }

  nowMs(): number {
    const realMs = this.#real.nowMs();
    if (realMs - this.#readAtMs >= READ_EVERY_MS) this.#read(realMs);
    this.#latestMs = Math.max(this.#latestMs, realMs - this.#stolenMs.before - this.#stolenMs.now);
    return this.#latestMs;
  }

  /** May be early by this clock: whoever needs to know looks again. */
  after(ms: number, run: () => void): () => void {
    return this.#real.after(ms, run);
  }

  [Symbol.dispose](): void {
    this.#files?.[Symbol.dispose]();
  }

  #read(realMs: number): void {
    const threads = this.#threads();
    let most = { ranMs: 0, waitedMs: 0 };
    for (const [thread, { ranMs, waitedMs }] of threads) {
      const before = this.#window.threads.get(thread);
      if (!before || ranMs - before.ranMs <= most.ranMs) continue;
      most = { ranMs: ranMs - before.ranMs, waitedMs: waitedMs - before.waitedMs };
    }
    this.#readAtMs = realMs;
    this.#stolenMs.now = most.waitedMs;
    if (realMs - this.#window.fromMs < WINDOW_MS) return;
    this.#stolenMs = { before: this.#stolenMs.before + most.waitedMs, now: 0 };
    this.#window = { fromMs: realMs, threads };
  }
}

/** Keeps the files of this process's threads open between readings. */
class ThreadFiles implements Disposable {
  readonly #real: Pick<Clock, 'nowMs'>;
  readonly #files = new Map<string, number>();
  readonly #buffer = Buffer.alloc(128);
  #listedAtMs = -Infinity;

  constructor(real: Pick<Clock, 'nowMs'>) {
    this.#real = real;
  }

  read(): ReadonlyMap<string, ThreadTimes> {
    this.#list();
    const threads = new Map<string, ThreadTimes>();
    for (const [thread, file] of this.#files) {
      const times = this.#timesIn(file);
      if (times === undefined) this.#forget(thread, file);
      else threads.set(thread, times);
    }
    return threads;
  }

  [Symbol.dispose](): void {
    for (const [thread, file] of this.#files) this.#forget(thread, file);
  }

  #list(): void {
    const nowMs = this.#real.nowMs();
    if (nowMs - this.#listedAtMs < THREADS_CHANGE_MS) return;
    this.#listedAtMs = nowMs;
    for (const thread of attempt(() => readdirSync(TASKS)) ?? []) {
      if (this.#files.has(thread)) continue;
      const file = attempt(() => openSync(`${TASKS}/${thread}/schedstat`, 'r'));
      if (file !== undefined) this.#files.set(thread, file);
    }
  }

  /** Undefined: the thread has ended. */
  #timesIn(file: number): ThreadTimes | undefined {
    const length = attempt(() => readSync(file, this.#buffer, 0, this.#buffer.length, 0)) ?? 0;
    const [ranNs, waitedNs] = this.#buffer.toString('latin1', 0, length).split(' ');
    if (waitedNs === undefined) return undefined;
    return { ranMs: Number(ranNs) / NANOSECONDS_PER_MS, waitedMs: Number(waitedNs) / NANOSECONDS_PER_MS };
  }

  #forget(thread: string, file: number): void {
    this.#files.delete(thread);
    attempt(() => closeSync(file));
  }
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
