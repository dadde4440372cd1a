/**
 * A telephone without its wire: the caller's mouth and ear on one grid of 20 ms. A frame is spoken in [t, t + 20) and given
 * to the wire at t + 20; a frame of the wire is heard in [t, t + 20), less what the wire needs to know it in full.
 */
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { Ear } from './ear.ts';
import type { LineProfile } from './line-profile.ts';
import { Mouth } from './mouth.ts';
import type { HeardFrame, PhoneEnding, PhonePacing, PhoneRecording, Spoken } from './phone-call.ts';

export const PTIME_MS = 20;
/** 20 ms at 8000 Hz. */
export const FRAME_SAMPLES = 160;
/** A tick later than this is noted against the telephone. */
const LATE_MS = 5;

/** The wire of one call, called at every tick; both arrays belong to the handset and are valid until the call returns. */
export interface HandsetWire {
  /** Takes the 20 ms that end with tick number `tick` (from 1 on); `isLost`: the line loses them on their way. */
  transmit(frame: Int16Array, opts: { readonly tick: number; readonly isLost: boolean }): void;
  /** Fills the next 20 ms to be heard, with silence where there is nothing. */
  receive(frame: Int16Array): void;
}

export interface HandsetOptions {
  readonly callId: string;
  readonly clock: Clock;
  readonly wire: HandsetWire;
  readonly line?: LineProfile;
  /**
   * Ticks after a frame's beginning at which the wire knows all of it: 0 where the far end hands it over whole, 2 where
   * sound is heard as its packets arrive. Times stay those of the caller's ear; only the news of them comes later.
   * @defaultValue 0
   */
  readonly heardAfterTicks?: number;
}

interface Waiter {
  readonly deadlineMs: number;
  readonly what: string;
  /** The awaited moment, once it has come. */
  poll(): number | undefined;
  resolve(atMs: number): void;
  reject(error: Error): void;
}

/** Runs from its construction to `end`. */
export class Handset {
  readonly callId: string;
  readonly startedAtMs: number;
  /** Never rejects. */
  readonly ended: Promise<PhoneEnding>;

  readonly #clock: Clock;
  readonly #wire: HandsetWire;
  readonly #heardAfterTicks: number;
  readonly #mouth: Mouth;
  readonly #ear: Ear;
  readonly #listeners = new Set<(frame: HeardFrame) => void>();
  readonly #waiters = new Set<Waiter>();
  readonly #spoken = new Int16Array(FRAME_SAMPLES);
  readonly #heard = new Int16Array(FRAME_SAMPLES);
  readonly #stopped = new AbortController();
  readonly #ending = Promise.withResolvers<PhoneEnding>();
  #ticks = 0;
  #heardFrames = 0;
  #lateTicks = 0;
  #maxLateMs = 0;
  #cancelTick: () => void;

  constructor(opts: HandsetOptions) {
    this.callId = opts.callId;
    this.ended = this.#ending.promise;
    this.#clock = opts.clock;
    this.#wire = opts.wire;
    this.#heardAfterTicks = opts.heardAfterTicks ?? 0;
    this.startedAtMs = this.#clock.nowMs();
    this.#mouth = new Mouth(this.startedAtMs, opts.line ?? {});
    this.#ear = new Ear(this.startedAtMs);
    this.#cancelTick = this.#clock.after(0, () => this.#runDueTicks());
  }

  /** Aborts at the end of the call; its reason is INZWA_PHONE_CALL_OVER. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  get isOver(): boolean {
    return this.#stopped.signal.aborted;
  }

  get pacing(): PhonePacing {
    return { ticks: this.#ticks, lateTicks: this.#lateTicks, maxLateMs: this.#maxLateMs };
  }

  say(pcm8k: Int16Array): Promise<Spoken> {
    return this.isOver ? Promise.reject(this.#callIsOver()) : this.#mouth.say(pcm8k);
  }

  onHeard(listener: (frame: HeardFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  heardSpeechAfter(atMs: number): number | undefined {
    return this.#ear.audibleAfter(atMs);
  }

  waitUntilSpeaking({ timeoutMs }: { readonly timeoutMs: number }): Promise<number> {
    const fromMs = this.#clock.nowMs();
    return this.#wait('speech', timeoutMs, () => this.#ear.audibleAfter(fromMs));
  }

  waitUntilQuiet({ silentMs, timeoutMs }: { readonly silentMs: number; readonly timeoutMs: number }): Promise<number> {
    const fromMs = this.#clock.nowMs();
    return this.#wait('silence', timeoutMs, () => {
      const sinceMs = this.#ear.quietSince(fromMs);
      return sinceMs !== undefined && this.#ear.heardUpToMs - sinceMs >= silentMs ? sinceMs : undefined;
    });
  }

  recording(): PhoneRecording {
    const length = this.#ear.tape.length;
    return {
      sampleRateHz: 8_000,
      caller: this.#mouth.tape.copy(length),
      heard: this.#ear.tape.copy(length),
      startedAtMs: this.startedAtMs,
    };
  }

  /** The first ending is the call's; returns false when the call was over before. */
  end(ending: PhoneEnding): boolean {
    if (this.isOver) return false;
    const why = this.#callIsOver();
    this.#stopped.abort(why);
    this.#cancelTick();
    while (this.#heardFrames < this.#ticks) this.#hear();
    this.#mouth.close(why);
    for (const waiter of this.#waiters) waiter.reject(why);
    this.#waiters.clear();
    this.#ending.resolve(ending);
    return true;
  }

  /** Deadlines are counted from the start, so a late tick is caught up and never shifts those after it. */
  #runDueTicks(): void {
    while (!this.isOver) {
      const dueMs = this.startedAtMs + this.#ticks * PTIME_MS;
      const lateMs = this.#clock.nowMs() - dueMs;
      if (lateMs < 0) {
        this.#cancelTick = this.#clock.after(-lateMs, () => this.#runDueTicks());
        return;
      }
      if (lateMs > LATE_MS) this.#lateTicks++;
      this.#maxLateMs = Math.max(this.#maxLateMs, lateMs);
      this.#tick(dueMs);
    }
  }

  #tick(atMs: number): void {
    if (this.#ticks > 0) {
      const isLost = !this.#mouth.speak(this.#spoken);
      this.#wire.transmit(this.#spoken, { tick: this.#ticks, isLost });
    }
    this.#ticks++;
    if (this.#ticks > this.#heardAfterTicks) this.#hear();
    for (const waiter of this.#waiters) {
      const foundMs = waiter.poll();
      if (foundMs === undefined && atMs < waiter.deadlineMs) continue;
      this.#waiters.delete(waiter);
      if (foundMs !== undefined) waiter.resolve(foundMs);
      else waiter.reject(new InzwaError('INZWA_PHONE_TIMEOUT', `call ${this.callId}: no ${waiter.what} in time`));
    }
  }

  #hear(): void {
    const atMs = this.startedAtMs + this.#heardFrames * PTIME_MS;
    this.#heardFrames++;
    this.#wire.receive(this.#heard);
    const isSilent = this.#ear.hear(this.#heard);
    for (const listener of this.#listeners) listener({ atMs, pcm: this.#heard, isSilent });
  }

  #wait(what: string, timeoutMs: number, poll: () => number | undefined): Promise<number> {
    if (this.isOver) return Promise.reject(this.#callIsOver());
    return new Promise((resolve, reject) => {
      this.#waiters.add({ what, poll, resolve, reject, deadlineMs: this.#clock.nowMs() + timeoutMs });
    });
  }

  #callIsOver(): InzwaError {
    const message = `call ${this.callId} is over: nothing more will be said or heard in it`;
    return new InzwaError('INZWA_PHONE_CALL_OVER', message);
  }
}
