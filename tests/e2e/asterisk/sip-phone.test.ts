/** Two telephones over real UDP, with nobody between them: what the unit tests say on a virtual network holds on a real one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { DialOptions } from '#telephony/phone/sip/outgoing-call.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { dtmfFrequencies } from '#telephony/signal/dtmf-tones.ts';
import { tone } from '../../support/tone.ts';
import { humsSomewhere as hums } from '../../support/tone-windows.ts';

const { signal } = new AbortController();
const rest = (ms: number): Promise<void> => clock.sleep(ms, { signal });

describe('two SIP telephones over UDP', () => {
  let caller: SipPhone;
  let callee: SipPhone;

  beforeEach(async () => {
    caller = await SipPhone.open({ signal });
    callee = await SipPhone.open({ signal });
  });

  afterEach(async () => {
    await Promise.all([caller[Symbol.asyncDispose](), callee[Symbol.asyncDispose]()]);
  });

  const dial = (over: Partial<DialOptions> = {}): Promise<SipPhoneCall> =>
    caller.call({
      target: { host: callee.host, port: callee.port, user: '101' },
      from: '0771000001',
      signal,
      ...over,
    });
  const dialled = async (over: Partial<DialOptions> = {}): Promise<{ call: SipPhoneCall; answering: SipPhoneCall }> => {
    const call = await dial(over);
    return { call, answering: await callee.incoming.at(-1)!.answered };
  };

  it('hear each other in time, and hang up from either side', async () => {
    callee.expect({ kind: 'answer', afterMs: 100 });
    const { call, answering } = await dialled();
    const { inviteAtMs, ringingAtMs, answeredAtMs } = call.progress;
    expect([ringingAtMs! >= inviteAtMs, answeredAtMs! - inviteAtMs >= 99]).toEqual([true, true]);
    // The machine is shared: what counts is that they can, not that nobody else was busy.
    const delays: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      const spoken = await call.say(tone(440, 120));
      await rest(150);
      delays.push(answering.heardSpeechAfter(spoken.startAtMs)! - spoken.firstVoicedAtMs);
    }
    // A frame is sent when it has been spoken, and the ear is honest to 5 ms.
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(15);
    expect(Math.min(...delays)).toBeLessThan(40);
    await answering.say(tone(700, 200));
    await rest(150);
    expect([hums(answering.recording().heard, 440), hums(call.recording().heard, 700)]).toEqual([true, true]);
    answering.hangUp({ q850: 16 });
    expect(await call.ended).toEqual({ by: 'agent', reason: 'BYE', details: { q850: 16 } });
    expect(await answering.ended).toMatchObject({ by: 'caller' });
    const again = await dialled();
    again.call.hangUp();
    expect(await again.answering.ended).toMatchObject({ by: 'agent', reason: 'BYE' });
  });

  it('are busy, cancel, and play before they answer', async () => {
    callee.expect(
      { kind: 'reject', status: 486, q850: 17 },
      { kind: 'ring' },
      { kind: 'early-media', pcm: tone(700, 300), next: { kind: 'reject', status: 480 } },
    );
    const busy = await dial().catch((error: unknown) => isInzwaError(error, 'INZWA_PHONE_REFUSED') && error.details);
    expect(busy).toMatchObject({ status: 486, q850: 17 });
    const giveUp = new AbortController();
    const cancelled = dial({ signal: giveUp.signal }).catch((error: unknown) => error);
    await rest(200);
    giveUp.abort(new Error('no patience'));
    expect(await cancelled).toEqual(new Error('no patience'));
    expect(callee.incoming[1]).toMatchObject({ progress: { finalStatus: 487 } });
    const early = await dial({ acceptsEarlyMedia: true });
    expect(await early.ended).toMatchObject({ details: { status: 480 } });
    expect(hums(early.recording().heard, 700)).toBe(true);
  });

  it('press keys by three ways', async () => {
    callee.expect({ kind: 'answer' });
    const { call, answering } = await dialled();
    await call.sendDigits('12', { onMs: 80, offMs: 60 });
    await call.sendDigits('3', { by: 'info' });
    await call.sendDigits('4', { by: 'inband', onMs: 200 });
    await rest(100);
    expect(answering.pressedKeys.map(({ digit, by }) => `${digit} ${by}`)).toEqual([
      '1 rfc4733',
      '2 rfc4733',
      '3 info',
    ]);
    const { lowHz, highHz } = dtmfFrequencies('4');
    const { heard } = answering.recording();
    expect([hums(heard, lowHz), hums(heard, highHz)]).toEqual([true, true]);
  });

  it('lose, delay and suppress what they were told to', async () => {
    callee.expect({ kind: 'answer' });
    const line = { loss: { rate: 0.1, burstFrames: 2 }, jitterMs: 30, seed: 3 };
    const bad = await dialled({ line });
    await bad.call.say(tone(440, 3_000));
    const { lost, reordered, packets } = bad.answering.rtpStats();
    expect(lost / (lost + packets)).toBeGreaterThan(0.03);
    expect(lost / (lost + packets)).toBeLessThan(0.2);
    expect(reordered).toBeGreaterThan(0);
    const quiet = await dialled({ line: { silenceSuppression: true } });
    await rest(500);
    await quiet.call.say(tone(440, 200));
    await rest(300);
    const marked = quiet.answering.packets.filter(({ marker }) => marker);
    expect(marked).toHaveLength(2);
    expect(quiet.answering.packets.length).toBeLessThan(22);
  });

  it('hold twenty calls at once, without losing a packet', async () => {
    callee.expect((invite) => ({
      kind: 'answer',
      onAnswer: (call) => call.say(tone(300 + 50 * Number(invite.from), 1_000)),
    }));
    const calls = await Promise.all(Array.from({ length: 20 }, (_, n) => dial({ from: String(n) })));
    await rest(1_500);
    calls.forEach((call, n) => {
      expect([n, call.rtpStats().lost, call.rtpStats().sources]).toEqual([n, 0, 1]);
      const { heard } = call.recording();
      expect([n, hums(heard, 300 + 50 * n), hums(heard, 300 + 50 * ((n + 7) % 20))]).toEqual([n, true, false]);
    });
    await Promise.all(calls.map((call) => call[Symbol.asyncDispose]()));
    const endings = await Promise.all(callee.incoming.map(({ call }) => call!.ended));
    expect(new Set(endings.map(({ by, reason }) => `${by} ${reason}`))).toEqual(new Set(['agent BYE']));
  });
});
