/**
 * Counts its own ticks, not time: in a process that was stopped as a whole (SIGSTOP, a suspended machine) it has not ticked
 * either, and nobody is to blame.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { systemClock } from '#kernel/clock.ts';

const STANDARD_ERROR = 2;
const { beats, standstillS } = workerData as { readonly beats: Int32Array; readonly standstillS: number };
let last = Atomics.load(beats, 0);
let ticksWithoutBeat = 0;

function tick(): void {
  const now = Atomics.load(beats, 0);
  ticksWithoutBeat = now === last ? ticksWithoutBeat + 1 : 0;
  last = now;
  if (ticksWithoutBeat >= standstillS) {
    const msg = 'the event loop stood still: the process ends, and calls go on elsewhere';
    writeSync(STANDARD_ERROR, `${JSON.stringify({ level: 60, code: 'INZWA_STANDSTILL', standstillS, msg })}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  systemClock.after(1_000, tick);
}

systemClock.after(1_000, tick);
