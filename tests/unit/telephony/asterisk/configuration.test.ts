import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import {
  fillIn,
  renderConfiguration,
  type AsteriskSettings,
  type TrunkSettings,
} from '#telephony/asterisk/configuration.ts';

const CONF = new URL('../../../../telephony/asterisk/conf/', import.meta.url);

const registration: TrunkSettings = {
  kind: 'registration',
  host: 'sip.example.net',
  user: 'acme',
  password: 'pa=ss[1]',
};
const settings: AsteriskSettings = {
  agent: { uri: 'ws://10.0.0.5:8080/asterisk/media', user: 'asterisk', password: 'agent-pass' },
  trunk: registration,
  ari: { user: 'inzwa', password: 'ari pass, with $igns' },
};

/** The value of `key` in the n-th section of a name. */
function valueOf(text: string, section: string, key: string, nth = 0): string | undefined {
  const body = text.split(`[${section}]\n`)[nth + 1]?.split(/^\[/m)[0] ?? '';
  return new RegExp(`^${key}=(.*)$`, 'm').exec(body)?.[1];
}

function faultOf(changed: Partial<AsteriskSettings>): string {
  try {
    renderConfiguration({ ...settings, ...changed });
  } catch (error) {
    return isInzwaError(error, 'INZWA_ASTERISK_CONFIG') ? error.message : String(error);
  }
  return 'none';
}

describe('renderConfiguration', () => {
  it('leaves no placeholder and no optional line behind, for every trunk', () => {
    const tls = { caFile: '/etc/ssl/ca.pem', certFile: '/etc/ssl/own.pem', keyFile: '/etc/ssl/own.key' };
    const trunks: TrunkSettings[] = [
      registration,
      { kind: 'ip', host: '192.0.2.7' },
      { ...registration, kind: 'tls-srtp', ...tls },
    ];
    for (const trunk of trunks) {
      for (const [name, text] of renderConfiguration({ ...settings, trunk })) {
        expect(text.replace(/^;.*$/gm, ''), `${trunk.kind} ${name}`).not.toMatch(/@[A-Z_]+@|^\?/m);
      }
    }
  });

  it('renders every template that is shipped, the trunk’s own and asterisk.conf when they are asked for', () => {
    const rendered = renderConfiguration(settings);
    expect([...rendered.keys()].filter((name) => name.startsWith('pjsip-trunk'))).toEqual([
      'pjsip-trunk-registration.conf',
    ]);
    expect(rendered.has('asterisk.conf')).toBe(false);
    const shipped = readdirSync(CONF).filter((name) => !name.startsWith('pjsip-trunk') && name !== 'asterisk.conf');
    expect([...rendered.keys()].filter((name) => !name.startsWith('pjsip-trunk')).sort()).toEqual(shipped.sort());
    expect(rendered.get('pjsip.conf')).toContain('#include "pjsip-trunk-registration.conf"');
  });

  it('puts A-law first and notices a line that is cut, on every trunk', () => {
    for (const kind of ['registration', 'ip', 'tls-srtp']) {
      const text = readFileSync(new URL(`pjsip-trunk-${kind}.conf`, CONF), 'utf8');
      for (const line of ['allow=alaw,ulaw', 'direct_media=no', 'rtp_timeout=@RTP_TIMEOUT_S@', 'identify_by=ip']) {
        expect(text.split('\n'), kind).toContain(line);
      }
    }
  });

  it('sends the second section to the first agent when there is no second', () => {
    const alone = renderConfiguration(settings).get('websocket_client.conf') ?? '';
    expect(valueOf(alone, 'inzwa-second', 'uri')).toBe('ws://10.0.0.5:8080/asterisk/media');
    const secondAgent = { uri: 'wss://two.example.net/asterisk/media', user: 'b', password: 'c', caFile: '/ca.pem' };
    const both = renderConfiguration({ ...settings, secondAgent }).get('websocket_client.conf') ?? '';
    expect(valueOf(both, 'inzwa', 'tls_enabled')).toBe('no');
    expect(valueOf(both, 'inzwa', 'ca_list_file')).toBeUndefined();
    expect(valueOf(both, 'inzwa-second', 'uri')).toBe('wss://two.example.net/asterisk/media');
    expect(valueOf(both, 'inzwa-second', 'tls_enabled')).toBe('yes');
    expect(valueOf(both, 'inzwa-second', 'ca_list_file')).toBe('/ca.pem');
  });

  it('keeps secrets as they are, whatever they look like', () => {
    const rendered = renderConfiguration({ ...settings, trunk: { ...registration, password: 'a@TRUNK_USER@=>b' } });
    expect(valueOf(rendered.get('pjsip-trunk-registration.conf') ?? '', 'carrier-auth', 'password')).toBe(
      'a@TRUNK_USER@=>b',
    );
    expect(valueOf(rendered.get('ari.conf') ?? '', 'inzwa', 'password')).toBe('ari pass, with $igns');
  });

  it('takes the port off a host where only an address will do', () => {
    const trunk: TrunkSettings = { ...registration, host: '127.0.0.2:5099' };
    const text = renderConfiguration({ ...settings, trunk }).get('pjsip-trunk-registration.conf') ?? '';
    expect(valueOf(text, 'carrier', 'server_uri')).toBe('sip:127.0.0.2:5099');
    expect(valueOf(text, 'carrier', 'client_uri')).toBe('sip:acme@127.0.0.2:5099');
    expect(valueOf(text, 'carrier-id', 'match')).toBe('127.0.0.2');
    expect(text).toContain('\nfrom_domain=127.0.0.2\n');
  });

  it('names the address behind a NAT in every transport, or in none', () => {
    expect(renderConfiguration(settings).get('pjsip.conf')).not.toContain('external_media_address');
    const sip = { publicAddress: '203.0.113.9', localNet: '10.0.0.0/8' };
    const text = renderConfiguration({ ...settings, sip }).get('pjsip.conf') ?? '';
    expect(valueOf(text, 'transport-udp', 'external_media_address')).toBe('203.0.113.9');
    expect(valueOf(text, 'transport-udp', 'local_net')).toBe('10.0.0.0/8');
    expect(faultOf({ sip: { publicAddress: '203.0.113.9' } })).toContain('give both or neither');
  });

  const injections = ['x\nexec=/bin/sh', 'x;y', 'x\\', ' x', 'x ', '', '>x', 'ünïcode', 'x\r', 'x\0'];
  it.each(injections)('refuses %j as a password, and does not show it', (password) => {
    const message = faultOf({ ari: { user: 'inzwa', password } });
    expect(message).toContain('@ARI_PASSWORD@');
    if (password.length > 2) expect(message).not.toContain(password);
    expect(faultOf({ trunk: { ...registration, password } })).toContain('@TRUNK_PASSWORD@');
  });

  it.each<[string, Partial<AsteriskSettings>]>([
    ['@AGENT_URI@', { agent: { ...settings.agent, uri: 'ws://h/p\n[general]' } }],
    ['@AGENT_URI@', { agent: { ...settings.agent, uri: 'http://h/p' } }],
    ['@AGENT_URI@', { agent: { ...settings.agent, uri: 'ws://h/p?a=b' } }],
    ['@AGENT_USER@', { agent: { ...settings.agent, user: 'a:b' } }],
    ['@AGENT_PASSWORD@', { agent: { ...settings.agent, password: '${SHELL(id)}' } }],
    ['@TRUNK_HOST@', { trunk: { ...registration, host: 'h;x' } }],
    ['@TRUNK_HOST@', { trunk: { ...registration, host: 'h\ntype=endpoint' } }],
    ['@TRUNK_USER@', { trunk: { ...registration, user: 'a]b' } }],
    ['@RTP_TIMEOUT_S@', { trunk: { ...registration, rtpTimeoutS: -1 } }],
    ['@RTP_TIMEOUT_S@', { trunk: { ...registration, rtpTimeoutS: 0.5 } }],
    ['@SIP_UDP_BIND@', { sip: { udpBind: '5060' } }],
    ['@HTTP_ADDRESS@', { http: { address: '127.0.0.1\nenabled=no', port: 8088 } }],
    ['@ARI_USER@', { ari: { user: 'general]\n[x', password: 'p' } }],
    ['@SOUNDS@', { dialplan: { SOUNDS: '/x,n(${SHELL(id)})' } }],
    ['@AGENT_URI@', { dialplan: { AGENT_URI: 'ws://elsewhere/' } }],
  ])('refuses what would not arrive as it is: %s', (placeholder, changed) => {
    expect(faultOf(changed)).toContain(placeholder);
  });
});

describe('fillIn', () => {
  const values = new Map([
    ['USER', 'u'],
    ['HOST', 'h:5060'],
    ['NESTED', '@USER@'],
  ]);

  it('replaces each placeholder once, and what it put there no more', () => {
    expect(fillIn('x.conf', 'a=sip:@USER@@@HOST@;x\nb=@NESTED@', values)).toBe('a=sip:u@h:5060;x\nb=@USER@');
  });

  it('drops an optional line whose setting is not given', () => {
    expect(fillIn('x.conf', 'a\n?b=@USER@\n?c=@NOT_GIVEN@\nd', values)).toBe('a\nb=u\nd');
  });

  it('names the file, the line and the placeholder that nothing fills', () => {
    expect(() => fillIn('x.conf', 'a\nb=@NOT_GIVEN@', values)).toThrow('x.conf line 2 asks for @NOT_GIVEN@');
  });

  it('leaves addresses alone', () => {
    expect(fillIn('x.conf', 'info@example.net a@b@c', values)).toBe('info@example.net a@b@c');
  });
});
