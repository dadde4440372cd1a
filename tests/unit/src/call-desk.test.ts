import { describe, expect, it } from 'vitest';
import { TurnAborted } from '#kernel/abort.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { EndCause } from '#pipeline/ports.ts';
import { CallDesk, type CallDeskOptions, type StartConversation } from '#src/call-desk.ts';
import { createLogger } from '#src/observability/logger.ts';
import { createMetrics } from '#src/observability/metrics.ts';
import { FakeLeg } from '../../support/fake-leg.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';

/** Listens until the leg ends or the signal aborts. */
const polite: StartConversation = (leg, { signal }) =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    leg.attach((event) => {
      if (event.kind === 'ended') resolve(event.cause);
    });
  });

function desk(
  startConversation: StartConversation = polite,
  opts: Partial<Pick<CallDeskOptions, 'maxCalls' | 'admission' | 'turnAway'>> = {},
): { clock: VirtualClock; desk: CallDesk; log: string[]; metric: (line: string) => Promise<boolean> } {
  const clock = new VirtualClock();
  const log: string[] = [];
  const metrics = createMetrics({ version: 'test' });
  return {
    clock,
    log,
    desk: new CallDesk({
      clock,
      maxCalls: 2,
      ...opts,
      startConversation,
      logger: createLogger('info', { write: (line: string) => void log.push(line) }),
      metrics,
    }),
    metric: async (line) => (await metrics.registry.metrics()).split('\n').includes(line),
  };
}

const facts = (callId: string): { callId: string; carrier: 'twilio' } => ({ callId, carrier: 'twilio' });

describe('CallDesk admits', () => {
  it('as many calls as there are lines, kept places included', () => {
    const { desk: it_ } = desk();
    expect(it_.reserve('CA1')).toBeUndefined();
    expect(it_.reserve('CA2')).toBeUndefined();
    expect(it_.reserve('CA1')).toBeUndefined();
    expect(it_.reserve('CA3')?.code).toBe('INZWA_CALL_REFUSED');
    expect(it_.mayOpen('CA2')).toBeUndefined();
    expect(it_.mayOpen('CA3')?.retryable).toBe(true);
  });

  it('somebody else when a kept place is not taken in time or given up', async () => {
    const { desk: it_, clock } = desk(polite, { maxCalls: 1 });
    it_.reserve('CA1');
    await clock.advance(15_001);
    expect(it_.reserve('CA2')).toBeUndefined();
    it_.callIsOver('CA2');
    expect(it_.reserve('CA3')).toBeUndefined();
  });

  it('no call twice', async () => {
    const { desk: it_ } = desk();
    const leg = new FakeLeg(new VirtualClock());
    const open = it_.openCall(leg, facts('CA1'));
    expect(it_.mayOpen('CA1')?.message).toContain('already');
    leg.callerHangsUp();
    await open;
    expect(it_.mayOpen('CA1')).toBeUndefined();
  });
});

describe('CallDesk runs', () => {
  it('a conversation to its end, hangs up and counts it', async () => {
    const { desk: it_, clock, metric, log } = desk(async () => ({ result: 'success', reason: 'goodbye' }));
    const leg = new FakeLeg(clock);
    expect(await it_.openCall(leg, facts('CA1'))).toEqual({ result: 'success', reason: 'goodbye' });
    expect(leg.endedWith).toEqual({ result: 'success', reason: 'goodbye' });
    expect(it_.liveCalls).toBe(0);
    expect(await metric('inzwa_calls_total{result="success",reason="goodbye"} 1')).toBe(true);
    expect(await metric('inzwa_calls_active 0')).toBe(true);
    expect(log.join('')).toContain('call ended');
    expect(clock.pendingTimers).toBe(0);
  });

  it('the other calls on when a conversation fails', async () => {
    let failing = true;
    const {
      desk: it_,
      clock,
      log,
    } = desk(async (leg, opts) => {
      if (failing) throw new InzwaError('INZWA_ENGINE_FAILED', 'a fault of ours');
      return polite(leg, opts);
    });
    const [bad, good] = [new FakeLeg(clock), new FakeLeg(clock)];
    expect(await it_.openCall(bad, facts('CA1'))).toEqual({ result: 'ours', reason: 'conversation-failed' });
    expect(log.join('')).toContain('INZWA_ENGINE_FAILED');
    failing = false;
    const open = it_.openCall(good, facts('CA2'));
    expect(it_.liveCalls).toBe(1);
    good.callerHangsUp();
    expect((await open).result).toBe('caller');
  });

  it('on when a conversation throws before it begins, and when a leg cannot be hung up', async () => {
    const { desk: it_, clock } = desk(() => {
      throw new InzwaError('INZWA_ENGINE_FAILED', 'a fault of ours');
    });
    expect(await it_.openCall(new FakeLeg(clock), facts('CA1'))).toEqual({
      result: 'ours',
      reason: 'conversation-failed',
    });
    const stuck = new FakeLeg(clock);
    stuck.hangUp = () => Promise.reject(new Error('the socket is gone'));
    await it_.openCall(stuck, facts('CA2'));
    expect(it_.liveCalls).toBe(0);
  });

  it('no call for longer than an hour, nor after the carrier says it is over', async () => {
    const { desk: it_, clock } = desk();
    const long = it_.openCall(new FakeLeg(clock), facts('CA1'));
    await clock.advance(3_600_000);
    expect(await long).toEqual({ result: 'ours', reason: 'timeout' });
    const over = it_.openCall(new FakeLeg(clock), facts('CA2'));
    it_.callIsOver('CA2');
    it_.callIsOver('CA unknown');
    expect(await over).toEqual({ result: 'caller', reason: 'hung-up' });
  });

  it('on without a conversation that does not come to its end', async () => {
    const { desk: it_, clock } = desk(() => new Promise<EndCause>(() => undefined));
    const open = it_.openCall(new FakeLeg(clock), facts('CA1'));
    it_.callIsOver('CA1');
    await clock.advance(5_000);
    expect(await open).toEqual({ result: 'caller', reason: 'hung-up' });
    expect(it_.liveCalls).toBe(0);
  });

  it('any rejection of an aborted conversation as the abort', async () => {
    const { desk: it_, clock } = desk(
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new TurnAborted('barge-in')))),
    );
    const open = it_.openCall(new FakeLeg(clock), facts('CA1'));
    it_.callIsOver('CA1');
    expect((await open).result).toBe('caller');
  });
});

describe('CallDesk drains', () => {
  it('at once when nobody talks', async () => {
    const { desk: it_ } = desk();
    await it_.drain({ patienceMs: 1_000 });
    expect(it_.isDraining).toBe(true);
    expect(it_.reserve('CA1')?.message).toContain('closing down');
  });

  it('by waiting for the calls that run, then by ending them', async () => {
    const { desk: it_, clock } = desk();
    const [one, two] = [new FakeLeg(clock), new FakeLeg(clock)];
    const opened = [it_.openCall(one, facts('CA1')), it_.openCall(two, facts('CA2'))];
    let isDrained = false;
    const draining = it_.drain({ patienceMs: 10_000 }).then(() => (isDrained = true));
    await clock.advance(5_000);
    one.callerHangsUp();
    await clock.advance(4_000);
    expect([isDrained, it_.liveCalls]).toEqual([false, 1]);
    await clock.advance(1_000);
    await draining;
    await settle();
    expect(await Promise.all(opened)).toEqual([
      { result: 'caller', reason: 'hung-up' },
      { result: 'ours', reason: 'drain' },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a caller whose socket was lost and who is here again', () => {
  const facts = (callId: string) => ({ callId, carrier: 'asterisk', carrierCallId: '1.1' }) as const;

  it('has one conversation: the older one gives way, and its place is the new one’s', async () => {
    const { desk: calls } = desk(polite, { maxCalls: 1 });
    const clock = new VirtualClock();
    const old = calls.openCall(new FakeLeg(clock, 'socket 1'), facts('socket 1'));
    expect(calls.reserve('1.1')).toBeUndefined();
    expect(calls.mayOpen('socket 2', { reservedAs: '1.1' })).toBeUndefined();
    const next = new FakeLeg(clock, 'socket 2');
    const conversation = calls.openCall(next, facts('socket 2'));
    expect(await old).toEqual({ result: 'ours', reason: 'superseded' });
    next.callerHangsUp();
    expect(await conversation).toEqual({ result: 'caller', reason: 'hung-up' });
    expect(calls.liveCalls).toBe(0);
  });

  it('keeps its place from the upgrade on: nobody is let in over the limit', () => {
    const { desk: calls } = desk(polite, { maxCalls: 1 });
    expect(calls.reserve('1.1')).toBeUndefined();
    expect(calls.reserve('2.2')).toBeInstanceOf(InzwaError);
    expect(calls.mayOpen('socket 1', { reservedAs: '1.1' })).toBeUndefined();
  });
});

describe('CallDesk and the load', () => {
  /** One call more would not be served well. */
  function loaded(opts: Partial<CallDeskOptions> = {}): ReturnType<typeof desk> & { asked: number[]; calls: string[] } {
    const asked: number[] = [];
    const calls: string[] = [];
    const made = desk(polite, {
      maxCalls: 4,
      admission: {
        refusal: (state) => (asked.push(state?.arriving ?? 0), 'engines'),
        callOpened: (callId) => void calls.push(`+${callId}`),
        callEnded: (callId) => void calls.push(`-${callId}`),
      },
      ...opts,
    });
    return { ...made, asked, calls };
  }

  it('refuses a call that would not be served well, and says why', () => {
    const { desk: it_ } = loaded();
    expect(it_.reserve('CA1')?.message).toContain('none would be served well (engines)');
    expect(it_.mayOpen('CA1')?.code).toBe('INZWA_CALL_REFUSED');
  });

  it('takes back a call that was in conversation, and one that has its place, whatever the load', () => {
    const { desk: it_ } = loaded();
    expect(it_.reserve('CA1', { isResumed: true })).toBeUndefined();
    expect(it_.mayOpen('CA1')).toBeUndefined();
    expect(it_.mayOpen('CA2', { isResumed: true })).toBeUndefined();
  });

  it('tells how many have been taken and have not come yet', () => {
    const { desk: it_, asked } = loaded();
    it_.reserve('CA1', { isResumed: true });
    it_.reserve('CA2');
    expect(asked).toEqual([1]);
  });

  it('tells of calls that begin and end', async () => {
    const { desk: it_, calls } = loaded();
    const leg = new FakeLeg(new VirtualClock());
    const open = it_.openCall(leg, facts('CA1'));
    leg.callerHangsUp();
    await open;
    expect(calls).toEqual(['+CA1', '-CA1']);
  });

  it('lets a caller in to hear that there is no room, without a line and without a conversation', async () => {
    let heard = 0;
    const turnAway = (): Promise<'heard'> => ((heard += 1), Promise.resolve('heard'));
    const { desk: it_, calls, metric } = loaded({ turnAway });
    expect(it_.reserve('CA1', { mayTurnAway: true })).toBeUndefined();
    expect(it_.mayOpen('CA1')).toBeUndefined();
    const leg = new FakeLeg(new VirtualClock());
    const ending = it_.openCall(leg, facts('CA1'));
    expect(it_.liveCalls).toBe(0);
    expect(await ending).toEqual({ result: 'ours', reason: 'turned-away' });
    expect(leg.endedWith).toEqual({ result: 'ours', reason: 'turned-away' });
    expect([heard, calls]).toEqual([1, []]);
    expect(await metric('inzwa_refused_total{code="INZWA_CALL_REFUSED"} 1')).toBe(true);
  });

  it('does not give a line to a caller who asks again while being turned away', () => {
    const { desk: it_ } = loaded({ turnAway: () => Promise.resolve('heard') });
    it_.reserve('CA1', { mayTurnAway: true });
    expect(it_.reserve('CA1')?.code).toBe('INZWA_CALL_REFUSED');
  });

  it('tells at most eight at a time that there is no room, and nobody while it closes down', async () => {
    const { desk: it_ } = loaded({ turnAway: () => Promise.resolve('heard') });
    const verdicts = Array.from({ length: 10 }, (_, i) => it_.reserve(`CA${i}`, { mayTurnAway: true })?.code);
    expect(verdicts.filter((code) => code === undefined)).toHaveLength(8);
    await it_.drain({ patienceMs: 1 });
    expect(it_.reserve('CA11', { mayTurnAway: true })?.code).toBe('INZWA_CALL_REFUSED');
  });

  it('hangs up on a caller who has no line that the sentence could be heard on', async () => {
    const { desk: it_, clock } = loaded({
      turnAway: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    });
    it_.reserve('CA1', { mayTurnAway: true });
    const leg = new FakeLeg(clock);
    const ending = it_.openCall(leg, facts('CA1'));
    await clock.advance(20_001);
    expect(await ending).toEqual({ result: 'ours', reason: 'timeout' });
    expect(leg.endedWith).toBeDefined();
  });
});
