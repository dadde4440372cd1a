import { describe, expect, it } from 'vitest';
import type { EndCause } from '#pipeline/ports.ts';
import { AsteriskCalls, type HandOver } from '#src/asterisk-calls.ts';
import { createLogger } from '#src/observability/logger.ts';
import { InzwaError } from '#kernel/errors.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const CALL = '1795415122.1';
const HUMAN: HandOver = { target: '+263772003456', ringSeconds: 30 };

function calls(opts: { human?: HandOver; withoutAri?: boolean; answersAfterMs?: number } = {}) {
  const clock = new VirtualClock();
  const set: Readonly<Record<string, string>>[] = [];
  return {
    clock,
    set,
    calls: new AsteriskCalls({
      clock,
      logger: createLogger('silent'),
      human: opts.human,
      ...(!opts.withoutAri && {
        setVariables: async (_channel, variables, { signal }) => {
          await clock.sleep(opts.answersAfterMs ?? 0, { signal });
          set.push(variables);
        },
      }),
    }),
  };
}

async function releasedWith(cause: EndCause, human?: HandOver): Promise<Readonly<Record<string, string>>[]> {
  const { calls: asterisk, clock, set } = calls({ ...(human && { human }) });
  void asterisk.releaseOf(CALL, 2)(cause, { signal: new AbortController().signal });
  await clock.advance(1);
  return set;
}

describe('what the dialplan is told when a leg lets go', () => {
  it.each([
    ['a goodbye', { result: 'success', reason: 'conversation-finished' }, [{ INZWA_FOR: '2', INZWA_NEXT: 'done' }]],
    ['a caller who said nothing', { result: 'caller', reason: 'silent' }, [{ INZWA_FOR: '2', INZWA_NEXT: 'done' }]],
    [
      'a failure of ours',
      { result: 'ours', reason: 'conversation-failed' },
      [{ INZWA_FOR: '2', INZWA_NEXT: 'failed' }],
    ],
    ['an hour', { result: 'ours', reason: 'timeout' }, [{ INZWA_FOR: '2', INZWA_NEXT: 'done' }]],
    ['a second socket of the same call: nothing', { result: 'ours', reason: 'superseded' }, []],
    ['a drain: nothing, so that the call goes on elsewhere', { result: 'ours', reason: 'drained' }, []],
  ] as const)('after %s', async (_, cause, told) => {
    expect(await releasedWith(cause)).toEqual(told);
  });

  it('is the person’s number for a transfer, and what comes next last', async () => {
    const [told] = await releasedWith({ result: 'success', reason: 'transferred' }, HUMAN);
    expect(told).toEqual({ INZWA_FOR: '2', INZWA_TARGET: '+263772003456', INZWA_RING: '30', INZWA_NEXT: 'dial' });
    expect(Object.keys(told!).at(-1)).toBe('INZWA_NEXT');
  });
});

describe('a call that has ended', () => {
  it('is known for a minute, so that it is not begun again when nobody could tell the dialplan', async () => {
    const { calls: asterisk, clock } = calls({ withoutAri: true });
    await asterisk.releaseOf(CALL, 2)(
      { result: 'success', reason: 'goodbye' },
      { signal: new AbortController().signal },
    );
    expect([asterisk.hasEnded(CALL), asterisk.hasEnded('another')]).toEqual([true, false]);
    await clock.advance(60_001);
    expect(asterisk.hasEnded(CALL)).toBe(false);
  });

  it('is not one that was drained, failed or put through', async () => {
    const { calls: asterisk, clock } = calls({ human: HUMAN });
    for (const reason of ['drained', 'conversation-failed']) {
      void asterisk.releaseOf(CALL, 2)({ result: 'ours', reason }, { signal: new AbortController().signal });
    }
    void asterisk.releaseOf(CALL, 2)(
      { result: 'success', reason: 'transferred' },
      { signal: new AbortController().signal },
    );
    await clock.advance(1);
    expect(asterisk.hasEnded(CALL)).toBe(false);
  });
});

describe('the state of a conversation', () => {
  it('is written one at a time, and of those that wait only the last', async () => {
    const { calls: asterisk, clock, set } = calls({ answersAfterMs: 50 });
    for (const state of ['1', '2', '3', '4']) asterisk.noteState(CALL, state);
    await clock.advance(500);
    expect(set.map((variables) => variables['INZWA_STATE'])).toEqual(['1', '4']);
    asterisk.noteState(CALL, '5');
    await clock.advance(500);
    expect(set.at(-1)).toEqual({ INZWA_STATE: '5' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('that cannot be written is given up after a second, and the next one is tried', async () => {
    const { calls: asterisk, clock, set } = calls({ answersAfterMs: 5_000 });
    asterisk.noteState(CALL, '1');
    await clock.advance(1_100);
    asterisk.noteState(CALL, '2');
    await clock.advance(1_100);
    expect(set).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

it('puts callers through only with ARI and a person', () => {
  expect(calls().calls.canTransfer).toBe(false);
  expect(calls({ human: HUMAN, withoutAri: true }).calls.canTransfer).toBe(false);
  expect(calls({ human: HUMAN }).calls.canTransfer).toBe(true);
});

describe('an ARI that does not do what it is asked', () => {
  function failing(failure: string) {
    const log: string[] = [];
    const clock = new VirtualClock();
    const error = new InzwaError('INZWA_TRUNK_FAILED', `ARI said ${failure}`, { details: { failure } });
    return {
      clock,
      log,
      calls: new AsteriskCalls({
        clock,
        logger: createLogger('info', { write: (line: string) => void log.push(line) }),
        setVariables: () => Promise.reject(error),
      }),
    };
  }

  it('is named in the log, with the call, when a call lets go', async () => {
    const { calls: asterisk, log } = failing('unauthorised');
    const released = asterisk.releaseOf(CALL, 0)({ result: 'success', reason: 'x' }, { signal: AbortSignal.abort() });
    await expect(released).rejects.toThrow('unauthorised');
    expect(log.join('')).toContain(CALL);
    expect(log.join('')).toContain('the dialplan was not told what comes next');
  });

  it('is named once while states cannot be written, and not at all when the caller has hung up', async () => {
    const { calls: asterisk, log, clock } = failing('unreachable');
    for (const state of ['1', '2', '3']) {
      asterisk.noteState(CALL, state);
      await clock.advance(10);
    }
    expect(log.length).toBe(1);
    const gone = failing('gone');
    gone.calls.noteState(CALL, '1');
    await gone.clock.advance(10);
    expect(gone.log).toEqual([]);
  });
});
