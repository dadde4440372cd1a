/**
 * Tells live frames from stale ones on a wire without timestamps: after a freeze of this process or a stall of TCP, seconds
 * of old audio arrive back to back (Asterisk's chan_websocket: 400 frames after 8 s), and answering them would be answering
 * the past. After silence suppression, one frame arrives each 20 ms, and none of them may be lost.
 */
import type { Clock } from '#kernel/clock.ts';

export interface BurstGateOptions {
  readonly clock: Clock;
  readonly ptimeMs: number;
  /** A frame to be heard, in order; an array that waited belongs to the gate and is valid until this returns. */
  readonly onFrame: (frame: Int16Array) => void;
  /**
   * So many frames were too old and are dropped: called before the frames that came after them are delivered. Whoever keeps
   * an audio clock counts them as a gap; time did pass while they waited.
   */
  readonly onStale: (frames: number) => void;
}

/** Twice the jitter that a line may have: what comes after a longer pause is a burst or the end of a silence. */
const PAUSE_MS = 400;
/** As much audio ahead of real time is a burst too, with no pause before it: one that came in two parts. */
const MOST_AHEAD_MS = 400;
/** A sender's clock may run this much faster than ours without ever adding up to a burst. */
const DRIFT = 1.05;
/** A burst has ended when nothing comes for half a frame; live frames are 20 ms apart. */
const QUIET_MS = 10;
/** A sender that is never quiet gets heard in pieces rather than not at all. */
const MOST_HELD_MS = 500;
/** The newest audio of a burst: the jitter that a line may have, so it may be live. */
const KEPT_MS = 200;

/** One wire's gate; `dispose` when the wire ends. Frames pass without being copied unless they have to wait. */
export class BurstGate implements Disposable {
  readonly #options: BurstGateOptions;
  readonly #kept: Int16Array[] = [];
  readonly #keptFrames: number;
  /** Frames that came since the gate began to hold, dropped ones included; 0 while frames pass. */
  #held = 0;
  #heldSinceMs = 0;
  #lastArrivalMs: number | undefined;
  #aheadMs = 0;
  #isOpen = true;
  #cancelQuiet = (): void => undefined;

  constructor(options: BurstGateOptions) {
    this.#options = options;
    this.#keptFrames = Math.max(1, Math.floor(KEPT_MS / options.ptimeMs));
  }

  /** Call for each frame in the order of arrival; `frame` may be reused when this returns. */
  push(frame: Int16Array): void {
    if (!this.#isOpen) return;
    const { clock, ptimeMs, onFrame } = this.#options;
    const nowMs = clock.nowMs();
    const pausedMs = nowMs - (this.#lastArrivalMs ?? nowMs);
    this.#lastArrivalMs = nowMs;
    this.#aheadMs = Math.max(0, this.#aheadMs - pausedMs * DRIFT) + ptimeMs;
    if (this.#held > 0) {
      // Frozen again while it held: what comes now is as stale as what is held.
      if (pausedMs >= PAUSE_MS) this.#heldSinceMs = nowMs;
      this.#hold(frame);
      if (nowMs - this.#heldSinceMs >= MOST_HELD_MS) this.#deliver();
      else this.#awaitQuiet();
    } else if (pausedMs >= PAUSE_MS || this.#aheadMs > MOST_AHEAD_MS) {
      this.#heldSinceMs = nowMs;
      this.#hold(frame);
      this.#awaitQuiet();
    } else {
      onFrame(frame);
    }
  }

  /** Nothing is delivered any more, held frames neither. */
  [Symbol.dispose](): void {
    this.#cancelQuiet();
    this.#isOpen = false;
  }

  #hold(frame: Int16Array): void {
    const slot = this.#held % this.#keptFrames;
    const kept = this.#kept[slot];
    if (kept?.length === frame.length) kept.set(frame);
    else this.#kept[slot] = frame.slice();
    this.#held += 1;
  }

  #awaitQuiet(): void {
    const { clock } = this.#options;
    this.#cancelQuiet();
    this.#cancelQuiet = clock.after(QUIET_MS, () => {
      // A process that was frozen runs its timers before it reads its sockets: what waits there must be read first.
      this.#cancelQuiet = clock.after(0, () => {
        this.#deliver();
      });
    });
  }

  #deliver(): void {
    const { onFrame, onStale, ptimeMs } = this.#options;
    this.#cancelQuiet();
    const held = this.#held;
    const stale = Math.max(0, held - this.#keptFrames);
    this.#held = 0;
    if (stale > 0) {
      // The rest of a burst that came in two parts must not pass as live.
      this.#aheadMs = MOST_AHEAD_MS - 2 * ptimeMs;
      onStale(stale);
    }
    for (let n = stale; n < held && this.#isOpen; n++) {
      const frame = this.#kept[n % this.#keptFrames];
      if (frame) onFrame(frame);
    }
  }
}
