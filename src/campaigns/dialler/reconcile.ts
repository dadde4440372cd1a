/** Asks the carrier what became of calls of which it has not told the end: nothing is ordered again because nobody knows. */
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { Logger } from '#src/observability/logger.ts';
import type { Records, RecordsTransaction } from '#src/records/records.ts';
import { OPEN_ATTEMPT_STATES } from '#src/records/schema.ts';
import type { Carrier, CarrierCall } from '#telephony/carrier.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { closeAttempt, lockAttempt, type Attempt, type StepRoom } from './attempts.ts';
import { APPEARED_LATE } from './bind-sid.ts';
import type { Books } from './books.ts';
import { openOfTrunk } from './candidates.ts';
import { returnContact, settleContact } from './settle.ts';

export interface ReconcilerOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly carrier: Carrier;
  readonly books: Books;
  readonly room: StepRoom;
  /** A call that the carrier's list does not show by then was never made: its time-out and the lag of its list are shorter. */
  readonly absentMs: number;
  /** A carrier that cannot be asked for so long leaves the call unknown for good. */
  readonly unknownMs: number;
}

/** Questions to the carrier at once. */
const AT_ONCE = 4;
const QUESTION_MS = 10_000;
/** Between two questions about the same call. */
const AGAIN_MS = 15_000;
const TALK_AGAIN_MS = 60_000;
/** Calls that ended while nobody looked leave their entry behind. */
const MOST_KNOWN = 5_000;
/** The carrier's clock may be behind ours, by as much as a machine without a time server drifts. */
const SKEW_MS = 900_000;

export class Reconciler {
  readonly #opts: ReconcilerOptions;
  /** Monotonic, of each attempt that was looked at: a wall clock that was set forward has not made the carrier's list complete. */
  readonly #firstLookMs = new Map<string, number>();
  /** Calls that the carrier did not know, once. */
  readonly #missed = new Set<string>();

  constructor(opts: ReconcilerOptions) {
    this.#opts = opts;
  }

  /** Looks after every open attempt that is due. Rejects with INZWA_RECORDS_UNAVAILABLE only. */
  async lookAfterDue({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { records, clock, carrier } = this.#opts;
    const due = await records.db
      .selectFrom('attempts')
      .leftJoin('phones', 'phones.hash', 'attempts.phone_hash')
      .selectAll('attempts')
      .select('phones.e164')
      .where('trunk', '=', carrier.name)
      .where(openOfTrunk)
      .where('check_at', '<=', Math.floor(clock.wallMs()))
      .orderBy('check_at')
      .limit(50)
      .execute();
    if (this.#firstLookMs.size > MOST_KNOWN) this.#firstLookMs.clear();
    const waiting = [...due];
    const work = async (): Promise<void> => {
      for (let attempt = waiting.shift(); attempt && !signal.aborted; attempt = waiting.shift())
        await this.#look(attempt, signal);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  /** After a change of leaders: what the last one was told nobody knows. */
  async lookAtAllSoon(): Promise<void> {
    const { records, clock, carrier } = this.#opts;
    await records.db
      .updateTable('attempts')
      .set({ check_at: Math.floor(clock.wallMs()) })
      .where('trunk', '=', carrier.name)
      .where(openOfTrunk)
      .where('state', '<>', 'intent')
      .execute();
  }

  async #look(attempt: Attempt & { readonly e164: string | null }, signal: AbortSignal): Promise<void> {
    const { clock } = this.#opts;
    const firstMs = this.#firstLookMs.get(attempt.id) ?? clock.nowMs();
    this.#firstLookMs.set(attempt.id, firstMs);
    const askedAt = Math.floor(clock.wallMs());
    const ageMs = Math.min(askedAt - (attempt.answered_at ?? attempt.intent_at), Infinity);
    const knownForMs = clock.nowMs() - firstMs;
    let calls: readonly CarrierCall[];
    try {
      calls = await this.#ask(attempt, signal);
    } catch (error) {
      if (isInzwaError(error) && error.code.startsWith('INZWA_RECORDS_')) throw error;
      if (signal.aborted) return;
      const isHopeless = ageMs >= this.#opts.unknownMs && knownForMs >= this.#opts.unknownMs / 6;
      if (isHopeless) await this.#giveUp(attempt, 'carrier cannot be asked');
      else await this.#checkAgain(attempt, 2 * AGAIN_MS);
      return;
    }
    if (calls.length > 0) await this.#adopt(attempt, calls);
    else if (attempt.carrier_sid !== null) await this.#noteMissing(attempt);
    else if (this.#opts.carrier.capabilities.lookup === 'none')
      await this.#giveUpWhen(ageMs >= this.#opts.absentMs, attempt);
    else if (ageMs >= this.#opts.absentMs && knownForMs >= this.#opts.absentMs / 4) await this.#voidAbsent(attempt);
    else await this.#checkAgain(attempt, AGAIN_MS);
  }

  async #ask(
    attempt: Attempt & { readonly e164: string | null },
    signal: AbortSignal,
  ): Promise<readonly CarrierCall[]> {
    const { carrier, clock } = this.#opts;
    const timeout = new AbortController();
    const cancel = clock.after(QUESTION_MS, () => timeout.abort());
    const opts = { signal: AbortSignal.any([signal, timeout.signal]) };
    try {
      if (attempt.carrier_sid !== null) {
        const call = await carrier.look(attempt.carrier_sid, opts);
        return call === undefined ? [] : [call];
      }
      if (attempt.e164 === null || carrier.capabilities.lookup === 'none') return [];
      const question = {
        attemptId: attempt.id,
        to: attempt.e164 as PhoneNumber,
        from: (attempt.caller_id ?? undefined) as PhoneNumber | undefined,
        since: attempt.intent_at,
      };
      return await this.#ownOf(attempt, await carrier.find(question, opts));
    } finally {
      cancel();
    }
  }

  /** By our id where the carrier tells it; else by time, without what other attempts have. */
  async #ownOf(attempt: Attempt, calls: readonly CarrierCall[]): Promise<readonly CarrierCall[]> {
    const named = calls.filter(({ attemptId }) => attemptId === attempt.id);
    if (named.length > 0) return named;
    const nameless = calls.filter(
      ({ attemptId, at }) => attemptId === undefined && (at === undefined || at >= attempt.intent_at - SKEW_MS),
    );
    if (nameless.length === 0) return [];
    const taken = await this.#opts.records.db
      .selectFrom('attempts')
      .select('carrier_sid')
      .where('trunk', '=', attempt.trunk)
      .where(
        'carrier_sid',
        'in',
        nameless.map(({ sid }) => sid),
      )
      .execute();
    const free = nameless.filter(({ sid }) => !taken.some(({ carrier_sid }) => carrier_sid === sid));
    if (free.length > 1) {
      this.#opts.logger.error(
        { attemptId: attempt.id, calls: free.length },
        'the carrier lists several calls for one order',
      );
    }
    return [...free].sort((a, b) => (a.at ?? 0) - (b.at ?? 0)).slice(0, 1);
  }

  async #adopt(attempt: Attempt, calls: readonly CarrierCall[]): Promise<void> {
    const { books, carrier } = this.#opts;
    this.#missed.delete(attempt.id);
    for (const call of calls) {
      const isNews = attempt.carrier_sid !== call.sid || call.state === 'ended' || call.state !== sameState(attempt);
      if (isNews) await books.carrierCall(carrier.name, { ...call, attemptId: attempt.id });
    }
    await this.#checkAgain(attempt, calls.some(({ state }) => state === 'answered') ? TALK_AGAIN_MS : AGAIN_MS);
  }

  /** The carrier gave us this id itself. Its list may lag once; then the call is over and nobody saw how. */
  async #noteMissing(attempt: Attempt): Promise<void> {
    if (!this.#missed.has(attempt.id)) {
      this.#missed.add(attempt.id);
      await this.#checkAgain(attempt, AGAIN_MS);
      return;
    }
    if (attempt.state === 'placed') {
      await this.#giveUp(attempt, 'carrier does not know the call');
      return;
    }
    const wasAnswered = attempt.state === 'answered';
    await this.#close(attempt, async (tx, room, fresh, at) => {
      const closing = {
        state: 'done',
        outcome: wasAnswered ? 'answered' : 'failed',
        at,
        error: 'end not seen',
      } as const;
      const isClosed = await closeAttempt(tx, room, fresh, closing);
      const isLate = fresh.error === APPEARED_LATE;
      if (isClosed && (isLate || !wasAnswered))
        await settleContact(tx, room, fresh, { end: isLate ? 'unknown' : 'failed', at });
    });
  }

  async #giveUpWhen(isTime: boolean, attempt: Attempt): Promise<void> {
    if (isTime) await this.#giveUp(attempt, 'carrier has no list');
    else await this.#checkAgain(attempt, AGAIN_MS);
  }

  async #giveUp(attempt: Attempt, error: string): Promise<void> {
    this.#opts.logger.error({ attemptId: attempt.id, why: error }, 'nobody can say what became of a call');
    await this.#close(attempt, async (tx, room, fresh, at) => {
      // Whoever was answered has their interview; only the length of the call is not known, and is paid in full.
      const isAnswered = fresh.state === 'answered';
      const closing = isAnswered
        ? ({ state: 'done', outcome: 'answered', at, error, costMicros: fresh.reserve_micros } as const)
        : ({ state: 'unknown', outcome: null, at, error } as const);
      const isClosed = await closeAttempt(tx, room, fresh, closing);
      if (isClosed && !isAnswered) await settleContact(tx, room, fresh, { end: 'unknown', at });
    });
  }

  async #voidAbsent(attempt: Attempt): Promise<void> {
    await this.#close(attempt, async (tx, room, fresh, at) => {
      if (fresh.state !== 'intent' || fresh.carrier_sid !== null) return;
      await closeAttempt(tx, room, fresh, { state: 'void', outcome: null, at, error: 'absent' });
      await returnContact(tx, fresh, at);
    });
  }

  async #close(
    attempt: Attempt,
    step: (tx: RecordsTransaction, room: StepRoom, fresh: Attempt, at: number) => Promise<void>,
  ): Promise<void> {
    const { records, room, clock } = this.#opts;
    await records.transaction(async (tx) => {
      const fresh = await lockAttempt(tx, room, { id: attempt.id });
      if (fresh !== undefined) await step(tx, room, fresh, Math.floor(clock.wallMs()));
    });
    this.#firstLookMs.delete(attempt.id);
    this.#missed.delete(attempt.id);
  }

  async #checkAgain({ id }: Attempt, inMs: number): Promise<void> {
    await this.#opts.records.db
      .updateTable('attempts')
      .set({ check_at: Math.floor(this.#opts.clock.wallMs()) + inMs })
      .where('id', '=', id)
      .where('state', 'in', OPEN_ATTEMPT_STATES)
      .execute();
  }
}

/** What the carrier would say of a call that stands as we think. */
function sameState({ state }: Attempt): CarrierCall['state'] | undefined {
  if (state === 'placed') return 'queued';
  return state === 'ringing' || state === 'answered' ? state : undefined;
}
