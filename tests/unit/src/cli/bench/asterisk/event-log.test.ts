import { expect, it } from 'vitest';
import type { CallEvent } from '#pipeline/events.ts';
import { EventLog } from '#src/cli/bench/asterisk/event-log.ts';
import { VirtualClock } from '../../../../../support/virtual-clock.ts';

const bargeIn = (atMs: number, callId = 'a'): CallEvent => ({
  kind: 'barge-in',
  turn: 1,
  overlapMs: 256,
  callId,
  atMs,
  audioMs: 0,
});

function logging() {
  const listeners = new Set<(event: CallEvent) => void>();
  const clock = new VirtualClock();
  const log = new EventLog(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    ({ callId }) => callId === 'a',
  );
  const tell = (event: CallEvent): void => {
    for (const listener of listeners) listener(event);
  };
  return { clock, log, tell, listeners };
}

const { signal } = new AbortController();

it('finds an event that has come already, and waits for one that has not', async () => {
  const { clock, log, tell } = logging();
  tell(bargeIn(100));
  expect((await log.waitFor('barge-in', { fromMs: 50, timeoutMs: 0, clock, signal }))?.atMs).toBe(100);
  const next = log.waitFor('barge-in', { fromMs: 101, timeoutMs: 1_000, clock, signal });
  tell(bargeIn(300, 'of another call'));
  tell(bargeIn(400));
  expect((await next)?.atMs).toBe(400);
  expect(clock.pendingTimers).toBe(0);
});

it('gives up in time, and hears nothing after its end', async () => {
  const { clock, log, tell, listeners } = logging();
  const never = log.waitFor('barge-in', { fromMs: 0, timeoutMs: 1_000, clock, signal });
  await clock.advance(1_000);
  expect(await never).toBeUndefined();
  log[Symbol.dispose]();
  tell(bargeIn(1));
  expect(log.events).toEqual([]);
  expect(listeners.size).toBe(0);
});
