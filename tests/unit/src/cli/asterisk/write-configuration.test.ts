import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsOf, writeConfiguration, type ConfigurationRequest } from '#src/cli/asterisk/write-configuration.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inzwa-configuration-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const env = {
  INZWA_ASTERISK_USER: 'asterisk',
  INZWA_ASTERISK_PASSWORD: 'agent-pass',
  INZWA_ARI_USER: 'inzwa',
  INZWA_ARI_PASSWORD: 'ari, pass',
  CARRIER_USER: 'acme',
  CARRIER_PASSWORD: 'carrier=pass',
};
const request = (changed: Partial<ConfigurationRequest> = {}): ConfigurationRequest => ({
  trunk: 'registration',
  carrier: 'sip.example.net',
  env,
  ...changed,
});
const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe('the configuration for an operator', () => {
  it('is complete when everything is given, and nobody else may read it', async () => {
    const { files, left } = await writeConfiguration(folder, settingsOf(request()), { isForced: false });
    expect(left).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual([...files].sort());
    expect(files).not.toContain('asterisk.conf');
    expect(await text('pjsip-trunk-registration.conf')).toContain('\npassword=carrier=pass\n');
    expect(await text('ari.conf')).toContain('\npassword=ari, pass\n');
    for (const name of files) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o640);
  });

  it('says where it is not complete', async () => {
    const { left } = await writeConfiguration(folder, settingsOf(request({ env: {}, carrier: undefined })), {
      isForced: false,
    });
    expect(new Set(left.map(({ what }) => what))).toEqual(new Set([...Object.keys(env), 'CARRIER_HOST']));
    for (const { file, line, what } of left) {
      expect((await text(file)).split('\n')[line - 1]).toContain(`FILL_IN_${what}`);
    }
  });

  it('needs no account where the carrier knows us by address', async () => {
    const settings = settingsOf(request({ trunk: 'ip', carrierAddresses: '192.0.2.7,192.0.2.8' }));
    const { files } = await writeConfiguration(folder, settings, { isForced: false });
    expect(files).toContain('pjsip-trunk-ip.conf');
    expect(await text('pjsip-trunk-ip.conf')).toContain('\nmatch=192.0.2.7,192.0.2.8\n');
  });

  it('takes every option to its place', async () => {
    const settings = settingsOf(
      request({
        agentUri: 'wss://one.example.net/asterisk/media',
        secondAgentUri: 'wss://two.example.net/asterisk/media',
        caFile: '/etc/ssl/own-ca.pem',
        sipBind: '192.168.1.5:5060',
        publicAddress: '203.0.113.5',
        localNet: '192.168.0.0/16',
        rtp: '12000-12999',
        sounds: '/srv/sounds',
        env: { ...env, INZWA_TRUNK_ENDPOINT: 'telone' },
      }),
    );
    await writeConfiguration(folder, settings, { isForced: false });
    const clients = await text('websocket_client.conf');
    expect(clients.match(/^uri=.*$/gm)).toEqual([
      'uri=wss://one.example.net/asterisk/media',
      'uri=wss://two.example.net/asterisk/media',
    ]);
    expect(clients.match(/^ca_list_file=.*$/gm)).toHaveLength(2);
    expect(await text('pjsip.conf')).toContain('external_media_address=203.0.113.5');
    expect(await text('rtp.conf')).toMatch(/rtpstart=12000\nrtpend=12999/);
    expect(await text('extensions.conf')).toContain('INZWA_SOUNDS=/srv/sounds');
    expect(await text('extensions.conf')).toContain('=telone');
  });

  it('overwrites nothing unless it is told to', async () => {
    await writeFile(join(folder, 'rtp.conf'), 'mine', { mode: 0o644 });
    await expect(writeConfiguration(folder, settingsOf(request()), { isForced: false })).rejects.toThrow(
      /^rtp\.conf in .* would be overwritten, and nothing was written/,
    );
    expect(await readdir(folder)).toEqual(['rtp.conf']);
    expect(await text('rtp.conf')).toBe('mine');
    await writeConfiguration(folder, settingsOf(request()), { isForced: true });
    expect(await text('rtp.conf')).toContain('rtpstart=10000');
    expect((await stat(join(folder, 'rtp.conf'))).mode & 0o777).toBe(0o640);
  });

  it('keeps files of the operator’s own', async () => {
    await writeFile(join(folder, 'pjsip-local.conf'), 'mine');
    await writeConfiguration(folder, settingsOf(request()), { isForced: true });
    expect(await text('pjsip-local.conf')).toBe('mine');
  });

  it.each(['10000', '20000-10000', '10-20', '10000-70000', 'a-b'])('refuses %s as a range of ports', (rtp) => {
    expect(() => settingsOf(request({ rtp }))).toThrow('must be a range like 10000-20000');
  });

  it('says what a password may be made of, and does not show it', async () => {
    const settings = settingsOf(request({ env: { ...env, INZWA_ASTERISK_PASSWORD: 'hush(now)' } }));
    const error: unknown = await writeConfiguration(folder, settings, { isForced: false }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toContain('@AGENT_PASSWORD@ cannot be written into Asterisk');
    expect(String(error)).toContain('letters, digits and _.+- only');
    expect(String(error)).not.toContain('hush');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says so when its folder cannot be', async () => {
    await writeFile(join(folder, 'file'), '');
    const below = join(folder, 'file', 'below');
    await expect(writeConfiguration(below, settingsOf(request()), { isForced: false })).rejects.toThrow(
      'cannot be written',
    );
  });
});
