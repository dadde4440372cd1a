import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import type { TwilioPhoneCall } from '#telephony/phone/phone-call.ts';
import { startEchoService, type EchoService } from '../support/echo-service.ts';
import { closeCodeOf, mediaMessage, openSocket, signedForm, startMessage, tokenFor } from '../support/raw-caller.ts';
import { hums, tone } from '../support/tone.ts';

/** A busy machine is slow, not wrong. */
const PATIENCE = { timeout: 10_000 };

/**
 * Each kind of bad input comes while a second, well-behaved call is running: whatever happens to the first, the second
 * must get every one of its frames back.
 */
describe('what bad input gets', () => {
  let service: EchoService;
  let witness: TwilioPhoneCall;
  const placed: TwilioPhoneCall[] = [];
  let calls = 0;
  const nextSid = (): string => `CAraw${++calls}`;

  beforeAll(async () => {
    service = await startEchoService();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    witness = await service.placeCall();
    void witness.say(tone(440, 60_000)).catch(() => undefined);
    await witness.waitUntilSpeaking({ timeoutMs: 10_000 });
  });
  afterEach(async () => {
    for (const phone of placed.splice(0)) phone.hangUp();
    try {
      const before = witness.pacing.ticks;
      await vi.waitFor(() => {
        expect(witness.pacing.ticks).toBeGreaterThan(before + 5);
        // Every frame it sent has come back, but for what is on the way.
        expect(witness.pacing.ticks - 1 - witness.receivedFrames.length).toBeLessThanOrEqual(3);
        expect(hums(witness.recording().heard.slice(-1_600), 440)).toBe(true);
      }, PATIENCE);
    } finally {
      witness.hangUp();
    }
    expect((await witness.ended).by).toBe('caller');
    await vi.waitFor(() => expect(service.desk.liveCalls).toBe(0), PATIENCE);
  });

  const placeCall = async (): Promise<TwilioPhoneCall> => {
    const phone = await service.placeCall();
    placed.push(phone);
    return phone;
  };
  const counted = async (series: string, atLeast = 1): Promise<void> => {
    await vi.waitFor(async () => expect(await service.count(series)).toBeGreaterThanOrEqual(atLeast), {
      timeout: 2_000,
    });
  };
  const problem = (name: string): string => `inzwa_wire_problems_total{problem="${name}"}`;
  const refusedAs = (code: string): string => `inzwa_refused_total{code="${code}"}`;

  it.each([
    ['malformed JSON', '{"event":"media",', 'malformed-json'],
    ['JSON that is no object', '[1,2,3]', 'bad-message'],
    ['media without a payload', '{"event":"media","media":{}}', 'bad-message'],
    ['an unknown event', '{"event":"teapot"}', 'unknown-event'],
    ['an event named like a property of every object', '{"event":"constructor"}', 'unknown-event'],
    ['wrong base64', mediaMessage('!!!!'), 'bad-base64'],
    ['a second start', startMessage('CAother', 'x'), 'second-start'],
    ['another stream', '{"event":"stop","streamSid":"MZother"}', 'wrong-stream'],
    ['a mark that was never sent', '{"event":"mark","mark":{"name":"99:x"}}', 'unknown-mark'],
  ])('%s is counted, and its call goes on', async (_, text, name) => {
    const phone = await placeCall();
    const before = await service.count(problem(name));
    phone.sendRaw(text);
    await counted(problem(name), before + 1);
    await phone.say(tone(700, 200));
    await phone.waitUntilQuiet({ silentMs: 100, timeoutMs: 10_000 });
    expect(hums(phone.recording().heard, 700)).toBe(true);
  });

  it('nonsense without end ends its call', async () => {
    const phone = await placeCall();
    for (let i = 0; i < 300; i++) phone.sendRaw('nonsense');
    expect(await phone.ended).toEqual({ by: 'agent', reason: 'closed 1008' });
    await counted(problem('too-many-problems'));
  });

  it('a message of 10 MB closes its socket', async () => {
    const phone = await placeCall();
    phone.sendRaw('x'.repeat(10 * 1_024 * 1_024));
    expect((await phone.ended).by).not.toBe('caller');
    await counted(problem('too-large'));
  });

  it('audio far beyond real time is taken for two seconds and dropped beyond', async () => {
    const phone = await placeCall();
    const frame = mediaMessage(Buffer.alloc(160, 0xff).toString('base64'));
    for (let i = 0; i < 400; i++) phone.sendRaw(frame);
    // 400 frames less the 100 of two seconds; the telephone’s own frames, for which there is no room either, add a few.
    await counted(problem('flood'), 200);
    expect(await service.count(problem('flood'))).toBeLessThanOrEqual(340);
  });

  it('no audio at all is a call like any other', async () => {
    const sid = nextSid();
    const ws = await openSocket(service);
    ws.send(startMessage(sid, await tokenFor(service, sid)));
    await vi.waitFor(() => expect(service.desk.liveCalls).toBe(2), PATIENCE);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(service.desk.liveCalls).toBe(2);
    ws.close();
  });

  it('a hundred keys at once: twenty are heard', async () => {
    const phone = await placeCall();
    const before = await service.count(problem('dtmf-flood'));
    for (let i = 0; i < 100; i++) phone.sendRaw('{"event":"dtmf","dtmf":{"digit":"1"}}');
    await counted(problem('dtmf-flood'), before + 60);
  });

  it('frames and binary before start are counted and the call still begins', async () => {
    const sid = nextSid();
    const ws = await openSocket(service);
    ws.send(mediaMessage('////'));
    ws.send(Buffer.alloc(160));
    ws.send(startMessage(sid, await tokenFor(service, sid)));
    await vi.waitFor(() => expect(service.desk.liveCalls).toBe(2), PATIENCE);
    await counted(problem('before-start'));
    await counted(problem('binary-message'));
    ws.close();
  });

  it('an invented token is refused', async () => {
    const ws = await openSocket(service);
    ws.send(startMessage(nextSid(), 'invented'));
    expect(await closeCodeOf(ws)).toBe(1008);
    await counted(refusedAs('INZWA_TOKEN_REFUSED'));
  });

  it('a token is good once, and for its own call', async () => {
    const sid = nextSid();
    const token = await tokenFor(service, sid);
    const first = await openSocket(service);
    first.send(startMessage(sid, token));
    await vi.waitFor(() => expect(service.desk.liveCalls).toBe(2), PATIENCE);
    const replayed = await openSocket(service);
    replayed.send(startMessage(sid, token));
    expect(await closeCodeOf(replayed)).toBe(1008);
    const other = await openSocket(service);
    other.send(startMessage(nextSid(), await tokenFor(service, nextSid())));
    expect(await closeCodeOf(other)).toBe(1008);
    expect(service.desk.liveCalls).toBe(2);
    first.close();
  });

  it('a format we do not speak is refused', async () => {
    const sid = nextSid();
    const ws = await openSocket(service);
    ws.send(startMessage(sid, await tokenFor(service, sid), { encoding: 'audio/l16' }));
    expect(await closeCodeOf(ws)).toBe(1003);
  });

  it('a forged webhook signature is refused with a code', async () => {
    const forging = service.placeCall({ authToken: 'ffffffffffffffffffffffffffffffff' });
    const error: unknown = await forging.catch((reason: unknown) => reason);
    expect(isInzwaError(error, 'INZWA_PHONE_REFUSED') && error.details['status']).toBe(403);
    const changed = signedForm('/twilio/voice', { CallSid: 'CA1' });
    const response = await fetch(`${service.origin}/twilio/voice`, { method: 'POST', ...changed, body: 'CallSid=CA2' });
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'INZWA_SIGNATURE_REFUSED' }]);
  });

  it.each([
    ['a forged', 'Zm9yZ2Vk'],
    ['no', ''],
  ])('%s upgrade signature is refused', async (_, signature) => {
    await expect(openSocket(service, signature)).rejects.toThrow('403');
    await counted(refusedAs('INZWA_SIGNATURE_REFUSED'));
  });

  it('a socket that dies ends its call only', async () => {
    const sid = nextSid();
    const ws = await openSocket(service);
    ws.send(startMessage(sid, await tokenFor(service, sid)));
    await vi.waitFor(() => expect(service.desk.liveCalls).toBe(2), PATIENCE);
    ws.terminate();
    await counted('inzwa_calls_total{result="upstream",reason="socket-lost"}');
  });
});
