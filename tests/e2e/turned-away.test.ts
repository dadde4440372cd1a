/** Callers for whom there is no room, over real sockets: what they hear, and that the calls that run notice nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock as clock } from '#kernel/clock.ts';
import { phrase } from '#pipeline/dialogue/hotline.ts';
import { loadHotline } from '#prompts/load.ts';
import { ChildService } from '#src/cli/demo/child-service.ts';
import { STUB_VOICE_HZ, stubVoiceMs } from '#src/cli/bench/stub/stub-engines.ts';
import type { TwilioPhoneCall } from '#telephony/phone/phone-call.ts';
import { placeCall } from '#telephony/phone/twilio-phone.ts';
import { hums } from '../support/tone.ts';

const STUB_SERVICE = fileURLToPath(new URL('../../src/cli/bench/stub/stub-service.ts', import.meta.url));
const { signal } = new AbortController();

let service: ChildService;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'models-'));
  const env = { INZWA_MAX_CALLS: '1', INZWA_MODELS_DIR: folder, INZWA_LOG_LEVEL: 'info' };
  service = await ChildService.start({ clock, signal, env, command: [STUB_SERVICE] });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const call = (): Promise<TwilioPhoneCall> =>
  placeCall({ ...service.address, from: '+263770000001', to: '+263770000002', clock, signal });

async function metric(line: string): Promise<boolean> {
  const text = await (await fetch(`${service.address.publicUrl}/metrics`)).text();
  return text.split('\n').includes(line);
}

describe('a caller for whom there is no room', () => {
  it('hears a sentence of ours to its end and is hung up on, while the first call goes on', async () => {
    await using first = await call();
    await first.waitUntilSpeaking({ timeoutMs: 10_000 });
    const second = await call();
    await second.waitUntilSpeaking({ timeoutMs: 10_000 });
    expect((await second.ended).by).toBe('agent');
    const { heard } = second.recording();
    expect(hums(heard, STUB_VOICE_HZ)).toBe(true);
    const words = loadHotline('kiriniki').pack.language.speakable(phrase(loadHotline('kiriniki'), 'busy'));
    expect(second.receivedFrames.filter(({ isSilent }) => !isSilent).length * 20).toBeGreaterThan(
      0.8 * stubVoiceMs(words),
    );
    expect(await metric('inzwa_calls_active 1')).toBe(true);
    expect(await metric('inzwa_refused_total{code="INZWA_CALL_REFUSED"} 1')).toBe(true);
    first.hangUp();
    await first.ended;
  });

  it('is taken when the line is free again', async () => {
    await expect.poll(() => metric('inzwa_calls_active 0'), { timeout: 10_000 }).toBe(true);
    await using again = await call();
    await again.waitUntilSpeaking({ timeoutMs: 10_000 });
    expect(await metric('inzwa_calls_active 1')).toBe(true);
  });
});
