import { describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { InterviewLedger } from '#src/campaigns/interview/interview-ledger.ts';
import type { Answer, AttemptBooks } from '#src/campaigns/outcome.ts';
import { createLogger } from '#src/observability/logger.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const END = { result: 'completed', answeredBy: 'person' } as const;
const given = (question: string) =>
  ({
    question,
    value: 'secret words',
    rawText: 'secret words',
    confidence: 0.7,
    method: 'speech',
    isConfirmed: false,
  }) as const;

class FakeBooks implements AttemptBooks {
  readonly written: string[] = [];
  readonly answers: Answer[] = [];
  /** Every write fails until then. */
  downUntilMs = 0;
  isRefusing = false;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async answered(): Promise<never> {
    throw new Error('not asked here');
  }

  async answer(_: string, answer: Answer): Promise<void> {
    this.#try();
    this.answers.push(answer);
    this.written.push(`answer ${answer.question}`);
  }

  async optOut(_: string, { source, scope }: { source: string; scope: string }): Promise<void> {
    this.#try();
    this.written.push(`opt-out ${source} ${scope}`);
  }

  async finished(_: string, { result }: { result: string }): Promise<void> {
    this.#try();
    this.written.push(`finished ${result}`);
  }

  #try(): void {
    if (this.isRefusing) throw new Error('secret words in a message');
    if (this.#clock.nowMs() < this.downUntilMs)
      throw new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'locked', { retryable: true });
  }
}

function open() {
  const clock = new VirtualClock();
  const books = new FakeBooks(clock);
  const lines: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void lines.push(line) });
  const ledger = new InterviewLedger({ books, attemptId: 'a1', optOutScope: 'all', clock, logger });
  return { clock, books, lines, ledger };
}

describe('what an interview comes to', () => {
  it('is written in the order in which it was said, the end last, each with its time', async () => {
    const { clock, books, ledger } = open();
    ledger.answered(given('a'));
    await clock.advance(2_000);
    ledger.answered(given('b'));
    await ledger.close(END);
    expect(books.written).toEqual(['answer a', 'answer b', 'finished completed']);
    expect(books.answers[1]!.at - books.answers[0]!.at).toBe(2_000);
  });

  it('outlives a database that is away for a while', async () => {
    const { clock, books, ledger } = open();
    books.downUntilMs = 5_000;
    ledger.answered(given('a'));
    ledger.optedOut({ method: 'keys', rawText: '9' });
    const closed = ledger.close({ result: 'opted_out', answeredBy: 'person' });
    await clock.advance(10_000);
    await closed;
    expect(books.written.slice(0, 2).sort()).toEqual(['answer a', 'opt-out keys all']);
    expect(books.written.at(-1)).toBe('finished opted_out');
    expect(clock.pendingTimers).toBe(0);
  });

  it('outlives a database that is away for an hour: a "no" that is lost is a second call', async () => {
    const { clock, books, ledger } = open();
    books.downUntilMs = 3_600_000;
    ledger.optedOut({ method: 'keys', rawText: '9' });
    const closed = ledger.close({ result: 'opted_out', answeredBy: 'person' });
    await clock.advance(3_700_000);
    await closed;
    expect(books.written).toEqual(['opt-out keys all', 'finished opted_out']);
  });

  it('does not let a wish not to be called again wait for answers', async () => {
    const { clock, books, ledger } = open();
    books.downUntilMs = 1_000;
    ledger.answered(given('a'));
    await clock.advance(1_000);
    ledger.optedOut({ method: 'speech', rawText: 'secret words' });
    await clock.advance(0);
    expect(books.written).toEqual(['opt-out speech all']);
  });

  it('is given up loudly, and without a word of what was said, when the database is gone for good', async () => {
    const { clock, books, ledger, lines } = open();
    books.downUntilMs = Infinity;
    ledger.answered(given('a'));
    const closed = ledger.close(END);
    // Six hours for the answer, and as long for the end.
    await clock.advance(13 * 3_600_000);
    await closed;
    expect(books.written).toEqual([]);
    expect(lines.some((line) => line.includes('INZWA_RECORDS_UNAVAILABLE') && line.includes('this is lost'))).toBe(
      true,
    );
    books.isRefusing = true;
    ledger.optedOut({ method: 'speech', rawText: 'secret words' });
    await clock.advance(100);
    expect(lines.join('\n')).not.toContain('secret');
  }, 30_000);
});
