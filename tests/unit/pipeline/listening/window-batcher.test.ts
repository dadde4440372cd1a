import { describe, expect, it } from 'vitest';
import { WindowBatcher, type CallWindow } from '#pipeline/listening/window-batcher.ts';

const windowOf = (value: number): Float32Array => Float32Array.of(value);
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The score of a window is its only sample; each run is written down as `call:value`. */
function rig(fails: (run: number) => boolean = () => false): { batcher: WindowBatcher; runs: string[] } {
  const runs: string[] = [];
  const batcher = new WindowBatcher(async (batch: readonly CallWindow[]) => {
    runs.push(batch.map(({ callId, window }) => `${callId}:${window[0]}`).join(' '));
    await settle();
    if (fails(runs.length)) throw new Error('no memory');
    return batch.map(({ window }) => window[0] ?? Number.NaN);
  });
  return { batcher, runs };
}

describe('a window batcher', () => {
  it('scores what has arrived of all calls in one run', async () => {
    const { batcher, runs } = rig();
    const scores = [1, 2, 3].map((value) => batcher.score(`call${value}`, windowOf(value)));
    expect(await Promise.all(scores)).toEqual([1, 2, 3]);
    expect(runs).toEqual(['call1:1 call2:2 call3:3']);
  });

  it('keeps the windows of a call in order, one a run', async () => {
    const { batcher, runs } = rig();
    const order: number[] = [];
    const scored = [1, 2, 3].map((value) => batcher.score('a', windowOf(value)).then((score) => order.push(score)));
    await Promise.all([...scored, batcher.score('b', windowOf(9))]);
    expect(order).toEqual([1, 2, 3]);
    expect(runs).toEqual(['a:1 b:9', 'a:2', 'a:3']);
  });

  it('takes what comes during a run into the next one, who has waited longest first', async () => {
    const { batcher, runs } = rig();
    const first = batcher.score('a', windowOf(1));
    await settle();
    const later = [batcher.score('b', windowOf(2)), batcher.score('a', windowOf(3))];
    await Promise.all([first, ...later]);
    expect(runs).toEqual(['a:1', 'b:2 a:3']);
  });

  it('does not let one run grow beyond 64 calls, and forgets nobody', async () => {
    const { batcher, runs } = rig();
    const scores = Array.from({ length: 150 }, (_, call) => batcher.score(`c${call}`, windowOf(call)));
    expect(await Promise.all(scores)).toEqual(scores.map((_, call) => call));
    expect(runs.map((run) => run.split(' ').length)).toEqual([64, 64, 22]);
  });

  it('fails the windows of a run that fails, and no others', async () => {
    const { batcher } = rig((run) => run === 1);
    const failed = [batcher.score('a', windowOf(1)), batcher.score('b', windowOf(2))];
    const rest = batcher.score('a', windowOf(3));
    for (const score of failed) await expect(score).rejects.toThrow('no memory');
    expect(await rest).toBe(3);
  });
});
