/** `inzwa doctor asterisk` against real Asterisks that are well, and ill in every way it knows. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { startCarrier, type Carrier } from '#src/cli/asterisk/carrier.ts';
import { freePorts } from '#src/cli/asterisk/free-ports.ts';
import type { PrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { examine } from '#src/cli/doctor/examine.ts';
import type { Finding } from '#src/cli/doctor/finding.ts';
import {
  AGENT_ENV,
  confOf,
  faultsOf,
  lineOf,
  onlyFault,
  openSurgery,
  PASSWORD,
  until,
  withFile,
  type Surgery,
} from '../../support/doctor-patient.ts';

const clock = systemClock;
const { signal } = new AbortController();
const run = promisify(execFile);

let surgery: Surgery;
let carrier: Carrier;
let well: PrivateAsterisk;
beforeAll(async () => {
  surgery = await openSurgery();
  carrier = await startCarrier({ install: surgery.install, clock, signal });
  well = await surgery.start({ trunk: carrier.trunk() });
  await carrier.registered({ signal });
});
afterAll(async () => {
  await well[Symbol.asyncDispose]();
  await carrier[Symbol.asyncDispose]();
  await surgery[Symbol.asyncDispose]();
});

const ariEnv = ({ ari }: PrivateAsterisk): Record<string, string> => ({
  INZWA_ARI_URL: ari.url.replace(/\/ari$/, ''),
  INZWA_ARI_USER: ari.user,
  INZWA_ARI_PASSWORD: ari.password,
});

describe('an Asterisk that is well', () => {
  it('has nothing to be mended, with the shipped configuration and ARI', async () => {
    const findings = await surgery.examine(well, { env: { ...AGENT_ENV, ...ariEnv(well) } });
    expect(faultsOf(findings)).toEqual([]);
    const checks = findings.filter(({ verdict }) => verdict === 'well').map(({ check }) => check);
    for (const check of ['Asterisk', 'version', 'modules', '[inzwa] server', '[inzwa] password', '[inzwa-second]']) {
      expect(checks).toContain(check);
    }
    for (const check of ['environment', 'codecs', 'cut lines', 'media path', 'dialplan', 'calls in', 'registration']) {
      expect(checks).toContain(check);
    }
    for (const check of ['transport', 'http', 'ARI', 'sounds']) expect(checks).toContain(check);
    expect(await well.instance.channels()).toBe(0);
  });

  it('ends the command with 0, and shows no password', async () => {
    const { stdout } = await doctor(['--control', confOf(well)], { ...AGENT_ENV, ...ariEnv(well) });
    expect(stdout).toContain('All is well.');
    expect(stdout).toMatch(/^✓ codecs +alaw, ulaw$/m);
    expect(stdout).not.toContain(PASSWORD);
    expect(stdout).not.toContain(well.ari.password);
  });
});

/** The command as an operator runs it; rejects with `code`, `stdout` and `stderr` when it does not end with 0. */
function doctor(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  const inzwa = fileURLToPath(new URL('../../../src/cli/inzwa.ts', import.meta.url));
  const command = [surgery.install.command, ...surgery.install.leadingArgs].join(' ');
  return run(process.execPath, [inzwa, 'doctor', 'asterisk', '--command', command, ...args], {
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
  });
}

describe('the command', () => {
  const failed = (error: unknown): { code: number; stdout: string; stderr: string } => error as never;

  it('ends with 1 and names file, line and remedy when something is wrong', async () => {
    const spoil = (text: string): string => text.replace(/^uri=.*$/gm, 'uri=ws://127.0.0.1:9/asterisk/media');
    await withFile(well, 'websocket_client.conf', spoil, async () => {
      const { code, stdout } = await doctor(['--control', confOf(well)]).then(() => expect.unreachable(), failed);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^✗ \[inzwa\] server +nothing listens at 127\.0\.0\.1:9$/m);
      expect(stdout).toMatch(/^ +\S+websocket_client\.conf:9$/m);
      expect(stdout).toContain('start the agent there, or correct uri');
      expect(stdout).toContain('1 thing is to be mended.');
    });
  });

  it('says the same as JSON', async () => {
    const { stdout } = await doctor(['--control', confOf(well), '--endpoint', 'nobody', '--json']).catch(failed);
    const report = JSON.parse(stdout) as { isWell: boolean; findings: Finding[] };
    expect(report.isWell).toBe(false);
    expect(faultsOf(report.findings)).toMatchObject([{ check: 'trunk', what: 'there is no endpoint "nobody"' }]);
  });

  it('refuses an endpoint that is no name', async () => {
    const { code, stderr } = await doctor(['--endpoint', 'a; core stop now']).then(() => expect.unreachable(), failed);
    expect(code).toBe(2);
    expect(stderr).toContain('INZWA_CONFIG_INVALID');
  });
});

describe('an Asterisk that is not there', () => {
  it('is told from one that is not installed', async () => {
    const gone = await surgery.start();
    const etc = await mkdtemp(join(tmpdir(), 'inzwa-doctor-etc-'));
    try {
      const control = join(etc, 'asterisk.conf');
      const conf = await readFile(confOf(gone), 'utf8');
      await gone[Symbol.asyncDispose]();
      await writeFile(control, conf.replace(/^astetcdir=.*$/m, `astetcdir=${etc}`));
      const options = { control, endpoint: 'carrier', env: {}, clock, signal };
      const stopped = await examine({ ...options, command: [surgery.install.command, ...surgery.install.leadingArgs] });
      expect(faultsOf(stopped).map(({ check, what }) => `${check}: ${what}`)).toEqual([
        'Asterisk: it does not answer',
        '[inzwa]: the file is missing, or may not be read',
      ]);
      const absent = await examine({ ...options, command: ['no-such-asterisk'] });
      expect(faultsOf(absent)[0]?.what).toBe('there is no program `asterisk`');
    } finally {
      await rm(etc, { recursive: true });
    }
  });
});

describe('a trunk', () => {
  const shipped = async (name: string): Promise<string> =>
    readFile(new URL(`../../../telephony/asterisk/conf/${name}`, import.meta.url), 'utf8');

  it('with mu-law first, no rtp_timeout, media past Asterisk, and nobody to recognise', async () => {
    const text = (await readFile(join(well.instance.paths.etcDir, 'pjsip-trunk-registration.conf'), 'utf8'))
      .replace('allow=alaw,ulaw', 'allow=ulaw,alaw')
      .replace(/^rtp_timeout=.*$/m, '')
      .replace('direct_media=no', 'direct_media=yes')
      .replace('context=from-trunk', 'context=from-nowhere')
      .replace('line=yes\nendpoint=carrier\n', '')
      .replace(/\[carrier-id\][^[]*/, '');
    await using asterisk = await surgery.start({
      trunk: carrier.trunk(),
      files: { 'pjsip-trunk-registration.conf': text },
    });
    await carrier.registered({ signal });
    await until(async () => (await asterisk.instance.command('pjsip show registrations')).includes(' Registered'));
    const faults = faultsOf(await surgery.examine(asterisk));
    const found = faults.map((fault) => [fault.check, lineOf(fault)]);
    expect(found).toEqual([
      ['codecs', 'allow=ulaw,alaw'],
      ['cut lines', '[carrier]'],
      ['media path', 'direct_media=yes'],
      ['dialplan', 'context=from-nowhere'],
      ['calls in', '[carrier]'],
    ]);
  });

  it('whose password is wrong', async () => {
    const trunk = carrier.trunk();
    if (trunk.kind !== 'registration') throw new Error('the carrier gives another trunk than was asked for');
    await using asterisk = await surgery.start({ trunk: { ...trunk, password: 'a-wrong-one' } });
    await until(async () => (await asterisk.instance.command('pjsip show registrations')).includes('Rejected'));
    const findings = await surgery.examine(asterisk);
    expect(onlyFault(findings)).toMatchObject({ check: 'registration', line: 'password=a-wrong-one' });
    expect(JSON.stringify(findings)).not.toContain('a-wrong-one');
  });

  it('whose carrier does not answer', async () => {
    const files = {
      'pjsip-trunk-ip.conf': (await shipped('pjsip-trunk-ip.conf'))
        .replaceAll('@TRUNK_HOST@', '127.0.0.2:9')
        .replaceAll(/@TRUNK_(?:ADDRESS|DOMAIN)@/g, '127.0.0.2')
        .replace('@RTP_TIMEOUT_S@', '60')
        .replace('qualify_frequency=30', 'qualify_frequency=1\nqualify_timeout=0.5'),
    };
    await using asterisk = await surgery.start({ files });
    await until(async () => (await asterisk.instance.command('pjsip show contacts')).includes('Unavail'));
    expect(onlyFault(await surgery.examine(asterisk))).toMatchObject({
      check: 'calls out',
      line: 'contact=sip:127.0.0.2:9',
    });
  });

  it('over TLS whose certificate is not where it should be', async () => {
    const account = { host: '127.0.0.2:5061', user: 'acme', password: 'x' };
    const tls = { caFile: '/nowhere/ca.pem', certFile: '/nowhere/own.pem', keyFile: '/nowhere/own.key' };
    await using asterisk = await surgery.start({
      trunk: { kind: 'tls-srtp', ...account, ...tls, bind: '127.0.0.1:0' },
    });
    const faults = faultsOf(await surgery.examine(asterisk));
    const transport = faults.find(({ check }) => check === 'transport');
    expect(transport && lineOf(transport)).toBe('ca_list_file=/nowhere/ca.pem');
    expect(faults.map(({ check }) => check)).toContain('registration');
  });

  it('whose pjsip.conf includes a file that is not there', async () => {
    const findings = await withFile(
      well,
      'pjsip.conf',
      (text) => text.replace('pjsip-trunk-registration.conf', 'pjsip-trunk-lost.conf'),
      () => surgery.examine(well),
    );
    expect(onlyFault(findings)).toMatchObject({ check: 'trunk', line: '#include "pjsip-trunk-lost.conf"' });
  });
});

describe('an Asterisk that answers, but not as it should', () => {
  it('lacks a module that is barred, and one that was never asked for', async () => {
    const modules = (await readFile(join(well.instance.paths.etcDir, 'modules.conf'), 'utf8'))
      .replace('load=chan_websocket\n', 'noload=chan_websocket.so\n')
      .replace('load=func_uri\n', '');
    await using asterisk = await surgery.start({ files: { 'modules.conf': modules } });
    const faults = faultsOf(await surgery.examine(asterisk)).filter(({ check }) => check === 'modules');
    expect(faults.map(({ what }) => what.split(' ')[0])).toEqual(['chan_websocket', 'func_uri']);
    expect(lineOf(faults[0])).toBe('noload=chan_websocket.so');
    expect(lineOf(faults[1])).toBe('autoload=no');
    expect(faults[1]?.mend).toContain('add load=func_uri');
  });

  it('listens for HTTP on every address', async () => {
    const http = `[general]\nenabled=yes\nbindaddr=0.0.0.0\nbindport=${(await freePorts()).http}\n`;
    await using asterisk = await surgery.start({ files: { 'http.conf': http } });
    const shown = await asterisk.instance.command('http show status');
    expect(shown).toContain('0.0.0.0');
    expect(onlyFault(await surgery.examine(asterisk))).toMatchObject({ check: 'http', line: 'bindaddr=0.0.0.0' });
  });

  it('refuses the password of ARI, does not know its user, lets it only read, or does not answer', async () => {
    const env = ariEnv(well);
    const wrong = await surgery.examine(well, { env: { ...env, INZWA_ARI_PASSWORD: 'not-this' } });
    expect(onlyFault(wrong).line).toMatch(/^password=/);
    const stranger = await surgery.examine(well, { env: { ...env, INZWA_ARI_USER: 'nobody' } });
    expect(onlyFault(stranger)).toMatchObject({ what: 'INZWA_ARI_USER is not known to Asterisk' });
    const nowhere = await surgery.examine(well, { env: { ...env, INZWA_ARI_URL: 'http://127.0.0.1:9' } });
    expect(onlyFault(nowhere).line).toMatch(/^bindport=/);
    const reader = (text: string): string => text.replace('read_only=no', 'read_only=yes');
    const readOnly = await withFile(well, 'ari.conf', reader, () => surgery.examine(well, { env }));
    expect(onlyFault(readOnly)).toMatchObject({ check: 'ARI', line: 'read_only=yes' });
  });

  it('has no apology to play', async () => {
    const lose = (text: string): string => text.replace(/^INZWA_SOUNDS=.*$/m, 'INZWA_SOUNDS=/nowhere');
    const findings = await withFile(well, 'extensions.conf', lose, () => surgery.examine(well));
    expect(onlyFault(findings)).toMatchObject({ check: 'sounds', line: 'INZWA_SOUNDS=/nowhere' });
  });
});
