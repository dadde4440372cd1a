import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import type { CarrierCall, CarrierOrder, PlaceAnswer } from '#telephony/carrier.ts';
import { AllowList } from '#telephony/numbers.ts';
import { readCallback } from '#telephony/twilio/carrier-call.ts';
import { TwilioCarrier, type TwilioCarrierOptions } from '#telephony/twilio/carrier.ts';
import { ACCOUNT_SID, AUTH_TOKEN, FakeTwilioRest, type CreateFault } from '../../support/fake-twilio-rest.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { settledOn } from '../../support/virtual-wait.ts';
import { numberOf } from '../../support/numbers.ts';

const { signal } = new AbortController();
const NOW = Date.parse('2026-11-26T08:00:00Z');
const TO = numberOf('0772123456');
const FROM = numberOf('0242700000');
const order: CarrierOrder = { attemptId: '0191d3a4-attempt-1', to: TO, from: FROM, ringSeconds: 25 };
const question = { attemptId: order.attemptId, to: TO, from: FROM, since: NOW };

let fake: FakeTwilioRest;
let clock: VirtualClock;
beforeEach(async () => {
  fake = await FakeTwilioRest.start();
  clock = new VirtualClock();
});
afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  expect(clock.pendingTimers).toBe(0);
});

function carrier(over: Partial<TwilioCarrierOptions> = {}): TwilioCarrier {
  return new TwilioCarrier({
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    baseUrl: fake.baseUrl,
    allowList: new AllowList(),
    urls: {
      answer: (id) => `https://agent.example/answer/${id}`,
      status: (id) => `https://agent.example/status/${id}`,
    },
    clock,
    ...over,
  });
}

/** A call as Twilio lists it. */
function listed(over: Readonly<Record<string, unknown>> = {}, form: Record<string, string> = {}): string {
  const more = { date_created: new Date(NOW + 1_000).toUTCString().replace('GMT', '+0000'), ...over };
  const status = typeof over['status'] === 'string' ? over['status'] : 'queued';
  return fake.add({ status, form: new URLSearchParams({ To: TO, From: FROM, ...form }), more }).sid;
}

describe('an order', () => {
  it('is one form with the attempt in every URL, and placed when Twilio has named it', async () => {
    const answer = await carrier().place(order, { signal });
    expect(answer).toEqual({ kind: 'placed', sid: fake.calls[0]?.sid });
    expect([...(fake.asked[0]?.form ?? [])]).toEqual([
      ['To', '+263772123456'],
      ['From', '+263242700000'],
      ['Method', 'POST'],
      ['StatusCallback', 'https://agent.example/status/0191d3a4-attempt-1'],
      ['StatusCallbackEvent', 'initiated'],
      ['StatusCallbackEvent', 'ringing'],
      ['StatusCallbackEvent', 'answered'],
      ['StatusCallbackEvent', 'completed'],
      ['StatusCallbackMethod', 'POST'],
      ['Timeout', '25'],
      ['Url', 'https://agent.example/answer/0191d3a4-attempt-1'],
    ]);
  });

  it('asks for machine detection beside the call when there is somebody to be told', async () => {
    const urls = {
      answer: () => 'https://a.example/a',
      status: () => 'https://a.example/s',
      machine: () => 'https://a.example/m',
    };
    await carrier({ urls }).place(order, { signal });
    expect(Object.fromEntries(fake.asked[0]?.form ?? [])).toMatchObject({
      MachineDetection: 'Enable',
      AsyncAmd: 'true',
      AsyncAmdStatusCallback: 'https://a.example/m',
    });
  });

  it('goes below the path of the address that it is given', async () => {
    await carrier({ baseUrl: `${fake.baseUrl}/region/` }).place(order, { signal });
    expect(fake.asked[0]?.path).toBe(`/region/2010-04-01/Accounts/${ACCOUNT_SID}/Calls.json`);
  });

  it.each<[CreateFault, PlaceAnswer]>([
    ['resets', { kind: 'unclear', reason: 'no-reply' }],
    ['fails', { kind: 'unclear', reason: 'twilio-20500' }],
    ['talks-nonsense', { kind: 'unclear', reason: 'bad-answer' }],
    ['is-silent', { kind: 'unclear', reason: 'no-reply' }],
    ['is-busy', { kind: 'refused', reason: 'twilio-20429', waitMs: 2_000 }],
    ['knows-no-such-number', { kind: 'refused', reason: 'twilio-21211', outcome: 'invalid-number' }],
    ['refuses', { kind: 'refused', reason: 'twilio-21216', outcome: 'failed' }],
    ['is-out-of-credit', { kind: 'refused', reason: 'twilio-20005', isFatal: true }],
    ['knows-no-such-caller', { kind: 'refused', reason: 'twilio-21210', isFatal: true }],
  ])('that Twilio answers as one that %s is asked once and taken for what is known of it', async (fault, expected) => {
    fake.fault = fault;
    expect(await settledOn(clock, carrier().place(order, { signal }))).toEqual(expected);
    expect(fake.asked).toHaveLength(1);
  });

  it('is refused when nobody listens there, when credentials are wrong, and when nobody may be called', async () => {
    const closed = await FakeTwilioRest.start();
    const { baseUrl } = closed;
    await closed[Symbol.asyncDispose]();
    const nowhere = carrier({ baseUrl });
    expect(await nowhere.place(order, { signal })).toEqual({ kind: 'refused', reason: 'unreachable', waitMs: 5_000 });
    const stranger = carrier({ authToken: 'another-one' });
    expect(await stranger.place(order, { signal })).toMatchObject({ kind: 'refused', isFatal: true });
    const nobody = await carrier().place({ ...order, to: numberOf('+27821234567') }, { signal });
    expect(nobody).toEqual({ kind: 'refused', reason: 'number-not-allowed', outcome: 'failed' });
    const anonymous = await carrier().place({ ...order, from: undefined }, { signal });
    expect(anonymous).toMatchObject({ kind: 'refused', isFatal: true });
    const late = await carrier().place(order, { signal: AbortSignal.abort() });
    expect(late).toEqual({ kind: 'refused', reason: 'given-up' });
    expect(fake.calls).toHaveLength(0);
  });
});

describe('a lost call', () => {
  it('is found by its number and its time, over several pages, though it has not started', async () => {
    const mine = listed({ start_time: null });
    listed({ direction: 'outbound-dial' });
    listed({ direction: 'inbound' });
    listed({}, { From: '+263242700999' });
    listed({ date_created: 'Thu, 26 Nov 2026 07:00:00 +0000' });
    listed({}, { To: '+263772999999' });
    for (let n = 0; n < 60; n++) listed({ direction: 'outbound-dial' });
    expect(await carrier().find(question, { signal })).toEqual([
      expect.objectContaining({ sid: mine, state: 'queued' }) as CarrierCall,
    ]);
    expect(fake.asked).toHaveLength(2);
  });

  it.each([
    ['relative, and without a slash', (path: string) => path.slice(1)],
    ['absolute, on the base itself', (path: string) => `${fake.baseUrl}${path}`],
    ['absolute, somewhere else', (path: string) => `http://127.0.0.1:1${path}`],
    ['absolute, in another region and below a path', (path: string) => `https://api.ie1.twilio.com/proxy${path}`],
  ])(
    'is found on the second page, whose address is %s, and nobody but the base is told the password',
    async (_, say) => {
      fake.nextPageUri = say;
      const mine = listed();
      for (let n = 0; n < 60; n++) listed({ direction: 'outbound-dial' });
      expect(await carrier().find(question, { signal })).toMatchObject([{ sid: mine }]);
      expect(new Set(fake.asked.map(({ path }) => path)).size).toBe(1);
    },
  );

  it('is looked for to the end of the list, in whatever order that is, and none of the older ones is it', async () => {
    for (let n = 0; n < 120; n++) listed({ date_created: 'Thu, 26 Nov 2026 07:00:00 +0000' });
    expect(await carrier().find(question, { signal })).toEqual([]);
    expect(fake.asked).toHaveLength(3);
  });

  it('in a state that nobody has heard of is a call all the same', async () => {
    const sid = listed({ status: 'pondering' });
    expect(await carrier().find(question, { signal })).toMatchObject([{ sid, state: 'queued' }]);
  });

  it('makes a failure of a list that cannot be read', async () => {
    fake.failures.push(500);
    const failed = await carrier()
      .find(question, { signal })
      .catch((error: unknown) => error);
    expect(isInzwaError(failed, 'INZWA_TRUNK_FAILED')).toBe(true);
    expect(String(failed)).not.toContain('772123456');
  });
});

describe('a call', () => {
  it('is told with its end, its length and its price', async () => {
    const sid = listed({
      status: 'completed',
      duration: '43',
      price: '-0.01500',
      end_time: 'Thu, 26 Nov 2026 08:01:00 +0000',
      answered_by: 'machine_end_beep',
    });
    fake.calls[0]!.status = 'completed';
    expect(await carrier().look(sid, { signal })).toEqual({
      sid,
      state: 'ended',
      outcome: 'answered',
      answeredBy: 'machine',
      durationMs: 43_000,
      costMicros: 15_000,
      at: Date.parse('2026-11-26T08:01:00Z'),
    });
    expect(await carrier().look('CA404', { signal })).toBeUndefined();
  });

  it.each(['queued', 'ringing', 'in-progress', 'completed'])('that is %s can be ended', async (status) => {
    const { sid } = fake.add({ status });
    await carrier().end(sid, { signal });
    expect(fake.calls[0]?.status).toMatch(/canceled|completed/);
    await carrier().end('CA404', { signal });
  });

  it.each([
    ['queued', 'canceled'],
    ['in-progress', 'in-progress'],
  ])('that is %s is %s after it was to end only if nobody had answered', async (status, after) => {
    const { sid } = fake.add({ status });
    await carrier().end(sid, { signal, onlyUnanswered: true });
    expect(fake.calls[0]?.status).toBe(after);
  });
});

describe('a callback', () => {
  const form = {
    CallSid: 'CA1',
    CallStatus: 'completed',
    SequenceNumber: '3',
    Timestamp: 'Thu, 26 Nov 2026 08:00:30 +0000',
    CallDuration: '12',
    Duration: '1',
  };

  it('tells one thing, and numbers itself', () => {
    expect(readCallback('a-1', form)).toMatchObject({
      sid: 'CA1',
      attemptId: 'a-1',
      state: 'ended',
      outcome: 'answered',
      durationMs: 12_000,
      at: Date.parse('2026-11-26T08:00:30Z'),
      eventId: 'CA1/3/completed',
    });
  });

  it.each([
    [{ CallStatus: 'initiated' }, { state: 'queued' }],
    [{ CallStatus: 'ringing' }, { state: 'ringing' }],
    [{ CallStatus: 'in-progress' }, { state: 'answered' }],
    [{ CallStatus: 'busy' }, { state: 'ended', outcome: 'busy' }],
    [{ CallStatus: 'no-answer' }, { state: 'ended', outcome: 'no-answer' }],
    [{ CallStatus: 'canceled' }, { state: 'ended', outcome: 'cancelled' }],
    [
      { CallStatus: 'failed', SipResponseCode: '404' },
      { state: 'ended', outcome: 'invalid-number', sipStatus: 404 },
    ],
    [
      { CallStatus: 'failed', SipResponseCode: '503' },
      { state: 'ended', outcome: 'congestion' },
    ],
    [{ CallStatus: 'failed' }, { state: 'ended', outcome: 'failed' }],
    [
      { CallStatus: '', AnsweredBy: 'machine_start' },
      { state: 'answered', answeredBy: 'machine' },
    ],
    [
      { CallStatus: 'in-progress', AnsweredBy: 'human' },
      { state: 'answered', answeredBy: 'person' },
    ],
    [
      { CallStatus: 'in-progress', AnsweredBy: 'unknown' },
      { state: 'answered', answeredBy: 'unknown' },
    ],
  ])('of %j is understood', (over, expected) => {
    expect(readCallback('a-1', { ...form, ...over })).toMatchObject(expected);
  });

  it('of a status that is not Twilio’s, or of no call, tells nothing', () => {
    expect(readCallback('a-1', { ...form, CallStatus: 'exploded' })).toBeUndefined();
    expect(readCallback('a-1', { CallStatus: 'ringing' })).toBeUndefined();
  });
});
