import { describe, expect, it } from 'vitest';
import { busyEngines } from '../../../../../../src/cli/bench/turns/busy-engines.ts';
import { LapseClock } from '../../../../../../src/cli/bench/turns/lapse-clock.ts';
import { VirtualClock, settle } from '../../../../../support/virtual-clock.ts';

const signal = new AbortController().signal;
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await settle();
};

function clocks(opts: { readonly hasPendingIo?: () => boolean } = {}) {
  const real = new VirtualClock();
  const clock = new LapseClock({ real, hasPendingIo: () => false, ...opts });
  return { real, clock };
}

describe('LapseClock', () => {
  it('passes ten seconds in which nobody works in no time', async () => {
    const { real, clock } = clocks();
    using _ = clock.lapse();
    const startMs = clock.nowMs();
    await clock.sleep(10_000, { signal });
    expect(clock.nowMs() - startMs).toBe(10_000);
    expect(real.nowMs()).toBe(0);
  });

  it('counts the 300 ms that an engine takes as 300 ms', async () => {
    const { real, clock } = clocks();
    using _ = clock.lapse();
    const fired: number[] = [];
    const engine = busyEngines({ run: () => real.sleep(300, { signal }) }, clock);
    const done = engine.run().then(() => fired.push(clock.nowMs()));
    // Due while the engine works: at its own time, not before.
    clock.after(120, () => fired.push(clock.nowMs()));
    clock.after(5_000, () => fired.push(clock.nowMs()));
    await settled();
    expect(fired).toEqual([]);
    await real.advance(300);
    await done;
    await settled();
    expect(fired).toEqual([120, 300, 5_000]);
    expect(real.nowMs()).toBe(300);
  });

  it('lets pieces of work overlap', async () => {
    const { real, clock } = clocks();
    using _ = clock.lapse();
    clock.begin();
    await real.advance(100);
    clock.begin();
    await real.advance(100);
    clock.end();
    expect(clock.nowMs()).toBe(200);
    await real.advance(100);
    clock.end();
    await real.advance(100);
    expect(clock.nowMs()).toBe(300);
  });

  it('runs timers in the order of their time, and equal ones in the order in which they were set', async () => {
    const { clock } = clocks();
    using _ = clock.lapse();
    const order: string[] = [];
    clock.after(40, () => order.push('d'));
    clock.after(20, () => {
      order.push('a');
      clock.after(0, () => order.push('c'));
    });
    clock.after(20, () => order.push('b'));
    const cancel = clock.after(30, () => order.push('never'));
    cancel();
    await clock.sleep(50, { signal });
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets what a timer woke finish before time moves on', async () => {
    const { clock } = clocks();
    using _ = clock.lapse();
    let readAtMs = 0;
    clock.after(10, () => {
      void (async () => {
        for (let n = 0; n < 50; n += 1) await Promise.resolve();
        await settle();
        readAtMs = clock.nowMs();
      })();
    });
    await clock.sleep(500, { signal });
    expect(readAtMs).toBe(10);
  });

  it('is real time before and after a lapse', async () => {
    const { real, clock } = clocks();
    let isOver = false;
    void clock.sleep(1_000, { signal }).then(() => (isOver = true));
    await settled();
    expect(isOver).toBe(false);
    const lapse = clock.lapse();
    await settled();
    expect(isOver).toBe(true);
    lapse[Symbol.dispose]();
    const fromMs = clock.nowMs();
    await real.advance(70);
    expect(clock.nowMs() - fromMs).toBe(70);
  });

  it('waits for the disk as for an engine', async () => {
    let isReading = true;
    const { real, clock } = clocks({ hasPendingIo: () => isReading });
    using _ = clock.lapse();
    let isOver = false;
    void clock.sleep(1_000, { signal }).then(() => (isOver = true));
    await settled();
    await real.advance(30);
    expect(isOver).toBe(false);
    expect(clock.nowMs()).toBe(30);
    isReading = false;
    await settled();
    expect(isOver).toBe(true);
    expect(clock.nowMs()).toBe(1_000);
  });

  it('wakes for a timer that is set while it waits for a later one', async () => {
    const { real, clock } = clocks();
    clock.begin();
    clock.after(5_000, () => undefined);
    await settled();
    let atMs = 0;
    clock.after(50, () => (atMs = clock.nowMs()));
    await settled();
    await real.advance(60);
    expect(atMs).toBe(50);
  });
});

describe('busyEngines', () => {
  it('counts nested engines, returned engines and streams, and leaves what is added alone', async () => {
    const { clock } = clocks();
    class Secret {
      readonly #name = 'whisper';
      get name(): string {
        return this.#name;
      }
      async transcribe(): Promise<string> {
        return this.#name;
      }
      async *reply(): AsyncGenerator<number> {
        yield 1;
        yield 2;
      }
    }
    const engines = busyEngines(
      {
        recognizer: new Secret(),
        scorerFor: () => new Secret(),
        isUp: true,
        broken: () => Promise.reject(new Error('x')),
      },
      clock,
    );
    expect(engines.isUp).toBe(true);
    expect(engines.recognizer.name).toBe('whisper');
    const first = engines.recognizer.transcribe();
    expect(clock.works).toBe(1);
    expect(await first).toBe('whisper');
    expect(clock.works).toBe(0);
    const second = engines.scorerFor().transcribe();
    expect(clock.works).toBe(1);
    await second;
    await expect(engines.broken()).rejects.toThrow('x');
    expect(clock.works).toBe(0);
    const heard: number[] = [];
    for await (const piece of engines.recognizer.reply()) heard.push(piece);
    expect(heard).toEqual([1, 2]);
    expect(clock.works).toBe(0);
    const shared = { say: async () => clock.works };
    const both = Object.assign(engines, { shared });
    expect(both.shared).toBe(shared);
  });

  it('reads a stream to its end without its reader, and passes its failure on', async () => {
    const { clock } = clocks();
    let made = 0;
    const engines = busyEngines(
      {
        voice: {
          async *synthesize(): AsyncGenerator<number> {
            for (made = 1; made <= 3; made += 1) yield made;
            throw new Error('died');
          },
        },
      },
      clock,
    );
    const reader = engines.voice.synthesize()[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ value: 1, done: false });
    await settled();
    expect(made).toBe(4);
    expect(clock.works).toBe(0);
    await reader.next();
    await reader.next();
    await expect(reader.next()).rejects.toThrow('died');
  });

  it('ends a stream whose reader leaves', async () => {
    const { real, clock } = clocks();
    let isReturned = false;
    const engines = busyEngines(
      {
        voice: {
          async *synthesize(): AsyncGenerator<number> {
            try {
              for (;;) {
                yield 1;
                await real.sleep(10, { signal });
              }
            } finally {
              isReturned = true;
            }
          },
        },
      },
      clock,
    );
    for await (const piece of engines.voice.synthesize()) if (piece === 1) break;
    await real.advance(20);
    expect(isReturned).toBe(true);
    expect(clock.works).toBe(0);
  });
});
