/** A call over AudioSocket through the shipped dialplan: the id over HTTP, the conversation, the end, and who is refused. */
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '#src/cli/demo/child-service.ts';
import { TestRig } from '../../support/asterisk-rig.ts';
import { tone } from '../../support/tone.ts';

let rig: TestRig;
let port: number;
beforeAll(async () => {
  port = await freePort();
  rig = await TestRig.start({
    env: { INZWA_AUDIOSOCKET_PORT: String(port), INZWA_MAX_CALLS: '1' },
    asterisk: { dialplan: { INBOUND: 'inzwa-audiosocket', AUDIOSOCKET_ADDRESS: `127.0.0.1:${port}` } },
  });
});
afterAll(() => rig[Symbol.asyncDispose]());
afterEach(() => rig.expectNothingLeft());

describe('a call over AudioSocket', () => {
  it('is greeted, answered, interrupted and taken leave of', async () => {
    const { phone } = await rig.call();
    await phone.waitUntilSpeaking({ timeoutMs: 5_000 });
    await rig.event('agent-said');
    const asked = rig.events.length;
    await phone.say(tone(300, 800));
    expect((await rig.event('decision', { from: asked })).source).toBe('card');
    await phone.waitUntilSpeaking({ timeoutMs: 5_000 });
    await rig.sleep(1_000);
    const quiet = phone.waitUntilQuiet({ silentMs: 300, timeoutMs: 5_000 });
    const spoken = await phone.say(tone(300, 1_200));
    expect((await quiet) - spoken.firstVoicedAtMs).toBeLessThan(1_000);
    phone.hangUp();
    const ended = await rig.event('call-ended', { from: asked });
    expect(ended.cause).toEqual({ result: 'caller', reason: 'hung-up' });
  });

  it('that finds every line taken hears the apology, and the carrier 503', async () => {
    const { phone } = await rig.call();
    await expect(rig.dial()).rejects.toMatchObject({ details: { status: 503 } });
    phone.hangUp();
    await phone.ended;
  });

  it('cannot be made by whoever invents an id', async () => {
    const refused = await rig.count('inzwa_refused_total{code="INZWA_TOKEN_REFUSED"}');
    const socket = connect({ host: '127.0.0.1', port });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    socket.write(Buffer.concat([Buffer.from([0x01, 0, 16]), Buffer.alloc(16, 7)]));
    await closed;
    expect(await rig.count('inzwa_refused_total{code="INZWA_TOKEN_REFUSED"}')).toBe(refused + 1);
  });

  it.each([
    ['without credentials', {}, '?call=1.1', 401],
    ['for no channel', 'asterisk', '?call=a b', 400],
  ] as const)('gets no id %s', async (_, credentials, query, status) => {
    const headers: Record<string, string> =
      typeof credentials === 'string' ? { authorization: rig.rig.authorization } : {};
    const url = `${rig.rig.service().address.publicUrl}/asterisk/audiosocket${query}`;
    expect((await fetch(url, { headers })).status).toBe(status);
  });
});
