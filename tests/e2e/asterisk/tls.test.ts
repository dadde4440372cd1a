/** The agent behind TLS: which certificate Asterisk takes, and what a wrong one costs. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { systemClock as clock } from '#kernel/clock.ts';
import { runCommand } from '#models/sources/command.ts';
import { makeCertificates } from '#src/cli/asterisk/certificates.ts';
import type { AsteriskInstall } from '#src/cli/asterisk/install.ts';
import { startPrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import { APOLOGY_HZ, writeLineSounds } from '../../support/line-sounds.ts';
import { toneLevelDbfs } from '../../support/tone.ts';
import { WireTap } from '../../support/wire-tap.ts';

const { signal } = new AbortController();
const NAME = '127.0.0.1';

let install: AsteriskInstall;
let folder: string;
let caFile: string;
const servers: Server[] = [];
beforeAll(async () => {
  install = await ensureAsterisk({ clock, signal });
  folder = await mkdtemp(join(tmpdir(), 'inzwa-tls-'));
  await writeLineSounds(folder);
  caFile = (await makeCertificates(folder, [NAME], { signal })).get(NAME)?.caFile ?? '';
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

/** A certificate of the same authority that knows the address as an address only, as browsers want it. */
async function addressOnly(): Promise<{ certFile: string; keyFile: string }> {
  const [certFile, keyFile] = [join(folder, 'address.pem'), join(folder, 'address.key')];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-days', '2', '-subj', '/CN=inzwa'];
  const own = ['-keyout', keyFile, '-out', certFile, '-addext', `subjectAltName=IP:${NAME}`];
  const signed = ['-CA', caFile, '-CAkey', join(folder, 'ca.key')];
  const { code, stderr } = await runCommand('openssl', [...args, ...own, ...signed], { signal });
  expect(code, stderr).toBe(0);
  return { certFile, keyFile };
}

/** Takes media sockets and never answers them; `uri` is what websocket_client.conf is told. */
async function startAgent(files: { certFile: string; keyFile: string }): Promise<{ uri: string; upgrades: string[] }> {
  const server = createServer({ cert: await readFile(files.certFile), key: await readFile(files.keyFile) });
  const upgrades: string[] = [];
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'media' });
  sockets.on('connection', (_socket, request) => upgrades.push(request.url ?? ''));
  server.listen(0, NAME);
  await once(server, 'listening');
  servers.push(server);
  return { uri: `wss://${NAME}:${(server.address() as AddressInfo).port}/asterisk/media`, upgrades };
}

describe('an agent behind TLS', () => {
  it('is reached when its certificate has its name', async () => {
    const agent = await startAgent({ certFile: join(folder, '0.pem'), keyFile: join(folder, '0.key') });
    await using asterisk = await startPrivateAsterisk({
      ...{ install, clock, signal, dialplan: { SOUNDS: folder } },
      agent: { uri: agent.uri, user: 'asterisk', password: 'agent-pass', caFile },
    });
    await using phone = await SipPhone.open({ clock, signal });
    const target = { host: asterisk.sip.address, port: asterisk.sip.port, user: '0770000002' };
    await using call = await phone.call({ target, from: '0770000001', signal });
    expect(call.progress.finalStatus).toBe(200);
    expect(agent.upgrades).toHaveLength(1);
  });

  it('is not reached when its certificate has an address only: the caller hears the apology, the log says why', async () => {
    const agent = await startAgent(await addressOnly());
    await using asterisk = await startPrivateAsterisk({
      ...{ install, clock, signal, dialplan: { SOUNDS: folder, ROUNDS_NEW: '1' } },
      agent: { uri: agent.uri, user: 'asterisk', password: 'agent-pass', caFile },
    });
    const tap = new WireTap();
    await using phone = await SipPhone.open({ clock, signal, network: tap });
    const target = { host: asterisk.sip.address, port: asterisk.sip.port, user: '0770000002' };
    const call = await phone.call({ target, from: '0770000001', signal, acceptsEarlyMedia: true });
    call.answered.catch(() => undefined);
    expect(await call.ended).toMatchObject({ details: { status: 503, q850: 34 } });
    const apology = (tap.sockets.at(-1) ?? []).filter(({ pcm }) => toneLevelDbfs(pcm, APOLOGY_HZ) > -25);
    expect(apology.length).toBeGreaterThan(25);
    expect(agent.upgrades).toEqual([]);
    await vi.waitFor(async () => expect(await asterisk.instance.channels()).toBe(0), { timeout: 2_000 });
    expect(await asterisk.instance.logTail(30)).toContain('common name');
  });
});
