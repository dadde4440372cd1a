import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { AllowList } from '#telephony/numbers.ts';
import type { TwilioCallStatus } from '#telephony/twilio/call-status.ts';
import { TwilioTrunk, type TwilioTrunkOptions } from '#telephony/twilio/trunk.ts';
import { ACCOUNT_SID, AUTH_TOKEN, FakeTwilioRest } from '../support/fake-twilio-rest.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { settledOn, untilOn } from '../support/virtual-wait.ts';
import { numberOf } from '../support/numbers.ts';

const { signal } = new AbortController();
const person = { name: 'the desk', number: numberOf('0772999999') };

let fake: FakeTwilioRest;
let clock: VirtualClock;
let trunk: TwilioTrunk;
const listeners = new Set<(status: TwilioCallStatus) => void>();

beforeEach(async () => {
  fake = await FakeTwilioRest.start();
  clock = new VirtualClock();
  listeners.clear();
  trunk = openTrunk();
});
afterEach(async () => {
  await settled(trunk[Symbol.asyncDispose]());
  await fake[Symbol.asyncDispose]();
  expect(clock.pendingTimers).toBe(0);
});

function openTrunk(over: Partial<TwilioTrunkOptions> = {}): TwilioTrunk {
  return new TwilioTrunk({
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    baseUrl: fake.baseUrl,
    callerId: numberOf('0242700000'),
    allowList: new AllowList(),
    answerUrl: (callId) => `https://agent.example/answer?call=${callId}`,
    afterDialUrl: (callId) => `https://agent.example/after?call=${callId}`,
    statusUrl: (callId) => `https://agent.example/status?call=${callId}`,
    onStatus(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    clock,
    ...over,
  });
}

const settled = <T>(work: Promise<T>): Promise<T> => settledOn(clock, work);
const until = (isTrue: () => boolean): Promise<void> => untilOn(clock, isTrue);
const thrown = (work: Promise<unknown>): Promise<unknown> => settled(work.catch((error: unknown) => error));
const told = (error: unknown): unknown =>
  isInzwaError(error) ? { code: error.code, retryable: error.retryable, ...error.details } : error;

/** As Twilio calls back, out of order and twice now and then. */
function say(status: Partial<TwilioCallStatus> & { readonly status: string }): void {
  const callSid = fake.calls.at(-1)?.sid ?? '';
  for (const listener of listeners) listener({ callId: 'attempt-0001', callSid, ...status });
}

describe('a transfer over Twilio', () => {
  const transfer = (caller: string, over: Partial<Parameters<TwilioTrunk['transfer']>[2]> = {}): Promise<unknown> =>
    trunk.transfer(caller, person, { signal, ringSeconds: 15, ...over });
  const redirected = (): Promise<void> => until(() => fake.asked.some(({ form }) => form.has('Twiml')));
  const twiml = (): string => fake.asked.find(({ form }) => form.has('Twiml'))?.form.get('Twiml') ?? '';

  it.each([
    ['in-progress', { kind: 'connected' }],
    ['completed', { kind: 'connected' }],
    ['busy', { kind: 'not-reached', outcome: 'busy' }],
    ['no-answer', { kind: 'not-reached', outcome: 'no-answer' }],
    ['failed', { kind: 'not-reached', outcome: 'failed' }],
  ])('to a person whose call is %s', async (status, result) => {
    const caller = fake.add();
    // Of a transfer before this one: no news.
    fake.add({ parentCallSid: caller.sid, status: 'busy' });
    const transferring = transfer(caller.sid);
    await redirected();
    fake.add({ parentCallSid: caller.sid, status });
    expect(await settled(transferring)).toEqual(result);
    expect(twiml()).toContain(
      `<Dial callerId="+263242700000" timeout="15" action="https://agent.example/after?call=${caller.sid}" method="POST">`,
    );
    expect(twiml()).toMatch(/<Number[^>]*statusCallback="[^"]*"[^>]*>\+263772999999<\/Number>/);
  });

  it('is told by callbacks at once', async () => {
    const caller = fake.add();
    const transferring = transfer(caller.sid);
    await redirected();
    say({ status: 'failed', sipStatus: 603, parentCallSid: caller.sid, callSid: 'CA-person' });
    expect(await settled(transferring)).toEqual({ kind: 'not-reached', outcome: 'rejected' });
  });

  it('ends when the caller hangs up', async () => {
    const caller = fake.add();
    const transferring = transfer(caller.sid);
    await redirected();
    caller.status = 'completed';
    expect(await settled(transferring)).toEqual({ kind: 'not-reached', outcome: 'cancelled' });
  });

  it('that is given up takes the caller back', async () => {
    const caller = fake.add();
    const mind = new AbortController();
    const transferring = thrown(transfer(caller.sid, { signal: mind.signal }));
    await redirected();
    const reason = new Error('changed my mind');
    mind.abort(reason);
    expect(await transferring).toBe(reason);
    expect(fake.asked.at(-1)?.form.get('Url')).toBe(`https://agent.example/answer?call=${caller.sid}`);
  });

  it('of which nothing is heard fails in the end', async () => {
    const caller = fake.add();
    expect(told(await thrown(transfer(caller.sid)))).toMatchObject({ code: 'INZWA_TRUNK_FAILED', retryable: false });
  });

  it('of a call that is over, or to a number outside the list, says so', async () => {
    const caller = fake.add({ status: 'completed' });
    expect(told(await thrown(transfer(caller.sid)))).toMatchObject({ failure: 'gone' });
    const abroad = { name: 'abroad', number: numberOf('+442079460018') };
    const error = await thrown(trunk.transfer(caller.sid, abroad, { signal, ringSeconds: 15 }));
    expect(told(error)).toMatchObject({ code: 'INZWA_NUMBER_REFUSED' });
  });

  it('with an announcement plays it to the person first, or is not made', async () => {
    const caller = fake.add();
    const announcement = { pcm: new Int16Array(800) };
    expect(told(await thrown(transfer(caller.sid, { announcement })))).toMatchObject({ failure: 'refused' });
    expect(fake.asked).toEqual([]);
    const speaking = openTrunk({ announcementUrl: async (callId) => `https://agent.example/announce?call=${callId}` });
    const transferring = speaking.transfer(caller.sid, person, { signal, ringSeconds: 15, announcement });
    await redirected();
    expect(twiml()).toContain(`<Number url="https://agent.example/announce?call=${caller.sid}" method="POST"`);
    fake.add({ parentCallSid: caller.sid, status: 'in-progress' });
    expect(await settled(transferring)).toEqual({ kind: 'connected' });
    await speaking[Symbol.asyncDispose]();
  });
});
