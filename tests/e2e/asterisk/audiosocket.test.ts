/** The application AudioSocket() of a real Asterisk between a SIP telephone and the leg. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { LegEvent } from '#pipeline/ports.ts';
import { startPrivateAsterisk, type PrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import type { AudioSocketLeg } from '#telephony/asterisk/audiosocket/media-leg.ts';
import { OneTimeIds } from '#telephony/asterisk/audiosocket/one-time-ids.ts';
import { AudioSocketServer } from '#telephony/asterisk/audiosocket/server.ts';
import type { DialOptions } from '#telephony/phone/sip/outgoing-call.ts';
import type { RtpRecord } from '#telephony/phone/sip/rtp.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { ComfortNoise } from '#telephony/signal/comfort-noise.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';
import { framesOf, hums, tone } from '../../support/tone.ts';

const clock = systemClock;
const { signal } = new AbortController();
const sleep = (ms: number): Promise<void> => clock.sleep(ms, { signal });

type Timed = LegEvent & { readonly atMs: number };

interface Call extends AsyncDisposable {
  readonly phone: SipPhoneCall;
  readonly leg: AudioSocketLeg;
  readonly events: Timed[];
}

/** The machine is shared, and telephone and leg share one event loop: what counts is that it can. */
const BUSY = { retry: 5 };

const ids = new OneTimeIds<{ readonly n: number }>({ clock });
const calls = new Map<number, Pick<Call, 'leg' | 'events'>>();
const refused: string[] = [];
const problems: WireProblem[] = [];
const server = new AudioSocketServer<{ readonly n: number }>({
  clock,
  host: '127.0.0.1',
  port: 0,
  maxSockets: 50,
  filler: () => {
    const noise = new ComfortNoise();
    return (out) => noise.fill(out);
  },
  admit(uuid) {
    const facts = ids.redeem(uuid);
    return typeof facts === 'object'
      ? { callId: uuid, facts }
      : new InzwaError('INZWA_TOKEN_REFUSED', `an AudioSocket id is ${facts}`);
  },
  onLeg(leg, { facts }) {
    const events: Timed[] = [];
    leg.attach((event) => {
      const kept = event.kind === 'frame' ? { ...event, pcm: event.pcm.slice() } : event;
      events.push({ ...kept, atMs: clock.nowMs() });
    });
    calls.set(facts.n, { leg, events });
  },
  onRefused: ({ code }) => refused.push(code),
  onProblem: (problem) => problems.push(problem),
  onListenerError: (error) => {
    throw error;
  },
});
let asterisk: PrivateAsterisk;
let phones: SipPhone;
let placed = 0;

beforeAll(async () => {
  const { port } = await server.listen();
  asterisk = await startPrivateAsterisk({
    install: await ensureAsterisk({ clock, signal }),
    clock,
    signal,
    agent: { uri: 'ws://127.0.0.1:9/asterisk/media', user: 'asterisk', password: 'agent-pass' },
    files: {
      // The shipped dialplan asks for the id over HTTP; here the number that is dialled says which.
      'extensions.conf': [
        '[globals]',
        '[from-trunk]',
        'exten => _X.,1,Answer()',
        ` same => n,AudioSocket(\${GLOBAL(ID\${EXTEN})},127.0.0.1:${port})`,
        ' same => n,Playtones(425/200,0/200)',
        ' same => n,Wait(1)',
        ' same => n,Hangup(16)',
      ].join('\n'),
    },
  });
  phones = await SipPhone.open({ signal });
});

afterAll(async () => {
  await phones[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await asterisk[Symbol.asyncDispose]();
});

/** What Asterisk is told to say for the number that `place` dials next. */
async function nextId(id: string): Promise<void> {
  await asterisk.instance.command(`dialplan set global ID${100 + placed} ${id}`);
}

function place(opts: Partial<DialOptions> = {}): Promise<SipPhoneCall> {
  const target = { host: '127.0.0.1', port: asterisk.sip.port, user: String(100 + placed++) };
  return phones.call({ target, from: '0771234567', signal, ...opts });
}

async function connect(opts: Partial<DialOptions> = {}): Promise<Call> {
  const n = placed;
  await nextId(ids.mint({ n }));
  const phone = await place(opts);
  await until(() => calls.has(n));
  return { phone, ...calls.get(n)!, [Symbol.asyncDispose]: () => phone[Symbol.asyncDispose]() };
}

async function until(isTrue: () => boolean, withinMs = 5_000): Promise<void> {
  const deadlineMs = clock.nowMs() + withinMs;
  while (!isTrue()) {
    if (clock.nowMs() > deadlineMs) throw new Error(`it did not come true in ${withinMs} ms`);
    await sleep(2);
  }
}

const audioAmong = (packets: readonly RtpRecord[]): RtpRecord[] =>
  packets.filter(({ payloadBytes }) => payloadBytes === 160);
const intervals = (packets: readonly RtpRecord[]): number[] =>
  packets.slice(1).map(({ atMs }, n) => atMs - packets[n]!.atMs);
const timestampSteps = (packets: readonly RtpRecord[]): number[] =>
  packets.slice(1).map(({ timestamp }, n) => (timestamp - packets[n]!.timestamp) >>> 0);

describe('AudioSocket() of a real Asterisk', () => {
  it('carries a tone both ways, in A-law and in mu-law', async () => {
    for (const codec of ['PCMA', 'PCMU'] as const) {
      await using call = await connect({ codecs: [codec] });
      const { phone, leg, events } = call;
      expect(phone.codec).toBe(codec);
      const saying = phone.say(tone(1_000, 600));
      for (const frame of framesOf(tone(440, 600))) leg.send(frame);
      await saying;
      await sleep(200);
      const heard = Int16Array.from(events.flatMap((event) => (event.kind === 'frame' ? [...event.pcm] : [])));
      expect([hums(heard.subarray(-4_800), 1_000), hums(heard.subarray(-4_800), 440)]).toEqual([true, false]);
      const atThePhone = phone.recording().heard;
      expect([hums(atThePhone, 440), hums(atThePhone, 1_000)]).toEqual([true, false]);
    }
  });

  it('sends the caller a packet every 20 ms, speech given at once or filler, on one clock', BUSY, async () => {
    await using call = await connect();
    const { phone, leg } = call;
    await sleep(500);
    const from = phone.packets.length;
    const frames = framesOf(tone(440, 3_000));
    // As playout sends: 200 ms ahead, then in real time; and then nothing for a while.
    while (frames.length > 0) {
      while (frames.length > 0 && leg.unsentMs <= 180) leg.send(frames.shift()!);
      await sleep(20);
    }
    await sleep(1_500);
    const packets = audioAmong(phone.packets.slice(from));
    const all = intervals(packets);
    const punctual = all.filter((ms) => Math.abs(ms - 20) <= 5).length / all.length;
    console.log(`AudioSocket: ${(100 * punctual).toFixed(2)} % of ${packets.length} packets within 20 ± 5 ms`);
    expect(phone.rtpStats()).toMatchObject({ lost: 0, reordered: 0, sources: 1 });
    expect(packets.length).toBeGreaterThan(200);
    expect(punctual).toBeGreaterThanOrEqual(0.99);
    expect(new Set(timestampSteps(packets))).toEqual(new Set([160]));
  });

  it.each([0, 4, 8, 12, 16])(
    'lets a clear at %i ms after the grid be heard within a frame, and its account is what the caller did not hear',
    BUSY,
    async (phaseMs) => {
      await using call = await connect();
      const { phone, leg } = call;
      await sleep(100 + phaseMs);
      for (const frame of framesOf(tone(440, 400))) leg.send(frame);
      await sleep(150);
      const clearedAtMs = clock.nowMs();
      const unplayed = await leg.clear();
      await sleep(200);
      const played = 3_200 - unplayed!;
      expect(played % 160).toBe(0);
      const { heard, startedAtMs } = phone.recording();
      // A sine of this level is loud for 84 % of its time.
      const heardSamples = heard.filter(isLoud).length / 0.844;
      expect(Math.abs(heardSamples - played)).toBeLessThanOrEqual(80);
      // The packet of the last point of the grid plays for 20 ms; 5 ms for the ear.
      expect(startedAtMs + heard.findLastIndex(isLoud) / 8 - clearedAtMs).toBeLessThanOrEqual(25);
    },
  );

  it('reports a mark when the caller has heard what was before it', BUSY, async () => {
    await using call = await connect();
    const { phone, leg, events } = call;
    for (let n = 0; n < 10; n++) {
      for (const frame of framesOf(tone(440, 200))) leg.send(frame);
      leg.mark(`m${n}`);
      await sleep(320);
    }
    const marks = events.filter(({ kind }) => kind === 'mark');
    expect(marks).toHaveLength(10);
    const recording = phone.recording();
    const ends = marks.map(({ atMs }) => {
      const until = Math.round((atMs + 40 - recording.startedAtMs) * 8);
      const last = recording.heard.subarray(0, until).findLastIndex(isLoud);
      return atMs - (recording.startedAtMs + last / 8);
    });
    console.log(`AudioSocket: marks after the last sound by ${ends.map((ms) => ms.toFixed(1)).join(' ')} ms`);
    expect(ends.every((ms) => Math.abs(ms) <= 20)).toBe(true);
  });

  it('tells keys once, by RTP event and by SIP INFO', async () => {
    await using call = await connect();
    const { phone, events } = call;
    await phone.sendDigits('19#');
    await phone.sendDigits('5*', { by: 'info' });
    await sleep(300);
    expect(events.flatMap((event) => (event.kind === 'dtmf' ? [event.digit] : [])).join('')).toBe('19#5*');
  });

  it('keeps a call in which the caller sends nothing for longer than Asterisk waits', BUSY, async () => {
    await using call = await connect();
    const { phone, leg, events } = call;
    phone.stopRtp();
    // AudioSocket() gives up when both sides are silent for 2 s; the local telephone's rtp_timeout is 3 s.
    await sleep(2_300);
    expect(events.at(-1)?.kind).not.toBe('ended');
    await leg.hangUp({ result: 'success', reason: 'goodbye' });
    await phone.ended;
  });

  it('catches up on a short stall of ours within RTP’s own time, and never bursts after a long one', BUSY, async () => {
    await using call = await connect();
    const { phone } = call;
    for (const [stallMs, isLong] of [
      [65, false],
      [300, true],
    ] as const) {
      await sleep(500);
      const from = phone.packets.length;
      const untilMs = clock.nowMs() + stallMs;
      while (clock.nowMs() < untilMs);
      await sleep(400);
      const packets = audioAmong(phone.packets.slice(from - 1));
      const jumps = timestampSteps(packets).filter((step) => step !== 160);
      const elapsedMs = packets.at(-1)!.atMs - packets[0]!.atMs;
      expect(jumps.length).toBe(isLong ? 1 : 0);
      // In either case the numbers of RTP and the time are together again, so that nothing stays late.
      const numberedMs = (packets.at(-1)!.timestamp - packets[0]!.timestamp) / 8;
      expect(Math.abs(numberedMs - elapsedMs)).toBeLessThanOrEqual(20);
      expect(intervals(packets).filter((ms) => ms < 1).length).toBeLessThanOrEqual(isLong ? 1 : 4);
    }
    expect(problems).toContain('late-sender');
  });

  it('tells a caller who hangs up, 20 of 20, and leaves nothing behind', async () => {
    for (let trial = 0; trial < 20; trial++) {
      await using call = await connect();
      const { phone, events } = call;
      await sleep(60 + trial);
      phone.hangUp();
      await phone.ended;
      await until(() => events.at(-1)?.kind === 'ended');
      expect(events.at(-1)).toMatchObject({ cause: { result: 'caller', reason: 'hung-up' } });
    }
    await until(() => server.openSockets === 0);
    expect(await asterisk.instance.channels()).toBe(0);
  });

  it('lets go at once when we hang up, and the dialplan goes on', async () => {
    await using call = await connect();
    const { phone, leg } = call;
    await sleep(100);
    const startedAtMs = clock.nowMs();
    await leg.hangUp({ result: 'success', reason: 'goodbye' });
    expect(clock.nowMs() - startedAtMs).toBeLessThan(200);
    await phone.waitUntilSpeaking({ timeoutMs: 500 });
    expect(await phone.ended).toMatchObject({ by: 'agent', details: { q850: 16 } });
  });

  it('refuses an id that was used, and the dialplan goes on there too', async () => {
    const id = ids.mint({ n: -1 });
    ids.redeem(id);
    await nextId(id);
    const before = refused.length;
    const phone = await place();
    await phone.waitUntilSpeaking({ timeoutMs: 1_000 });
    expect(refused.slice(before)).toEqual(['INZWA_TOKEN_REFUSED']);
    expect((await phone.ended).by).toBe('agent');
  });
});

/** Above any comfort noise, and above the quiet half of a tone's every period. */
const isLoud = (sample: number): boolean => Math.abs(sample) > 2_000;
