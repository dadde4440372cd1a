import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Agent } from '../../src/cli/bench/turns/agent.ts';
import { openRemoteAgent } from '../../src/cli/bench/turns/remote-agent.ts';
import { runCalls } from '../../src/cli/bench/turns/run-calls.ts';
import { soundsOf, type PlannedAct, type PlannedCall } from '../../src/cli/bench/turns/planned-call.ts';
import type { CallTrace } from '../../src/cli/bench/turns/trace.ts';
import { AUTH_TOKEN, PUBLIC_URL, startEchoService } from '../support/echo-service.ts';

const signal = AbortSignal.timeout(60_000);
const said = Int16Array.from({ length: 4_000 }, (_, n) => (n % 16 < 8 ? 6_000 : -6_000));

/** One question to an agent that says back what it hears. */
async function call(agent: Agent): Promise<CallTrace> {
  const act: PlannedAct = { class: 'turn', sound: { kind: 'cough', seed: 1 }, wantsAnswer: true, afterMs: 100 };
  const planned: PlannedCall = {
    id: 'call-1',
    number: 7,
    seed: 1,
    line: 'clean',
    wire: 'twilio',
    echo: undefined,
    manner: { name: 'plain', speakingRate: 1, pitch: 1 },
    levelDbfs: -20,
    rounds: [{ kind: 'over-greeting', act: { ...act, afterMs: 0 } }],
  };
  const traces: CallTrace[] = [];
  const run = await runCalls({
    plan: [planned],
    agent,
    sounds: {
      of: async (one) => new Map(soundsOf(one).map((sound) => [sound, { pcm: said, pauses: [], text: '' }])),
    },
    signal,
    onTrace: (trace) => void traces.push(trace),
  });
  expect(run.failed).toEqual([]);
  return traces[0]!;
}

function expectEcho(trace: CallTrace): void {
  const [act] = trace.acts;
  expect(act!.toMs - act!.fromMs).toBeCloseTo(500, 0);
  const [heard] = trace.agent;
  expect(heard!.fromMs - act!.fromMs).toBeGreaterThan(0);
  expect(heard!.fromMs - act!.fromMs).toBeLessThan(300);
  expect(trace.events).toBeUndefined();
}

describe('openRemoteAgent', () => {
  it('telephones a media socket by its URL', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8')) as { event: string };
        if (message.event === 'media') socket.send(JSON.stringify(message));
      });
    });
    try {
      await using agent = openRemoteAgent({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/media` });
      expectEcho(await call(agent));
    } finally {
      for (const client of server.clients) client.terminate();
      server.close();
    }
  });

  it('telephones a signed webhook', async () => {
    await using service = await startEchoService();
    const url = `${service.origin}/twilio/voice`;
    await using agent = openRemoteAgent({ url, authToken: AUTH_TOKEN, publicUrl: PUBLIC_URL });
    expectEcho(await call(agent));
  });

  it('says so when nobody answers there', async () => {
    await using agent = openRemoteAgent({ url: 'ws://127.0.0.1:1/media' });
    await expect(call(agent)).rejects.toThrow();
  });

  it('takes no other URL', () => {
    expect(() => openRemoteAgent({ url: 'ftp://agent.example' })).toThrow(/ws\(s\):\/\//u);
    expect(() => openRemoteAgent({ url: 'nonsense' })).toThrow(/http\(s\):\/\//u);
  });
});
