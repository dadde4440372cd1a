import { describe, expect, it } from 'vitest';
import type { EndCause, LegEvent } from '#pipeline/ports.ts';
import type { AudioSocketLeg } from '#telephony/asterisk/audiosocket/media-leg.ts';
import type { ReleaseCall } from '#telephony/asterisk/media-leg.ts';
import {
  linkedAudioSocket,
  wireAudio,
  wireFrame,
  type LinkedAudioSocket,
} from '../../../../support/linked-audiosocket.ts';
import { framesOf, tone } from '../../../../support/tone.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

interface Call extends Omit<LinkedAudioSocket, 'leg'> {
  readonly clock: VirtualClock;
  readonly leg: AudioSocketLeg;
  readonly events: LegEvent[];
}

async function call(
  opts: { readonly isAttached?: boolean; readonly fills?: boolean; readonly release?: ReleaseCall } = {},
): Promise<Call> {
  const clock = new VirtualClock();
  const { leg: opening, ...linked } = linkedAudioSocket(clock, {
    admit: () => ({ callId: 'audiosocket-1', facts: undefined, release: opts.release }),
    ...((opts.fills ?? true) && { filler: () => (out) => void out.fill(3) }),
  });
  await clock.advance(0);
  const leg = await opening;
  const events: LegEvent[] = [];
  if (opts.isAttached ?? true) {
    leg.attach((event) => events.push(event.kind === 'frame' ? { ...event, pcm: event.pcm.slice() } : event));
  }
  return { ...linked, clock, leg, events };
}

const SUCCESS: EndCause = { result: 'success', reason: 'goodbye' };
const framesAmong = (events: readonly LegEvent[]): Int16Array[] =>
  events.flatMap((event) => (event.kind === 'frame' ? [event.pcm] : []));
const endOf = (events: readonly LegEvent[]): EndCause | undefined =>
  events.flatMap((event) => (event.kind === 'ended' ? [event.cause] : []))[0];

describe('AudioSocketLeg hears', () => {
  it('whole frames out of payloads of any length', async () => {
    const { legSocket, events } = await call();
    const sound = tone(400, 60);
    for (const [from, to] of [
      [0, 80],
      [80, 400],
      [400, 401],
      [401, 480],
    ] as const) {
      legSocket.receive(wireAudio(sound.slice(from, to)));
    }
    expect(framesAmong(events).map((pcm) => pcm.length)).toEqual([160, 160, 160]);
  });

  it('frames however TCP cuts them', async () => {
    const { legSocket, events } = await call();
    const bytes = Buffer.concat([wireAudio(tone(400, 20)), wireAudio(tone(400, 20)), wireFrame(0x03, [0x35])]);
    for (const byte of bytes) legSocket.receive(Uint8Array.of(byte));
    expect(events.map((event) => event.kind)).toEqual(['frame', 'frame', 'dtmf']);
  });

  it('nothing wrong in a caller who sends no audio for a minute', async () => {
    const { clock, events, problems, asterisk } = await call();
    await clock.advance(60_000);
    expect([events, problems, asterisk.leftBecause]).toEqual([[], [], undefined]);
  });

  it('digits, a hand’s worth of them', async () => {
    const { legSocket, events, problems } = await call();
    for (let n = 0; n < 100; n++) legSocket.receive(wireFrame(0x03, Buffer.from('5')));
    expect(events).toHaveLength(20);
    expect(new Set(problems)).toEqual(new Set(['dtmf-flood']));
  });

  it('a frame without audio as a lost one', async () => {
    const { legSocket, problems } = await call();
    legSocket.receive(wireFrame(0x10));
    expect(problems[0]).toBe('zero-byte');
  });

  it('nothing after the end, within one chunk too', async () => {
    const { legSocket, events, leg } = await call({ isAttached: false });
    leg.attach((event) => {
      events.push(event);
      if (event.kind === 'dtmf') void leg.hangUp(SUCCESS);
    });
    const one = wireFrame(0x03, Buffer.from('1'));
    legSocket.receive(Buffer.concat([one, one, wireAudio(tone(400, 20))]));
    expect(events.map((event) => event.kind)).toEqual(['dtmf', 'ended']);
  });
});

describe('AudioSocketLeg says', () => {
  it('speech on its grid and filler in between, so that the caller’s RTP never stops', async () => {
    const { clock, leg, asterisk } = await call();
    await clock.advance(50);
    for (const frame of framesOf(new Int16Array(1_600).fill(1_000))) leg.send(frame);
    await clock.advance(450);
    expect(asterisk.heard.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 26 }, (_, n) => 20 * n));
    const values = asterisk.heard.map(({ pcm }) => pcm[0]);
    expect(values.indexOf(1_000)).toBe(3);
    expect(values.filter((value) => value === 1_000)).toHaveLength(10);
    expect(values.filter((value) => value === 3)).toHaveLength(16);
  });

  it('nothing between utterances when it was given nothing to fill them with', async () => {
    const { clock, asterisk } = await call({ fills: false });
    await clock.advance(500);
    expect(asterisk.heard).toEqual([]);
  });

  it('how much a clear took back: exactly what the far end never got', async () => {
    const { clock, leg, asterisk } = await call();
    for (const frame of framesOf(new Int16Array(4_000).fill(1_000))) leg.send(frame);
    await clock.advance(130);
    const unplayed = await leg.clear();
    await clock.advance(500);
    const heard = asterisk.heard.filter(({ pcm }) => pcm[0] === 1_000).length;
    expect(unplayed).toBe(4_000 - 160 * heard);
    expect(heard).toBe(6);
  });

  it('nothing more when Asterisk takes nothing: the line is dead', async () => {
    const { clock, leg, legSocket, events } = await call();
    legSocket.bufferedAmount = 17_000;
    expect(leg.unsentMs).toBeGreaterThan(1_000);
    leg.send(new Int16Array(160));
    await clock.advance(0);
    expect(endOf(events)).toEqual({ result: 'upstream', reason: 'socket-stalled' });
    expect(legSocket.wasTerminated).toBe(true);
    expect(await leg.clear()).toBeUndefined();
  });
});

describe('AudioSocketLeg ends', () => {
  it.each([
    ['closes its end', wireFrame(0x00), { result: 'caller', reason: 'hung-up' }],
    ['says that the caller hung up', wireFrame(0xff, [1]), { result: 'caller', reason: 'hung-up' }],
    ['says that it failed', wireFrame(0xff, [2]), { result: 'upstream', reason: 'far-end-error' }],
    ['speaks another sample rate', wireFrame(0x12, new Uint8Array(640)), { result: 'upstream', reason: 'protocol' }],
  ])('when Asterisk %s', async (_, frame, cause) => {
    const { clock, legSocket, events, asterisk } = await call();
    legSocket.receive(frame);
    expect(endOf(events)).toEqual(cause);
    await clock.advance(10);
    expect(asterisk.leftBecause).toBe('hang-up frame');
    expect(clock.pendingTimers).toBe(0);
  });

  it('as the caller’s doing when Asterisk closes the connection, at once', async () => {
    const { clock, events, asterisk, legSocket } = await call();
    asterisk.callerHangsUp();
    await clock.advance(0);
    expect(endOf(events)).toEqual({ result: 'caller', reason: 'hung-up' });
    await clock.advance(10);
    expect([legSocket.wasTerminated, clock.pendingTimers]).toEqual([true, 0]);
  });

  it('as upstream’s doing when the connection is lost', async () => {
    const { clock, events, legSocket } = await call();
    legSocket.lose();
    expect(endOf(events)).toEqual({ result: 'upstream', reason: 'socket-lost' });
    await clock.advance(10);
    expect(clock.pendingTimers).toBe(0);
  });

  it('with a hang-up frame behind what was sent, and by force when nobody answers it in 2 s', async () => {
    const { clock, leg, asterisk, legSocket } = await call();
    const deaf = await call();
    deaf.legSocket.peer = undefined;
    const endings: string[] = [];
    void leg.hangUp(SUCCESS).then(() => endings.push('answered'));
    void deaf.leg.hangUp(SUCCESS).then(() => endings.push('deaf'));
    await clock.advance(10);
    expect([endings, asterisk.leftBecause]).toEqual([['answered'], 'hang-up frame']);
    expect([...(legSocket.sent.at(-1)?.bytes ?? [])]).toEqual([0, 0, 0]);
    await deaf.clock.advance(1_999);
    expect([endings, deaf.legSocket.wasTerminated]).toEqual([['answered'], false]);
    await deaf.clock.advance(1);
    expect([endings, deaf.legSocket.wasTerminated]).toEqual([['answered', 'deaf'], true]);
    expect(deaf.clock.pendingTimers).toBe(0);
  });

  it('after the dialplan was told what comes next, or could not be told within a second', async () => {
    const told: EndCause[] = [];
    const { clock, leg, asterisk, problems } = await call({
      release: (cause, { signal }) =>
        new Promise((_, reject) => {
          told.push(cause);
          signal.addEventListener('abort', () => reject(new Error('nobody answers')));
        }),
    });
    const hangingUp = leg.hangUp(SUCCESS);
    await clock.advance(999);
    expect([told, asterisk.leftBecause]).toEqual([[SUCCESS], undefined]);
    await clock.advance(10);
    await hangingUp;
    expect([asterisk.leftBecause, problems]).toEqual(['hang-up frame', ['end-call-failed']]);
  });

  it('when nothing at all has come for two minutes', async () => {
    const { clock, events, asterisk, legSocket } = await call();
    asterisk.say(tone(400, 1_000));
    await clock.advance(120_900);
    expect(endOf(events)).toBeUndefined();
    await clock.advance(100);
    expect(endOf(events)).toEqual({ result: 'upstream', reason: 'socket-idle' });
    expect(legSocket.wasTerminated).toBe(true);
    await clock.advance(10);
    expect(clock.pendingTimers).toBe(0);
  });

  it('when the wire talks nonsense for too long', async () => {
    const { legSocket, problems, events } = await call();
    for (let n = 0; n < 300; n++) legSocket.receive(wireFrame(0x42));
    expect(problems).toHaveLength(202);
    expect(problems.at(-1)).toBe('too-many-problems');
    expect(endOf(events)).toEqual({ result: 'upstream', reason: 'protocol' });
  });

  it('not because the UUID comes twice', async () => {
    const { asterisk, clock, problems, events } = await call();
    asterisk.introduce('7d9c3a52-6a0e-4f7b-9d43-0c2b8f1e5a60');
    await clock.advance(10);
    expect([problems, events]).toEqual([['second-start'], []]);
  });

  it('when its listener throws, and nobody else does', async () => {
    const { leg, legSocket, errors } = await call({ isAttached: false });
    const seen: LegEvent['kind'][] = [];
    leg.attach((event) => {
      seen.push(event.kind);
      if (event.kind === 'dtmf') throw new Error('a fault of ours');
    });
    legSocket.receive(wireFrame(0x03, Buffer.from('1')));
    expect(errors).toHaveLength(1);
    expect(seen).toEqual(['dtmf', 'ended']);
  });
});
