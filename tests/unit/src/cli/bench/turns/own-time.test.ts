import { describe, expect, it } from 'vitest';
import { OwnTime, type ThreadTimes } from '../../../../../../src/cli/bench/turns/own-time.ts';
import { VirtualClock } from '../../../../../support/virtual-clock.ts';

describe('OwnTime', () => {
  const setUp = () => {
    const real = new VirtualClock();
    const threads = new Map<string, ThreadTimes>([
      ['engine', { ranMs: 0, waitedMs: 0 }],
      ['main', { ranMs: 0, waitedMs: 0 }],
    ]);
    const time = new OwnTime({ real, threads: () => new Map(threads) });
    return { real, threads, time };
  };

  it('is real time while no thread waits', async () => {
    const { real, threads, time } = setUp();
    await real.advance(300);
    threads.set('engine', { ranMs: 250, waitedMs: 0 });
    expect(time.nowMs()).toBe(300);
  });

  it('leaves out what the thread that runs most has waited, and nothing of the others', async () => {
    const { real, threads, time } = setUp();
    await real.advance(100);
    threads.set('engine', { ranMs: 60, waitedMs: 40 });
    threads.set('main', { ranMs: 5, waitedMs: 90 });
    expect(time.nowMs()).toBe(60);
    await real.advance(1_000);
    threads.set('engine', { ranMs: 560, waitedMs: 540 });
    expect(time.nowMs()).toBe(560);
    // The next window begins without what was counted.
    await real.advance(50);
    threads.set('main', { ranMs: 55, waitedMs: 90 });
    expect(time.nowMs()).toBe(610);
  });

  it('never goes back when a wait becomes known late', async () => {
    const { real, threads, time } = setUp();
    await real.advance(30);
    expect(time.nowMs()).toBe(30);
    await real.advance(10);
    threads.set('engine', { ranMs: 1, waitedMs: 35 });
    expect(time.nowMs()).toBe(30);
    await real.advance(30);
    threads.set('engine', { ranMs: 31, waitedMs: 35 });
    expect(time.nowMs()).toBe(35);
  });

  it('reads what this system tells, or is real time', () => {
    using time = new OwnTime();
    const before = time.nowMs();
    let busy = 0;
    for (let n = 0; n < 1e6; n += 1) busy += Math.sqrt(n);
    expect(busy).toBeGreaterThan(0);
    expect(time.nowMs()).toBeGreaterThanOrEqual(before);
  });
});
