import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { AllowList } from '#telephony/numbers.ts';
import type { DialRequest } from '#telephony/trunk.ts';
import type { TwilioCallStatus } from '#telephony/twilio/call-status.ts';
import { TwilioTrunk, type TwilioTrunkOptions } from '#telephony/twilio/trunk.ts';
import { ACCOUNT_SID, AUTH_TOKEN, FakeTwilioRest, type CreateFault } from '../support/fake-twilio-rest.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { settledOn, untilOn } from '../support/virtual-wait.ts';
import { numberOf } from '../support/numbers.ts';

const { signal } = new AbortController();
const request: DialRequest = { callId: 'attempt-0001', to: numberOf('0772123456'), ringSeconds: 20 };

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
const placed = (): Promise<void> => until(() => fake.calls.length > 0);
const thrown = (work: Promise<unknown>): Promise<unknown> => settled(work.catch((error: unknown) => error));
const told = (error: unknown): unknown =>
  isInzwaError(error) ? { code: error.code, retryable: error.retryable, ...error.details } : error;

/** As Twilio calls back, out of order and twice now and then. */
function say(status: Partial<TwilioCallStatus> & { readonly status: string }): void {
  const callSid = fake.calls.at(-1)?.sid ?? '';
  for (const listener of listeners) listener({ callId: request.callId, callSid, ...status });
}

describe('a call over Twilio', () => {
  it('is placed once, with what Twilio needs, and answered when a callback says so', async () => {
    const dialling = trunk.dial(request, { signal });
    await placed();
    say({ status: 'ringing' });
    say({ status: 'in-progress' });
    expect(await settled(dialling)).toEqual({ outcome: 'answered', carrierCallId: fake.calls[0]?.sid });
    expect(fake.questions).toEqual(['POST .json']);
    expect([...(fake.asked[0]?.form ?? [])]).toEqual([
      ['To', '+263772123456'],
      ['From', '+263242700000'],
      ['StatusCallback', 'https://agent.example/status?call=attempt-0001'],
      ['StatusCallbackEvent', 'initiated'],
      ['StatusCallbackEvent', 'ringing'],
      ['StatusCallbackEvent', 'answered'],
      ['StatusCallbackEvent', 'completed'],
      ['Timeout', '20'],
      ['Url', 'https://agent.example/answer?call=attempt-0001'],
    ]);
  });

  it.each([
    ['in-progress', 'answered'],
    ['completed', 'answered'],
    ['busy', 'busy'],
    ['no-answer', 'no-answer'],
    ['failed', 'failed'],
    ['canceled', 'failed'],
  ])('that is %s when it is asked for is %s, though no callback comes', async (status, outcome) => {
    const dialling = trunk.dial(request, { signal });
    await placed();
    fake.calls[0]!.status = status;
    expect(await settled(dialling)).toMatchObject({ outcome });
  });

  it.each([
    [404, 'invalid-number'],
    [603, 'rejected'],
    [503, 'congestion'],
    [480, 'no-answer'],
    [undefined, 'failed'],
  ])('that failed with SIP status %s is %s', async (sipStatus, outcome) => {
    const dialling = trunk.dial(request, { signal });
    await placed();
    say({ status: 'failed', sipStatus });
    // Late and contrary: the first final word counts.
    say({ status: 'in-progress' });
    expect(await settled(dialling)).toMatchObject({ outcome, sipStatus });
  });

  it('is not mixed up with another attempt or with a second call for the same one', async () => {
    const dialling = trunk.dial(request, { signal });
    await placed();
    await until(() => fake.questions.length > 1);
    say({ status: 'in-progress', callId: 'attempt-0002' });
    say({ status: 'in-progress', callSid: 'CA-another' });
    say({ status: 'busy' });
    expect(await settled(dialling)).toMatchObject({ outcome: 'busy' });
  });

  it('is followed through failures of the questions for it', async () => {
    const dialling = trunk.dial(request, { signal });
    await placed();
    fake.failures.push(500, 429, 503);
    fake.calls[0]!.status = 'busy';
    expect(await settled(dialling)).toMatchObject({ outcome: 'busy' });
    expect(fake.questions.filter((question) => question.startsWith('GET'))).toHaveLength(4);
  });

  it('that Twilio does not know any more has failed', async () => {
    const dialling = trunk.dial(request, { signal });
    await placed();
    fake.calls.length = 0;
    expect(await settled(dialling)).toMatchObject({ outcome: 'failed' });
  });

  it.each([
    ['queued', 'congestion'],
    ['ringing', 'no-answer'],
  ])('that stays %s for too long is given up: %s', async (status, outcome) => {
    fake.placedStatus = status;
    expect(await settled(trunk.dial(request, { signal }))).toMatchObject({ outcome });
    expect(fake.calls[0]?.status).toBe('canceled');
    expect(clock.nowMs()).toBeLessThan(60_000);
  });
});

describe('an answer to the placing of a call', () => {
  it.each<CreateFault>(['resets', 'fails', 'is-silent', 'talks-nonsense'])(
    'that %s leaves it open whether it was placed: it is never placed again',
    async (fault) => {
      fake.fault = fault;
      expect(told(await thrown(trunk.dial(request, { signal })))).toMatchObject({
        code: 'INZWA_TRUNK_FAILED',
        retryable: false,
        ambiguous: true,
      });
      expect(fake.calls).toHaveLength(1);
      expect(fake.questions).toEqual(['POST .json']);
    },
  );

  it('that is lost is no loss when a callback tells of the call', async () => {
    fake.fault = 'is-silent';
    const dialling = trunk.dial(request, { signal });
    await placed();
    say({ status: 'ringing' });
    await clock.advance(11_000);
    say({ status: 'in-progress' });
    expect(await settled(dialling)).toMatchObject({ outcome: 'answered', carrierCallId: fake.calls[0]?.sid });
    expect(fake.calls).toHaveLength(1);
  });

  it('that it is too busy may be tried again, and is not by itself', async () => {
    fake.fault = 'is-busy';
    expect(told(await thrown(trunk.dial(request, { signal })))).toMatchObject({
      retryable: true,
      failure: 'rate-limited',
    });
    expect(fake.questions).toHaveLength(1);
  });

  it('that there is no such number is an outcome', async () => {
    fake.fault = 'knows-no-such-number';
    expect(await settled(trunk.dial(request, { signal }))).toEqual({ outcome: 'invalid-number' });
  });

  it('that refuses says why by Twilio’s code, and shows no number', async () => {
    fake.fault = 'refuses';
    const error = await thrown(trunk.dial(request, { signal }));
    expect(told(error)).toMatchObject({ retryable: false, failure: 'refused', twilioCode: 21216 });
    expect(isInzwaError(error) && error.message).toContain('21216');
    expect(JSON.stringify([error, isInzwaError(error) && error.message])).not.toContain('772123456');
  });

  it('that does not come because nobody is there may be waited for', async () => {
    const gone = await FakeTwilioRest.start();
    const lost = openTrunk({ baseUrl: gone.baseUrl });
    await gone[Symbol.asyncDispose]();
    expect(told(await thrown(lost.dial(request, { signal })))).toMatchObject({
      retryable: true,
      failure: 'unreachable',
    });
    await lost[Symbol.asyncDispose]();
  });

  it('for a wrong token says so', async () => {
    const wrong = openTrunk({ authToken: 'wrong' });
    const error = await thrown(wrong.dial(request, { signal }));
    expect(told(error)).toMatchObject({ retryable: false, failure: 'unauthorised' });
    await wrong[Symbol.asyncDispose]();
  });
});

describe('what is not placed', () => {
  it('is a number outside the list, a call without a proper id, or one that would hear early media', async () => {
    const outside = { ...request, to: numberOf('+442079460018') };
    expect(told(await thrown(trunk.dial(outside, { signal })))).toMatchObject({ code: 'INZWA_NUMBER_REFUSED' });
    for (const over of [{ callId: 'short' }, { callId: 'not/an/id' }, { hearsEarlyMedia: true }]) {
      const error = await thrown(trunk.dial({ ...request, ...over }, { signal }));
      expect(told(error)).toMatchObject({ code: 'INZWA_TRUNK_FAILED', retryable: false });
    }
    expect(await trunk.dial(request, { signal: AbortSignal.abort() })).toEqual({ outcome: 'cancelled' });
    expect(fake.asked).toEqual([]);
  });

  it('is a second attempt with the same id at the same time', async () => {
    const dialling = trunk.dial(request, { signal });
    expect(told(await thrown(trunk.dial(request, { signal })))).toMatchObject({ failure: 'refused' });
    await placed();
    say({ status: 'busy' });
    await settled(dialling);
    expect(fake.calls).toHaveLength(1);
  });
});

describe('a call that is given up', () => {
  it('is cancelled at Twilio', async () => {
    const mind = new AbortController();
    const dialling = trunk.dial(request, { signal: mind.signal });
    await placed();
    mind.abort();
    expect(await settled(dialling)).toMatchObject({ outcome: 'cancelled' });
    expect(fake.calls[0]?.status).toBe('canceled');
  });

  it('in the moment of its placing is cancelled as soon as its id is known', async () => {
    const mind = new AbortController();
    const dialling = trunk.dial(request, { signal: mind.signal });
    mind.abort();
    expect(await settled(dialling)).toMatchObject({ outcome: 'cancelled' });
    expect(fake.calls[0]?.status).toBe('canceled');
  });

  it('is answered when the answer came first', async () => {
    const mind = new AbortController();
    const dialling = trunk.dial(request, { signal: mind.signal });
    await placed();
    fake.calls[0]!.status = 'in-progress';
    mind.abort();
    expect(await settled(dialling)).toMatchObject({ outcome: 'answered' });
    expect(fake.calls[0]?.status).toBe('in-progress');
  });

  it('is ended whatever its state when it is hung up, at once or when its id is known', async () => {
    for (const waits of [false, true]) {
      fake.calls.length = 0;
      const dialling = trunk.dial(request, { signal });
      if (waits) await until(() => fake.questions.some((question) => question.startsWith('GET')));
      await settled(trunk.hangUp(request.callId, 'normal', { signal }));
      expect(await settled(dialling)).toMatchObject({ outcome: 'cancelled' });
      expect(fake.calls[0]?.status).toBe('canceled');
    }
  });

  it('with the trunk is cancelled too', async () => {
    const dialling = trunk.dial(request, { signal });
    await placed();
    await settled(trunk[Symbol.asyncDispose]());
    expect(await dialling).toMatchObject({ outcome: 'cancelled' });
    expect(listeners.size).toBe(0);
  });
});

describe('a call that goes on', () => {
  it('is ended by our id or by Twilio’s, and an end after the end is no error', async () => {
    const dialling = trunk.dial(request, { signal });
    await placed();
    say({ status: 'in-progress' });
    await settled(dialling);
    fake.calls[0]!.status = 'in-progress';
    await settled(trunk.hangUp(request.callId, 'normal', { signal }));
    expect(fake.calls[0]?.status).toBe('completed');
    const inbound = fake.add();
    for (let n = 0; n < 2; n++) await settled(trunk.hangUp(inbound.sid, 'busy', { signal }));
    expect(inbound.status).toBe('completed');
    await settled(trunk.hangUp('CA-nobody-knows', 'normal', { signal }));
    fake.failures.push(500);
    expect(told(await thrown(trunk.hangUp(inbound.sid, 'normal', { signal })))).toMatchObject({ retryable: true });
  });

  it('waits and comes back', async () => {
    const { sid } = fake.add();
    await settled(trunk.hold(sid, { signal }));
    expect(fake.asked[0]?.form.get('Twiml')).toContain('<Pause length="14400"/>');
    await settled(trunk.unhold(sid, { signal }));
    expect([...(fake.asked[1]?.form ?? [])]).toEqual([
      ['Url', `https://agent.example/answer?call=${sid}`],
      ['Method', 'POST'],
    ]);
    const musical = openTrunk({ holdMusicUrl: 'https://agent.example/music' });
    await settled(musical.hold(sid, { signal }));
    expect(fake.asked[2]?.form.get('Twiml')).toContain('<Play loop="0">https://agent.example/music</Play>');
    await musical[Symbol.asyncDispose]();
    expect(told(await thrown(trunk.hold('CA-nobody-knows', { signal })))).toMatchObject({ failure: 'gone' });
  });
});
