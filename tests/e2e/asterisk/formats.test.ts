/** What the dialplan's FORMAT and the caller's law make of a sound, both ways: nothing that can be heard. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { systemClock as clock } from '#kernel/clock.ts';
import { narrowband } from '#pipeline/audio/narrowband-leg.ts';
import type { CallLeg } from '#pipeline/ports.ts';
import { startPrivateAsterisk, type PrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { openAsteriskLeg } from '#telephony/asterisk/start-gate.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import { LAWS, type SipCodec } from '#telephony/phone/sip/sdp.ts';
import type { DialOptions } from '#telephony/phone/sip/outgoing-call.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { wsMediaSocket } from '#telephony/wire/ws-media-socket.ts';
import { PATIENCE_MS, TestRig } from '../../support/asterisk-rig.ts';
import { startMediaServer, type MediaServer } from '../../support/media-server.ts';
import { framesOf, hums, tone, toneLevelDbfs } from '../../support/tone.ts';
import { levelOf, WireTap, type TappedPacket } from '../../support/wire-tap.ts';

const CODECS: readonly SipCodec[] = ['PCMA', 'PCMU'];
const [CALLER_HZ, AGENT_HZ] = [1_000, 600];
const LEVEL_DBFS = -15;
/** G.711 has 38 dB of signal to noise; a resampler costs a little. */
const DISTORTION_DB = 33;

const { signal } = new AbortController();

/** The tone as loud as it was, and next to nothing besides it, in half a second in the middle of the loud part. */
function expectClean(pcm: Int16Array, hz: number): void {
  const loud = framesOf(pcm).filter((frame) => levelOf(frame) > LEVEL_DBFS - 3);
  expect(loud.length).toBeGreaterThan(60);
  const middle = Int16Array.from(loud.slice(20, 45).flatMap((frame) => [...frame]));
  const levelDbfs = toneLevelDbfs(middle, hz);
  expect(Math.abs(levelDbfs - LEVEL_DBFS)).toBeLessThan(0.5);
  const rest = 10 ** (levelOf(middle) / 10) - 10 ** (levelDbfs / 10);
  expect(10 * Math.log10(Math.max(rest, 1e-12))).toBeLessThan(LEVEL_DBFS - DISTORTION_DB);
}

interface Connected {
  readonly call: SipPhoneCall;
  readonly leg: CallLeg;
  /** At 8 kHz, as the leg hands it to a conversation. */
  readonly heard: () => Int16Array;
  /** As they came on the media socket. */
  readonly bytes: () => Buffer;
  /** What came to the caller. */
  readonly packets: readonly TappedPacket[];
}

describe.each(['alaw', 'slin16'])('an agent that is sent %s', (format) => {
  let media: MediaServer;
  let asterisk: PrivateAsterisk;
  let phone: SipPhone;
  const tap = new WireTap();
  const placed: SipPhoneCall[] = [];
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
    for (const call of placed.splice(0)) call.hangUp();
    await vi.waitFor(async () => expect(await asterisk.instance.channels()).toBe(0), { timeout: 2_000 });
  });

  const openLeg = async (socket: WebSocket, bytes: Buffer[]): Promise<CallLeg> => {
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) bytes.push(Buffer.from(data));
    });
    return openAsteriskLeg(wsMediaSocket(socket), {
      clock,
      onProblem: () => undefined,
      admit: () => undefined,
      onListenerError: (error) => {
        throw error;
      },
    });
  };
  const connect = async (over: Partial<DialOptions> = {}): Promise<Connected> => {
    const target = { host: asterisk.sip.address, port: asterisk.sip.port, user: '0770000002' };
    const bytes: Buffer[] = [];
    const socket = tap.sockets.length;
    const [wide, call] = await Promise.all([
      media.next().then((got) => openLeg(got.socket, bytes)),
      phone.call({ target, from: '0770000001', signal, ...over }),
    ]);
    placed.push(call);
    expect(wide.format.sampleRateHz).toBe(format === 'slin16' ? 16_000 : 8_000);
    const leg = narrowband(wide);
    const samples: number[] = [];
    leg.attach((event) => {
      if (event.kind === 'frame') samples.push(...event.pcm);
    });
    const heard = (): Int16Array => Int16Array.from(samples);
    return { call, leg, heard, bytes: () => Buffer.concat(bytes), packets: tap.sockets[socket] ?? [] };
  };

  it.each(CODECS)('hears a %s caller, and is heard, without distortion', async (codec) => {
    const { call, leg, heard, packets } = await connect({ codecs: [codec] });
    expect(call.codec).toBe(codec);
    for (const frame of framesOf(tone(AGENT_HZ, 1_500, LEVEL_DBFS))) leg.send(frame);
    await call.say(tone(CALLER_HZ, 1_500, LEVEL_DBFS));
    await clock.sleep(300, { signal });
    expectClean(heard(), CALLER_HZ);
    expectClean(Int16Array.from(packets.flatMap(({ pcm }) => [...pcm])), AGENT_HZ);
  });

  if (format === 'alaw') {
    it.each(CODECS)('gets a %s caller’s bytes as they were said', async (codec) => {
      const { call, bytes } = await connect({ codecs: [codec] });
      const random = seededRandom(11);
      const noise = Int16Array.from({ length: 4_000 }, () => Math.round((random() - 0.5) * 20_000));
      const said = Buffer.alloc(noise.length);
      LAWS[codec].encodeInto(said, noise);
      // Where this machine stalls for longer than the jitter buffer waits, a frame is missing; but not every time.
      for (let tries = 0; tries < 6 && !bytes().includes(said); tries++) {
        await call.say(noise);
        await clock.sleep(200, { signal });
      }
      expect(bytes().includes(said)).toBe(true);
    });
  }

  it.each(CODECS)('hears a %s caller to the end on a line that loses frames', async (codec) => {
    // Packet numbers begin at random, and a deaf translator hangs on them: six calls meet it, but for one time in sixty.
    const calls: Connected[] = [];
    for (let n = 0; n < 6; n++) {
      const line = { loss: { rate: 0.05, burstFrames: 2 }, jitterMs: 20, seed: n + 1 };
      calls.push(await connect({ codecs: [codec], line }));
    }
    await Promise.all(
      calls.map(async ({ call, heard }, n) => {
        await call.say(tone(CALLER_HZ, 2_000));
        const from = heard().length;
        await call.say(tone(CALLER_HZ / 2, 500));
        await clock.sleep(300, { signal });
        expect(hums(heard().slice(from), CALLER_HZ / 2), `call ${n + 1}`).toBe(true);
      }),
    );
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
