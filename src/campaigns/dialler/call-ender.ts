/** Tells a carrier to end calls; who asks for the same one meanwhile waits for nothing. */
import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#src/observability/logger.ts';
import type { Carrier } from '#telephony/carrier.ts';
import type { Books } from './books.ts';
import type { CallToEnd } from './tending.ts';

export interface CallEnderOptions {
  readonly carrier: Carrier;
  readonly books: Books;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** For one order; the next to the same call is not given before. */
const END_MS = 10_000;
const FORGET_MS = 60_000;
/** Of orders to end a second call, which no later look finds. */
const MOST_FAILURES = 5;

export class CallEnder {
  readonly #opts: CallEnderOptions;
  /** Monotonic, of the last order to end a call, by its id. */
  readonly #endedMs = new Map<string, number>();

  constructor(opts: CallEnderOptions) {
    this.#opts = opts;
  }

  /** Never rejects; a call that could not be ended is ended by the next look. */
  async end(call: Omit<CallToEnd, 'why'> & { readonly why: string }, failures = 0): Promise<void> {
    const { carrier, clock, logger } = this.#opts;
    const { sid, why } = call;
    const nowMs = clock.nowMs();
    if (nowMs - (this.#endedMs.get(sid) ?? -Infinity) < END_MS) return;
    for (const [ended, sinceMs] of this.#endedMs) if (nowMs - sinceMs > FORGET_MS) this.#endedMs.delete(ended);
    this.#endedMs.set(sid, nowMs);
    const timeout = new AbortController();
    const cancel = clock.after(END_MS, () => timeout.abort());
    const { signal } = timeout;
    try {
      if (why === 'overdue' && !(await this.#standsUnanswered(call, signal))) return;
      logger.info({ trunk: carrier.name, sid, why }, 'a call is ended');
      await carrier.end(sid, { signal, onlyUnanswered: why === 'overdue' });
    } catch (error) {
      logger.warn({ trunk: carrier.name, sid, why: messageOf(error) }, 'a call could not be ended');
      if (why === 'second-call' && failures + 1 < MOST_FAILURES)
        clock.after(END_MS, () => void this.end(call, failures + 1));
    } finally {
      cancel();
    }
  }

  /** What it has not told, that somebody rang or answered, decides on what becomes of the contact. */
  async #standsUnanswered(
    { sid, attemptId }: Pick<CallToEnd, 'sid' | 'attemptId'>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { carrier, books } = this.#opts;
    const call = await carrier.look(sid, { signal }).catch(() => undefined);
    if (call === undefined || call.state === 'queued') return true;
    await books.carrierCall(carrier.name, { ...call, attemptId });
    return call.state === 'ringing';
  }
}
