import { describe, expect, it } from 'vitest';
import type { LegEvent } from '#pipeline/ports.ts';
import { TwilioMediaLeg } from '#telephony/twilio/media-leg.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';
import { LinkedSocket } from '../../../support/linked-sockets.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

function legOnSocket(opts: { readonly isAttached?: boolean } = {}): {
  clock: VirtualClock;
  socket: LinkedSocket;
  leg: TwilioMediaLeg;
  events: LegEvent[];
  problems: WireProblem[];
  errors: unknown[];
  sentEvents: () => string[];
  media: (n: number, payload?: Uint8Array) => void;
} {
  const clock = new VirtualClock();
  const socket = new LinkedSocket(clock);
  const problems: WireProblem[] = [];
  const errors: unknown[] = [];
  const leg = new TwilioMediaLeg({
    callId: 'CA1',
    streamSid: 'MZ1',
    socket,
    clock,
    onProblem: (problem) => problems.push(problem),
    onListenerError: (error) => errors.push(error),
  });
  const events: LegEvent[] = [];
  if (opts.isAttached ?? true) {
    leg.attach((event) => events.push(event.kind === 'frame' ? { ...event, pcm: event.pcm.slice() } : event));
  }
  return {
    clock,
    socket,
    leg,
    events,
    problems,
    errors,
    sentEvents: () => socket.sent.map((text) => (JSON.parse(text) as { event: string }).event),
    media(n, payload = new Uint8Array(160).fill(0x80)) {
      const body = {
        chunk: String(n + 1),
        timestamp: String(n * 20),
        payload: Buffer.from(payload).toString('base64'),
      };
      socket.receive(JSON.stringify({ event: 'media', streamSid: 'MZ1', sequenceNumber: String(n + 2), media: body }));
    },
  };
}

const shape = (events: readonly LegEvent[]): (string | number)[] =>
  events.map((event) =>
    event.kind === 'gap' ? event.samples : event.kind === 'frame' && event.isConcealed ? 'concealed' : event.kind,
  );

describe('TwilioMediaLeg hears', () => {
  it('frames of 160 samples out of chunks of any size', async () => {
    const { socket, events } = legOnSocket();
    for (const bytes of [100, 100, 300, 0, 140]) {
      const payload = Buffer.alloc(bytes, 0x80).toString('base64');
      socket.receive(JSON.stringify({ event: 'media', media: { payload } }));
    }
    expect(shape(events)).toEqual(['frame', 'frame', 'frame', 'frame']);
    expect(events.every((e) => e.kind === 'frame' && e.pcm.every((sample) => sample === 32_124))).toBe(true);
  });

  it('gaps between frames, and finishes a frame in the making out of the gap', async () => {
    const { clock, media, events, socket } = legOnSocket();
    media(0);
    await clock.advance(80);
    media(4);
    expect(shape(events)).toEqual(['frame', 'concealed', 'concealed', 'concealed', 'frame']);
    events.length = 0;
    const half = Buffer.alloc(80, 0x80).toString('base64');
    const at = (chunk: number, timestamp: number): string =>
      JSON.stringify({ event: 'media', media: { chunk, timestamp, payload: half } });
    socket.receive(at(6, 100));
    await clock.advance(60);
    socket.receive(at(8, 130));
    socket.receive(at(9, 140));
    // 20 ms lost: the second half of the open frame and 80 samples more.
    expect(shape(events)).toEqual(['frame', 80, 'frame']);
    const [first] = events;
    expect(first?.kind === 'frame' && [first.pcm[79], first.pcm[80]]).toEqual([32_124, 0]);
  });

  it('a gap as silence from the fourth lost frame on', async () => {
    const { clock, media, events } = legOnSocket();
    media(0);
    await clock.advance(200);
    media(9);
    expect(shape(events)).toEqual(['frame', 'concealed', 'concealed', 'concealed', 5 * 160, 'frame']);
  });

  it('nothing twice, nothing of another stream, nothing after the end', async () => {
    const { media, events, problems, socket } = legOnSocket();
    media(0);
    media(0);
    socket.receive('{"event":"dtmf","streamSid":"MZ2","dtmf":{"digit":"1"}}');
    socket.receive('{"event":"connected"}');
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8_000 };
    socket.receive(JSON.stringify({ event: 'start', streamSid: 'MZ1', start: { callSid: 'CA2', mediaFormat } }));
    socket.receive('{"event":"media","media":{"payload":"!!!!"}}');
    socket.receive('{"event":"stop","streamSid":"MZ1"}');
    media(1);
    socket.receive('nonsense');
    expect(shape(events)).toEqual(['frame', 'ended']);
    expect(problems).toEqual(['duplicate', 'wrong-stream', 'second-start', 'bad-base64']);
  });

  it('stops inside a message when the listener hangs up', () => {
    const { leg, socket } = legOnSocket({ isAttached: false });
    let frames = 0;
    leg.attach((event) => {
      if (event.kind !== 'frame') return;
      frames++;
      void leg.hangUp({ result: 'success', reason: 'goodbye' });
    });
    const payload = Buffer.alloc(1_600, 0xff).toString('base64');
    socket.receive(JSON.stringify({ event: 'media', media: { payload } }));
    expect(frames).toBe(1);
  });

  it('keeps two seconds for a listener that is late and says what it dropped', () => {
    const { leg, media, problems } = legOnSocket({ isAttached: false });
    for (let n = 0; n < 99; n++) media(n);
    leg.mark('x');
    expect(problems).toEqual([]);
    const events: LegEvent[] = [];
    leg.attach((event) => events.push(event));
    expect(events).toHaveLength(99);
    expect(new Set(events.map((e) => (e.kind === 'frame' ? e.pcm : undefined))).size).toBe(99);
  });

  it('drops the oldest when nobody listens for longer', async () => {
    const { clock, media, problems } = legOnSocket({ isAttached: false });
    for (let n = 0; n < 150; n++) {
      media(n);
      await clock.advance(20);
    }
    expect(problems).toEqual(Array.from({ length: 50 }, () => 'not-attached'));
  });

  it('ends its call when the listener throws', async () => {
    const { leg, media, errors, socket } = legOnSocket({ isAttached: false });
    const seen: LegEvent['kind'][] = [];
    leg.attach((event) => {
      seen.push(event.kind);
      if (event.kind === 'frame') throw new Error('a fault of ours');
    });
    media(0);
    expect(errors).toHaveLength(1);
    expect(socket.closedWith).toEqual({ code: 1011, reason: 'listener-failed' });
    expect(seen).toEqual(['frame', 'ended']);
  });
});

describe('TwilioMediaLeg says', () => {
  it('media, mark and clear with the id of its stream', () => {
    const { leg, socket, sentEvents } = legOnSocket();
    leg.send(new Int16Array(160));
    leg.mark('m');
    void leg.clear();
    expect(sentEvents()).toEqual(['media', 'mark', 'clear']);
    expect(socket.sent.every((text) => text.includes('"streamSid":"MZ1"'))).toBe(true);
    expect((JSON.parse(socket.sent[0]!) as { media: { payload: string } }).media.payload).toBe(
      Buffer.alloc(160, 0xff).toString('base64'),
    );
  });

  it('nothing more when a second of it waits in the socket: the line is dead', () => {
    const { leg, socket, events } = legOnSocket();
    socket.bufferedAmount = 20_000;
    expect(leg.unsentMs).toBeGreaterThan(1_000);
    expect(leg.unsentMs).toBeLessThan(2_000);
    leg.send(new Int16Array(160));
    expect(events).toEqual([{ kind: 'ended', cause: { result: 'upstream', reason: 'socket-stalled' } }]);
    expect(socket.wasTerminated).toBe(true);
    expect(socket.sent).toEqual([]);
  });

  it('marks that return unheard are nothing, invented ones are a problem, lost ones cost no memory', () => {
    const { leg, socket, events, problems } = legOnSocket();
    const returned = (name: string): void => socket.receive(JSON.stringify({ event: 'mark', mark: { name } }));
    leg.mark('a');
    void leg.clear();
    returned('1:a');
    expect([events, problems]).toEqual([[], []]);
    returned('2:never');
    returned('text');
    expect(problems).toEqual(['unknown-mark', 'unknown-mark']);
    for (let i = 0; i < 300; i++) leg.mark('b');
    returned('2:b');
    returned('301:b');
    expect(events).toEqual([{ kind: 'mark', name: 'b' }]);
  });
});

describe('TwilioMediaLeg ends', () => {
  it.each([
    [1006, 'socket-lost'],
    [1000, 'socket-closed'],
  ])('when the socket closes with %i without a stop', (code, reason) => {
    const { socket, events } = legOnSocket();
    socket.farSideClosed(code);
    expect(events).toEqual([{ kind: 'ended', cause: { result: 'upstream', reason } }]);
  });

  it('by force when the far side does not answer our closing', async () => {
    const { leg, socket, clock } = legOnSocket();
    socket.answersClose = false;
    let isOver = false;
    void leg.hangUp({ result: 'success', reason: 'goodbye' }).then(() => (isOver = true));
    await clock.advance(1_999);
    expect([isOver, socket.wasTerminated]).toEqual([false, false]);
    await clock.advance(1);
    expect([isOver, socket.wasTerminated]).toEqual([true, true]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('with a code when the wire talks nonsense for too long, or too big', () => {
    const { socket, problems, events } = legOnSocket();
    for (let i = 0; i < 201; i++) socket.receive('nonsense');
    expect(problems.at(-1)).toBe('too-many-problems');
    expect(socket.closedWith?.code).toBe(1008);
    socket.receiveBinary(new Uint8Array(3));
    expect(events).toHaveLength(1);
    const big = legOnSocket();
    big.socket.receiveTooLarge();
    expect(big.problems).toEqual(['too-large']);
    expect(big.socket.closedWith?.code).toBe(1009);
  });

  it('not because of a hundred keys, of which a hand’s worth is heard', async () => {
    const { socket, problems, events, clock } = legOnSocket();
    const press = (): void => socket.receive('{"event":"dtmf","dtmf":{"digit":"5"}}');
    for (let i = 0; i < 100; i++) press();
    expect(events).toHaveLength(20);
    expect(problems).toHaveLength(80);
    await clock.advance(1_000);
    for (let i = 0; i < 10; i++) press();
    expect(events).toHaveLength(30);
  });
});
