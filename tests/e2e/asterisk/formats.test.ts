/** What the dialplan's c(...) and the caller's codec make of a sound, both ways: nothing that can be heard. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { narrowband } from '#pipeline/audio/narrowband-leg.ts';
import type { CallLeg } from '#pipeline/ports.ts';
import { startPrivateAsterisk, type PrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { openAsteriskLeg } from '#telephony/asterisk/start-gate.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import { LAWS, type SipCodec } from '#telephony/phone/sip/sdp.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { wsMediaSocket } from '#telephony/wire/ws-media-socket.ts';
import { PATIENCE_MS, TestRig } from '../../support/asterisk-rig.ts';
import { startMediaServer, type MediaServer } from '../../support/media-server.ts';
import { framesOf, tone, toneLevelDbfs } from '../../support/tone.ts';
import { levelOf, WireTap } from '../../support/wire-tap.ts';

const CODECS: readonly SipCodec[] = ['PCMA', 'PCMU'];
const [CALLER_HZ, AGENT_HZ] = [1_000, 600];
const LEVEL_DBFS = -15;
/** G.711 has 38 dB of signal to noise; two laws behind one another, and a resampler, cost a little. */
const DISTORTION_DB = 33;

const { signal } = new AbortController();

/** The tone as loud as it was, and next to nothing besides it, in the loud half second at the middle. */
function expectClean(pcm: Int16Array, hz: number): void {
  const loud = framesOf(pcm).filter((frame) => levelOf(frame) > LEVEL_DBFS - 3);
  expect(loud.length).toBeGreaterThan(60);
  const middle = Int16Array.from(loud.slice(20, 45).flatMap((frame) => [...frame]));
  const levelDbfs = toneLevelDbfs(middle, hz);
  expect(Math.abs(levelDbfs - LEVEL_DBFS)).toBeLessThan(0.5);
  const rest = 10 ** (levelOf(middle) / 10) - 10 ** (levelDbfs / 10);
  expect(10 * Math.log10(Math.max(rest, 1e-12))).toBeLessThan(LEVEL_DBFS - DISTORTION_DB);
}

describe.each(['alaw', 'ulaw', 'slin16'])('an agent that is sent %s', (format) => {
  let media: MediaServer;
  let asterisk: PrivateAsterisk;
  let phone: SipPhone;
  const tap = new WireTap();
  beforeAll(async () => {
    media = await startMediaServer();
    const install = await ensureAsterisk({ clock, signal });
    const agent = { uri: media.uri, user: 'asterisk', password: 'agent-pass' };
    asterisk = await startPrivateAsterisk({ install, clock, signal, agent, dialplan: { FORMAT: format } });
    phone = await SipPhone.open({ clock, signal, network: tap });
  });
  afterAll(async () => {
    await phone[Symbol.asyncDispose]();
    await asterisk[Symbol.asyncDispose]();
    await media[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    for (let tries = 0; tries < 40 && (await asterisk.instance.channels()) > 0; tries++) {
      await clock.sleep(50, { signal });
    }
    expect(await asterisk.instance.channels()).toBe(0);
  });

  const connect = async (codec: SipCodec): Promise<{ call: SipPhoneCall; leg: CallLeg; heard: () => Int16Array }> => {
    const target = { host: asterisk.sip.address, port: asterisk.sip.port, user: '0770000002' };
    const opened = media.next().then(({ socket }) =>
      openAsteriskLeg(wsMediaSocket(socket), {
        clock,
        onProblem: () => undefined,
        admit: () => undefined,
        onListenerError: (error) => {
          throw error;
        },
      }),
    );
    const [leg, call] = await Promise.all([
      opened,
      phone.call({ target, from: '0770000001', codecs: [codec], signal }),
    ]);
    expect(leg.format.sampleRateHz).toBe(format === 'slin16' ? 16_000 : 8_000);
    const narrow = narrowband(leg);
    const samples: number[] = [];
    narrow.attach((event) => {
      if (event.kind === 'frame') samples.push(...event.pcm);
    });
    return { call, leg: narrow, heard: () => Int16Array.from(samples) };
  };

  it.each(CODECS)('hears a %s caller, and is heard, without distortion', async (codec) => {
    const { call, leg, heard } = await connect(codec);
    const packets = tap.sockets.at(-1) ?? [];
    for (const frame of framesOf(tone(AGENT_HZ, 1_500, LEVEL_DBFS))) leg.send(frame);
    await call.say(tone(CALLER_HZ, 1_500, LEVEL_DBFS));
    await clock.sleep(300, { signal });
    expectClean(heard(), CALLER_HZ);
    expectClean(Int16Array.from(packets.flatMap(({ pcm }) => [...pcm])), AGENT_HZ);
    expect(call.codec).toBe(codec);
    call.hangUp();
    await call.ended;
  });

  const codec: SipCodec | undefined = { alaw: 'PCMA' as const, ulaw: 'PCMU' as const }[format];
  it.runIf(codec)('gets every byte of a caller who speaks the same as it was said', async () => {
    if (codec === undefined) return;
    const { call, heard } = await connect(codec);
    const random = seededRandom(11);
    const noise = Int16Array.from({ length: 4_000 }, () => Math.round((random() - 0.5) * 20_000));
    const bytes = new Uint8Array(noise.length);
    LAWS[codec].encodeInto(bytes, noise);
    LAWS[codec].decodeInto(noise, bytes);
    await call.say(noise);
    await clock.sleep(300, { signal });
    const text = [...heard()].join(' ');
    expect(text.includes([...noise].join(' '))).toBe(true);
    call.hangUp();
    await call.ended;
  });
});

describe('a service that is sent slin16', () => {
  it('greets, hears a question and answers it', async () => {
    await using rig = await TestRig.start({ asterisk: { dialplan: { FORMAT: 'slin16' } } });
    const call = await rig.call();
    await call.phone.waitUntilSpeaking({ timeoutMs: PATIENCE_MS });
    await rig.sleep(500);
    await call.phone.say(tone(300, 1_000));
    await rig.eventOf(call, 'agent-said', { where: ({ turn, isComplete }) => turn === 0 && !isComplete });
    await rig.eventOf(call, 'first-frame-sent', { where: ({ turn }) => turn === 1 });
    await rig.sleep(1_000);
    const answer = call.packets.slice(-40).flatMap(({ pcm }) => [...pcm]);
    expect(toneLevelDbfs(Int16Array.from(answer), 400)).toBeGreaterThan(-16);
    call.phone.hangUp();
    await rig.expectNothingLeft();
  });
});
