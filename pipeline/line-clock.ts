/**
 * A line that sends no frames is silence, not a stopped world: phones with discontinuous transmission and muted callers
 * send nothing at all, and turn taking must go on. Keeps the audio clock from falling behind the monotonic one.
 */
import type { Clock } from '#kernel/clock.ts';

/** Later than this a frame counts as not coming; network jitter stays below it. */
const MOST_LATE_MS = 160;
const CHECK_EVERY_MS = 40;

export interface LineClockOptions {
  readonly clock: Clock;
  /** The audio clock: milliseconds heard so far. */
  readonly audioMs: () => number;
  /** Hear this much silence now. When the frames come after all, they are heard too, and the next silence comes later. */
  readonly hearSilence: (ms: number) => void;
}

/** Runs until disposed. */
export function keepLineClock({ clock, audioMs, hearSilence }: LineClockOptions): Disposable {
  const startMs = clock.nowMs() - audioMs();
  let cancel = (): void => undefined;
  const check = (): void => {
    const lateMs = clock.nowMs() - startMs - audioMs();
    // Whole frames only, and up to the allowed lateness, so that frames merely late are not doubled.
    if (lateMs > MOST_LATE_MS) hearSilence(Math.floor((lateMs - MOST_LATE_MS / 2) / 20) * 20);
    cancel = clock.after(CHECK_EVERY_MS, check);
  };
  cancel = clock.after(CHECK_EVERY_MS, check);
  return {
    [Symbol.dispose]: () => {
      cancel();
    },
  };
}
