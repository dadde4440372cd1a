/**
 * The jobs of one engine, one at a time: who waits comes before who still speaks, and both before what is made in advance;
 * first come, first served among equals. A job that runs is never interrupted for another one.
 */
import type { WorkPriority } from '../ports.ts';

export interface LaneJob {
  readonly id: number;
  readonly priority: WorkPriority;
  /** Must not reject. */
  readonly run: () => Promise<void>;
  /** Instead of `run`, when the job is cancelled before its turn has come. */
  readonly drop: () => void;
}

const ORDER = ['waiting', 'speculative', 'background'] as const satisfies readonly WorkPriority[];

export class Lane {
  readonly #queues: Record<WorkPriority, LaneJob[]> = { waiting: [], speculative: [], background: [] };
  #isRunning = false;
  #idle = Promise.withResolvers<undefined>();

  constructor() {
    this.#idle.resolve(undefined);
  }

  /** Resolves when nothing runs and nothing is queued. */
  get idle(): Promise<undefined> {
    return this.#idle.promise;
  }

  add(job: LaneJob): void {
    this.#queues[job.priority].push(job);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#idle = Promise.withResolvers();
    void this.#drain();
  }

  /** A queued job leaves at once (`drop`); false when it runs already, or is not there. */
  cancel(id: number): boolean {
    const job = this.#take(id);
    job?.drop();
    return job !== undefined;
  }

  /** Somebody waits for this job now. Behind those who have waited for longer. */
  raise(id: number): void {
    const job = this.#take(id);
    if (job) this.#queues.waiting.push(job);
  }

  #take(id: number): LaneJob | undefined {
    for (const priority of ORDER) {
      const queue = this.#queues[priority];
      const at = queue.findIndex((job) => job.id === id);
      if (at >= 0) return queue.splice(at, 1)[0];
    }
    return undefined;
  }

  async #drain(): Promise<void> {
    // What came in the same turn of the event loop is ordered before the first of it begins.
    await Promise.resolve();
    for (let job = this.#next(); job; job = this.#next()) await job.run();
    this.#isRunning = false;
    this.#idle.resolve(undefined);
  }

  #next(): LaneJob | undefined {
    for (const priority of ORDER) {
      const job = this.#queues[priority].shift();
      if (job) return job;
    }
    return undefined;
  }
}
