/** What `inzwa doctor asterisk` says of the way to the agent, with a real Asterisk and agents of every kind. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '#src/cli/asterisk/certificates.ts';
import type { PrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import type { Finding } from '#src/cli/doctor/finding.ts';
import {
  AGENT_ENV,
  AUTHORIZATION,
  faultsOf,
  lineOf,
  onlyFault,
  openSurgery,
  PASSWORD,
  withFile,
  type Surgery,
} from '../../support/doctor-patient.ts';
import { startMediaServer } from '../../support/media-server.ts';

const run = promisify(execFile);
const { signal } = new AbortController();

let surgery: Surgery;
let well: PrivateAsterisk;
beforeAll(async () => {
  surgery = await openSurgery();
  well = await surgery.start();
});
afterAll(async () => {
  await well[Symbol.asyncDispose]();
  await surgery[Symbol.asyncDispose]();
});

describe('an agent', () => {
  const spoilt = (change: (text: string) => string, env: Record<string, string> = {}): Promise<readonly Finding[]> =>
    withFile(well, 'websocket_client.conf', change, () => surgery.examine(well, { env }));

  it('that nothing listens for', async () => {
    const findings = await spoilt((text) => text.replace(/^uri=.*$/gm, 'uri=ws://127.0.0.1:9/asterisk/media'));
    expect(onlyFault(findings)).toEqual({
      check: '[inzwa] server',
      what: 'nothing listens at 127.0.0.1:9',
      line: 'uri=ws://127.0.0.1:9/asterisk/media',
    });
  });

  it('whose host is unknown', async () => {
    const findings = await spoilt((text) =>
      text.replace(/^uri=.*$/gm, 'uri=ws://no-such-host.invalid:8080/asterisk/media'),
    );
    expect(onlyFault(findings)).toMatchObject({ what: 'no-such-host.invalid:8080: the name is not known here' });
  });

  it('that refuses the password, or the user', async () => {
    const password = (text: string): string => text.replace(/^password=.*$/gm, 'password=another-one');
    expect(onlyFault(await spoilt(password))).toEqual({
      check: '[inzwa] password',
      what: 'the agent refuses it (401)',
      line: 'password=another-one',
    });
    const both = faultsOf(await spoilt(password, AGENT_ENV));
    expect(both.map(({ check }) => check)).toEqual(['[inzwa] password', 'environment']);
    expect(JSON.stringify(both)).not.toMatch(new RegExp(`another-one|${PASSWORD}`));
    const user = faultsOf(await spoilt((text) => text.replace(/^username=.*$/gm, 'username=asterix'), AGENT_ENV));
    expect(lineOf(user[0])).toBe('username=asterix');
  });

  it('without its second section', async () => {
    const findings = await spoilt((text) => text.slice(0, text.indexOf('[inzwa-second]')));
    expect(onlyFault(findings)).toMatchObject({ check: '[inzwa-second]' });
  });

  it('whose section is not what it must be', async () => {
    const findings = await spoilt((text) =>
      text
        .replace('connection_type=per_call_config', 'connection_type=persistent')
        .replace('protocols=media', 'protocols=ari')
        .replace('tls_enabled=no', 'tls_enabled=yes'),
    );
    expect(faultsOf(findings).map(lineOf)).toEqual(['connection_type=persistent', 'protocols=ari', 'tls_enabled=yes']);
  });

  it('that takes everybody, is full, or is another program', async () => {
    const to = (uri: string) => (text: string) => text.replace(/^uri=.*$/gm, `uri=${uri}`);
    await using open = await startMediaServer();
    expect(onlyFault(await spoilt(to(open.uri)))).toMatchObject({
      check: '[inzwa] password',
      what: expect.stringContaining('any password') as string,
    });
    await using full = await startMediaServer({ authorization: 'nobody', status: 503 });
    expect(onlyFault(await spoilt(to(full.uri)))).toMatchObject({
      what: expect.stringContaining('503') as string,
    });
    await using other = await startMediaServer({ authorization: 'nobody', status: 404 });
    expect(onlyFault(await spoilt(to(other.uri)))).toMatchObject({ line: `uri=${other.uri}` });
  });

  it('behind TLS, whose certificate has the name as CN and DNS name, or as an address only', async () => {
    const certificates = await makeCertificates(surgery.folder, ['127.0.0.1', 'elsewhere.example'], { signal });
    const secure = (uri: string, caFile: string | undefined) => (text: string) =>
      text
        .replace(/^uri=.*$/gm, `uri=${uri}`)
        .replaceAll('tls_enabled=no', `tls_enabled=yes${caFile === undefined ? '' : `\nca_list_file=${caFile}`}`);
    const pem = async (certFile: string, keyFile: string): Promise<{ cert: string; key: string }> => ({
      cert: await readFile(certFile, 'utf8'),
      key: await readFile(keyFile, 'utf8'),
    });
    const right = certificates.get('127.0.0.1')!;
    await using good = await startMediaServer({
      authorization: AUTHORIZATION,
      tls: await pem(right.certFile, right.keyFile),
    });
    expect(faultsOf(await spoilt(secure(good.uri, right.caFile)))).toEqual([]);
    const strange = onlyFault(await spoilt(secure(good.uri, undefined)));
    expect(strange.what).toContain('no authority that Asterisk trusts has signed it');
    const nowhere = onlyFault(await spoilt(secure(good.uri, '/nowhere/ca.pem')));
    expect(nowhere.line).toBe('ca_list_file=/nowhere/ca.pem');

    const wrong = certificates.get('elsewhere.example')!;
    await using misnamed = await startMediaServer({
      authorization: AUTHORIZATION,
      tls: await pem(wrong.certFile, wrong.keyFile),
    });
    const named = onlyFault(await spoilt(secure(misnamed.uri, wrong.caFile)));
    expect(named.what).toBe('it is for elsewhere.example, not for 127.0.0.1');

    const [cert, key] = [join(surgery.folder, 'address.pem'), join(surgery.folder, 'address.key')];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-noenc',
      '-subj',
      '/CN=agent',
      '-keyout',
      key,
      '-out',
      cert,
    ];
    await run('openssl', [...request, '-addext', 'subjectAltName=IP:127.0.0.1']);
    await using address = await startMediaServer({ authorization: AUTHORIZATION, tls: await pem(cert, key) });
    const only = onlyFault(await spoilt(secure(address.uri, cert)));
    expect(only).toMatchObject({
      check: '[inzwa] certificate',
      what: 'it names the server by an IP address only, and Asterisk looks at CN and DNS names',
    });

    const plain = onlyFault(
      await spoilt(secure(surgery.media.uri.replace('ws:', 'wss:'), right.caFile)).then(certificateOnly),
    );
    expect(plain.what).toContain('there is no TLS');
  });
});

/** Where there is no TLS, the password cannot be shown either. */
const certificateOnly = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ check }) => check === '[inzwa] certificate');
