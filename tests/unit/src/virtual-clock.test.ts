import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('VirtualClock', () => {
  it('runs timers in the order of their time, equal times in the order of setting', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.after(30, () => seen.push(`c@${clock.nowMs()}`));
    clock.after(10, () => seen.push(`a@${clock.nowMs()}`));
    clock.after(10, () => seen.push(`b@${clock.nowMs()}`));
    await clock.advance(29);
    expect(seen).toEqual(['a@10', 'b@10']);
    await clock.advance(1);
    expect(seen).toEqual(['a@10', 'b@10', 'c@30']);
  });

  it('lets a chain of promises settle before the next timer, and runs timers set meanwhile', async () => {
    const clock = new VirtualClock();
    const { signal } = new AbortController();
    const woken: number[] = [];
    const ticking = (async () => {
      for (let i = 0; i < 5; i++) {
        await clock.sleep(20, { signal });
        await Promise.resolve().then(() => undefined);
        woken.push(clock.nowMs());
      }
    })();
    await clock.advance(100);
    await ticking;
    expect(woken).toEqual([20, 40, 60, 80, 100]);
    expect(clock.wallMs() - new VirtualClock().wallMs()).toBe(100);
  });

  it('cancels timers, and rejects a sleep whose signal aborts', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(50, { signal: abort.signal });
    const cancel = clock.after(10, () => expect.unreachable());
    cancel();
    abort.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits for a condition, and says when it never comes', async () => {
    const clock = new VirtualClock();
    await clock.advanceUntil(() => clock.nowMs() >= 60, { timeoutMs: 1_000 });
    expect(clock.nowMs()).toBe(60);
    await expect(clock.advanceUntil(() => false, { timeoutMs: 100, stepMs: 50 })).rejects.toThrow('100 ms');
  });
});
