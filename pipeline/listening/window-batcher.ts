/**
 * Voice activity for many calls in one run: windows that have arrived while the engine's thread was held are scored together,
 * at most one of each call at a time, because the next one needs the state that it leaves.
 */
import { setImmediate } from 'node:timers/promises';

export interface CallWindow {
  readonly callId: string;
  /** shape [256], values in [-1, 1) */
  readonly window: Float32Array;
}

/** One run over windows of different calls -> P(speech) of each, in their order. */
export type ScoreBatch = (batch: readonly CallWindow[]) => Promise<readonly number[]>;

/** More calls than this are scored in a second run: 16 take 0.7 ms, and a run holds the thread. */
const MOST_AT_ONCE = 64;

interface Waiting extends CallWindow {
  readonly scored: PromiseWithResolvers<number>;
}

export class WindowBatcher {
  readonly #scoreBatch: ScoreBatch;
  /** By call, oldest window first; the call that has waited longest comes first. */
  readonly #queues = new Map<string, Waiting[]>();
  #isDraining = false;

  constructor(scoreBatch: ScoreBatch) {
    this.#scoreBatch = scoreBatch;
  }

  /** Windows of a call are scored in the order of the calls to this. Rejects with what the run failed with. */
  score(callId: string, window: Float32Array): Promise<number> {
    const scored = Promise.withResolvers<number>();
    const waiting: Waiting = { callId, window, scored };
    const queue = this.#queues.get(callId);
    if (queue) queue.push(waiting);
    else this.#queues.set(callId, [waiting]);
    if (!this.#isDraining) {
      this.#isDraining = true;
      void this.#drain();
    }
    return scored.promise;
  }

  async #drain(): Promise<void> {
    while (this.#queues.size > 0) {
      // Messages that have arrived are delivered before this resolves: they belong to the same run.
      await setImmediate();
      const batch = this.#take();
      try {
        const scores = await this.#scoreBatch(batch);
        for (const [at, { scored }] of batch.entries()) scored.resolve(scores[at] ?? 0);
      } catch (error) {
        for (const { scored } of batch) scored.reject(error);
      }
    }
    this.#isDraining = false;
  }

  #take(): readonly Waiting[] {
    const batch: Waiting[] = [];
    for (const [callId, queue] of [...this.#queues].slice(0, MOST_AT_ONCE)) {
      const first = queue.shift();
      this.#queues.delete(callId);
      if (queue.length > 0) this.#queues.set(callId, queue);
      if (first) batch.push(first);
    }
    return batch;
  }
}
