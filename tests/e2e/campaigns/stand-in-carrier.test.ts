import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierOrder, PlaceAnswer } from '#telephony/carrier.ts';
import { AllowList } from '#telephony/numbers.ts';
import type { Callee } from '#telephony/phone/carrier/callee.ts';
import type { CarrierFaults } from '#telephony/phone/carrier/faults.ts';
import { StandInCarrier, type StandInCarrierOptions } from '#telephony/phone/carrier/stand-in-carrier.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { TwilioCarrier } from '#telephony/twilio/carrier.ts';
import { TwilioRestClient } from '#telephony/twilio/rest-client.ts';
import { CarrierListener } from '../../support/carrier-listener.ts';
import { PUBLIC_URL, startEchoService } from '../../support/echo-service.ts';
import { tone } from '../../support/tone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { settledOn, untilOn } from '../../support/virtual-wait.ts';
import { numberOf } from '../../support/numbers.ts';

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: '0123456789abcdef0123456789abcdef' };
const TO = numberOf('0772123456');
const FROM = numberOf('0242700000');
const COMPLETED: ReadonlySet<string> = new Set(['completed']);
const { signal } = new AbortController();

let clock: VirtualClock;
let agent: CarrierListener;
let carrier: StandInCarrier;
let attempts = 0;

beforeEach(async () => {
  clock = new VirtualClock();
  agent = await CarrierListener.start(ACCOUNT.authToken);
});
afterEach(async () => {
  await carrier[Symbol.asyncDispose]();
  await agent[Symbol.asyncDispose]();
});

/** As one that came by REST. */
const ORDER = {
  to: TO as string,
  from: FROM as string,
  url: undefined as string | undefined,
  twiml: '<Response><Hangup/></Response>',
  get statusCallback(): string {
    return `${agent.origin}/status`;
  },
  statusEvents: new Set(['initiated', 'ringing', 'answered', 'completed']),
  ringMs: 20_000,
  machineCallback: undefined,
};

async function start(callee: Callee, over: Partial<StandInCarrierOptions> = {}): Promise<void> {
  carrier = await StandInCarrier.start({ ...ACCOUNT, clock, callee: () => callee, ...over });
}

const twilio = (): TwilioCarrier =>
  new TwilioCarrier({
    ...ACCOUNT,
    baseUrl: carrier.baseUrl,
    allowList: new AllowList(),
    urls: {
      answer: (attemptId) => `${agent.origin}/answer?attempt=${attemptId}`,
      status: (attemptId) => `${agent.origin}/status?attempt=${attemptId}`,
    },
    clock,
  });

const order = (over: Partial<CarrierOrder> = {}): CarrierOrder => ({
  attemptId: `attempt-${String(attempts++).padStart(4, '0')}`,
  to: TO,
  from: FROM,
  ringSeconds: 20,
  ...over,
});
const settled = <T>(work: Promise<T>): Promise<T> => settledOn(clock, work);
const place = (over?: Partial<CarrierOrder>): Promise<PlaceAnswer> => settled(twilio().place(order(over), { signal }));
const quiet = (): Promise<void> => settled(carrier.quiet());

describe('a call of the stand-in carrier', () => {
  it('rings, is answered, asks the agent what to do, and tells all of it, signed and numbered', async () => {
    await start({ ringMs: 3_000, does: 'answers' });
    agent.twiml = '<Response><Pause length="4"/></Response>';
    const placed = await place();
    await quiet();
    const [call] = carrier.calls;
    expect(placed).toEqual({ kind: 'placed', sid: call?.sid });
    expect(agent.heard.every(({ isSigned }) => isSigned)).toBe(true);
    expect(agent.statuses).toEqual(['initiated', 'ringing', 'in-progress', 'completed']);
    expect(agent.heard.map(({ form }) => form['CallSid'])).toEqual(Array(5).fill(call?.sid));
    const status = agent.heard.filter(({ path }) => path.startsWith('/status'));
    expect(status.map(({ form }) => form['SequenceNumber'])).toEqual(['0', '1', '2', '3']);
    expect(status.at(-1)?.form).toMatchObject({ CallDuration: '4', SipResponseCode: '200', To: TO, From: FROM });
    expect(new Set(status.map(({ token }) => token)).size).toBe(4);
    expect(call?.answeredAt).toBe(call!.ringingAt! + 3_000);
    expect(call?.endedAt).toBe(call!.answeredAt! + 4_000);
    expect(call?.costMicros).toBe(85_000);
  });

  it.each<[Callee, string, string]>([
    [{ ringMs: 2_000, does: 'is-busy' }, 'busy', '486'],
    [{ ringMs: 60_000, does: 'answers' }, 'no-answer', '487'],
    [{ ringMs: 0, does: 'cannot-be-reached', sipStatus: 404 }, 'failed', '404'],
  ])('of somebody who %o ends %s', async (callee, status, sipStatus) => {
    await start(callee);
    await place();
    await quiet();
    expect(carrier.calls[0]?.status).toBe(status);
    expect(agent.heard.at(-1)?.form).toMatchObject({ CallStatus: status, SipResponseCode: sipStatus });
    expect(agent.heard.some(({ path }) => path.startsWith('/answer'))).toBe(false);
    expect(carrier.calls[0]?.costMicros).toBeUndefined();
  });

  it('whose answer URL fails is over, as at Twilio', async () => {
    await start({ ringMs: 0, does: 'answers' });
    agent.answerStatus = 500;
    await place();
    await untilOn(clock, () => carrier.calls[0]?.isOver === true);
    expect(carrier.calls[0]).toMatchObject({ status: 'completed', errorCode: 11_200 });
  });

  it('waits in the queue when the account has no turn for it, and can be taken back there', async () => {
    await start({ ringMs: 0, does: 'answers' }, { callsPerSecond: 0.1 });
    await place();
    const second = await place();
    const answer = await twilio().look(second.kind === 'placed' ? second.sid : '', { signal });
    expect(answer?.state).toBe('queued');
    await settled(twilio().end(carrier.calls[1]!.sid, { signal }));
    expect(carrier.calls[1]).toMatchObject({ status: 'canceled', ringingAt: undefined });
    await quiet();
    expect(carrier.calls[0]?.status).toBe('completed');
  });

  it('is not ended twice', async () => {
    await start({ ringMs: 0, does: 'is-busy' });
    await place();
    await quiet();
    await settled(twilio().end(carrier.calls[0]!.sid, { signal }));
    expect(carrier.calls[0]?.status).toBe('busy');
  });

  it('has a media stream between the agent and a telephone in software', async () => {
    await using service = await startEchoService();
    const spoken: number[] = [];
    carrier = await StandInCarrier.start({
      ...ACCOUNT,
      reach: { publicUrl: PUBLIC_URL, localUrl: service.origin },
      callee: () => ({
        ringMs: 0,
        does: 'answers',
        async talk(phone) {
          phone.say(tone(440, 400)).catch(() => undefined);
          spoken.push((await phone.waitUntilSpeaking({ timeoutMs: 3_000 })) - phone.startedAtMs);
          phone.hangUp();
        },
      }),
    });
    const call = carrier.place({ ...ORDER, url: `${PUBLIC_URL}/twilio/voice` });
    await call.over;
    expect(call).toMatchObject({ status: 'completed', errorCode: undefined });
    expect(call.documents).toHaveLength(1);
    expect(spoken).toHaveLength(1);
  });

  it('whose stream the agent closes goes on with what the document says next', async () => {
    await using service = await startEchoService();
    carrier = await StandInCarrier.start({
      ...ACCOUNT,
      reach: { publicUrl: PUBLIC_URL, localUrl: service.origin },
      callee: () => ({ ringMs: 0, does: 'answers', talk: (phone) => phone.sendDigits('#') }),
    });
    const call = carrier.place({ ...ORDER, url: `${PUBLIC_URL}/twilio/voice` });
    await call.over;
    expect(call.endedAt! - call.answeredAt!).toBeGreaterThan(1_900);
  });
});

describe('an order that goes wrong', () => {
  it.each<[keyof CarrierFaults, PlaceAnswer['kind'], number]>([
    ['isOverloaded', 'unclear', 0],
    ['isLimiting', 'refused', 0],
    ['resetsBefore', 'unclear', 0],
    ['resetsAfter', 'unclear', 1],
    ['failsAfter', 'unclear', 1],
    ['staysSilentAfter', 'unclear', 1],
  ])('by %s is %s to who ordered, and has become %s calls', async (fault, kind, calls) => {
    await start({ ringMs: 30_000, does: 'answers' }, { faults: { seed: 1, [fault]: 1 } });
    const asked = order();
    const answer = await settled(twilio().place(asked, { signal }));
    expect(answer.kind).toBe(kind);
    expect(carrier.calls).toHaveLength(calls);
    const since = clock.wallMs() - 60_000;
    const found = await settled(twilio().find({ ...asked, since }, { signal }));
    expect(found.map(({ sid }) => sid)).toEqual(carrier.calls.map(({ sid }) => sid));
  });

  it.each([
    [{ to: '+1' as PhoneNumber }, 21_211],
    [{ from: numberOf('0242700001') }, 21_210],
  ])('because of %o is refused by its code', async (over, code) => {
    await start({ ringMs: 0, does: 'answers' }, { numbers: [FROM] });
    const form = { ...ORDER, ...over };
    const client = new TwilioRestClient({ ...ACCOUNT, baseUrl: carrier.baseUrl, clock });
    const ordering = client.ask((calls) => calls.create({ ...form, url: `${agent.origin}/answer` }), { what: 'call' });
    await expect(settled(ordering)).rejects.toMatchObject({ details: { twilioCode: code } });
    expect(carrier.calls).toEqual([]);
  });

  it('with a wrong token is nobody’s', async () => {
    await start({ ringMs: 0, does: 'answers' });
    const client = new TwilioRestClient({ ...ACCOUNT, authToken: 'another', baseUrl: carrier.baseUrl, clock });
    const asking = client.ask((calls) => calls.list({ limit: 1 }), { what: 'list' });
    await expect(settled(asking)).rejects.toMatchObject({ details: { failure: 'unauthorised' } });
  });
});

describe('the carrier’s list', () => {
  it('has what was called by number, newest first, over several pages', async () => {
    await start({ ringMs: 0, does: 'is-busy' });
    for (let i = 0; i < 5; i++) carrier.place(ORDER);
    carrier.place({ ...ORDER, to: numberOf('0773123456') });
    await quiet();
    const client = new TwilioRestClient({ ...ACCOUNT, baseUrl: carrier.baseUrl, clock });
    const list = await settled(client.ask((calls) => calls.list({ to: TO, pageSize: 2 }), { what: 'list' }));
    expect(list.map(({ sid }) => sid)).toEqual(
      carrier.calls
        .slice(0, 5)
        .map(({ sid }) => sid)
        .toReversed(),
    );
  });

  it('shows a call only when its lag is over, and nothing while it is down', async () => {
    await start({ ringMs: 0, does: 'is-busy' }, { faults: { seed: 1, listLagMs: 30_000 } });
    const asked = order();
    await settled(twilio().place(asked, { signal }));
    const find = (): Promise<readonly unknown[]> =>
      settled(twilio().find({ ...asked, since: clock.wallMs() - 60_000 }, { signal }));
    expect(await find()).toEqual([]);
    await clock.advance(30_000);
    expect(await find()).toHaveLength(1);
    carrier.isLookUpDown = true;
    await expect(find()).rejects.toMatchObject({ code: 'INZWA_TRUNK_FAILED' });
  });
});

describe('webhooks that go wrong', () => {
  const faulty = async (webhooks: CarrierFaults['webhooks']): Promise<void> => {
    await start({ ringMs: 1_000, does: 'is-busy' }, { faults: { seed: 11, ...(webhooks && { webhooks }) } });
    carrier.place(ORDER);
    await quiet();
  };

  it('are lost', async () => {
    await faulty({ loses: 1 });
    expect(agent.statuses).toEqual([]);
  });

  it('come twice, each copy the same event', async () => {
    await faulty({ doubles: 1 });
    expect(agent.statuses.toSorted()).toEqual(['busy', 'busy', 'initiated', 'initiated', 'ringing', 'ringing']);
    expect(new Set(agent.heard.map(({ form }) => form['SequenceNumber'])).size).toBe(3);
  });

  it('overtake each other', async () => {
    await faulty({ delays: { share: 1, upToMs: 60_000 } });
    expect(agent.statuses.toSorted()).toEqual(['busy', 'initiated', 'ringing']);
    expect(agent.statuses).not.toEqual(['initiated', 'ringing', 'busy']);
  });

  it('are forged, with a signature that is not the account’s', async () => {
    await faulty({ loses: 1, forges: 1 });
    expect(agent.heard.map(({ isSigned, form }) => [isSigned, form['CallStatus']])).toEqual(
      Array(3).fill([false, 'completed']),
    );
  });

  it('are repeated only as often as their URL says', async () => {
    await start({ ringMs: 0, does: 'is-busy' });
    agent.failures.push(500, 500, 500, 500, 500, 500);
    carrier.place({ ...ORDER, statusCallback: `${agent.origin}/status?a=1#rc=2&rp=5xx`, statusEvents: COMPLETED });
    await quiet();
    expect(agent.heard.map(({ path, isSigned }) => [path, isSigned])).toEqual(Array(3).fill(['/status?a=1', true]));
    expect(new Set(agent.heard.map(({ token }) => token)).size).toBe(1);
  });
});
