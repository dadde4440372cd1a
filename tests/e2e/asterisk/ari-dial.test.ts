import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { AriTrunk } from '#telephony/asterisk/ari-trunk.ts';
import type { DialRequest } from '#telephony/trunk.ts';
import { tone } from '../../support/tone.ts';
import { numberOf } from '../../support/numbers.ts';
import { TrunkStage } from './trunk-stage.ts';

const signal = AbortSignal.timeout(120_000);
const to = numberOf('0772123456');

let stage: TrunkStage;
let trunk: AriTrunk;
let calls = 0;

beforeAll(async () => {
  stage = await TrunkStage.start(signal);
  trunk = stage.trunk({ callerId: numberOf('0242700000') });
});
afterAll(async () => {
  await trunk[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});
beforeEach(() => {
  calls++;
});
afterEach(() => stage.expectNothingLeft());

function request(over: Partial<DialRequest> = {}): DialRequest & { readonly callId: string } {
  return { callId: `call-${process.pid}-${calls}`, to, ringSeconds: 20, ...over };
}

describe('a call that is answered', () => {
  it('goes on with the agent, under our id, with our number shown', async () => {
    stage.people.expect({ kind: 'answer', afterMs: 200 });
    const wanted = request();
    expect(await trunk.dial(wanted, { signal })).toEqual({ outcome: 'answered' });
    const { about } = await stage.until(() => stage.openSocketOf(wanted.callId), 'the agent’s socket');
    expect(about.get('direction')).toBe('outbound');
    const callee = stage.people.incoming.at(-1)!;
    expect([callee.number, callee.from, callee.assertedIdentity]).toEqual([to, '+263242700000', '+263242700000']);
    await trunk.hangUp(wanted.callId, 'normal', { signal });
    expect(await callee.call!.ended).toMatchObject({ by: 'agent', reason: 'BYE' });
  });

  it('is ended once, and an end after the end is no error', async () => {
    stage.people.expect({ kind: 'answer' });
    const wanted = request({ from: numberOf('0772999999') });
    await trunk.dial(wanted, { signal });
    expect(stage.people.incoming.at(-1)!.from).toBe('+263772999999');
    stage.people.incoming.at(-1)!.call!.hangUp();
    await stage.people.incoming.at(-1)!.call!.ended;
    await trunk.hangUp(wanted.callId, 'busy', { signal });
    await trunk.hangUp(wanted.callId, 'normal', { signal });
  });

  it('cannot be placed a second time under the same id while it lasts', async () => {
    stage.people.expect({ kind: 'answer' });
    const wanted = request();
    await trunk.dial(wanted, { signal });
    await stage.until(() => stage.openSocketOf(wanted.callId), 'the agent’s socket');
    const before = stage.people.incoming.length;
    const error = await trunk.dial(wanted, { signal }).catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_TRUNK_FAILED') && [error.retryable, error.details['failure']]).toEqual([
      false,
      'conflict',
    ]);
    expect(stage.people.incoming.length).toBe(before);
    expect(stage.openSocketOf(wanted.callId)).toBeDefined();
    await trunk.hangUp(wanted.callId, 'normal', { signal });
  });
});

describe('a call that came in', () => {
  it.each([
    ['normal', 16],
    ['busy', 17],
    ['rejected', 21],
    ['congestion', 34],
  ] as const)('is hung up by the id of its channel as %s, and the caller is told cause %i', async (reason, q850) => {
    const { call, callId } = await stage.caller();
    await trunk.hangUp(callId, reason, { signal });
    expect(await call.ended).toMatchObject({ by: 'agent', reason: 'BYE', details: { q850 } });
  });
});

describe('a call that is not answered', () => {
  it.each([
    [486, 'busy', 17],
    [600, 'busy', 17],
    [603, 'rejected', 21],
    [403, 'rejected', 21],
    [404, 'invalid-number', 1],
    [484, 'invalid-number', 28],
    [410, 'invalid-number', 22],
    [503, 'congestion', 34],
    [500, 'congestion', 38],
    [502, 'congestion', 27],
    [480, 'no-answer', 19],
    [408, 'no-answer', 18],
    [488, 'failed', 58],
  ])('with %i is %s', async (status, outcome, cause) => {
    stage.people.expect({ kind: 'reject', status, afterMs: 50 });
    const result = await trunk.dial(request(), { signal });
    expect(result).toEqual({ outcome, cause, sipStatus: status });
    expect(stage.sockets).toEqual([]);
  });

  it('rings as long as was asked, and no longer', async () => {
    stage.people.expect({ kind: 'ring' });
    const startedAtMs = clock.nowMs();
    expect(await trunk.dial(request({ ringSeconds: 5 }), { signal })).toMatchObject({
      outcome: 'no-answer',
      cause: 19,
    });
    expect(clock.nowMs() - startedAtMs).toBeGreaterThan(4_900);
    expect(clock.nowMs() - startedAtMs).toBeLessThan(6_000);
    await stage.until(() => stage.people.incoming.at(-1)?.cancelledAtMs, 'the CANCEL');
  });

  it('stops ringing at once when it is given up', async () => {
    stage.people.expect({ kind: 'ring' });
    const mind = new AbortController();
    const before = stage.people.incoming.length;
    const dialling = trunk.dial(request(), { signal: mind.signal });
    await stage.until(() => stage.people.incoming[before]?.progress.ringingAtMs, 'the ringing');
    const abortedAtMs = clock.nowMs();
    mind.abort();
    expect(await dialling).toEqual({ outcome: 'cancelled' });
    const cancelledAtMs = await stage.until(() => stage.people.incoming.at(-1)?.cancelledAtMs, 'the CANCEL');
    expect(cancelledAtMs - abortedAtMs).toBeLessThan(1_000);
  });

  it('is cancelled too when it is hung up by its id', async () => {
    stage.people.expect({ kind: 'ring' });
    const before = stage.people.incoming.length;
    const wanted = request();
    const dialling = trunk.dial(wanted, { signal });
    await stage.until(() => stage.people.incoming[before]?.progress.ringingAtMs, 'the ringing');
    await trunk.hangUp(wanted.callId, 'normal', { signal });
    expect(await dialling).toEqual({ outcome: 'cancelled' });
  });

  it.each([0, 1, 2, 5, 10])('is cancelled too when it is hung up %i ms after it began', async (ms) => {
    stage.people.expect({ kind: 'ring' });
    const wanted = request();
    const dialling = trunk.dial(wanted, { signal });
    await clock.sleep(ms, { signal });
    await trunk.hangUp(wanted.callId, 'normal', { signal });
    expect(await dialling).toEqual({ outcome: 'cancelled' });
  });

  it('was never placed when its signal was aborted before, or its number may not be dialled', async () => {
    const before = stage.people.incoming.length;
    expect(await trunk.dial(request(), { signal: AbortSignal.abort() })).toEqual({ outcome: 'cancelled' });
    const error = await trunk.dial(request({ to: numberOf('+442079460018') }), { signal }).catch((e: unknown) => e);
    expect(isInzwaError(error, 'INZWA_NUMBER_REFUSED')).toBe(true);
    expect(stage.people.incoming.length).toBe(before);
  });

  it('says so when the trunk’s endpoint does not exist', async () => {
    // One process has an application's name at a time.
    await using wrong = stage.trunk({ app: 'other', endpoint: 'PJSIP/{number}@nobody' });
    const error = await wrong.dial(request(), { signal }).catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_TRUNK_FAILED') && error.message).toMatch(/Allocation failed/);
    expect(isInzwaError(error) && error.message).not.toContain(to);
  });
});

describe('a call whose announcements are heard before the answer', () => {
  it('has its agent connected while it rings, and nothing of that stays when it is refused', async () => {
    stage.people.expect({ kind: 'early-media', pcm: tone(700, 400), next: { kind: 'reject', status: 486 } });
    const wanted = request({ hearsEarlyMedia: true });
    expect(await trunk.dial(wanted, { signal })).toMatchObject({ outcome: 'busy' });
    const [socket] = stage.socketsOf(wanted.callId);
    expect(socket!.about.get('early')).toBe('1');
    expect(socket!.audioBytes).toBeGreaterThan(160 * 10);
    await stage.until(() => socket!.isClosed || undefined, 'the end of the agent’s socket');
  });

  it('goes on over the same socket when it is answered, and ends with either side', async () => {
    stage.people.expect({ kind: 'early-media', pcm: tone(700, 200), next: { kind: 'answer', afterMs: 100 } });
    const wanted = request({ hearsEarlyMedia: true });
    expect(await trunk.dial(wanted, { signal })).toMatchObject({ outcome: 'answered' });
    const [socket] = stage.socketsOf(wanted.callId);
    const callee = stage.people.incoming.at(-1)!.call!;
    socket!.socket.send(Buffer.alloc(160 * 10, 0x20));
    await callee.waitUntilSpeaking({ timeoutMs: 2_000 });
    callee.hangUp();
    await callee.ended;
    await stage.until(() => socket!.isClosed || undefined, 'the end of the agent’s socket');
    expect(stage.socketsOf(wanted.callId)).toHaveLength(1);
  });

  it('is attached again by the dialplan when the agent’s socket is lost', async () => {
    stage.people.expect({ kind: 'answer' });
    const wanted = request({ hearsEarlyMedia: true });
    await trunk.dial(wanted, { signal });
    stage.openSocketOf(wanted.callId)!.socket.terminate();
    await stage.until(() => stage.socketsOf(wanted.callId)[1], 'another socket');
    await trunk.hangUp(wanted.callId, 'normal', { signal });
  });

  it('is not placed when no agent can be reached', async () => {
    const before = stage.people.incoming.length;
    await using deaf = stage.trunk({ app: 'other', media: { sections: ['nobody'] } });
    const error = await deaf.dial(request({ hearsEarlyMedia: true }), { signal }).catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_TRUNK_FAILED') && error.retryable).toBe(true);
    expect(stage.people.incoming.length).toBe(before);
  });
});
