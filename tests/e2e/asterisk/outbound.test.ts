/** Calls out over a real trunk, for the running service: what becomes of each, and what the callee hears. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { startCarrier, type Carrier } from '#src/cli/asterisk/carrier.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { AriTrunk } from '#telephony/asterisk/ari-trunk.ts';
import { AllowList } from '#telephony/numbers.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { DialResult } from '#telephony/trunk.ts';
import { TestRig } from '../../support/asterisk-rig.ts';
import { tone } from '../../support/tone.ts';
import { numberOf } from '../../support/numbers.ts';

const CALLEE = '+263771234567';
const { signal } = new AbortController();
let carrier: Carrier;
let callee: SipPhone;
let rig: TestRig;
let trunk: AriTrunk;

beforeAll(async () => {
  carrier = await startCarrier({ install: await ensureAsterisk({ clock, signal }), clock, signal });
  callee = await SipPhone.open({ clock, signal });
  await carrier.route(CALLEE, `${callee.host}:${callee.port}`);
  rig = await TestRig.start({ asterisk: { trunk: carrier.trunk() } });
  await carrier.registered({ signal });
  trunk = new AriTrunk({
    ...rig.rig.asterisk.ari,
    app: 'inzwa-test',
    endpoint: 'PJSIP/{number}@carrier',
    allowList: new AllowList(),
    clock,
    releaseMedia: () => Promise.resolve(),
    onTrouble: () => undefined,
  });
});
afterAll(async () => {
  await trunk[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
  await callee[Symbol.asyncDispose]();
  await carrier[Symbol.asyncDispose]();
});
afterEach(() => rig.expectNothingLeft());

const dial = (): Promise<DialResult> =>
  trunk.dial({ callId: randomUUID(), to: numberOf(CALLEE), ringSeconds: 10 }, { signal });

describe('a callee who answers', () => {
  it('and says nothing is greeted at once, asked whether they are there, and let go', async () => {
    callee.expect({ kind: 'answer', afterMs: 300 });
    const from = rig.events.length;
    expect((await dial()).outcome).toBe('answered');
    const incoming = await callee.waitForCall({ timeoutMs: 5_000 });
    const call = await incoming.answered;
    await call.waitUntilSpeaking({ timeoutMs: 2_000 });
    expect((await rig.event('answer-text', { from })).text).toMatch(/mafona kuKiriniki/);
    await rig.event('answer-text', { from, timeoutMs: 25_000, where: (event) => event.text === 'Muchiripo here?' });
    expect((await call.ended).by).toBe('agent');
    const { cause } = await rig.event('call-ended', { from, timeoutMs: 30_000 });
    expect(cause).toEqual({ result: 'caller', reason: 'silent' });
  }, 60_000);

  it('with a long message is not talked over: the greeting gives way, and an end is found', async () => {
    callee.expect({
      kind: 'answer',
      onAnswer: async (call) => {
        await call.say(tone(300, 6_000));
      },
    });
    const from = rig.events.length;
    expect((await dial()).outcome).toBe('answered');
    const incoming = await callee.waitForCall({ timeoutMs: 5_000 });
    const call = await incoming.answered;
    const bargeIn = await rig.event('barge-in', { from });
    const end = await rig.event('end-of-turn', { from, timeoutMs: 12_000 });
    expect(end.speechEndMs).toBeGreaterThan(5_000);
    expect(bargeIn.overlapMs).toBeLessThan(1_000);
    call.hangUp();
    await call.ended;
  }, 60_000);
});

describe('a callee who', () => {
  it.each([
    ['is busy', 486, 'busy'],
    ['rejects', 603, 'rejected'],
    ['does not exist', 404, 'invalid-number'],
    ['cannot be reached for want of lines', 503, 'congestion'],
  ] as const)('%s is told apart, and nothing is left of the call', async (_, status, outcome) => {
    callee.expect({ kind: 'reject', status });
    // This carrier knows no 603 towards us (it says 403): both are a rejection.
    expect((await dial()).outcome).toBe(outcome);
    await callee.waitForCall({ timeoutMs: 5_000 });
  });

  it('does not answer is given up after the time it may ring', async () => {
    callee.expect({ kind: 'ring' });
    const request = { callId: randomUUID(), to: numberOf(CALLEE), ringSeconds: 5 };
    expect((await trunk.dial(request, { signal })).outcome).toBe('no-answer');
    const incoming = await callee.waitForCall({ timeoutMs: 5_000 });
    await expect(incoming.answered).rejects.toThrow();
  }, 30_000);
});

describe.each(['PCMA', 'PCMU'] as const)('a callee whose carrier takes %s only', (codec) => {
  // Straight to the telephone, which is the carrier here: the other one speaks A-law alone.
  it('is understood, whatever number the first packet has, on a line that loses some', async () => {
    const line = { loss: { rate: 0.05, burstFrames: 1 }, seed: 11 };
    await using phone = await SipPhone.open({ clock, signal, host: '127.0.0.2', codecs: [codec], line });
    const host = `${phone.host}:${phone.port}`;
    await using own = await TestRig.start({ asterisk: { trunk: { kind: 'ip', host } } });
    await using way = new AriTrunk({
      ...own.rig.asterisk.ari,
      app: 'inzwa-test',
      endpoint: 'PJSIP/{number}@carrier',
      allowList: new AllowList(),
      clock,
      releaseMedia: () => Promise.resolve(),
      onTrouble: () => undefined,
    });
    phone.expect({ kind: 'answer' });
    for (let n = 0; n < 4; n++) {
      const from = own.events.length;
      const request = { callId: randomUUID(), to: numberOf(CALLEE), ringSeconds: 10 };
      expect((await way.dial(request, { signal })).outcome).toBe('answered');
      const call = await (await phone.waitForCall({ timeoutMs: 5_000 })).answered;
      expect(call.codec).toBe(codec);
      await call.waitUntilSpeaking({ timeoutMs: 3_000 });
      await call.say(tone(300, 2_000));
      await own.event('barge-in', { from });
      expect((await own.event('decision', { from })).source).toBe('card');
      call.hangUp();
      await call.ended;
      await own.event('call-ended', { from });
    }
  }, 90_000);
});
