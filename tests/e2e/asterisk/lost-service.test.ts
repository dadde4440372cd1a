/** The service dies, is full, goes away, or stands still: what the caller and the carrier notice of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { loadHotline } from '#prompts/load.ts';
import { cardById, phrase } from '#pipeline/dialogue/hotline.ts';
import { PATIENCE_MS, TestRig, type RigCall } from '../../support/asterisk-rig.ts';
import { APOLOGY_HZ, HOLD_HZ, writeLineSounds } from '../../support/line-sounds.ts';
import { tone, toneLevelDbfs } from '../../support/tone.ts';
import type { TappedPacket } from '../../support/wire-tap.ts';

const CALLER_HZ = 300;
const VOICE_HZ = 400;
const CARD = 'chitupa-chekuberekwa';
const hotline = loadHotline('kiriniki');

let sounds: string;
let rig: TestRig;
beforeAll(async () => {
  sounds = await mkdtemp(join(tmpdir(), 'inzwa-sounds-'));
  await writeLineSounds(sounds);
});
afterAll(() => rm(sounds, { recursive: true }));

type RigOptions = NonNullable<Parameters<typeof TestRig.start>[0]>;

function withRig(options: RigOptions): void {
  beforeAll(async () => {
    const dialplan = { SOUNDS: sounds, ...options.asterisk?.dialplan };
    rig = await TestRig.start({ ...options, asterisk: { ...options.asterisk, dialplan } });
  });
  afterAll(() => rig[Symbol.asyncDispose]());
  afterEach(async () => {
    await rig.expectNothingLeft();
    for (const place of (['first', 'second'] as const).slice(0, options.servers)) {
      if (!rig.running().includes(place)) await rig.rig.startService(place);
    }
  });
}

/** The tone of a packet, when it is one of those that matter here. */
function isTone(hz: number): (packet: TappedPacket) => boolean {
  return ({ pcm }) => toneLevelDbfs(pcm, hz) > -25;
}

/** A caller who has asked for the longest card and hears its second sentence. */
async function callerInAnswer(): Promise<RigCall> {
  const call = await rig.call();
  await rig.sleep(300);
  await call.phone.say(tone(CALLER_HZ, 1_000));
  await rig.eventOf(call, 'first-frame-sent', { where: ({ turn }) => turn === 1 });
  await rig.sleep(6_000);
  return call;
}

/** How long the caller heard nothing of the agent after this moment. */
async function silenceFrom(call: RigCall, atMs: number): Promise<number> {
  const before = call.packets.findLast((packet) => packet.atMs < atMs && isTone(VOICE_HZ)(packet));
  const heard = (): TappedPacket | undefined =>
    call.packets.find((packet) => packet.atMs > atMs + 250 && isTone(VOICE_HZ)(packet));
  for (let tries = 0; tries < 200 && !heard(); tries++) await rig.sleep(50);
  return (heard()?.atMs ?? Infinity) - (before?.atMs ?? -Infinity);
}

describe('a service that is killed in the middle of an answer', () => {
  withRig({ servers: 2 });

  it('is followed by the second one, which goes on where the answer was', async () => {
    const call = await callerInAnswer();
    const from = rig.events.length;
    const killedAtMs = clock.nowMs();
    await rig.rig.kill('first');
    expect(await silenceFrom(call, killedAtMs)).toBeLessThan(2_000);
    const { text, source } = await rig.event('answer-text', { from });
    const answer = cardById(hotline, CARD)?.answer ?? '';
    const rest = text.slice(phrase(hotline, 'resumed').length).trim();
    expect(text.startsWith(phrase(hotline, 'resumed'))).toBe(true);
    expect(source).toBe('card');
    expect(answer.endsWith(rest)).toBe(true);
    // The first sentence was heard, the second was not heard to its end.
    expect(rest.startsWith('Chekutanga')).toBe(true);

    // And it is a conversation again, not a recording of one.
    const silence = call.phone.waitUntilQuiet({ silentMs: 300, timeoutMs: PATIENCE_MS });
    await call.phone.say(tone(CALLER_HZ, 1_000));
    await silence;
    expect(await rig.event('agent-said', { from })).toMatchObject({ cardId: CARD, isComplete: false });
    expect(await rig.event('decision', { from })).toMatchObject({ source: 'card', cardId: CARD, turn: 2 });
    call.phone.hangUp();
    await call.phone.ended;
  });
});

describe('a service that is told to go while a call runs', () => {
  withRig({ servers: 2 });

  it('takes no new call, lets the second one have it, and goes when its own call is over', async () => {
    const call = await rig.call();
    await rig.sleep(300);
    const going = rig.rig.service('first');
    process.kill(going.pid, 'SIGTERM');
    await rig.sleep(200);
    const later = await rig.call();
    expect(await rig.count('inzwa_calls_active', 'second')).toBe(1);
    expect(await rig.count('inzwa_calls_active', 'first')).toBe(1);

    // The first call is answered as if nothing were.
    await call.phone.say(tone(CALLER_HZ, 1_000));
    await rig.eventOf(call, 'first-frame-sent', { where: ({ turn }) => turn === 1 });
    for (const { phone } of [later, call]) {
      phone.hangUp();
      await phone.ended;
    }
    await expect(going.died).rejects.toThrow('exit code 0');
    await rig.rig.startService('first');
  });
});

describe('one service that dies', () => {
  withRig({ servers: 1, asterisk: { dialplan: { ROUNDS_ATTACHED: '2' } } });

  it('and is started again at once keeps its caller, who hears a word of it meanwhile', async () => {
    const call = await callerInAnswer();
    const from = rig.events.length;
    const killedAtMs = clock.nowMs();
    await rig.rig.kill();
    await rig.rig.startService();
    expect(await silenceFrom(call, killedAtMs)).toBeLessThan(5_000);
    expect(call.packets.filter(({ atMs }) => atMs > killedAtMs).some(isTone(HOLD_HZ))).toBe(true);
    const text = (await rig.event('answer-text', { from })).text;
    expect(text.startsWith(phrase(hotline, 'resumed'))).toBe(true);
    expect(text).toContain('Chekutanga');
    call.phone.hangUp();
    await call.phone.ended;
  });

  it('and does not come back: the caller is asked to wait, hears an apology, and is let go', async () => {
    const call = await rig.call();
    await rig.sleep(500);
    const killedAtMs = clock.nowMs();
    await rig.rig.kill();
    const ending = await call.phone.ended;
    expect(ending).toMatchObject({ by: 'agent', details: { q850: 34 } });
    const after = call.packets.filter(({ atMs }) => atMs > killedAtMs);
    const [hold, apology] = [after.findIndex(isTone(HOLD_HZ)), after.findIndex(isTone(APOLOGY_HZ))];
    expect(hold).toBeGreaterThanOrEqual(0);
    expect(apology).toBeGreaterThan(hold);
    expect(after.filter(isTone(APOLOGY_HZ)).length).toBeGreaterThan(25);
  });

  it('and stands still for 8 s only: the call goes on, and what was said to nobody is not answered', async () => {
    const call = await rig.call();
    await rig.sleep(500);
    const { pid } = rig.rig.service();
    process.kill(pid, 'SIGSTOP');
    const from = rig.events.length;
    await rig.sleep(1_000);
    await call.phone.say(tone(CALLER_HZ, 1_500));
    await rig.sleep(5_500);
    process.kill(pid, 'SIGCONT');
    await rig.sleep(1_000);
    expect(rig.events.slice(from).map(({ kind }) => kind)).not.toContain('transcript');
    expect(await rig.problems('stale-burst')).toBe(1);

    await call.phone.say(tone(CALLER_HZ, 1_000));
    await rig.event('transcript', { from });
    await call.phone.waitUntilSpeaking({ timeoutMs: PATIENCE_MS });
    call.phone.hangUp();
    await call.phone.ended;
  });
});

describe('without ARI', () => {
  withRig({ servers: 2, hasAri: false });

  it('a service that is killed is followed by one that asks the caller to say it again', async () => {
    const call = await rig.call();
    await rig.sleep(500);
    const from = rig.events.length;
    const killedAtMs = clock.nowMs();
    await rig.rig.kill();
    expect(await silenceFrom(call, killedAtMs)).toBeLessThan(2_000);
    const { text } = await rig.event('answer-text', { from });
    expect(text).toBe(`${phrase(hotline, 'resumed')} ${phrase(hotline, 'ask-again')}`);
    call.phone.hangUp();
    await call.phone.ended;
  });
});

describe('a service that is not there', () => {
  withRig({ servers: 0 });

  it('leaves the caller with an apology in early media, and the carrier with 503', async () => {
    const call = await rig.dial({ acceptsEarlyMedia: true });
    await expect(call.answered).rejects.toMatchObject({ code: 'INZWA_PHONE_REFUSED' });
    expect(await call.ended).toMatchObject({ details: { status: 503, q850: 34 } });
    expect(call.progress.answeredAtMs).toBeUndefined();
    expect(rig.heard(call).filter(isTone(APOLOGY_HZ)).length).toBeGreaterThan(25);
  });

  it('lets go of a caller who gives up while it rings', async () => {
    const given = new AbortController();
    const dialled = rig.dial({ signal: given.signal });
    dialled.catch(() => undefined);
    await rig.sleep(700);
    expect(await rig.rig.asterisk.instance.channels()).toBe(1);
    given.abort(new Error('enough'));
    await expect(dialled).rejects.toThrow('enough');
  });
});

describe('services that are full', () => {
  withRig({ servers: 2, env: { INZWA_MAX_CALLS: '1' } });

  it('pass a second caller on to the second one, and a third one hears the apology', async () => {
    const calls = [await rig.call(), await rig.call()];
    for (const place of ['first', 'second'] as const) expect(await rig.count('inzwa_calls_active', place)).toBe(1);
    const third = await rig.dial({ acceptsEarlyMedia: true });
    expect(await third.ended).toMatchObject({ details: { status: 503 } });
    expect(rig.heard(third).filter(isTone(APOLOGY_HZ)).length).toBeGreaterThan(25);
    expect(await rig.count('inzwa_refused_total{code="INZWA_CALL_REFUSED"}', 'first')).toBeGreaterThan(0);
    for (const { phone } of calls) {
      phone.hangUp();
      await phone.ended;
    }
  });
});
