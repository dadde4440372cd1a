import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { dtmfFrequencies } from '#telephony/signal/dtmf-tones.ts';
import { hums, tone } from '../../../../support/tone.ts';
import { virtualPhones } from '../../../../support/virtual-phones.ts';

/** Code and details of an error of ours; the error itself when it is none. */
const why = (error: unknown): unknown => (isInzwaError(error) ? { code: error.code, ...error.details } : error);

describe('early media', () => {
  it('is heard before the answer, by who asked for it also before the call is theirs', async () => {
    const phones = await virtualPhones();
    phones.callee.expect({ kind: 'early-media', pcm: tone(700, 400), next: { kind: 'answer', afterMs: 100 } });
    const placing = phones.dial({ acceptsEarlyMedia: true });
    await phones.clock.advance(20);
    const call = await placing;
    expect(call.progress).toMatchObject({ answeredAtMs: undefined, finalStatus: undefined });
    let isAnswered = false;
    void call.answered.then(() => (isAnswered = true));
    await phones.clock.advance(400);
    expect([isAnswered, hums(call.recording().heard, 700)]).toEqual([false, true]);
    await phones.clock.advance(200);
    expect([isAnswered, call.progress.finalStatus]).toEqual([true, 200]);
    expect(call.rtpStats().sources).toBe(1);
    await phones.close();
  });

  it('is in the recording of who only waited for the answer', async () => {
    const phones = await virtualPhones();
    phones.callee.expect({ kind: 'early-media', pcm: tone(700, 400), next: { kind: 'answer' } });
    const placing = phones.dial();
    await phones.clock.advance(1_000);
    const call = await placing;
    expect(call.progress.answeredAtMs).toBeGreaterThan(400);
    expect(hums(call.recording().heard, 700)).toBe(true);
    await phones.close();
  });

  it('may be all there is', async () => {
    const phones = await virtualPhones();
    phones.callee.expect({ kind: 'early-media', pcm: tone(700, 300), next: { kind: 'reject', status: 480, q850: 20 } });
    const placing = phones.dial({ acceptsEarlyMedia: true });
    await phones.clock.advance(20);
    const call = await placing;
    await phones.clock.advance(400);
    expect(await call.answered.catch(why)).toMatchObject({ code: 'INZWA_PHONE_REFUSED', status: 480, q850: 20 });
    expect(await call.ended).toMatchObject({ by: 'agent', details: { status: 480, q850: 20 } });
    await phones.close();
    expect([phones.network.openSockets, phones.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('ends with a CANCEL when its listener hangs up', async () => {
    const phones = await virtualPhones();
    phones.callee.expect({ kind: 'early-media', pcm: tone(700, 3_000), next: { kind: 'ring' } });
    const placing = phones.dial({ acceptsEarlyMedia: true });
    await phones.clock.advance(20);
    const call = await placing;
    call.hangUp();
    await phones.clock.advance(20);
    expect(await call.ended).toMatchObject({ by: 'caller' });
    expect(await phones.callee.incoming[0]!.call!.ended).toEqual({
      by: 'agent',
      reason: 'CANCEL',
      details: { status: 487 },
    });
    await phones.callee.incoming[0]!.done;
    await phones.close();
    expect([phones.network.openSockets, phones.clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe('keys', () => {
  it('reach the other side as RTP events and by INFO, and as tones in its recording', async () => {
    const phones = await virtualPhones();
    const { call, answering } = await phones.answered();
    const pressing = call.sendDigits('1#', { onMs: 100, offMs: 60 });
    await phones.clock.advance(400);
    await pressing;
    const telling = answering.sendDigits('9', { by: 'info', onMs: 160 });
    await phones.clock.advance(400);
    await telling;
    const sounding = call.sendDigits('5', { by: 'inband' });
    await phones.clock.advance(400);
    await sounding;
    expect(answering.pressedKeys.map(({ digit, durationMs, by }) => [digit, durationMs, by])).toEqual([
      ['1', 100, 'rfc4733'],
      ['#', 100, 'rfc4733'],
    ]);
    expect(call.pressedKeys).toMatchObject([{ digit: '9', durationMs: 160, by: 'info' }]);
    const { lowHz, highHz } = dtmfFrequencies('5');
    const { heard } = answering.recording();
    expect([hums(heard, lowHz), hums(heard, highHz), hums(heard, 697)]).toEqual([true, true, false]);
    // No sound beside an event: the packets stand in for it.
    const events = answering.packets.filter(({ payloadType }) => payloadType === 101);
    expect(events).toHaveLength(2 * 7);
    expect(answering.rtpStats()).toMatchObject({ lost: 0, sources: 1 });
    await phones.close();
  });

  it('are let go of quietly when the call ends, whichever way they are sent', async () => {
    const phones = await virtualPhones();
    const { call } = await phones.answered();
    const pressing = (['rfc4733', 'info', 'inband'] as const).map((by) => call.sendDigits('123456', { by }));
    await phones.clock.advance(250);
    call.hangUp();
    await phones.clock.advance(50);
    await Promise.all(pressing);
    await call.sendDigits('1');
    await expect(call.sendDigits('x')).rejects.toThrow(RangeError);
    await phones.close();
  });
});

describe('a line', () => {
  it('sends nothing after 60 ms of silence, and marks the packet with which it begins again', async () => {
    const phones = await virtualPhones({ caller: { line: { silenceSuppression: true, noiseDbfs: -65 } } });
    const { call, answering } = await phones.answered();
    await phones.clock.advance(500);
    const said = call.say(tone(440, 100));
    await phones.clock.advance(1_000);
    await said;
    expect(answering.packets.map(({ marker }) => marker)).toEqual([
      ...[true, false, false],
      ...[true, false, false, false, false, false, false, false],
    ]);
    const [, , last, resumed] = answering.packets;
    expect(resumed!.sequence - last!.sequence).toBe(1);
    expect((resumed!.timestamp - last!.timestamp) / 8).toBeCloseTo(resumed!.atMs - last!.atMs, 0);
    expect(answering.rtpStats()).toMatchObject({ lost: 0 });
    await phones.close();
  });

  it('loses packets in bursts, and the other side can count them', async () => {
    const phones = await virtualPhones();
    const line = { loss: { rate: 0.1, burstFrames: 3 }, seed: 11 };
    const { call, answering } = await phones.answered({ dial: { line } });
    await phones.clock.advance(20_000);
    const { lost, packets } = answering.rtpStats();
    expect(lost / (lost + packets)).toBeGreaterThan(0.05);
    expect(lost / (lost + packets)).toBeLessThan(0.16);
    expect(call.sentPackets.length - packets).toBeLessThanOrEqual(1);
    await phones.close();
  });

  it('holds packets back at random, so that they overtake each other, the same way for the same seed', async () => {
    const arrivals: number[][] = [];
    for (let round = 0; round < 2; round++) {
      const phones = await virtualPhones();
      const { call, answering } = await phones.answered({ dial: { line: { jitterMs: 50, seed: 5 } } });
      const said = call.say(tone(440, 1_500));
      await phones.clock.advance(2_000);
      await said;
      expect(answering.rtpStats()).toMatchObject({ lost: 0, duplicates: 0 });
      expect(answering.rtpStats().reordered).toBeGreaterThan(5);
      expect(hums(answering.recording().heard, 440)).toBe(true);
      arrivals.push(answering.packets.map(({ atMs }) => atMs - answering.startedAtMs));
      await phones.close();
      expect([phones.network.openSockets, phones.clock.pendingTimers]).toEqual([0, 0]);
    }
    expect(arrivals[0]).toEqual(arrivals[1]);
  });

  it('dies without a BYE when it is told to', async () => {
    const phones = await virtualPhones();
    const { call, answering } = await phones.answered();
    await phones.clock.advance(100);
    call.stopRtp();
    const before = answering.packets.length;
    const quiet = answering.waitUntilQuiet({ silentMs: 400, timeoutMs: 1_000 });
    await phones.clock.advance(500);
    await quiet;
    expect(answering.packets.length - before).toBeLessThanOrEqual(1);
    expect(phones.network.sipLines).not.toContain('BYE');
    expect(await Promise.race([call.ended, Promise.resolve('goes on')])).toBe('goes on');
    await phones.close();
  });
});
