/** Waiting where sockets are real and timers are not: both move on, 100 ms of virtual time for every 5 ms or so of real time. */
import type { VirtualClock } from './virtual-clock.ts';

/** Fails after 90 s of virtual time. */
export async function settledOn<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  const state = { isDone: false };
  const done = work.finally(() => (state.isDone = true));
  done.catch(() => undefined);
  for (let turn = 0; turn < 4_500 && !state.isDone; turn++) {
    await aMoment();
    if (turn % 5 === 4) await clock.advance(100);
  }
  if (!state.isDone) throw new Error('not done after 90 s of virtual time');
  return done;
}

export async function untilOn(clock: VirtualClock, isTrue: () => boolean): Promise<void> {
  await settledOn(
    clock,
    (async () => {
      while (!isTrue()) await aMoment();
    })(),
  );
}

function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
