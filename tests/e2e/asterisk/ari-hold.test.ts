import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { AriTrunk } from '#telephony/asterisk/ari-trunk.ts';
import { numberOf } from '../../support/numbers.ts';
import { TrunkStage } from './trunk-stage.ts';

const signal = AbortSignal.timeout(120_000);

let stage: TrunkStage;
let trunk: AriTrunk;

beforeAll(async () => {
  stage = await TrunkStage.start(signal);
});
afterAll(async () => {
  await trunk[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});
afterEach(() => stage.expectNothingLeft());

describe('a caller on hold', () => {
  beforeAll(() => {
    trunk = stage.trunk();
  });
  afterAll(() => trunk[Symbol.asyncDispose]());

  it('has nobody on the line, and goes on where they were', async () => {
    const { call, callId } = await stage.caller();
    await trunk.hold(callId, { signal });
    await trunk.hold(callId, { signal });
    expect(stage.openSocketOf(callId)).toBeUndefined();
    await clock.sleep(200, { signal });
    expect(stage.socketsOf(callId)).toHaveLength(1);
    await trunk.unhold(callId, { signal });
    const { about } = await stage.until(() => stage.openSocketOf(callId), 'the agent’s next socket');
    expect(about.get('attached')).toBe('1');
    await trunk.unhold(callId, { signal });
    call.hangUp();
    await call.ended;
  });

  it('may hang up, or be hung up', async () => {
    const { call, callId } = await stage.caller();
    await trunk.hold(callId, { signal });
    call.hangUp();
    await call.ended;
    await stage.until(async () => ((await stage.asterisk.instance.channels()) === 0 ? true : undefined), 'the end');
    await trunk.unhold(callId, { signal });
    const second = await stage.caller();
    await trunk.hold(second.callId, { signal });
    await trunk.hangUp(second.callId, 'normal', { signal });
    await second.call.ended;
  });

  it('cannot be one who is gone', async () => {
    const error = await trunk.hold('1795415122.1', { signal }).catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_TRUNK_FAILED')).toBe(true);
  });
});

describe('a trunk that goes away', () => {
  it('leaves who waited to the dialplan, stops what rings, and touches no conversation', async () => {
    const going = stage.trunk();
    const waiting = await stage.caller();
    const talking = await stage.caller();
    await going.hold(waiting.callId, { signal });
    stage.people.expect({ kind: 'ring' });
    const before = stage.people.incoming.length;
    const request = { callId: 'rings-for-nobody', to: numberOf('0772123456'), ringSeconds: 30 };
    const dialling = going.dial(request, { signal });
    await stage.until(() => stage.people.incoming[before]?.progress.ringingAtMs, 'the ringing');
    await going[Symbol.asyncDispose]();
    expect(await dialling).toEqual({ outcome: 'cancelled' });
    await stage.until(() => stage.openSocketOf(waiting.callId), 'the agent’s next socket');
    expect(stage.openSocketOf(talking.callId)).toBeDefined();
    for (const { call } of [waiting, talking]) {
      call.hangUp();
      await call.ended;
    }
  });
});

describe('a process that died', () => {
  it('is cleared up after by the next: held callers go on, what rings stops, answered calls find the agent', async () => {
    const dead = stage.trunk();
    const waiting = await stage.caller();
    await dead.hold(waiting.callId, { signal });
    const place = { to: numberOf('0772123456'), ringSeconds: 30 };
    stage.people.expect({ kind: 'answer' }, { kind: 'ring' });
    await dead.dial({ ...place, callId: 'early-and-answered', hearsEarlyMedia: true }, { signal });
    const answered = stage.people.incoming.at(-1)!.call!;
    const before = stage.people.incoming.length;
    dead.dial({ ...place, callId: 'rings-for-the-dead' }, { signal }).catch(() => undefined);
    await stage.until(() => stage.people.incoming[before]?.progress.ringingAtMs, 'the ringing');
    // As the kernel does for a process that was killed: no close, no question any more.
    const next = stage.trunk();
    await stage.until(() => stage.people.incoming[before]?.cancelledAtMs, 'the CANCEL');
    const found = await stage.until(() => stage.openSocketOf(waiting.callId), 'the agent’s next socket');
    expect(found.about.get('attached')).toBe('1');
    await stage.until(() => stage.socketsOf('early-and-answered')[1], 'another socket for the answered call');
    expect(stage.troubles.map(([kind]) => kind)).toContain('orphan');
    expect(stage.troubles.map(([kind]) => kind)).toContain('application-taken');
    for (const call of [waiting.call, answered]) {
      call.hangUp();
      await call.ended;
    }
    await next[Symbol.asyncDispose]();
    await dead[Symbol.asyncDispose]();
  });
});

describe('an Asterisk that dies', () => {
  it('fails the attempt that it was asked for, and is found again by itself', async () => {
    stage.people.expect({ kind: 'ring' });
    const own = stage.trunk();
    const before = stage.people.incoming.length;
    const dialling = own.dial({ callId: 'rings-in-vain', to: numberOf('0772123456'), ringSeconds: 5 }, { signal });
    await stage.until(() => stage.people.incoming[before]?.progress.ringingAtMs, 'the ringing');
    stage.asterisk.instance.kill();
    await stage.until(() => stage.troubles.find(([kind]) => kind === 'events-unreachable'), 'the trouble');
    const again = own.dial({ callId: 'nobody-is-there', to: numberOf('0772123456'), ringSeconds: 5 }, { signal });
    const error = await again.catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_TRUNK_FAILED') && error.retryable).toBe(true);
    expect(await dialling).toMatchObject({ outcome: 'failed' });
    await own[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
    stage = await TrunkStage.start(signal);
  });
});
