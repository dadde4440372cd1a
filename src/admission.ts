/**
 * Whether one call more can be served well, by how well those that run are served: how soon their callers hear an answer, how
 * busy the engines are, and whether the media loop keeps its time. A call that cannot be is refused, so that the others stay
 * well. Nothing here knows what a call is about.
 */
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { LoadMeter } from './load-meter.ts';
import type { TurnTrace } from './observability/turn-trace.ts';

export interface AdmissionOptions {
  readonly clock: Clock;
  /** True: recognition is a server's, which does more than one thing at a time, so how busy it is says nothing. */
  readonly isEarElsewhere: boolean;
}

/** Why a call is not taken. `slow`: callers wait too long; `engines`: they would; `hearing`, `loop`: the machine is behind. */
export type Refusal = 'slow' | 'engines' | 'hearing' | 'loop';

/** Nobody should wait for an answer from a card for longer; one turn in twenty may. */
export const MOST_WAIT_MS = 1_500;
const MOST_SLOW_SHARE = 0.05;
/** One slow turn is an accident. */
const LEAST_SLOW_TURNS = 2;
/** What counts as recent. */
const TURNS_KEPT_MS = 60_000;

/**
 * Of an engine thread that works on one thing at a time. A caller who speaks at a random moment finds it busy with this
 * probability, and then waits for what is left of another's recognition, and for whoever else waits. Measured on two cores
 * with all models (bench:capacity): at 0.3 15 calls are taken and one answer in twenty comes after 1.0 s; at 0.6 24, and 3.1 s.
 */
export const MOST_BUSY_SHARE = 0.3;
/** Seconds from one turn of a call to the next: a question, its answer, a breath. Shorter than most, so on the careful side. */
const TURN_EVERY_MS = 8_000;
/** Until the self-test has told: Whisper base on one core of 2020. */
const USUAL_TURN_WORK_MS = 450;

/** An engine this busy has no time for what calls can do without. */
const FULL_SHARE = 0.8;

/** Windows of 32 ms that were not scored, in the last seconds; the ear is 400 ms behind when the first is skipped. */
const MOST_SKIPPED = 5;
const SKIPPED_KEPT_MS = 10_000;

/** Speech is sent 200 ms ahead, so that a loop this late is not heard yet. */
const MOST_LATE_MS = 60;
const TICK_MS = 250;
/** Ten seconds of ticks, of which one in ten may be late. */
const TICKS_KEPT = 40;

export class Admission implements Disposable {
  readonly ear: LoadMeter;
  readonly mouth: LoadMeter;
  readonly #clock: Clock;
  readonly #isEarElsewhere: boolean;
  readonly #turns: { readonly atMs: number; readonly ms: number }[] = [];
  readonly #skippedAtMs: number[] = [];
  readonly #lateMs: number[] = [];
  /** Begin of each running call. */
  readonly #calls = new Map<string, number>();
  #turnWorkMs = USUAL_TURN_WORK_MS;
  #cancelTick: (() => void) | undefined;

  constructor({ clock, isEarElsewhere }: AdmissionOptions) {
    this.#clock = clock;
    this.#isEarElsewhere = isEarElsewhere;
    this.ear = new LoadMeter({ clock });
    this.mouth = new LoadMeter({ clock });
  }

  /** What one turn costs the ear on this machine when nothing else runs: the self-test's result. */
  set turnWorkMs(ms: number) {
    this.#turnWorkMs = ms;
  }

  /**
   * Undefined while one call more would be served well; the first call always is taken, for there is nobody to protect.
   * `arriving`: calls that have been taken and have not begun.
   */
  refusal({ arriving = 0 }: { readonly arriving?: number } = {}): Refusal | undefined {
    if (this.#calls.size + arriving === 0) return undefined;
    if (this.#isSlow()) return 'slow';
    if (this.expectedShare(arriving) > MOST_BUSY_SHARE) return 'engines';
    const nowMs = this.#clock.nowMs();
    if (this.#skippedAtMs.filter((atMs) => atMs > nowMs - SKIPPED_KEPT_MS).length > MOST_SKIPPED) return 'hearing';
    const late = this.#lateMs.filter((ms) => ms > MOST_LATE_MS).length;
    return late > TICKS_KEPT / 10 ? 'loop' : undefined;
  }

  /**
   * The busier engine's share with one call more. Calls younger than the meter's window have not been measured in full: what
   * is missing is what a call is expected to cost. The new one costs that too, or what the others cost if it is more.
   */
  expectedShare(arriving = 0): number {
    const { windowMs } = this.ear;
    const nowMs = this.#clock.nowMs();
    const usual = this.#isEarElsewhere ? 0 : this.#turnWorkMs / TURN_EVERY_MS;
    const measured = Math.max(this.#isEarElsewhere ? 0 : this.ear.share(), this.mouth.share());
    let unmeasured = arriving;
    for (const sinceMs of this.#calls.values()) unmeasured += Math.max(0, 1 - (nowMs - sinceMs) / windowMs);
    return measured + usual * unmeasured + Math.max(usual, measured / Math.max(1, this.#calls.size));
  }

  /** True while the ear has no time for second opinions. */
  get isEarFull(): boolean {
    return !this.#isEarElsewhere && this.ear.share() > FULL_SHARE;
  }

  /** True while the mouth has no time for small talk. */
  get isMouthFull(): boolean {
    return this.mouth.share() > FULL_SHARE;
  }

  callOpened(callId: string): void {
    this.#calls.set(callId, this.#clock.nowMs());
    if (this.#cancelTick === undefined) this.#tick(this.#clock.nowMs() + TICK_MS);
  }

  callEnded(callId: string): void {
    this.#calls.delete(callId);
    if (this.#calls.size === 0) this[Symbol.dispose]();
  }

  observe(event: CallEvent): void {
    if (event.kind === 'vad-skipped') keep(this.#skippedAtMs, event.atMs, MOST_SKIPPED + 1);
  }

  /** What the language model says takes its own time, whatever the load. */
  heard({ source, totalMs }: Pick<TurnTrace, 'source' | 'totalMs'>): void {
    if (source !== 'llm') this.#turns.push({ atMs: this.#clock.nowMs(), ms: totalMs });
  }

  /** Ends the watch on the event loop, which begins anew with the next call. */
  [Symbol.dispose](): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#lateMs.length = 0;
  }

  #isSlow(): boolean {
    const fromMs = this.#clock.nowMs() - TURNS_KEPT_MS;
    while ((this.#turns[0]?.atMs ?? fromMs) < fromMs) this.#turns.shift();
    const slow = this.#turns.filter(({ ms }) => ms > MOST_WAIT_MS).length;
    return slow >= LEAST_SLOW_TURNS && slow > MOST_SLOW_SHARE * this.#turns.length;
  }

  #tick(dueMs: number): void {
    this.#cancelTick = this.#clock.after(Math.max(0, dueMs - this.#clock.nowMs()), () => {
      const nowMs = this.#clock.nowMs();
      keep(this.#lateMs, nowMs - dueMs, TICKS_KEPT);
      this.#tick(nowMs + TICK_MS);
    });
  }
}

function keep(values: number[], value: number, most: number): void {
  values.push(value);
  if (values.length > most) values.shift();
}
