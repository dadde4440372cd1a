import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import type { HeardFrame } from '#telephony/phone/phone-call.ts';
import type { TwilioMediaLeg } from '#telephony/twilio/media-leg.ts';
import type { LineProfile } from '#telephony/phone/line-profile.ts';
import { linkedCall, type LinkedCall } from '../../../support/linked-call.ts';
import { framesOf, hums, tone } from '../../../support/tone.ts';
import { settle, VirtualClock } from '../../../support/virtual-clock.ts';

async function connected(
  line?: LineProfile,
): Promise<Omit<LinkedCall, 'leg'> & { clock: VirtualClock; leg: TwilioMediaLeg }> {
  const clock = new VirtualClock();
  const call = linkedCall(clock, line ? { line } : {});
  await settle();
  await clock.advance(0);
  return { ...call, clock, leg: await call.leg };
}

describe('WirePhone speaks', () => {
  it('a frame every 20 ms from the start on, whether it has something to say or not', async () => {
    const { clock, phone, leg } = await connected();
    const heard: { atMs: number; peak: number }[] = [];
    leg.attach((event) => {
      if (event.kind === 'frame') heard.push({ atMs: clock.nowMs(), peak: Math.max(...event.pcm) });
    });
    await clock.advance(100);
    const saying = phone.say(tone(440, 60));
    await clock.advance(100);
    expect(heard.map(({ atMs }) => atMs)).toEqual([20, 40, 60, 80, 100, 120, 140, 160, 180, 200]);
    expect(heard.map(({ peak }) => peak > 1_000)).toEqual([
      ...[false, false, false, false, false],
      ...[true, true, true, false, false],
    ]);
    // The first tone frame is sent at 120 and was spoken in [100, 120).
    expect(await saying).toEqual({ startAtMs: 100, endAtMs: 160, firstVoicedAtMs: 100, lastVoicedAtMs: 160 });
    expect(hums(phone.recording().caller.slice(800, 1_280), 440)).toBe(true);
  });

  it('one utterance after the other, sample by sample, and says where the voice was', async () => {
    const { clock, phone } = await connected();
    const padded = new Int16Array(800);
    padded.set(tone(440, 50), 200);
    const [first, second] = [phone.say(padded), phone.say(tone(700, 10))];
    await clock.advance(200);
    expect(await first).toEqual({ startAtMs: 0, endAtMs: 100, firstVoicedAtMs: 25, lastVoicedAtMs: 75 });
    expect(await second).toMatchObject({ startAtMs: 100, endAtMs: 110 });
    const silent = phone.say(new Int16Array(160));
    await clock.advance(100);
    const { startAtMs, endAtMs, firstVoicedAtMs, lastVoicedAtMs } = await silent;
    expect([firstVoicedAtMs, lastVoicedAtMs]).toEqual([startAtMs, endAtMs]);
  });

  it('over noise, and with frames lost so that the gap can be seen', async () => {
    const { clock, phone, leg } = await connected({ noiseDbfs: -65, loss: { rate: 0.1, burstFrames: 2 }, seed: 7 });
    let [frames, gap] = [0, 0];
    leg.attach((event) => {
      if (event.kind === 'frame' && event.isConcealed) gap++;
      else if (event.kind === 'frame') frames++;
      if (event.kind === 'gap') gap += event.samples / 160;
    });
    await clock.advance(60_000);
    // A gap at the very end is not known yet.
    expect(3_000 - frames - gap).toBeLessThanOrEqual(5);
    expect(gap).toBeGreaterThan(200);
    expect(gap).toBeLessThan(400);
    const { caller } = phone.recording();
    const rms = Math.sqrt(caller.reduce((sum, sample) => sum + sample ** 2, 0) / caller.length);
    expect(20 * Math.log10(rms / 32_768)).toBeCloseTo(-65, 0);
  });

  it('digits, 100 ms apart', async () => {
    const { clock, phone, leg } = await connected();
    const pressed: string[] = [];
    leg.attach((event) => {
      if (event.kind === 'dtmf') pressed.push(`${event.digit}@${clock.nowMs()}`);
    });
    const sending = phone.sendDigits('1#2');
    await clock.advance(150);
    phone.hangUp();
    await sending;
    await clock.advance(500);
    expect(pressed).toEqual(['1@0', '#@100']);
  });
});

describe('WirePhone hears', () => {
  it('in real time what came at once, and knows when it began and ended', async () => {
    const { clock, phone, leg } = await connected();
    const listened: (HeardFrame & { pcm: never })[] = [];
    const stop = phone.onHeard(({ atMs, isSilent }) => listened.push({ atMs, isSilent } as never));
    await clock.advance(105);
    const [speaking, quiet] = [
      phone.waitUntilSpeaking({ timeoutMs: 1_000 }),
      phone.waitUntilQuiet({ silentMs: 100, timeoutMs: 2_000 }),
    ];
    for (const frame of framesOf(tone(600, 400))) leg.send(frame);
    await clock.advance(700);
    expect(await speaking).toBe(120);
    expect(phone.heardSpeechAfter(0)).toBe(120);
    expect(phone.heardSpeechAfter(300)).toBe(300);
    expect(phone.heardSpeechAfter(520)).toBeUndefined();
    // The silence of [105, 120) was too short.
    expect(await quiet).toBe(520);
    expect(phone.receivedFrames).toHaveLength(20);
    expect(listened.filter(({ isSilent }) => !isSilent).map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 20 }, (_, n) => 120 + n * 20),
    );
    stop();
    const heardBefore = listened.length;
    await clock.advance(100);
    expect(listened).toHaveLength(heardBefore);
  });

  it('nothing more of what was cleared, and returns its marks as cleared', async () => {
    const { clock, phone, leg } = await connected();
    for (const frame of framesOf(tone(600, 400))) leg.send(frame);
    leg.mark('unheard');
    await clock.advance(200);
    void leg.clear();
    leg.mark('heard');
    await clock.advance(200);
    expect(phone.clears).toEqual([{ atMs: 200 }]);
    expect(phone.marks.map(({ name, wasCleared }) => [name, wasCleared])).toEqual([
      ['1:unheard', true],
      ['2:heard', false],
    ]);
    expect(phone.heardSpeechAfter(220)).toBeUndefined();
    const { caller, heard, startedAtMs } = phone.recording();
    expect([caller.length, startedAtMs]).toEqual([heard.length, 0]);
  });

  it('says when what it waits for does not come', async () => {
    const { clock, phone } = await connected();
    const waiting = phone.waitUntilSpeaking({ timeoutMs: 500 }).catch((error: unknown) => error);
    await clock.advance(520);
    expect(isInzwaError(await waiting, 'INZWA_PHONE_TIMEOUT')).toBe(true);
  });
});

describe('WirePhone ends', () => {
  it('with everything that still waits rejected', async () => {
    const { clock, phone, leg } = await connected();
    const code = (error: unknown): unknown => (isInzwaError(error) ? error.code : error);
    const waiting = [phone.say(tone(440, 1_000)), phone.waitUntilSpeaking({ timeoutMs: 5_000 })].map((each) =>
      each.catch(code),
    );
    void leg.hangUp({ result: 'success', reason: 'goodbye' });
    await clock.advance(20);
    expect(await phone.ended).toEqual({ by: 'agent', reason: 'closed 1000' });
    waiting.push(phone.say(tone(440, 20)).catch(code), phone.waitUntilQuiet({ silentMs: 1, timeoutMs: 1 }).catch(code));
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['INZWA_PHONE_CALL_OVER']));
    phone.hangUp();
    await phone[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['text that is no JSON', 'nonsense'],
    ['an event Twilio does not know', '{"event":"stop","streamSid":"MZ00000000000000000000000000000001"}'],
    ['another stream', '{"event":"clear","streamSid":"MZ2"}'],
    ['wrong base64', '{"event":"media","streamSid":"MZ00000000000000000000000000000001","media":{"payload":"!"}}'],
  ])('as Twilio would when the agent sends %s', async (_, text) => {
    const { clock, phone, legSocket } = await connected();
    legSocket.send(text);
    await clock.advance(20);
    expect((await phone.ended).reason).toContain('31924');
  });

  it.each([
    ['binary', 'receiveBinary', 'agent'],
    ['a huge message', 'receiveTooLarge', 'agent'],
    ['nothing but a dead line', 'terminate', 'network'],
  ] as const)('when the agent sends %s', async (_, what, by) => {
    const { clock, phone, legSocket } = await connected();
    if (what === 'terminate') legSocket.terminate();
    else legSocket.peer?.[what](new Uint8Array(3));
    await clock.advance(20);
    expect((await phone.ended).by).toBe(by);
  });

  it('by its own hand, and tells the agent', async () => {
    const { clock, phone, leg } = await connected();
    const endings: unknown[] = [];
    leg.attach((event) => {
      if (event.kind === 'ended') endings.push(event.cause);
    });
    phone.hangUp();
    await clock.advance(20);
    expect(endings).toEqual([{ result: 'caller', reason: 'hung-up' }]);
    expect((await phone.ended).by).toBe('caller');
    expect(phone.pacing).toMatchObject({ lateTicks: 0 });
  });
});
