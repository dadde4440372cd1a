import { describe, expect, it } from 'vitest';
import { Lane } from '#pipeline/inference/lane.ts';
import type { WorkPriority } from '#pipeline/ports.ts';

interface Rig {
  readonly lane: Lane;
  readonly done: string[];
  readonly add: (id: number, priority: WorkPriority) => void;
  /** Lets the running job end. */
  readonly finish: () => Promise<void>;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function rig(): Rig {
  const lane = new Lane();
  const done: string[] = [];
  let running: (() => void) | undefined;
  return {
    lane,
    done,
    add: (id, priority) =>
      lane.add({
        id,
        priority,
        run: () => {
          done.push(String(id));
          return new Promise<void>((resolve) => (running = resolve));
        },
        drop: () => done.push(`-${id}`),
      }),
    finish: async () => {
      await settle();
      running?.();
      await settle();
    },
  };
}

describe('a lane', () => {
  it('runs one job at a time: who waits first, then who still speaks, then what is made in advance', async () => {
    const { add, done, finish } = rig();
    add(1, 'background');
    await settle();
    add(2, 'background');
    add(3, 'speculative');
    add(4, 'waiting');
    add(5, 'speculative');
    add(6, 'waiting');
    for (let job = 0; job < 6; job++) await finish();
    expect(done).toEqual(['1', '4', '6', '3', '5', '2']);
  });

  it('orders jobs that arrive together before the first of them begins', async () => {
    const { add, done, finish } = rig();
    add(1, 'speculative');
    add(2, 'waiting');
    await finish();
    await finish();
    expect(done).toEqual(['2', '1']);
  });

  it('brings a job forward when somebody begins to wait for it, behind those who waited before', async () => {
    const { lane, add, done, finish } = rig();
    add(1, 'speculative');
    await settle();
    add(2, 'speculative');
    add(3, 'speculative');
    add(4, 'waiting');
    lane.raise(3);
    lane.raise(99);
    for (let job = 0; job < 4; job++) await finish();
    expect(done).toEqual(['1', '4', '3', '2']);
  });

  it('drops a queued job at once, and says that it cannot drop one that runs', async () => {
    const { lane, add, done, finish } = rig();
    add(1, 'speculative');
    await settle();
    add(2, 'speculative');
    expect(lane.cancel(2)).toBe(true);
    expect(done).toEqual(['1', '-2']);
    expect(lane.cancel(1)).toBe(false);
    await finish();
    expect(done).toEqual(['1', '-2']);
  });

  it('is idle when the last job has ended, and starts again', async () => {
    const { lane, add, done, finish } = rig();
    await lane.idle;
    add(1, 'waiting');
    let isIdle = false;
    void lane.idle.then(() => (isIdle = true));
    await settle();
    expect(isIdle).toBe(false);
    await finish();
    expect(isIdle).toBe(true);
    add(2, 'waiting');
    await finish();
    expect(done).toEqual(['1', '2']);
  });
});
