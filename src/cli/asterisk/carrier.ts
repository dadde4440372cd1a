/**
 * A second private Asterisk that plays the carrier: it registers the agent's Asterisk by digest (or knows it by address),
 * speaks A-law only, and brings calls from telephones on this machine to the agent and the other way round.
 */
import { randomBytes } from 'node:crypto';
import type { TrunkSettings } from '#telephony/asterisk/configuration.ts';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { CertificateFiles } from './certificates.ts';
import { freePorts } from './free-ports.ts';
import type { AsteriskInstall } from './install.ts';
import type { AsteriskInstance } from './instance.ts';
import { startPrivateAsterisk } from './private-asterisk.ts';

/** The carrier's own address: by it the agent's Asterisk tells the carrier from the telephones on 127.0.0.1. */
export const CARRIER_ADDRESS = '127.0.0.2';

/** The account; the endpoint has the same name, because a registration and a call are known by it. */
const USER = 'customer';
/** Long enough for the slowest test machine; a test that waits this long has failed anyway. */
const REGISTERED_TIMEOUT_MS = 10_000;
const REGISTERED_POLL_MS = 50;

export interface CarrierOptions {
  readonly install: AsteriskInstall;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How the agent's Asterisk is known. @defaultValue registration */
  readonly kind?: TrunkSettings['kind'];
  /** For `ip`: where the agent's Asterisk is, `address:port`; it must not share its address with the telephones. */
  readonly customer?: string;
  /** For `tls-srtp`: the carrier's certificate, for CARRIER_ADDRESS. */
  readonly certificate?: CertificateFiles;
}

/** A carrier that is ready for registrations and calls; disposing of it ends it. */
export interface Carrier extends AsyncDisposable {
  readonly instance: AsteriskInstance;
  /** A telephone calls the agent by an INVITE here, for any number of digits; no registration needed. */
  readonly sip: { readonly address: string; readonly port: number };
  /** The trunk that the agent's Asterisk needs to reach it; for `tls-srtp` the agent's own certificate goes in. */
  trunk(own?: CertificateFiles & { readonly bind: string }): TrunkSettings;
  /** Calls from the agent for `number` (digits, or + and digits) ring the telephone at `address:port`; any other number is a 404. */
  route(number: string, telephone: string): Promise<void>;
  /** Resolves when the agent's Asterisk has registered. Rejects with INZWA_ASTERISK_START after 10 s. */
  registered(opts: { readonly signal: AbortSignal }): Promise<void>;
}

/** Rejects as AsteriskInstance.start does. */
export async function startCarrier(options: CarrierOptions): Promise<Carrier> {
  const { install, clock, signal, kind = 'registration' } = options;
  const ports = await freePorts({ address: CARRIER_ADDRESS });
  // With characters that mean something to Asterisk's parser, so that every registration tests that they arrive.
  const password = `${randomBytes(12).toString('hex')}=[,]"#@$ {x}`;
  const asterisk = await startPrivateAsterisk({
    install,
    clock,
    signal,
    address: CARRIER_ADDRESS,
    ports,
    // It has no agent; the port is the one nobody listens on (RFC 863).
    agent: { uri: `ws://${CARRIER_ADDRESS}:9/none`, user: 'none', password: 'none' },
    modules: ['app_milliwatt', 'func_db', 'res_clioriginate', 'res_pjsip_endpoint_identifier_anonymous'],
    files: {
      'pjsip.conf': [
        transports(ports, options.certificate),
        kind === 'ip' ? customerByAddress(options.customer ?? '') : registeredCustomer(password),
        endpoint('customer', 'from-customer', 'alaw', kind === 'ip' ? 'ip' : 'username', [
          'aors=customer',
          ...(kind === 'ip' ? [] : ['auth=customer']),
          ...(kind === 'tls-srtp' ? ['media_encryption=sdes', 'transport=transport-tls'] : []),
        ]),
        endpoint('anonymous', 'from-outside', 'alaw', 'username', []),
      ].join('\n'),
      'extensions.conf': DIALPLAN,
    },
  });
  const { instance } = asterisk;
  return {
    instance,
    sip: asterisk.sip,
    trunk(own) {
      const host = `${CARRIER_ADDRESS}:${kind === 'tls-srtp' ? ports.sipTls : ports.sipUdp}`;
      if (kind === 'ip') return { kind, host };
      const registered = { host, user: USER, password, registrationDelayS: 0 };
      if (kind === 'registration') return { kind, ...registered };
      if (own === undefined) {
        throw new InzwaError('INZWA_ASTERISK_CONFIG', 'a trunk over TLS needs a certificate of the agent’s Asterisk.');
      }
      return { kind, ...registered, ...own };
    },
    async route(number, telephone) {
      await instance.command(`database put telephones ${number} ${telephone}`);
    },
    async registered(opts) {
      const deadlineMs = clock.nowMs() + REGISTERED_TIMEOUT_MS;
      while (clock.nowMs() < deadlineMs) {
        if (/Contact:\s+customer\//.test(await instance.command('pjsip show contacts'))) return;
        await clock.sleep(REGISTERED_POLL_MS, opts);
      }
      throw new InzwaError(
        'INZWA_ASTERISK_START',
        `the agent's Asterisk did not register with the carrier. The carrier's log:\n${await instance.logTail(10)}`,
      );
    },
    [Symbol.asyncDispose]: () => asterisk[Symbol.asyncDispose](),
  };
}

function transports(
  ports: { readonly sipUdp: number; readonly sipTls: number },
  certificate: CertificateFiles | undefined,
): string {
  const udp = `[global]
type=global
endpoint_identifier_order=ip,username,anonymous

[transport-udp]
type=transport
protocol=udp
bind=${CARRIER_ADDRESS}:${ports.sipUdp}
`;
  if (certificate === undefined) return udp;
  return `${udp}
[transport-tls]
type=transport
protocol=tls
bind=${CARRIER_ADDRESS}:${ports.sipTls}
method=tlsv1_2
ca_list_file=${certificate.caFile}
cert_file=${certificate.certFile}
priv_key_file=${certificate.keyFile}
verify_server=yes
`;
}

/** Without remove_existing a client that starts again would be refused until its old registration expires (measured). */
function registeredCustomer(password: string): string {
  return `[customer]
type=aor
max_contacts=1
remove_existing=yes

[customer]
type=auth
auth_type=digest
username=${USER}
password=${password}
`;
}

function customerByAddress(customer: string): string {
  return `[customer]
type=aor
contact=sip:${customer}

[customer-id]
type=identify
endpoint=customer
match=${customer.replace(/:\d+$/, '')}
`;
}

function endpoint(
  name: string,
  context: string,
  codec: string,
  identifyBy: string,
  further: readonly string[],
): string {
  const lines = [`[${name}]`, 'type=endpoint', `context=${context}`, `identify_by=${identifyBy}`, ...further];
  lines.push('disallow=all', `allow=${codec}`, 'direct_media=no', 'dtmf_mode=rfc4733', 'rtp_symmetric=yes');
  lines.push('rewrite_contact=yes', 'trust_id_inbound=yes', 'trust_id_outbound=yes', 'send_pai=yes');
  return `${lines.join('\n')}\n`;
}

/** The far end's answer to a call goes back as it came, as far as Q.850 causes tell one SIP status from another. */
const DIALPLAN = `[from-outside]
exten => _[+0-9].,1,Dial(PJSIP/\${EXTEN}@customer)
 same => n,Hangup(\${HANGUPCAUSE})

[from-customer]
exten => _[+0-9].,1,Set(TELEPHONE=\${DB(telephones/\${EXTEN})})
 same => n,GotoIf($["\${TELEPHONE}" = ""]?unknown)
 same => n,Dial(PJSIP/anonymous/sip:\${EXTEN}@\${TELEPHONE},120)
 same => n,Hangup(\${HANGUPCAUSE})
 same => n(unknown),Hangup(1)
`;
