import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEchoService, type EchoService } from '../support/echo-service.ts';
import { ComfortNoise } from '#telephony/signal/comfort-noise.ts';
import { hums, tone } from '../support/tone.ts';

describe('a call over real sockets', () => {
  let service: EchoService;
  beforeAll(async () => {
    service = await startEchoService();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  it('says back what it hears, at once, and keeps time', async () => {
    const phone = await service.placeCall();
    const speaking = phone.waitUntilSpeaking({ timeoutMs: 2_000 });
    const spoken = await phone.say(tone(440, 1_000));
    const heardAtMs = await speaking;
    // Spoken in [t, t+20), sent at t+20, heard from the next tick on.
    expect(heardAtMs - spoken.firstVoicedAtMs).toBeGreaterThanOrEqual(20);
    expect(heardAtMs - spoken.firstVoicedAtMs).toBeLessThan(100);
    const quietSinceMs = await phone.waitUntilQuiet({ silentMs: 200, timeoutMs: 2_000 });
    expect(quietSinceMs - heardAtMs).toBeGreaterThan(950);
    phone.hangUp();
    expect(await phone.ended).toEqual({ by: 'caller', reason: 'hung up' });
    const { caller, heard } = phone.recording();
    expect(heard.length).toBe(caller.length);
    expect(hums(heard, 440)).toBe(true);
    expect(hums(heard, 700)).toBe(false);
  });

  it('is hung up by the agent', async () => {
    const phone = await service.placeCall();
    await phone.sendDigits('#');
    expect(await phone.ended).toEqual({ by: 'agent', reason: 'closed 1000' });
    await vi.waitFor(async () => {
      expect(await service.count('inzwa_calls_total{result="success",reason="goodbye"}')).toBe(1);
    });
  });

  it('keeps callers apart', async () => {
    const [one, two] = await Promise.all([service.placeCall(), service.placeCall()]);
    await Promise.all([one.say(tone(440, 500)), two.say(tone(700, 500))]);
    await Promise.all([one, two].map((phone) => phone.waitUntilQuiet({ silentMs: 100, timeoutMs: 2_000 })));
    expect([440, 700].map((hz) => hums(one.recording().heard, hz))).toEqual([true, false]);
    expect([440, 700].map((hz) => hums(two.recording().heard, hz))).toEqual([false, true]);
    one.hangUp();
    two.hangUp();
  });

  it('writes no number and no token into its log', () => {
    const log = service.logLines.join('');
    expect(log).toContain('call ended');
    expect(log).not.toMatch(/26377|26324|token"/);
  });
});

describe('a quiet call over real sockets', () => {
  it('is never dead, and silent to whoever measures by level', async () => {
    await using service = await startEchoService({
      startConversation: (leg) =>
        new Promise((resolve) => leg.attach((event) => event.kind === 'ended' && resolve(event.cause))),
      filler: () => {
        const noise = new ComfortNoise();
        return (out) => noise.fill(out);
      },
    });
    const phone = await service.placeCall();
    const quietSinceMs = await phone.waitUntilQuiet({ silentMs: 2_000, timeoutMs: 4_000 });
    expect(quietSinceMs).toBeGreaterThan(0);
    phone.hangUp();
    await phone.ended;
    const { heard } = phone.recording();
    const dead = Array.from({ length: Math.floor(heard.length / 160) }, (_, n) =>
      heard.subarray(n * 160, (n + 1) * 160).every((sample) => sample === 0),
    );
    // A machine that stands still for 40 ms and more makes a hole now and then.
    expect(dead.slice(5).filter(Boolean).length).toBeLessThanOrEqual(5);
    expect(phone.heardSpeechAfter(0)).toBeUndefined();
    expect(await service.count('inzwa_wire_problems_total{problem="unknown-mark"}')).toBe(0);
  });
});
