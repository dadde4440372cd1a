/**
 * What a caller hears while the agent says nothing. Frames of it go out behind what was said, each when the far end has
 * little left to play, so that the line is never dead and speech has little to wait behind.
 */
import type { Clock } from '#kernel/clock.ts';

/** Fills one frame with what a quiet line sounds like. */
export type LineFiller = (out: Int16Array) => void;

export interface QuietLineOptions {
  readonly clock: Clock;
  readonly ptimeMs: number;
  readonly frameSamples: number;
  /** Undefined: a quiet line is sent nothing. */
  readonly filler: LineFiller | undefined;
  /** The next filler frame goes out when this much is left to play, by our clock. */
  readonly fillAtMs: () => number;
  /** Called before filler goes out, and where there is none instead of it. */
  readonly onQuiet: () => void;
  /** Takes one frame of filler; the array is valid until it returns. */
  readonly send: (frame: Int16Array) => void;
}

/** Runs from its construction to `stop`. */
export class QuietLine {
  readonly #opts: QuietLineOptions;
  readonly #frame: Int16Array;
  /** When the far end will have played all that was sent, by our clock. */
  #endMs: number;
  #fillerRun = 0;
  #isHeld = false;
  #cancelFill: (() => void) | undefined;

  constructor(opts: QuietLineOptions) {
    this.#opts = opts;
    this.#frame = new Int16Array(opts.frameSamples);
    this.#endMs = opts.clock.nowMs();
    this.#schedule();
  }

  /** Filler frames since the last speech, or since the far end was told to forget everything. */
  get fillerRun(): number {
    return this.#fillerRun;
  }

  /** One frame of speech has been sent. */
  spoke(): void {
    this.#fillerRun = 0;
    this.#extend();
    this.#schedule();
  }

  /** The far end has been told to forget everything: call `fill` or `spoke` next. */
  emptied(): void {
    this.#fillerRun = 0;
    this.#endMs = this.#opts.clock.nowMs();
  }

  /** Sends what is due now, at least one frame. */
  fill(): void {
    const { filler, onQuiet, fillAtMs, send, clock } = this.#opts;
    onQuiet();
    if (!filler) return;
    do {
      filler(this.#frame);
      this.#fillerRun += 1;
      send(this.#frame);
      this.#extend();
    } while (this.#endMs - clock.nowMs() <= fillAtMs());
    this.#schedule();
  }

  /** Sends nothing until `goOn`. */
  hold(): void {
    this.#isHeld = true;
    this.#cancelFill?.();
  }

  goOn(): void {
    this.#isHeld = false;
    this.#schedule();
  }

  stop(): void {
    this.hold();
  }

  #extend(): void {
    this.#endMs = Math.max(this.#endMs, this.#opts.clock.nowMs()) + this.#opts.ptimeMs;
  }

  #schedule(): void {
    this.#cancelFill?.();
    if (this.#isHeld) return;
    const dueMs = this.#endMs - this.#opts.fillAtMs() - this.#opts.clock.nowMs();
    this.#cancelFill = this.#opts.clock.after(Math.max(0, dueMs), () => this.fill());
  }
}
