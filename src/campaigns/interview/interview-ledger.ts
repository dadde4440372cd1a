/**
 * Writes down what an interview comes to while it goes on: answers in their order, a wish not to be called again at once and
 * beside them, the end when everything before it is written. A database that is away for a moment loses nothing.
 */
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { Logger } from '#src/observability/logger.ts';
import type { Answer, AttemptBooks, InterviewEnd } from '../outcome.ts';

/** Waits between attempts to write: a lock is gone in the first, a restart of the database in the last; then once a minute. */
const PATIENCE_MS = [100, 400, 1_500, 5_000, 15_000] as const;
const LONG_PATIENCE_MS = 60_000;
/** Six hours: a "no" that is lost is a second call. Then it is lost, loudly. */
const MOST_TRIES = 360;

export interface InterviewLedgerOptions {
  readonly books: AttemptBooks;
  readonly attemptId: string;
  readonly optOutScope: 'all' | 'campaign';
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What was said, and how: the words never leave the books. */
export interface SaidNo {
  readonly method: 'speech' | 'keys';
  readonly rawText: string | undefined;
}

export class InterviewLedger {
  readonly #options: InterviewLedgerOptions;
  readonly #never = new AbortController();
  #answers: Promise<void> = Promise.resolve();
  #optOuts: Promise<void> = Promise.resolve();

  constructor(options: InterviewLedgerOptions) {
    this.#options = options;
  }

  answered(given: Omit<Answer, 'at'>): void {
    const { books, attemptId, clock } = this.#options;
    const answer: Answer = { ...given, at: clock.wallMs() };
    this.#answers = this.#answers.then(() => this.#write('an answer', () => books.answer(attemptId, answer)));
  }

  optedOut({ method, rawText }: SaidNo): void {
    const { books, attemptId, optOutScope: scope } = this.#options;
    const how = { source: method, scope, evidence: rawText ?? '' } as const;
    const writing = this.#write('a wish not to be called again', () => books.optOut(attemptId, how));
    this.#optOuts = Promise.all([this.#optOuts, writing]).then(() => undefined);
  }

  /** Resolves when all of it is in the books, or has been given up. */
  async close(end: InterviewEnd): Promise<void> {
    await Promise.all([this.#answers, this.#optOuts]);
    const { books, attemptId } = this.#options;
    await this.#write('the end of an interview', () => books.finished(attemptId, end));
  }

  async #write(what: string, write: () => Promise<void>): Promise<void> {
    const { clock, logger, attemptId } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        await write();
        return;
      } catch (error) {
        const code = isInzwaError(error) ? error.code : undefined;
        const canWait = tries < MOST_TRIES && isInzwaError(error) && error.retryable;
        if (!canWait) {
          logger.error({ attemptId, code, what }, 'the books could not be written: this is lost');
          return;
        }
        logger.warn({ attemptId, code, what }, 'the books cannot be written; trying again');
        await clock.sleep(PATIENCE_MS[tries] ?? LONG_PATIENCE_MS, { signal: this.#never.signal });
      }
    }
  }
}
