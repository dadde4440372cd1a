import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { AriTrunk } from '#telephony/asterisk/ari-trunk.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { hums, tone } from '../../support/tone.ts';
import { numberOf } from '../../support/numbers.ts';
import { TrunkStage } from './trunk-stage.ts';

const signal = AbortSignal.timeout(120_000);
const person = { name: 'the desk', number: numberOf('0772123456') };
const announcement = { pcm: tone(900, 600) };

let stage: TrunkStage;
let trunk: AriTrunk;

beforeAll(async () => {
  stage = await TrunkStage.start(signal);
  trunk = stage.trunk();
});
afterAll(async () => {
  await trunk[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});
afterEach(() => stage.expectNothingLeft());

/** What each hears of the other when both hum, a second apart from whatever was before. */
async function hearEachOther(caller: SipPhoneCall, human: SipPhoneCall): Promise<[boolean, boolean]> {
  const [callerFrom, humanFrom] = [caller, human].map((call) => call.recording().heard.length);
  await Promise.all([caller.say(tone(500, 500)), human.say(tone(1_300, 500))]);
  await clock.sleep(200, { signal });
  return [
    hums(caller.recording().heard.subarray(callerFrom), 1_300),
    hums(human.recording().heard.subarray(humanFrom), 500),
  ];
}

describe('a blind transfer', () => {
  it('joins the caller with the person, and ends when either hangs up', async () => {
    const { call, callId } = await stage.caller();
    stage.people.expect({ kind: 'answer', afterMs: 100 });
    expect(await trunk.transfer(callId, person, { signal, ringSeconds: 10 })).toEqual({ kind: 'connected' });
    const human = stage.people.incoming.at(-1)!;
    expect(human.number).toBe(person.number);
    expect(await hearEachOther(call, human.call!)).toEqual([true, true]);
    expect(stage.openSocketOf(callId)).toBeUndefined();
    human.call!.hangUp();
    expect(await call.ended).toMatchObject({ by: 'agent' });
  });

  it.each([
    [486, 'busy'],
    [603, 'rejected'],
    [404, 'invalid-number'],
    [503, 'congestion'],
    [480, 'no-answer'],
  ])('that meets %i leaves the caller with the agent: %s', async (status, outcome) => {
    const { call, callId } = await stage.caller();
    stage.people.expect({ kind: 'reject', status, afterMs: 50 });
    const result = await trunk.transfer(callId, person, { signal, ringSeconds: 10 });
    expect(result).toEqual({ kind: 'not-reached', outcome });
    const socket = await stage.until(() => stage.openSocketOf(callId), 'the agent’s next socket');
    expect(socket.about.get('after')).toMatch(/^transfer-/);
    expect(Number(socket.about.get('attached'))).toBeGreaterThan(0);
    call.hangUp();
    await call.ended;
  });

  it('rings as long as was asked', async () => {
    const { call, callId } = await stage.caller();
    stage.people.expect({ kind: 'ring' });
    const result = await trunk.transfer(callId, person, { signal, ringSeconds: 5 });
    expect(result).toEqual({ kind: 'not-reached', outcome: 'no-answer' });
    await stage.until(() => stage.openSocketOf(callId), 'the agent’s next socket');
    call.hangUp();
    await call.ended;
  });

  it('ends for the person too when the caller hangs up while it rings', async () => {
    const { call, callId } = await stage.caller();
    stage.people.expect({ kind: 'ring' });
    const before = stage.people.incoming.length;
    const transferring = trunk.transfer(callId, person, { signal, ringSeconds: 10 });
    await stage.until(() => stage.people.incoming[before]?.progress.ringingAtMs, 'the ringing');
    call.hangUp();
    expect(await transferring).toEqual({ kind: 'not-reached', outcome: 'cancelled' });
    await stage.until(() => stage.people.incoming[before]?.cancelledAtMs, 'the CANCEL');
  });

  it.each([0, 1, 3, 10, 30])(
    'that is given up after %i ms leaves the caller with the agent, and nobody ringing',
    async (ms) => {
      const { call, callId } = await stage.caller();
      stage.people.expect({ kind: 'ring' });
      const reason = new Error('changed my mind');
      const mind = new AbortController();
      const transferring = trunk.transfer(callId, person, { signal: mind.signal, ringSeconds: 10 });
      await clock.sleep(ms, { signal });
      mind.abort(reason);
      await expect(transferring).rejects.toBe(reason);
      await stage.until(() => stage.openSocketOf(callId), 'the agent’s socket');
      call.hangUp();
      await call.ended;
    },
  );

  it('that is given up stops the ringing, and the caller is the agent’s again', async () => {
    const { call, callId } = await stage.caller();
    stage.people.expect({ kind: 'ring' });
    const before = stage.people.incoming.length;
    const mind = new AbortController();
    const transferring = trunk.transfer(callId, person, { signal: mind.signal, ringSeconds: 10 });
    await stage.until(() => stage.people.incoming[before]?.progress.ringingAtMs, 'the ringing');
    mind.abort(new Error('changed my mind'));
    await expect(transferring).rejects.toThrow('changed my mind');
    await stage.until(() => stage.people.incoming[before]?.cancelledAtMs, 'the CANCEL');
    await stage.until(() => stage.openSocketOf(callId), 'the agent’s next socket');
    call.hangUp();
    await call.ended;
  });

  it('is made for a call that we placed as well, with its media connected early or not', async () => {
    for (const hearsEarlyMedia of [false, true]) {
      stage.people.expect({ kind: 'answer' }, { kind: 'answer' });
      const callId = `placed-${process.pid}-${hearsEarlyMedia}`;
      await trunk.dial({ callId, to: numberOf('0771000001'), ringSeconds: 10, hearsEarlyMedia }, { signal });
      const callee = stage.people.incoming.at(-1)!.call!;
      await stage.until(() => stage.openSocketOf(callId), 'the agent’s socket');
      expect(await trunk.transfer(callId, person, { signal, ringSeconds: 10 })).toEqual({ kind: 'connected' });
      expect(await hearEachOther(callee, stage.people.incoming.at(-1)!.call!)).toEqual([true, true]);
      callee.hangUp();
      await callee.ended;
    }
  });

  it('of a call that is over says so, and calls nobody', async () => {
    const before = stage.people.incoming.length;
    const error = await trunk.transfer('1795415122.1', person, { signal, ringSeconds: 5 }).catch((e: unknown) => e);
    expect(isInzwaError(error, 'INZWA_TRUNK_FAILED')).toBe(true);
    expect(stage.people.incoming.length).toBe(before);
  });
});

describe('an announced transfer', () => {
  it('tells the person first, while the caller is with the agent, and then joins them', async () => {
    const { call, callId } = await stage.caller();
    const agent = stage.openSocketOf(callId)!;
    stage.people.expect({ kind: 'answer', afterMs: 100 });
    const before = stage.people.incoming.length;
    const transferring = trunk.transfer(callId, person, { signal, ringSeconds: 10, announcement });
    const human = await stage.until(() => stage.people.incoming[before]?.call, 'the person’s answer');
    await clock.sleep(300, { signal });
    expect(agent.isClosed).toBe(false);
    expect(await transferring).toEqual({ kind: 'connected' });
    expect(hums(human.recording().heard, 900)).toBe(true);
    expect(hums(call.recording().heard, 900)).toBe(false);
    expect(await hearEachOther(call, human)).toEqual([true, true]);
    call.hangUp();
    await human.ended;
  });

  it.each([
    [486, 'busy'],
    [603, 'rejected'],
  ])('that meets %i leaves the caller where they are: %s', async (status, outcome) => {
    const { call, callId } = await stage.caller();
    stage.people.expect({ kind: 'reject', status, afterMs: 50 });
    const result = await trunk.transfer(callId, person, { signal, ringSeconds: 10, announcement });
    expect(result).toEqual({ kind: 'not-reached', outcome });
    expect(stage.socketsOf(callId)).toHaveLength(1);
    expect(stage.openSocketOf(callId)).toBeDefined();
    call.hangUp();
    await call.ended;
  });

  it('ends for the person when the caller hangs up while it rings, or while the person is told', async () => {
    for (const script of [{ kind: 'ring' }, { kind: 'answer' }] as const) {
      const { call, callId } = await stage.caller();
      stage.people.expect(script);
      const before = stage.people.incoming.length;
      const transferring = trunk.transfer(callId, person, { signal, ringSeconds: 10, announcement });
      await stage.until(() => stage.people.incoming[before], 'the call');
      await clock.sleep(300, { signal });
      call.hangUp();
      expect(await transferring).toEqual({ kind: 'not-reached', outcome: 'cancelled' });
      await stage.people.incoming[before]!.call?.ended;
    }
  });

  it('leaves the caller where they are when the person hangs up before the end of the announcement', async () => {
    const { call, callId } = await stage.caller();
    stage.people.expect({
      kind: 'answer',
      onAnswer: (human) => clock.sleep(200, { signal }).then(() => human.hangUp()),
    });
    const result = await trunk.transfer(callId, person, { signal, ringSeconds: 10, announcement });
    expect(result).toEqual({ kind: 'not-reached', outcome: 'rejected' });
    expect(stage.openSocketOf(callId)).toBeDefined();
    call.hangUp();
    await call.ended;
  });

  it('that cannot be played ends the person’s call, and says so', async () => {
    await using mute = stage.trunk({ app: 'other', playTo: () => Promise.reject(new Error('no voice')) });
    const { call, callId } = await stage.caller();
    stage.people.expect({ kind: 'answer' });
    const error = await mute
      .transfer(callId, person, { signal, ringSeconds: 10, announcement })
      .catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_TRUNK_FAILED') && error.message).toContain('no voice');
    await stage.people.incoming.at(-1)!.call!.ended;
    expect(stage.openSocketOf(callId)).toBeDefined();
    call.hangUp();
    await call.ended;
  });

  it('is refused before anybody is called where nothing can play it', async () => {
    await using mute = stage.trunk({ app: 'other', playTo: undefined });
    const before = stage.people.incoming.length;
    const error = await mute
      .transfer('1795415122.1', person, { signal, ringSeconds: 10, announcement })
      .catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_TRUNK_FAILED')).toBe(true);
    expect(stage.people.incoming.length).toBe(before);
  });
});
