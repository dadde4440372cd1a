/**
 * A private Asterisk with the configuration that is shipped, for tests and for the demo. What is added to it stands in
 * files that the shipped ones do not touch: a telephone on this machine, and an empty file for each thing that is not used.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { renderConfiguration, type AgentSettings, type AsteriskSettings } from '#telephony/asterisk/configuration.ts';
import { freePorts, type AsteriskPorts } from './free-ports.ts';
import type { AsteriskInstall } from './install.ts';
import { AsteriskInstance } from './instance.ts';

/** The agent's Asterisk and its telephones are on this address; a carrier of the tests is on another of loopback's. */
export const AGENT_SIDE = '127.0.0.1';

export interface PrivateAsteriskOptions {
  readonly install: AsteriskInstall;
  readonly agent: AgentSettings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly secondAgent?: AgentSettings;
  /** @defaultValue a trunk by address whose carrier nobody answers for */
  readonly trunk?: AsteriskSettings['trunk'];
  readonly dialplan?: Readonly<Record<string, string>>;
  /** An address of loopback's own; two instances that must tell each other apart by address need two. @defaultValue AGENT_SIDE */
  readonly address?: string;
  /** @defaultValue ports that are free now */
  readonly ports?: AsteriskPorts;
  /** Loaded besides those of the shipped modules.conf. */
  readonly modules?: readonly string[];
  /** @defaultValue made up for this instance */
  readonly ariPassword?: string;
  /** Files by name, over those rendered and those added. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Where a private Asterisk is reached; disposing of it ends it. */
export interface PrivateAsterisk extends AsyncDisposable {
  readonly instance: AsteriskInstance;
  readonly ports: AsteriskPorts;
  /** Where a telephone on 127.0.0.1 sends its INVITE: `sip:<any number>@127.0.0.1:<port>`, no registration needed. */
  readonly sip: { readonly address: string; readonly port: number };
  readonly ari: { readonly url: string; readonly user: string; readonly password: string };
}

/** Rejects as AsteriskInstance.start does. */
export async function startPrivateAsterisk(options: PrivateAsteriskOptions): Promise<PrivateAsterisk> {
  const address = options.address ?? AGENT_SIDE;
  const ports = options.ports ?? (await freePorts({ address }));
  const password = options.ariPassword ?? randomBytes(12).toString('hex');
  const { agent, secondAgent, dialplan } = options;
  const further = (options.modules ?? []).map((name) => `load=${name}`);
  const instance = await AsteriskInstance.start({
    install: options.install,
    clock: options.clock,
    signal: options.signal,
    configuration: (paths) => {
      const rendered = renderConfiguration({
        agent,
        ...(secondAgent && { secondAgent }),
        ...(dialplan && { dialplan }),
        trunk: options.trunk ?? { kind: 'ip', host: '127.0.0.2:5060' },
        sip: { udpBind: `${address}:${ports.sipUdp}` },
        rtp: { firstPort: ports.rtpFirst, lastPort: ports.rtpLast },
        http: { address, port: ports.http },
        ari: { user: 'inzwa', password },
        paths,
      });
      return new Map([
        ...Object.entries(UNUSED),
        ['pjsip-local.conf', LOCAL_TELEPHONE],
        ...rendered,
        ['modules.conf', [rendered.get('modules.conf'), ...further].join('\n')],
        ...Object.entries(options.files ?? {}),
      ]);
    },
  });
  return {
    instance,
    ports,
    sip: { address, port: ports.sipUdp },
    ari: { url: `http://${address}:${ports.http}/ari`, user: 'inzwa', password },
    [Symbol.asyncDispose]: () => instance[Symbol.asyncDispose](),
  };
}

/**
 * A caller from this machine's own address needs no registration and no password. Only for an Asterisk that listens on
 * loopback. `rtp_timeout` is short so that a test of a cut line need not wait for a minute.
 */
const LOCAL_TELEPHONE = `[phone]
type=aor
max_contacts=1

[phone-id]
type=identify
endpoint=phone
match=${AGENT_SIDE}

[phone]
type=endpoint
context=from-trunk
identify_by=ip
transport=transport-udp
aors=phone
disallow=all
allow=alaw,ulaw
preferred_codec_only=yes
direct_media=no
dtmf_mode=rfc4733
rtp_symmetric=yes
rewrite_contact=yes
trust_id_inbound=yes
send_pai=yes
rtp_timeout=3
`;

/**
 * Packages bring these files; without them Asterisk logs errors that mean nothing, and a log is to show what does. The
 * tones of indications.conf are the usual 425 Hz (ITU-T E.180), for the ringing a caller hears after an answer.
 */
const UNUSED: Readonly<Record<string, string>> = {
  'acl.conf': '',
  'ccss.conf': '[general]\n',
  'cdr.conf': '[general]\nenable=no\n',
  'cel.conf': '[general]\nenable=no\n',
  'features.conf': '[general]\n',
  'indications.conf':
    '[general]\ncountry=local\n\n[local]\ndescription=local\nringcadence=1000,4000\ndial=425\nbusy=425/500,0/500\n' +
    'ring=425/1000,0/4000\ncongestion=425/250,0/250\n',
  'pjproject.conf': '',
  'udptl.conf': '[general]\n',
};
