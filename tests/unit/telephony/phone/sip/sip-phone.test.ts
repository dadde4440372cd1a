import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { hums, tone } from '../../../../support/tone.ts';
import { NUMBER, virtualPhones } from '../../../../support/virtual-phones.ts';

/** Code and details of an error of ours; the error itself when it is none. */
const why = (error: unknown): unknown => (isInzwaError(error) ? { code: error.code, ...error.details } : error);
const refusal = (placing: Promise<SipPhoneCall>): Promise<unknown> => placing.then(() => 'answered', why);

describe('a call from one SIP telephone to another', () => {
  it('rings, is answered, carries both voices at the right time, and ends', async () => {
    const phones = await virtualPhones();
    const { clock, network, callee } = phones;
    callee.expect({ kind: 'answer', afterMs: 500, onAnswer: (call) => call.say(tone(700, 200)) });
    const placing = phones.dial({
      displayName: 'Tariro "T" Moyo',
      headers: { 'P-Asserted-Identity': '<tel:+263771>' },
    });
    await clock.advance(600);
    const call = await placing;
    expect(call.progress).toEqual({ inviteAtMs: 0, ringingAtMs: 2, answeredAtMs: 502, finalStatus: 200 });
    const said = call.say(tone(440, 300));
    await clock.advance(1_000);
    const spoken = await said;
    const incoming = await callee.waitForCall({ timeoutMs: 1 });
    const answering = await incoming.answered;
    expect(incoming).toMatchObject({
      number: '101',
      from: NUMBER,
      displayName: 'Tariro "T" Moyo',
      assertedIdentity: '+263771',
    });
    // Spoken from t on, sent at t + 20, 1 ms on the wire, known to 5 ms.
    const heardAfterMs = answering.heardSpeechAfter(0)! - spoken.firstVoicedAtMs;
    expect(heardAfterMs).toBeGreaterThanOrEqual(16);
    expect(heardAfterMs).toBeLessThanOrEqual(26);
    expect(call.heardSpeechAfter(0)! - answering.startedAtMs).toBeLessThanOrEqual(26);
    expect([hums(call.recording().heard, 700), hums(call.recording().heard, 440)]).toEqual([true, false]);
    expect([hums(answering.recording().heard, 440), hums(call.recording().caller, 440)]).toEqual([true, true]);
    call.hangUp({ q850: 16 });
    await clock.advance(50);
    expect(await call.ended).toEqual({ by: 'caller', reason: 'hung up' });
    expect(await answering.ended).toEqual({ by: 'agent', reason: 'BYE', details: { q850: 16 } });
    await incoming.done;
    expect(network.sipLines).toEqual([
      ...['INVITE', '100 Trying', '180 Ringing', '200 OK', 'ACK'],
      ...['BYE', '200 OK'],
    ]);
    await phones.close();
    expect([network.openSockets, clock.pendingTimers]).toEqual([0, 0]);
  });

  it.each(['PCMA', 'PCMU'] as const)('speaks %s when the caller prefers it', async (codec) => {
    const phones = await virtualPhones();
    const { call, answering } = await phones.answered({
      dial: { codecs: codec === 'PCMA' ? ['PCMA'] : ['PCMU', 'PCMA'] },
    });
    const said = call.say(tone(440, 200, -20));
    await phones.clock.advance(400);
    await said;
    expect([call.codec, answering.codec]).toEqual([codec, codec]);
    expect(new Set(answering.packets.map(({ payloadType }) => payloadType))).toEqual(
      new Set([codec === 'PCMA' ? 8 : 0]),
    );
    const { heard } = answering.recording();
    const peak = Math.max(...heard);
    // G.711 keeps a level to a quarter of a dB.
    expect(20 * Math.log10(peak / 32_768)).toBeCloseTo(-17, 0);
    await phones.close();
  });

  it('is ended by the one who was called, and by both at once', async () => {
    const phones = await virtualPhones();
    const one = await phones.answered();
    one.answering.hangUp({ q850: 34 });
    await phones.clock.advance(50);
    expect(await one.call.ended).toEqual({ by: 'agent', reason: 'BYE', details: { q850: 34 } });
    expect(await one.answering.ended).toMatchObject({ by: 'caller' });
    const two = await phones.answered();
    two.call.hangUp();
    two.answering.hangUp();
    await phones.clock.advance(50);
    expect([(await two.call.ended).by, (await two.answering.ended).by]).toEqual(['caller', 'caller']);
    const late = await two.call.say(tone(440, 20)).catch(why);
    expect(late).toEqual({ code: 'INZWA_PHONE_CALL_OVER' });
    await phones.close();
  });

  it('stands although every second datagram of its signalling is lost', async () => {
    const phones = await virtualPhones();
    let sip = 0;
    phones.network.loses = ({ text }) => text.includes('SIP/2.0') && sip++ % 2 === 0;
    phones.callee.expect({ kind: 'answer', afterMs: 300 });
    const placing = phones.dial();
    await phones.clock.advance(4_000);
    const call = await placing;
    expect(phones.callee.incoming).toHaveLength(1);
    call.hangUp();
    await phones.clock.advance(4_000);
    expect(await phones.callee.incoming[0]!.call!.ended).toMatchObject({ by: 'agent', reason: 'BYE' });
    await phones.close();
  });

  it('does not wait for ever for a dead other side', async () => {
    const phones = await virtualPhones();
    const { call } = await phones.answered();
    phones.network.loses = () => true;
    call.hangUp();
    await phones.clock.advance(1_900);
    const early = await Promise.race([call.ended, Promise.resolve('not yet')]);
    await phones.clock.advance(200);
    expect([early, (await call.ended).by]).toEqual(['not yet', 'caller']);
    await phones.close();
    expect([phones.network.openSockets, phones.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('is one of twenty, each with its own voice', async () => {
    const phones = await virtualPhones();
    phones.callee.expect((invite) => ({
      kind: 'answer',
      onAnswer: (call) => call.say(tone(300 + 50 * Number(invite.from), 200)),
    }));
    const placing = Array.from({ length: 20 }, (_, n) => phones.dial({ from: String(n) }));
    await phones.clock.advance(600);
    const heard = (await Promise.all(placing)).map((call) => call.recording().heard);
    heard.forEach((pcm, n) => {
      expect([n, hums(pcm, 300 + 50 * n), hums(pcm, 300 + 50 * ((n + 7) % 20))]).toEqual([n, true, false]);
    });
    await phones.close();
    expect(phones.network.openSockets).toBe(0);
  });
});

describe('a call that is not taken', () => {
  it.each([
    [486, 17],
    [404, 1],
    [603, 21],
    [503, undefined],
    [480, undefined],
  ])('says with which status, and the cause if there is one: %d', async (status, q850) => {
    const phones = await virtualPhones();
    phones.callee.expect({ kind: 'reject', status, afterMs: 100, ...(q850 !== undefined && { q850 }) });
    const placing = phones.dial();
    await phones.clock.advance(200);
    expect(await refusal(placing)).toMatchObject({ code: 'INZWA_PHONE_REFUSED', status, q850 });
    const [incoming] = phones.callee.incoming;
    expect(incoming).toMatchObject({ progress: { finalStatus: status, ringingAtMs: 1 }, call: undefined });
    expect(await incoming!.answered.catch(why)).toMatchObject({ code: 'INZWA_PHONE_CALL_OVER' });
    await phones.close();
    expect([phones.network.openSockets, phones.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('is one to a telephone that nobody told what to do, or that has no codec in common', async () => {
    const phones = await virtualPhones({ callee: { codecs: ['PCMU'] } });
    const unexpected = phones.dial();
    await phones.clock.advance(50);
    expect(await refusal(unexpected)).toMatchObject({ code: 'INZWA_PHONE_REFUSED', status: 480 });
    phones.callee.expect({ kind: 'answer' });
    const alien = phones.dial({ codecs: ['PCMA'] });
    await phones.clock.advance(50);
    expect(await refusal(alien)).toMatchObject({ code: 'INZWA_PHONE_REFUSED', status: 488 });
    await phones.close();
    expect(phones.network.openSockets).toBe(0);
  });

  it('is one to nobody, after 32 s', async () => {
    const phones = await virtualPhones();
    const placing = phones.dial({ target: { host: '127.0.0.9', port: 9, user: '1' } });
    await phones.clock.advance(33_000);
    expect(await refusal(placing)).toMatchObject({ code: 'INZWA_PHONE_REFUSED', status: undefined });
    await phones.close();
    expect([phones.network.openSockets, phones.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('is cancelled while it rings', async () => {
    const phones = await virtualPhones();
    phones.callee.expect({ kind: 'ring' });
    const giveUp = new AbortController();
    const placing = phones.dial({ signal: giveUp.signal });
    await phones.clock.advance(5_000);
    giveUp.abort(new Error('no patience'));
    await phones.clock.advance(10);
    expect(await refusal(placing)).toEqual(new Error('no patience'));
    const [incoming] = phones.callee.incoming;
    expect(incoming).toMatchObject({ cancelledAtMs: 5_001, progress: { finalStatus: 487 } });
    await incoming!.done;
    expect(phones.network.sipLines.slice(3)).toEqual(['CANCEL', '200 OK', '487 Request Terminated', 'ACK']);
    await phones.close();
    expect([phones.network.openSockets, phones.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('is cancelled as soon as somebody has answered the INVITE at all', async () => {
    const phones = await virtualPhones();
    phones.callee.expect({ kind: 'ring' });
    const giveUp = new AbortController();
    let isDeaf = true;
    phones.network.loses = ({ text }) => isDeaf && text.startsWith('INVITE');
    const placing = phones.dial({ signal: giveUp.signal });
    await phones.clock.advance(100);
    giveUp.abort(new Error('no patience'));
    isDeaf = false;
    await phones.clock.advance(300);
    expect(phones.network.sipLines).toEqual(['INVITE']);
    await phones.clock.advance(300);
    expect(await refusal(placing)).toEqual(new Error('no patience'));
    expect(phones.callee.incoming[0]?.progress.finalStatus).toBe(487);
    await phones.close();
  });

  it('is hung up when the answer crosses the CANCEL', async () => {
    const phones = await virtualPhones();
    phones.network.delayMs = 10;
    phones.callee.expect({ kind: 'answer', afterMs: 100 });
    const giveUp = new AbortController();
    const placing = phones.dial({ signal: giveUp.signal });
    await phones.clock.advance(111);
    giveUp.abort(new Error('too late'));
    await phones.clock.advance(100);
    expect(await refusal(placing)).toEqual(new Error('too late'));
    expect(await phones.callee.incoming[0]!.call!.ended).toMatchObject({ by: 'agent', reason: 'BYE' });
    expect(phones.network.sipLines.filter((line) => line === 'BYE')).toHaveLength(1);
    await phones.close();
    expect(phones.network.openSockets).toBe(0);
  });

  it('is not placed at all when the signal was aborted before, or the telephone is closed', async () => {
    const phones = await virtualPhones();
    const aborted = AbortSignal.abort(new Error('never mind'));
    expect(await refusal(phones.dial({ signal: aborted }))).toEqual(new Error('never mind'));
    await phones.close();
    expect(await refusal(phones.dial())).toMatchObject({ code: 'INZWA_PHONE_REFUSED' });
    expect(phones.network.sipLines).toEqual([]);
    expect(phones.network.openSockets).toBe(0);
  });

  it('ends an answered call when the signal is aborted', async () => {
    const phones = await virtualPhones();
    const giveUp = new AbortController();
    const { call, answering } = await phones.answered({ dial: { signal: giveUp.signal } });
    giveUp.abort();
    await phones.clock.advance(20);
    expect([(await call.ended).by, (await answering.ended).reason]).toEqual(['caller', 'BYE']);
    await phones.close();
  });
});

describe('a telephone that is called', () => {
  it('goes through its scripts in order and stays with the last', async () => {
    const phones = await virtualPhones();
    phones.callee.expect({ kind: 'reject', status: 486 }, (invite) => ({
      kind: 'reject',
      status: Number(invite.from),
    }));
    const statuses: unknown[] = [];
    for (const from of ['404', '603', '503']) {
      const placing = phones.dial({ from });
      await phones.clock.advance(50);
      statuses.push(((await refusal(placing)) as { status: number }).status);
    }
    expect(statuses).toEqual([486, 603, 503]);
    await phones.close();
  });

  it('hands out each call once, those to come as well, and says when none comes', async () => {
    const phones = await virtualPhones();
    const waiting = [1, 2].map(() => phones.callee.waitForCall({ timeoutMs: 1_000 }));
    const failing = phones.callee.waitForCall({ timeoutMs: 1_000 }).catch(why);
    void phones.dial({ from: '1' });
    await phones.clock.advance(10);
    void phones.dial({ from: '2' });
    await phones.clock.advance(1_000);
    expect((await Promise.all(waiting)).map(({ from }) => from)).toEqual(['1', '2']);
    expect(await failing).toMatchObject({ code: 'INZWA_PHONE_TIMEOUT' });
    await phones.close();
  });

  it('hangs up and tells when its script fails, but not when only the call ended', async () => {
    const phones = await virtualPhones();
    const failing = await phones.answered({
      script: { kind: 'answer', onAnswer: () => Promise.reject(new Error('expected 5, got 4')) },
    });
    await phones.clock.advance(20);
    expect(await failing.incoming.done.catch(why)).toEqual(new Error('expected 5, got 4'));
    expect(await failing.call.ended).toMatchObject({ by: 'agent', reason: 'BYE' });
    const ended = await phones.answered({
      script: { kind: 'answer', onAnswer: (call) => call.say(tone(440, 60_000)) },
    });
    ended.call.hangUp();
    await phones.clock.advance(50);
    await ended.incoming.done;
    await phones.close();
  });

  it('declines when it hangs up before it has answered, and when it is closed while it rings', async () => {
    const phones = await virtualPhones();
    phones.callee.expect({ kind: 'early-media', pcm: tone(440, 5_000), next: { kind: 'ring' } }, { kind: 'ring' });
    const declined = phones.dial();
    await phones.clock.advance(50);
    phones.callee.incoming[0]!.call!.hangUp({ q850: 21 });
    await phones.clock.advance(50);
    expect(await refusal(declined)).toMatchObject({ code: 'INZWA_PHONE_REFUSED', status: 603, q850: 21 });
    const ringing = phones.dial();
    await phones.clock.advance(50);
    const closing = phones.callee[Symbol.asyncDispose]();
    await phones.clock.advance(50);
    await closing;
    await phones.close();
    expect(await refusal(ringing)).toMatchObject({ code: 'INZWA_PHONE_REFUSED', status: 480 });
    expect([phones.network.openSockets, phones.clock.pendingTimers]).toEqual([0, 0]);
  });
});
