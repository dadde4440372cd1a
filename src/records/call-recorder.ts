/**
 * From a call's events to its record. Nothing here ever keeps a call waiting: events are taken in memory, and written about
 * once a second for all calls together; when the database fails, calls go on and the record has a gap.
 */
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError, type InzwaError } from '#kernel/errors.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { Logger } from '#src/observability/logger.ts';
import { CallNotes, type TurnNote } from './call-notes.ts';
import { type CallOrigin, type NumberedTurn, type OpenCall, writeEnd, writeStart, writeTurn } from './call-rows.ts';
import type { Phones } from './phones.ts';
import type { Records, RecordsTransaction } from './records.ts';
import { storableText } from './storable-text.ts';

export interface CallRecorderOptions {
  readonly records: Records;
  readonly phones: Phones;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the record of a call is kept. */
  readonly keepCallsMs: number;
  /** False: turns are written without their text. @defaultValue true */
  readonly keepsWords?: boolean;
  /** Told how many rows are lost for good, for the metrics. */
  readonly onLost?: ((rows: number) => void) | undefined;
}

/** One commit a second, however many calls: an fsync on an SD card takes 10 to 30 ms. */
const FLUSH_MS = 1_000;
const RETRY_MS = 5_000;
/** Of all calls together, while the database cannot be written; an hour of ten busy lines. */
const MOST_TURNS = 20_000;
/** Calls that are over and not written yet: two weeks of an outage at a call every four minutes. */
const MOST_ENDED = 5_000;
/** Calls that were begun and never talked: there are some, and they tell nothing of their end. */
const MOST_SILENT = 1_000;

/** What is written of a call this time; what comes meanwhile waits for the next. */
interface Share {
  readonly call: OpenCall;
  readonly turns: readonly NumberedTurn[];
  readonly isEnd: boolean;
}

/** Disposing of it writes what is left. */
export class CallRecorder implements AsyncDisposable {
  readonly #opts: CallRecorderOptions;
  readonly #calls = new Map<string, OpenCall>();
  #cancelTimer: (() => void) | undefined;
  #flushing: Promise<void> | undefined;
  #trouble: InzwaError | Error | undefined;
  /** Given up because too many waited, or refused by the database. */
  lostRows = 0;

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
    if (turn !== undefined) call.turns.push(this.#storable(turn));
    if (turn !== undefined || event.kind === 'call-ended') this.#bound();
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
    const state = { isStarted: false, isForgotten: false, nextSeq: undefined };
    const call: OpenCall = { origin, notes: new CallNotes(), ...state, turns: [] };
    this.#calls.set(origin.callId, call);
    return call;
  }

  #storable(turn: TurnNote): TurnNote {
    const { text } = turn;
    return { ...turn, text: text === null || this.#opts.keepsWords === false ? null : storableText(text) };
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
        this.#lose(1);
      }
    }
    if (this.#calls.size <= MOST_ENDED) return;
    const ended = [...this.#calls].filter(([, { notes }]) => notes.end !== undefined);
    for (const [callId, { turns }] of ended.slice(0, -MOST_ENDED)) {
      this.#calls.delete(callId);
      this.#lose(turns.length + 1);
    }
  }

  #lose(rows: number): void {
    this.lostRows += rows;
    this.#opts.onLost?.(rows);
  }

  async #write(): Promise<void> {
    const due = [...this.#calls.values()].filter(({ notes, isStarted, turns }) =>
      isStarted ? notes.end !== undefined || turns.length > 0 : notes.start !== undefined,
    );
    if (due.length === 0) {
      // What was refused is counted and left out: nothing stands in the way of the next call.
      this.#recovered();
      return;
    }
    const shares = due.map((call): Share => ({ call, turns: [...call.turns], isEnd: call.notes.end !== undefined }));
    try {
      await this.#inTransaction(async (tx) => {
        for (const share of shares) for (const step of this.#stepsOf(share)) await step.write(tx);
      });
      shares.forEach((share) => this.#written(share));
    } catch (error) {
      if (!isRefusal(error)) {
        this.#failed(error);
        return;
      }
      // One row that the database refuses must not keep all the others waiting.
      if (!(await this.#writeOneByOne(shares))) return;
    }
    this.#recovered();
  }

  #recovered(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#opts.logger.info({ lostRows: this.lostRows }, 'no record of a call waits for the database any more');
  }

  /** False: nothing could be written, or not all of it yet. */
  async #writeOneByOne(shares: readonly Share[]): Promise<boolean> {
    let rows = 0;
    let refusal: unknown;
    try {
      for (const share of shares) {
        const { written, refused } = await this.#writeAlone(share);
        rows += written;
        refusal ??= refused;
      }
    } catch (error) {
      this.#failed(error);
      return false;
    }
    if (rows > 0 || refusal === undefined) return true;
    this.#failed(refusal);
    return false;
  }

  /** A call whose rows are not all taken keeps those that are. Rejects when the database cannot be used. */
  async #writeAlone(share: Share): Promise<{ readonly written: number; readonly refused?: unknown }> {
    const { call } = share;
    const steps = this.#stepsOf(share);
    let written = 0;
    let refused: unknown;
    for (const [index, { write, isStart, turn }] of steps.entries()) {
      try {
        await this.#inTransaction(write);
        written += 1;
        if (isStart) call.isStarted = true;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused = error;
        const lost = isStart ? steps.length - index : 1;
        this.#lose(lost);
        this.#opts.logger.error(
          { callId: call.origin.callId, code: error.code, why: error.message, rows: lost },
          'the database refuses what is written of a call: it is left out',
        );
        if (isStart) {
          // Nothing can be added to a call that has no row.
          this.#calls.delete(call.origin.callId);
          return { written, refused };
        }
      }
      if (turn !== undefined) call.turns = call.turns.filter((other) => other !== turn);
    }
    this.#written(share);
    return { written, refused };
  }

  #stepsOf({ call, turns, isEnd }: Share): readonly Step[] {
    return [
      ...(call.isStarted
        ? []
        : [{ isStart: true, write: (tx: RecordsTransaction) => writeStart(tx, call, this.#opts) }]),
      ...turns.map((turn) => ({ turn, write: (tx: RecordsTransaction) => writeTurn(tx, call, turn) })),
      ...(isEnd ? [{ write: (tx: RecordsTransaction) => writeEnd(tx, call) }] : []),
    ];
  }

  #written({ call, turns, isEnd }: Share): void {
    call.isStarted = true;
    call.turns = call.turns.filter((turn) => !turns.includes(turn));
    if (isEnd) this.#calls.delete(call.origin.callId);
  }

  async #inTransaction(work: (tx: RecordsTransaction) => Promise<void>): Promise<void> {
    await this.#opts.records.transaction(work);
  }

  #failed(error: unknown): void {
    if (this.#trouble === undefined) {
      const code = isInzwaError(error) ? error.code : undefined;
      this.#opts.logger.error({ err: error, code }, 'records of calls are not written; calls go on without');
    }
    this.#trouble = error instanceof Error ? error : new Error(String(error));
    this.#schedule(RETRY_MS);
  }
}

interface Step {
  readonly write: (tx: RecordsTransaction) => Promise<void>;
  readonly isStart?: boolean;
  readonly turn?: NumberedTurn;
}

/** Said of what was to be written, not of a database that cannot be used at present. */
function isRefusal(error: unknown): error is InzwaError {
  return isInzwaError(error, 'INZWA_RECORDS_FAILED') || isInzwaError(error, 'INZWA_RECORDS_CONFLICT');
}
