/** A caller asks for a person (key 0): the dialplan dials the hotline's human through the trunk. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { startCarrier, type Carrier } from '#src/cli/asterisk/carrier.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import { TestRig } from '../../support/asterisk-rig.ts';
import { hums, tone } from '../../support/tone.ts';

/** As the example hotline names it, in the form of the trunk. */
const HUMAN = '+263772003456';
const CALLER_HZ = 800;
const HUMAN_HZ = 1_100;

const { signal } = new AbortController();
let carrier: Carrier;
let human: SipPhone;
let rig: TestRig;

beforeAll(async () => {
  carrier = await startCarrier({ install: await ensureAsterisk({ clock, signal }), clock, signal });
  human = await SipPhone.open({ clock, signal });
  await carrier.route(HUMAN, `${human.host}:${human.port}`);
  rig = await TestRig.start({ asterisk: { trunk: carrier.trunk() } });
  await carrier.registered({ signal });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await human[Symbol.asyncDispose]();
  await carrier[Symbol.asyncDispose]();
});
afterEach(() => rig.expectNothingLeft());

describe('a caller who wants a person', () => {
  it('is put through, hears and is heard, and the hotline is out of it', async () => {
    human.expect({ kind: 'answer', afterMs: 300 });
    const { phone, callId } = await rig.call();
    await phone.sendDigits('0');
    const incoming = await human.waitForCall({ timeoutMs: 20_000 });
    expect(incoming.number).toBe(HUMAN);
    const person = await incoming.answered;
    const ended = await rig.event('call-ended', { where: (event) => event.callId === callId });
    expect(ended.cause).toEqual({ result: 'success', reason: 'transferred' });
    await Promise.all([phone.say(tone(CALLER_HZ, 1_000)), person.say(tone(HUMAN_HZ, 1_000))]);
    await rig.sleep(200);
    const heard = (call: typeof person): Int16Array => call.recording().heard.slice(-8_000);
    expect([hums(heard(person), CALLER_HZ), hums(heard(phone), HUMAN_HZ)]).toEqual([true, true]);
    expect(rig.events.filter((event) => event.kind === 'call-started').length).toBe(1);
    person.hangUp();
    expect((await phone.ended).by).toBe('agent');
  });

  it.each([
    ['is busy', { kind: 'reject', status: 486 }],
    ['rejects', { kind: 'reject', status: 603 }],
    ['is unknown to the carrier', { kind: 'reject', status: 404 }],
  ] as const)('is with the agent again, who says so, when the person %s', async (_, script) => {
    human.expect(script);
    const { phone } = await rig.call();
    const from = rig.events.length;
    await phone.sendDigits('0');
    await human.waitForCall({ timeoutMs: 20_000 });
    const back = await rig.event('answer-text', {
      from,
      timeoutMs: 20_000,
      where: (event) => event.text.startsWith('Ndine urombo, hapana munhu'),
    });
    expect(back.source).toBe('pack');
    // The conversation goes on: a question is answered.
    await rig.event('agent-said', { from: rig.events.indexOf(back) });
    const asked = rig.events.length;
    await phone.say(tone(CALLER_HZ, 800));
    expect((await rig.event('decision', { from: asked })).source).toBe('card');
    phone.hangUp();
    await phone.ended;
  });

  it('hangs up while it rings, and the person’s telephone stops ringing', async () => {
    human.expect({ kind: 'ring' });
    const { phone } = await rig.call();
    await phone.sendDigits('0');
    const incoming = await human.waitForCall({ timeoutMs: 20_000 });
    await rig.sleep(500);
    phone.hangUp();
    await phone.ended;
    await expect(incoming.answered).rejects.toThrow();
    expect(incoming.cancelledAtMs).toBeDefined();
  });
});
