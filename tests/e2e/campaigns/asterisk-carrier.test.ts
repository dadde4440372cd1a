/** Acceptance 10, as far as the carrier goes: a real Asterisk with the shipped configuration, and a telephone as its trunk. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import { newId } from '#src/records/ids.ts';
import { AsteriskCarrier } from '#telephony/asterisk/carrier.ts';
import type { CarrierCall, CarrierOrder } from '#telephony/carrier.ts';
import { AllowList } from '#telephony/numbers.ts';
import { numberOf } from '../../support/numbers.ts';
import { TrunkStage } from '../asterisk/trunk-stage.ts';

const { signal } = new AbortController();
const TO = numberOf('+263771234567');
const FROM = numberOf('0242700000');
let stage: TrunkStage;
let carrier: AsteriskCarrier;
const heard: CarrierCall[] = [];

beforeAll(async () => {
  stage = await TrunkStage.start(signal);
  carrier = open();
  carrier.onCall((call) => heard.push(call));
  // The subscription is there when the first call is.
  await clock.sleep(300, { signal });
});
afterAll(async () => {
  carrier[Symbol.dispose]();
  await stage[Symbol.asyncDispose]();
});
afterEach(async () => {
  heard.length = 0;
  await stage.expectNothingLeft();
});

function open(over: { readonly endpoint?: string; readonly password?: string } = {}): AsteriskCarrier {
  return new AsteriskCarrier({
    ...stage.asterisk.ari,
    endpoint: 'carrier',
    allowList: new AllowList(),
    clock,
    onTrouble: (kind, sentence) => stage.troubles.push([kind, sentence]),
    ...over,
  });
}

const order = (over: Partial<CarrierOrder> = {}): CarrierOrder => ({
  attemptId: newId(clock.wallMs()),
  to: TO,
  from: FROM,
  ringSeconds: 10,
  ...over,
});
const questionOf = ({ attemptId }: CarrierOrder) => ({ attemptId, to: TO, from: FROM, since: clock.wallMs() - 1_000 });
const endOf = (attemptId: string): Promise<CarrierCall> =>
  stage.until(() => heard.find((call) => call.sid === attemptId && call.state === 'ended'), `the end of ${attemptId}`);

describe('acceptance 10: a call over Asterisk', () => {
  it('rings the attempt’s number from the campaign’s, goes to the agent with the attempt’s id, and tells its end once', async () => {
    const one = order();
    stage.people.expect({ kind: 'answer', afterMs: 200 });
    expect(await carrier.place(one, { signal })).toEqual({ kind: 'placed', sid: one.attemptId });
    const incoming = await stage.people.waitForCall({ timeoutMs: 5_000 });
    expect(incoming.from).toBe(FROM);
    const call = await incoming.answered;
    const socket = await stage.until(() => stage.openSocketOf(one.attemptId), 'the media socket');
    expect(Object.fromEntries(socket.about)).toMatchObject({ attempt: one.attemptId, direction: 'outbound' });
    await carrier.end(one.attemptId, { signal, onlyUnanswered: true });
    expect(await carrier.look(one.attemptId, { signal })).toMatchObject({ state: 'answered' });
    call.hangUp();
    expect(await endOf(one.attemptId)).toMatchObject({ outcome: 'answered', attemptId: one.attemptId });
    expect(heard.map(({ state }) => state)).toEqual(['ringing', 'answered', 'ended']);
    // Somebody who was not there when it ended reads the same.
    const [found] = await carrier.find(questionOf(one), { signal });
    expect(found).toMatchObject({ state: 'ended', outcome: 'answered', eventId: `${one.attemptId}/ended` });
  });

  it('of a name that is there already is not made again: 409', async () => {
    const one = order();
    stage.people.expect({ kind: 'ring' });
    const answers = [await carrier.place(one, { signal }), await carrier.place(one, { signal })];
    expect(answers).toEqual([
      { kind: 'placed', sid: one.attemptId },
      { kind: 'placed', sid: one.attemptId },
    ]);
    await stage.people.waitForCall({ timeoutMs: 5_000 });
    await clock.sleep(300, { signal });
    expect(await carrier.find(questionOf(one), { signal })).toMatchObject([{ state: 'ringing' }]);
    await carrier.end(one.attemptId, { signal, onlyUnanswered: true });
    expect(await endOf(one.attemptId)).toMatchObject({ outcome: 'cancelled' });
    await carrier.end(one.attemptId, { signal });
    // One INVITE, whatever was asked.
    expect(heard.filter(({ state }) => state === 'ringing')).toHaveLength(1);
  });

  it.each([
    ['is busy', 486, 'busy'],
    ['rejects', 603, 'rejected'],
    ['does not exist', 404, 'invalid-number'],
    ['cannot be reached for want of lines', 503, 'congestion'],
  ] as const)('to somebody who %s ends so, told and looked up alike', async (_, status, outcome) => {
    const one = order();
    stage.people.expect({ kind: 'reject', status });
    await carrier.place(one, { signal });
    const told = await endOf(one.attemptId);
    expect(told).toMatchObject({ outcome, sipStatus: status });
    expect(await carrier.look(one.attemptId, { signal })).toMatchObject({ state: 'ended', outcome });
  });

  it('that nobody answers frees its line within two seconds of the time it may ring', async () => {
    const one = order({ ringSeconds: 5 });
    stage.people.expect({ kind: 'ring' });
    const startMs = clock.nowMs();
    await carrier.place(one, { signal });
    const { outcome } = await stage
      .until(() => heard.find(({ state }) => state === 'ended'), 'the end of a call that rings for five seconds')
      .catch(async () => endOf(one.attemptId));
    expect(outcome).toBe('no-answer');
    expect(clock.nowMs() - startMs).toBeLessThan(7_000);
  }, 20_000);

  it('whose process died while it rang is found by the next one, and so is one that ended meanwhile', async () => {
    const one = order();
    stage.people.expect({ kind: 'reject', status: 486 });
    const first = open();
    await first.place(one, { signal });
    first[Symbol.dispose]();
    await endOf(one.attemptId);
    using second = open();
    expect(await second.find(questionOf(one), { signal })).toMatchObject([{ state: 'ended', outcome: 'busy' }]);
    expect(await second.find(questionOf(order()), { signal })).toEqual([]);
  });

  it('that was ordered before Asterisk forgot what has ended may have been one: nobody says that there was none', async () => {
    await stage.asterisk.instance.command('dialplan reload');
    const lost = await carrier
      .find({ ...questionOf(order()), since: clock.wallMs() - 60_000 }, { signal })
      .catch((error: unknown) => error);
    expect(isInzwaError(lost, 'INZWA_TRUNK_FAILED')).toBe(true);
    await clock.sleep(5, { signal });
    expect(await carrier.find({ ...questionOf(order()), since: clock.wallMs() }, { signal })).toEqual([]);
  });

  it('that cannot be made is refused, with how bad that is', async () => {
    using nowhere = open({ endpoint: 'nowhere' });
    expect(await nowhere.place(order(), { signal })).toMatchObject({
      kind: expect.stringMatching(/refused|unclear/) as string,
    });
    using stranger = open({ password: 'wrong' });
    expect(await stranger.place(order(), { signal })).toEqual({
      kind: 'refused',
      reason: 'unauthorised',
      isFatal: true,
    });
    const abroad = await carrier.place(order({ to: numberOf('+27821234567') }), { signal });
    expect(abroad).toMatchObject({ kind: 'refused', reason: 'number-not-allowed' });
  });
});
