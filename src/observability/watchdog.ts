/**
 * Ends this process when its event loop stands still: Asterisk goes on waiting for a frozen agent that still accepts
 * connections (it has no time-out for the upgrade, measured on 22.10), but attaches every call elsewhere once it is gone.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '#kernel/clock.ts';

/** How often the event loop says that it lives. */
const BEAT_MS = 500;

/**
 * Longer than any garbage collection or any start on a cold disk, and long enough that a machine which is merely
 * overloaded is left alone; a caller who hears it ring waits for about as long.
 */
const STANDSTILL_S = 12;

/** Runs until disposed. The line on standard error and the exit by SIGKILL are the worker's. */
export function startWatchdog(clock: Clock, { standstillS = STANDSTILL_S } = {}): Disposable {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./watchdog-worker.ts', import.meta.url), {
    workerData: { beats, standstillS },
    // Not the options of whoever started us.
    execArgv: [],
  });
  worker.unref();
  let cancel: () => void;
  const beat = (): void => {
    Atomics.add(beats, 0, 1);
    cancel = clock.after(BEAT_MS, beat);
  };
  beat();
  return {
    [Symbol.dispose]() {
      cancel();
      void worker.terminate();
    },
  };
}
