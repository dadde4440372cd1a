/** The time of day, and the time of day that it would be if nobody had set the clock back. */
import type { Clock } from '#kernel/clock.ts';

/** A clock that is slewed is off by less (NTP: 500 ppm, 43 s in a day); one that was set is off by more. */
const SLEW_MS = 60_000;
/** After that long the clock is believed as it is. */
const DOUBT_MS = 86_400_000;

/**
 * A clock that jumps back an hour at half past seven would open the evening again. Whoever decides on calling hours asks for
 * every time that it may be, and begins only what is allowed at all of them.
 */
export class WallTime {
  readonly #clock: Clock;
  /** Wall less monotonic, as it was before the clock was set back. */
  #offsetMs: number;
  #doubtedAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = Math.floor(clock.wallMs()) - Math.floor(clock.nowMs());
  }

  /** Epoch ms: the wall clock first, and after it the time that would have been. */
  times(): readonly [number, ...number[]] {
    const [wall, monotonic] = [Math.floor(this.#clock.wallMs()), Math.floor(this.#clock.nowMs())];
    const behindMs = monotonic + this.#offsetMs - wall;
    if (behindMs <= SLEW_MS || monotonic - (this.#doubtedAtMs ?? monotonic) > DOUBT_MS) {
      this.#doubtedAtMs = undefined;
      this.#offsetMs = wall - monotonic;
      return [wall];
    }
    this.#doubtedAtMs ??= monotonic;
    return [wall, wall + behindMs];
  }
}
