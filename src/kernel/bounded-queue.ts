import { InzwaError } from './errors.ts';

/** A queue with a name and a bound: `push` throws INZWA_QUEUE_FULL instead of growing, `take` waits. One consumer. */
export class BoundedQueue<T> {
  readonly #items: T[] = [];
  readonly #name: string;
  readonly #capacity: number;
  #waiting: ((item: T | undefined) => void) | undefined;
  #isClosed = false;

  constructor(name: string, capacity: number) {
    this.#name = name;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#isClosed) return;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      waiting(item);
      return;
    }
    if (this.#items.length >= this.#capacity) {
      throw new InzwaError('INZWA_QUEUE_FULL', `queue "${this.#name}" is full (${this.#capacity})`, {
        retryable: true,
      });
    }
    this.#items.push(item);
  }

  /** The next item, or undefined once the queue is closed and empty. */
  take(): Promise<T | undefined> {
    const item = this.#items.shift();
    if (item !== undefined || this.#isClosed) return Promise.resolve(item);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }
}
