import { describe, expect, it } from 'vitest';
import { callAll, type CallAllOptions } from '#src/cli/bench/turns/call-all.ts';
import { act, madeTrace } from '../../../../../support/made-trace.ts';
import { VirtualClock } from '../../../../../support/virtual-clock.ts';

const trace = (id: string) => madeTrace({ id, acts: [act('turn', [1_000, 2_000])], agent: [[2_500, 4_000]] });
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Calls that take a minute each on a clock that the test moves. */
function minutes(changes: Partial<CallAllOptions<string>> = {}) {
  const clock = new VirtualClock();
  const calls = callAll({
    plan: ['a', 'b', 'c'],
    callOne: async (id, { signal, onTrace }) => {
      await clock.sleep(60_000, { signal });
      onTrace(trace(id));
      return [];
    },
    worst: 5,
    clock,
    signal: new AbortController().signal,
    ...changes,
  });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1_000) {
      await clock.advance(1_000);
      await tick();
    }
  };
  return { calls, pass };
}

const ids = (made: { readonly scores: readonly { readonly callId: string }[] }): string =>
  made.scores.map(({ callId }) => callId).join('');

describe('the calls of a run', () => {
  it('are made one after the other, scored, and the worst of them kept', async () => {
    const { calls, pass } = minutes();
    await pass(185_000);
    const made = await calls;
    expect(ids(made)).toBe('abc');
    expect(made).toMatchObject({ endedEarly: undefined, failed: [] });
    expect(made.minutes).toBeCloseTo(3, 3);
    expect(made.worst.map(({ event }) => event.kind)).toEqual(['response', 'response', 'response']);
  });

  it('begin no later than they may, and what was made is kept', async () => {
    const { calls, pass } = minutes({ time: { lastBeginsMs: 90_000, endsMs: 500_000 } });
    await pass(130_000);
    const made = await calls;
    expect(ids(made)).toBe('ab');
    expect(made.endedEarly).toBe('its time was over');
  });

  it('are dropped when the time is over, and what was made is kept', async () => {
    const { calls, pass } = minutes({ time: { lastBeginsMs: 90_000, endsMs: 100_000 } });
    await pass(105_000);
    const made = await calls;
    expect(ids(made)).toBe('a');
    expect(made.endedEarly).toBe('its time was over');
  });

  it('end with what was made when they are interrupted', async () => {
    const stop = new AbortController();
    const { calls, pass } = minutes({ signal: stop.signal });
    await pass(70_000);
    stop.abort(new Error('stopped'));
    const made = await calls;
    expect(ids(made)).toBe('a');
    expect(made.endedEarly).toBe('it was interrupted');
  });

  it('reject when they are interrupted before there was one', async () => {
    const stop = new AbortController();
    const { calls } = minutes({ signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(calls).rejects.toThrow();
  });

  it('are none when the time is over before the first, which is no error', async () => {
    const { calls, pass } = minutes({ time: { lastBeginsMs: 20_000, endsMs: 30_000 } });
    await pass(31_000);
    expect(await calls).toMatchObject({ scores: [], worst: [], endedEarly: 'its time was over' });
  });

  it('go on after one that failed', async () => {
    const made = await callAll({
      plan: ['a', 'b'],
      callOne: (id, { onTrace }) => {
        if (id === 'a') return Promise.resolve([{ id, why: 'nobody there' }]);
        onTrace(trace(id));
        return Promise.resolve([]);
      },
      worst: 5,
      clock: new VirtualClock(),
      signal: new AbortController().signal,
    });
    expect(ids(made)).toBe('b');
    expect(made).toMatchObject({ failed: [{ id: 'a', why: 'nobody there' }], endedEarly: undefined });
  });
});
