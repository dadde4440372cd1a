/** The shipped trunk templates against a carrier that is an Asterisk too: no telephone takes part, so it is quick. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import { startCarrier, type Carrier } from '#src/cli/asterisk/carrier.ts';
import { makeCertificates, type CertificateFiles } from '#src/cli/asterisk/certificates.ts';
import { freePorts } from '#src/cli/asterisk/free-ports.ts';
import type { AsteriskInstall } from '#src/cli/asterisk/install.ts';
import { startPrivateAsterisk, type PrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { startMediaServer } from '../../support/media-server.ts';

const clock = systemClock;
const { signal } = new AbortController();
let install: AsteriskInstall;
let folder: string;
let certificates: ReadonlyMap<string, CertificateFiles>;
beforeAll(async () => {
  install = await ensureAsterisk({ clock, signal });
  folder = await mkdtemp(join(tmpdir(), 'inzwa-certificates-'));
  certificates = await makeCertificates(folder, ['127.0.0.1', '127.0.0.2'], { signal });
});
afterAll(() => rm(folder, { recursive: true }));

async function pemOf({ certFile, keyFile }: CertificateFiles): Promise<{ cert: string; key: string }> {
  return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
}

const KINDS = ['registration', 'ip', 'tls-srtp'] as const;

async function audioFrame(socket: WebSocket): Promise<Buffer> {
  for (;;) {
    const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    if (isBinary) return data;
  }
}

/** A call out through ARI; resolves to the Q.850 cause that it ended with. */
async function causeOf(asterisk: PrivateAsterisk, number: string): Promise<number> {
  const { url, user, password } = asterisk.ari;
  const events = new globalThis.WebSocket(
    `${url.replace('http', 'ws')}/events?app=test&api_key=${user}:${password}&subscribeAll=true`,
  );
  await new Promise((resolve) => {
    events.addEventListener('open', resolve);
  });
  const ended = new Promise<number>((resolve) => {
    events.addEventListener('message', ({ data }) => {
      const event = JSON.parse(String(data)) as { type: string; cause: number; channel?: { id: string } };
      if (event.type === 'ChannelDestroyed' && event.channel?.id === 'outbound') resolve(event.cause);
    });
  });
  const target = `/channels/outbound?endpoint=PJSIP/${number}@carrier&app=test&timeout=10`;
  const headers = { authorization: `Basic ${btoa(`${user}:${password}`)}` };
  const response = await fetch(url + target, { method: 'POST', headers });
  expect(response.status).toBe(200);
  const cause = await ended;
  events.close();
  return cause;
}

describe.each(KINDS)('a trunk by %s', (kind) => {
  it('brings a call from the carrier to the agent, in A-law, and takes one to the carrier', async () => {
    const own = certificates.get('127.0.0.1');
    // The encrypted trunk goes on to an agent behind TLS.
    const isTls = kind === 'tls-srtp' && own;
    await using media = await startMediaServer(isTls ? { tls: await pemOf(own) } : {});
    const address = kind === 'ip' ? '127.0.0.3' : '127.0.0.1';
    const ports = await freePorts({ address });
    const certificate = kind === 'tls-srtp' ? certificates.get('127.0.0.2') : undefined;
    const customer = `${address}:${ports.sipUdp}`;
    await using carrier = await startCarrier({
      install,
      clock,
      signal,
      kind,
      customer,
      ...(certificate && { certificate }),
    });
    await using asterisk = await startPrivateAsterisk({
      ...{ install, clock, signal, address, ports },
      agent: { uri: media.uri, user: 'asterisk', password: 'agent-pass', ...(isTls && { caFile: own.caFile }) },
      trunk: carrier.trunk(own && { ...own, bind: `127.0.0.1:${ports.sipTls}` }),
    });
    if (kind !== 'ip') await carrier.registered({ signal });

    await carrier.instance.command('channel originate PJSIP/263242700700@customer application Milliwatt');
    const { socket, request } = await media.next();
    expect(request.headers.authorization).toBe(`Basic ${btoa('asterisk:agent-pass')}`);
    expect(new URL(request.url ?? '', 'http://x').searchParams.get('to')).toBe('263242700700');
    // Milliwatt is 1004 Hz at 0 dBm: not the silence (0xD5) that a leg without keys for its SRTP would hear.
    const frame = await audioFrame(socket);
    expect(frame).toHaveLength(160);
    expect(new Set(frame).size).toBeGreaterThan(4);
    expect(await carrier.instance.command('pjsip show channelstats')).toContain('alaw');
    await carrier.instance.command('channel request hangup all');
    await untilQuiet(asterisk);

    expect(await causeOf(asterisk, '263779999999')).toBe(1);
    await untilQuiet(asterisk);
    await untilQuiet(carrier);
  });
});

async function untilQuiet({ instance }: PrivateAsterisk | Carrier): Promise<void> {
  for (let tries = 0; tries < 100 && (await instance.channels()) > 0; tries++) await clock.sleep(50, { signal });
  expect(await instance.command('core show channels')).toContain('0 active channels');
}

describe('a carrier', () => {
  it('does not take a wrong password', async () => {
    await using carrier = await startCarrier({ install, clock, signal });
    const trunk = carrier.trunk();
    if (trunk.kind !== 'registration') throw new Error('the carrier gives another trunk than was asked for');
    const agent = { uri: 'ws://127.0.0.1:9/asterisk/media', user: 'asterisk', password: 'agent-pass' };
    const wrong = { ...trunk, password: 'wrong' };
    await using asterisk = await startPrivateAsterisk({ install, clock, signal, agent, trunk: wrong });
    let shown = '';
    for (let tries = 0; tries < 100 && !shown.includes('Rejected'); tries++) {
      shown = await asterisk.instance.command('pjsip show registrations');
      await clock.sleep(50, { signal });
    }
    expect(shown).toContain('Rejected');
  });

  it('asks for the agent’s own certificate where the trunk is encrypted', async () => {
    const certificate = certificates.get('127.0.0.2');
    await using carrier = await startCarrier({
      install,
      clock,
      signal,
      kind: 'tls-srtp',
      ...(certificate && { certificate }),
    });
    try {
      carrier.trunk();
      expect.unreachable();
    } catch (error) {
      expect(isInzwaError(error, 'INZWA_ASTERISK_CONFIG')).toBe(true);
    }
  });
});
