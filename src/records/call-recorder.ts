/**
 * From a call's events to its record. Nothing here ever keeps a call waiting: events are taken in memory, and written about
 * once a second for all calls together; when the database fails, calls go on and the record has a gap.
 */
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError, type InzwaError } from '#kernel/errors.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { Logger } from '#src/observability/logger.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { CallNotes, type TurnNote } from './call-notes.ts';
import type { Phones } from './phones.ts';
import type { Records, RecordsTransaction } from './records.ts';

/** What is known of a call besides its events; all of it before the first event. */
export interface CallOrigin {
  readonly callId: string;
  readonly direction: 'in' | 'out';
  readonly carrier: string;
  readonly carrierSid?: string | undefined;
  readonly attemptId?: string | undefined;
  readonly from?: PhoneNumber | undefined;
  readonly to?: PhoneNumber | undefined;
}

export interface CallRecorderOptions {
  readonly records: Records;
  readonly phones: Phones;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the record of a call is kept. */
  readonly keepCallsMs: number;
  /** False: turns are written without their text. @defaultValue true */
  readonly keepsWords?: boolean;
}

/** One commit a second, however many calls: an fsync on an SD card takes 10 to 30 ms. */
const FLUSH_MS = 1_000;
const RETRY_MS = 5_000;
/** Of all calls together, while the database cannot be written; an hour of ten busy lines. */
const MOST_TURNS = 20_000;
/** Calls that were begun and never talked: there are some, and they tell nothing of their end. */
const MOST_SILENT = 1_000;

interface OpenCall {
  readonly origin: CallOrigin;
  readonly notes: CallNotes;
  isStarted: boolean;
  /** Undefined until it is known which the database has: a call that goes on in another process has some already. */
  nextSeq: number | undefined;
  turns: (TurnNote & { seq?: number })[];
}

/** Disposing of it writes what is left. */
export class CallRecorder implements AsyncDisposable {
  readonly #opts: CallRecorderOptions;
  readonly #calls = new Map<string, OpenCall>();
  #cancelTimer: (() => void) | undefined;
  #flushing: Promise<void> | undefined;
  #trouble: InzwaError | Error | undefined;
  /** Turns that were given up because too many waited. */
  lostTurns = 0;

  constructor(opts: CallRecorderOptions) {
    this.#opts = opts;
  }

  /** Why nothing is written at present; undefined when all is well. */
  get trouble(): Error | undefined {
    return this.#trouble;
  }

  /** A call that is about to begin; one that is never begun so is an incoming one of an unknown number. */
  begin(origin: CallOrigin): void {
    if (!this.#calls.has(origin.callId)) this.#open(origin);
    const silent = [...this.#calls].filter(([, { notes }]) => notes.start === undefined);
    for (const [callId] of silent.slice(0, -MOST_SILENT)) this.#calls.delete(callId);
  }

  /** Takes every event of every call; never throws, never waits. */
  observe(event: CallEvent): void {
    const { callId } = event;
    // What comes after the end has nothing to be added to.
    if (!this.#calls.has(callId) && event.kind !== 'call-started') return;
    const call = this.#calls.get(callId) ?? this.#open({ callId, direction: 'in', carrier: 'unknown' });
    const turn = call.notes.take(event, this.#opts.clock.wallMs());
    if (turn !== undefined) {
      call.turns.push(this.#opts.keepsWords === false ? { ...turn, text: null } : turn);
      this.#bound();
    }
    if (turn !== undefined || event.kind === 'call-started' || event.kind === 'call-ended') this.#schedule(FLUSH_MS);
  }

  /** Writes what there is now. Never rejects; see `trouble`. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#flushing = this.#write();
    await this.#flushing;
    this.#flushing = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#cancelTimer?.();
  }

  #open(origin: CallOrigin): OpenCall {
    const call: OpenCall = { origin, notes: new CallNotes(), isStarted: false, nextSeq: undefined, turns: [] };
    this.#calls.set(origin.callId, call);
    return call;
  }

  #schedule(ms: number): void {
    this.#cancelTimer ??= this.#opts.clock.after(ms, () => {
      this.#cancelTimer = undefined;
      void this.flush();
    });
  }

  #bound(): void {
    let waiting = 0;
    for (const { turns } of this.#calls.values()) waiting += turns.length;
    for (const { turns } of this.#calls.values()) {
      for (; waiting > MOST_TURNS && turns.length > 0; waiting -= 1) {
        turns.shift();
        this.lostTurns += 1;
      }
    }
  }

  async #write(): Promise<void> {
    const due = [...this.#calls].filter(([, { notes, isStarted, turns }]) =>
      isStarted ? notes.end !== undefined || turns.length > 0 : notes.start !== undefined,
    );
    if (due.length === 0) return;
    // What comes while this is written waits for the next time.
    const written = due.map(([callId, call]) => ({ callId, call, turns: [...call.turns], end: call.notes.end }));
    try {
      await this.#opts.records.transaction(async (tx) => {
        for (const { call, turns } of written) await this.#writeCall(tx, call, turns);
      });
    } catch (error) {
      this.#failed(error);
      return;
    }
    for (const { callId, call, turns, end } of written) {
      call.isStarted = true;
      call.turns = call.turns.filter((turn) => !turns.includes(turn));
      if (end !== undefined) this.#calls.delete(callId);
    }
    if (this.#trouble !== undefined) {
      this.#trouble = undefined;
      this.#opts.logger.info({ lostTurns: this.lostTurns }, 'records of calls are written again');
    }
  }

  #failed(error: unknown): void {
    if (this.#trouble === undefined) {
      const code = isInzwaError(error) ? error.code : undefined;
      this.#opts.logger.error({ err: error, code }, 'records of calls are not written; calls go on without');
    }
    this.#trouble = error instanceof Error ? error : new Error(String(error));
    this.#schedule(RETRY_MS);
  }

  async #writeCall(tx: RecordsTransaction, call: OpenCall, turns: OpenCall['turns']): Promise<void> {
    const { origin, notes } = call;
    if (!call.isStarted) await this.#writeStart(tx, origin, notes);
    call.nextSeq ??= await nextSeqOf(tx, origin.callId);
    for (const turn of turns) {
      turn.seq ??= call.nextSeq++;
      await tx
        .insertInto('turns')
        .values({ call_id: origin.callId, ...turn, seq: turn.seq })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    const { end } = notes;
    if (end === undefined) return;
    const { at, cause } = end;
    await tx
      .updateTable('calls')
      .set({ ended_at: at, result: cause.result, reason: cause.reason, metrics_json: JSON.stringify(notes.metrics()) })
      .where('id', '=', origin.callId)
      .execute();
    await tx
      .updateTable('legs')
      .set({ ended_at: at, cause: cause.reason })
      .where('call_id', '=', origin.callId)
      .where('ended_at', 'is', null)
      .execute();
  }

  async #writeStart(tx: RecordsTransaction, origin: CallOrigin, { start }: CallNotes): Promise<void> {
    if (start === undefined) return;
    const { callId, direction, carrier, carrierSid, attemptId, from, to } = origin;
    const numbers = [from, to].filter((number) => number !== undefined);
    if (numbers.length > 0) await this.#opts.phones.remember(tx, numbers);
    const hash = (number: PhoneNumber | undefined): string | null =>
      number === undefined ? null : this.#opts.phones.hash(number);
    await tx
      .insertInto('calls')
      .values({
        id: callId,
        attempt_id: attemptId ?? null,
        direction,
        carrier,
        from_hash: hash(from),
        to_hash: hash(to),
        hotline: start.hotline,
        language: start.language,
        started_at: start.at,
        ended_at: null,
        result: null,
        reason: null,
        metrics_json: null,
        retain_until: start.at + this.#opts.keepCallsMs,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const leg = {
      carrier_sid: carrierSid ?? callId,
      party: 'caller',
      started_at: start.at,
      ended_at: null,
      cause: null,
    };
    await tx
      .insertInto('legs')
      .values({ id: `${callId}/${start.at}`, call_id: callId, ...leg })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

async function nextSeqOf(tx: RecordsTransaction, callId: string): Promise<number> {
  const last = await tx
    .selectFrom('turns')
    .select('seq')
    .where('call_id', '=', callId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return (last?.seq ?? 0) + 1;
}
