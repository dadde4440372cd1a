import { describe, expect, it } from 'vitest';
import { SampleQueue } from '#pipeline/speech/sample-queue.ts';

const ramp = (samples: number, from = 0): Int16Array => Int16Array.from({ length: samples }, (_, i) => from + i);

function read(queue: SampleQueue, samples: number): Int16Array {
  const into = new Int16Array(samples);
  return into.subarray(0, queue.read(into));
}

describe('what was read', () => {
  it('can be looked at and read again', () => {
    const queue = new SampleQueue();
    queue.push(ramp(1_000));
    read(queue, 300);
    expect(queue.lastRead(100)).toEqual(ramp(100, 200));
    queue.unread(50);
    expect(queue.length).toBe(750);
    expect(read(queue, 10)).toEqual(ramp(10, 250));
  });

  it('is kept for two seconds while much more is pushed than fits, and no longer', () => {
    const queue = new SampleQueue();
    for (let n = 0; n < 100; n += 1) {
      queue.push(ramp(1_000, n * 300));
      read(queue, 1_000);
    }
    expect(queue.lastRead(16_000).length).toBeGreaterThanOrEqual(16_000);
    queue.unread(2_000);
    expect(read(queue, 1)[0]).toBe(98 * 300);
    expect(queue.lastRead(1_000_000).length).toBeLessThan(64_000);
  });

  it('is no more than there was', () => {
    const queue = new SampleQueue();
    queue.push(ramp(100));
    read(queue, 30);
    queue.unread(1_000);
    expect(read(queue, 200)).toEqual(ramp(100));
  });
});
