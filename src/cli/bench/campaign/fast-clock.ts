/** Time that runs faster than it is, alike in every process of this machine, so that hours of calling are minutes of test. */
import { sleepOn, systemClock, type Clock } from '#kernel/clock.ts';

export interface FastClockOptions {
  /** How many of its seconds pass in one. */
  readonly speed: number;
  /** What `systemClock.nowMs` was when it read 0. */
  readonly zeroMs: number;
  /** Epoch ms at that moment. */
  readonly wallZeroMs: number;
}

/** Both clocks run at the same speed; timers are as punctual as the system's, times the speed. */
export function fastClock({ speed, zeroMs, wallZeroMs }: FastClockOptions): Clock {
  const clock: Clock = {
    nowMs: () => (systemClock.nowMs() - zeroMs) * speed,
    // As the system's: the records keep whole milliseconds.
    wallMs: () => Math.floor(wallZeroMs + clock.nowMs()),
    after: (ms, run) => systemClock.after(ms / speed, run),
    sleep: (ms, opts) => sleepOn(clock, ms, opts),
  };
  return clock;
}
