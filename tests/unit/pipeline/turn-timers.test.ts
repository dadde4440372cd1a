import { describe, expect, it } from 'vitest';
import { TurnTimers } from '#pipeline/turn-timers.ts';
import type { TurnTimer } from '#pipeline/turn/state.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function stage(): {
  clock: VirtualClock;
  timers: TurnTimers;
  rang: [TurnTimer, number][];
  stir: (is: boolean) => void;
} {
  const clock = new VirtualClock();
  const rang: [TurnTimer, number][] = [];
  let isStirring = false;
  const timers = new TurnTimers({
    clock,
    onTimer: (timer) => rang.push([timer, clock.nowMs()]),
    isStirring: () => isStirring,
  });
  return { clock, timers, rang, stir: (is) => (isStirring = is) };
}

describe('a turn timer', () => {
  it('is replaced by another of its name, and ends when it is disarmed', async () => {
    const { clock, timers, rang } = stage();
    timers.arm('thinking', 100);
    timers.arm('thinking', 300);
    timers.arm('verdict', 200);
    timers.disarm('verdict');
    await clock.advance(1_000);
    expect(rang).toEqual([['thinking', 300]]);
  });

  it('that asks for life waits while somebody may be about to speak', async () => {
    const { clock, timers, rang, stir } = stage();
    stir(true);
    timers.arm('still-there', 100);
    timers.arm('verdict', 100);
    await clock.advance(400);
    expect(rang).toEqual([['verdict', 100]]);
    stir(false);
    await clock.advance(200);
    expect(rang.at(-1)).toEqual(['still-there', 420]);
  });

  it('leaves nothing behind', async () => {
    const { clock, timers, rang } = stage();
    timers.arm('goodbye', 100);
    timers.arm('still-there', 100);
    timers.close();
    await clock.advance(1_000);
    expect([rang, clock.pendingTimers]).toEqual([[], 0]);
  });
});
