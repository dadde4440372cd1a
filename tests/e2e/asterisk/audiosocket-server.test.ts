/** The AudioSocket server on real TCP connections; Asterisk itself is in audiosocket.test.ts. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { systemClock } from '#kernel/clock.ts';
import type { LegEvent } from '#pipeline/ports.ts';
import type { AudioSocketLeg } from '#telephony/asterisk/audiosocket/media-leg.ts';
import { OneTimeIds } from '#telephony/asterisk/audiosocket/one-time-ids.ts';
import { AudioSocketServer } from '#telephony/asterisk/audiosocket/server.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';
import { wireAudio, wireFrame } from '../../support/linked-audiosocket.ts';
import { tone } from '../../support/tone.ts';

interface Call {
  readonly leg: AudioSocketLeg;
  readonly events: LegEvent[];
  readonly facts: { readonly from: string };
}

async function serve(opts: { readonly maxSockets?: number; readonly uuidDeadlineMs?: number } = {}): Promise<{
  readonly server: AudioSocketServer<Call['facts']>;
  readonly ids: OneTimeIds<Call['facts']>;
  readonly port: number;
  readonly calls: Call[];
  readonly refused: string[];
  readonly problems: WireProblem[];
  readonly dial: (uuid?: string) => Promise<Socket>;
}> {
  const ids = new OneTimeIds<Call['facts']>({ clock: systemClock });
  const calls: Call[] = [];
  const refused: string[] = [];
  const problems: WireProblem[] = [];
  const server = new AudioSocketServer({
    clock: systemClock,
    host: '127.0.0.1',
    port: 0,
    maxSockets: opts.maxSockets ?? 10,
    uuidDeadlineMs: opts.uuidDeadlineMs,
    filler: () => (out) => void out.fill(3),
    admit(uuid) {
      const facts = ids.redeem(uuid);
      if (typeof facts === 'object') return { callId: uuid, facts };
      return new InzwaError('INZWA_TOKEN_REFUSED', `an AudioSocket id is ${facts}`);
    },
    onLeg(leg, { facts }) {
      const events: LegEvent[] = [];
      leg.attach((event) => events.push(event.kind === 'frame' ? { ...event, pcm: event.pcm.slice() } : event));
      calls.push({ leg, events, facts });
    },
    onRefused: ({ code }) => refused.push(code),
    onProblem: (problem) => problems.push(problem),
    onListenerError: (error) => {
      throw error;
    },
  });
  const { port } = await server.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  async function dial(uuid?: string): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    if (uuid !== undefined) socket.write(wireFrame(0x01, Buffer.from(uuid.replaceAll('-', ''), 'hex')));
    return socket;
  }
  return { server, ids, port, calls, refused, problems, dial };
}

/** All that comes until the far side closes. */
async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
  return Buffer.concat(chunks);
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = systemClock.nowMs() + 5_000;
  while (!isTrue()) {
    if (systemClock.nowMs() > deadline) throw new Error('it did not come true in 5 s');
    await sleep(5);
  }
}

describe('AudioSocketServer', () => {
  it('takes a call for an id that was minted, with its facts, and the same id never again', async () => {
    const { ids, calls, refused, dial } = await serve();
    const id = ids.mint({ from: 'somebody' });
    const socket = await dial(id);
    await until(() => calls.length === 1);
    expect(calls[0]?.facts).toEqual({ from: 'somebody' });
    for (let n = 0; n < 5; n++) socket.write(wireAudio(tone(400, 20)));
    await until(() => calls[0]!.events.filter(({ kind }) => kind === 'frame').length === 5);
    expect(await readToEnd(await dial(id))).toEqual(wireFrame(0x00));
    expect(await readToEnd(await dial('7d9c3a52-6a0e-4f7b-9d43-0c2b8f1e5a60'))).toEqual(wireFrame(0x00));
    expect(refused).toEqual(['INZWA_TOKEN_REFUSED', 'INZWA_TOKEN_REFUSED']);
    socket.end();
    await until(() => calls[0]!.events.at(-1)?.kind === 'ended');
    expect(calls[0]?.events.at(-1)).toEqual({ kind: 'ended', cause: { result: 'caller', reason: 'hung-up' } });
  });

  it('sends whole frames every 20 ms, and a hang-up frame at the end', async () => {
    const { ids, calls, dial } = await serve();
    const reading = readToEnd(await dial(ids.mint({ from: 'somebody' })));
    await until(() => calls.length === 1);
    await sleep(1_000);
    await calls[0]!.leg.hangUp({ result: 'success', reason: 'goodbye' });
    const bytes = await reading;
    expect(bytes.subarray(-3)).toEqual(wireFrame(0x00));
    expect((bytes.length - 3) % 323).toBe(0);
    expect((bytes.length - 3) / 323).toBeGreaterThanOrEqual(45);
    expect((bytes.length - 3) / 323).toBeLessThanOrEqual(55);
  });

  it('takes a reset for what it is when Asterisk closes with a frame of ours unread: the caller hung up', async () => {
    const { ids, calls, dial, server } = await serve();
    const socket = await dial(ids.mint({ from: 'somebody' }));
    await until(() => calls.length === 1);
    socket.resetAndDestroy();
    await until(() => calls[0]!.events.length > 0);
    expect(calls[0]?.events).toEqual([{ kind: 'ended', cause: { result: 'caller', reason: 'hung-up' } }]);
    await until(() => server.openSockets === 0);
  });

  it('drops a connection that says nothing, and one that speaks something else', async () => {
    const { calls, refused, dial, server, problems } = await serve({ uuidDeadlineMs: 200 });
    const silent = readToEnd(await dial());
    const browser = await dial();
    const other = readToEnd(browser);
    browser.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await Promise.all([silent, other])).map(({ length }) => length)).toEqual([0, 0]);
    expect(refused.sort()).toEqual(['INZWA_START_LATE', 'INZWA_START_REFUSED']);
    expect([calls, problems]).toEqual([[], ['unknown-event']]);
    await until(() => server.openSockets === 0);
  });

  it('closes connections beyond its limit at once, and takes the next when there is room', async () => {
    const { ids, calls, refused, dial, server } = await serve({ maxSockets: 2 });
    const first = await dial(ids.mint({ from: 'a' }));
    await dial(ids.mint({ from: 'b' }));
    await until(() => calls.length === 2);
    expect((await readToEnd(await dial(ids.mint({ from: 'c' })))).length).toBe(0);
    expect(refused).toEqual(['INZWA_CALL_REFUSED']);
    first.end();
    await until(() => calls[0]!.events.at(-1)?.kind === 'ended');
    await until(() => server.openSockets === 1);
    await dial(ids.mint({ from: 'd' }));
    await until(() => calls.length === 3);
  });

  it('says so when the port is taken, and can be disposed of without having listened', async () => {
    const { port } = await serve();
    const second = new AudioSocketServer({
      clock: systemClock,
      host: '127.0.0.1',
      port,
      maxSockets: 1,
      admit: () => new InzwaError('INZWA_CALL_REFUSED', 'never'),
      onLeg: () => undefined,
      onRefused: () => undefined,
      onProblem: () => undefined,
      onListenerError: () => undefined,
    });
    await expect(second.listen()).rejects.toMatchObject({ code: 'INZWA_AUDIOSOCKET_LISTEN' });
    await second[Symbol.asyncDispose]();
  });
});
