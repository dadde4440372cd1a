/**
 * Watches a worker that has work: a job that takes too long, and a thread that does not answer. Both mean that the worker
 * hangs, natively or for want of a promise, and has to be replaced; a death it tells of itself is not seen here.
 */
import type { Clock } from '#kernel/clock.ts';
import type { EngineMethod } from './protocol.ts';

/**
 * From the start of a job (not of its wait in the queue), or from its last chunk, to its end. Some ten times what the
 * slowest healthy run takes on two busy cores: a worker is never replaced for being slow.
 */
export const JOB_LIMIT_MS: Readonly<Record<EngineMethod, number>> = {
  'vad.score': 5_000,
  'vad.reset': 5_000,
  'turn.complete': 5_000,
  'asr.transcribe': 30_000,
  'asr.score': 30_000,
  'tts.synthesize': 20_000,
  // Waits for the model to be loaded where it comes first.
  'llm.reply': 60_000,
};

/** A thread with work is asked this often whether it is there. */
export const PING_MS = 250;

export interface VigilOptions {
  readonly clock: Clock;
  /** The thread may be held for this long by one run. */
  readonly stallMs: number;
  readonly ping: () => void;
  /** Told once; what it says goes into the error. */
  readonly onHang: (what: string) => void;
}

interface Watched {
  readonly method: EngineMethod;
  /** Undefined while it waits in the queue. */
  sinceMs: number | undefined;
}

export class Vigil {
  readonly #options: VigilOptions;
  readonly #jobs = new Map<number, Watched>();
  #isUp = false;
  /** Pings in a row without a pong. A tick that comes late counts as one: when the whole machine stands still, nobody hangs. */
  #unanswered = 0;
  #cancelTick: (() => void) | undefined;

  constructor(options: VigilOptions) {
    this.#options = options;
  }

  /** Loading takes as long as it takes: jobs that wait for it are counted from here on. */
  up(): void {
    this.#isUp = true;
    for (const job of this.#jobs.values()) if (isUnqueued(job.method)) job.sinceMs = this.#nowMs;
    this.#watch();
  }

  add(id: number, method: EngineMethod): void {
    this.#jobs.set(id, { method, sinceMs: this.#isUp && isUnqueued(method) ? this.#nowMs : undefined });
    this.#watch();
  }

  /** It began, or gave a part of its result. */
  progress(id: number): void {
    this.#unanswered = 0;
    const job = this.#jobs.get(id);
    if (job) job.sinceMs = this.#nowMs;
  }

  remove(id: number): void {
    this.#jobs.delete(id);
  }

  pong(): void {
    this.#unanswered = 0;
  }

  /** For good. */
  end(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#jobs.clear();
    this.#isUp = false;
  }

  get #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  #watch(): void {
    if (this.#cancelTick !== undefined || !this.#isUp || this.#jobs.size === 0) return;
    this.#unanswered = 0;
    this.#ping();
  }

  #ping(): void {
    const { clock, ping } = this.#options;
    ping();
    this.#unanswered += 1;
    this.#cancelTick = clock.after(PING_MS, () => this.#tick());
  }

  #tick(): void {
    this.#cancelTick = undefined;
    if (this.#jobs.size === 0) return;
    const { stallMs, onHang } = this.#options;
    if (this.#unanswered * PING_MS >= stallMs) {
      onHang(`its thread did not answer for ${stallMs} ms`);
      return;
    }
    for (const { method, sinceMs } of this.#jobs.values()) {
      if (sinceMs === undefined || this.#nowMs - sinceMs < JOB_LIMIT_MS[method]) continue;
      onHang(`${method} was not done after ${JOB_LIMIT_MS[method]} ms`);
      return;
    }
    this.#ping();
  }
}

/** Voice activity has no queue that a start could be told of. */
function isUnqueued(method: EngineMethod): boolean {
  return method.startsWith('vad.');
}
