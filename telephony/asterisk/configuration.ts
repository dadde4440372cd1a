/**
 * Asterisk's configuration out of the templates in conf/. Replacing `@NAME@` is all that happens here, so that a
 * template can be read, and filled in by hand, by somebody who knows Asterisk. A line that begins with `?` is left out
 * when the setting in it is not given.
 */
import { readFileSync } from 'node:fs';
import { InzwaError } from '#kernel/errors.ts';

const TEMPLATES = new URL('conf/', import.meta.url);

/** Where Asterisk finds an agent, and what it shows there. */
export interface AgentSettings {
  /** `ws://` or `wss://`, with the path of the media route and without a query. */
  readonly uri: string;
  /** Without a colon: it is sent as Basic authentication. */
  readonly user: string;
  /** Letters, digits and `_.+-`: it stands in the dialplan too, which would evaluate anything else. */
  readonly password: string;
  /** PEM file of the authorities that may have signed the agent's certificate. @defaultValue the system's own */
  readonly caFile?: string;
}

interface TrunkCommon {
  /** The carrier's host name or address, with `:port` where it is not SIP's own. */
  readonly host: string;
  /** Addresses or host names that calls may come from, separated by commas. @defaultValue the host without its port */
  readonly address?: string;
  /** What stands behind the `@` of our own address. @defaultValue the host without its port */
  readonly domain?: string;
  /** Seconds without audio after which a call is over. @defaultValue 60 */
  readonly rtpTimeoutS?: number;
}

interface RegisteredTrunk extends TrunkCommon {
  readonly user: string;
  readonly password: string;
  /** The longest wait before the first REGISTER. @defaultValue Asterisk's own: at random up to 10 s, kind to a carrier */
  readonly registrationDelayS?: number;
}

export type TrunkSettings =
  | (RegisteredTrunk & { readonly kind: 'registration' })
  | (TrunkCommon & { readonly kind: 'ip' })
  | (RegisteredTrunk & {
      readonly kind: 'tls-srtp';
      /** PEM files: the authorities of the carrier's certificate, our own certificate, and its key. */
      readonly caFile: string;
      readonly certFile: string;
      readonly keyFile: string;
      /** Address and port that SIP over TLS listens on. @defaultValue 0.0.0.0:5061 */
      readonly bind?: string;
    });

/** Folders of an instance that is not the packaged one; all absolute. */
export interface PrivatePaths {
  readonly etcDir: string;
  readonly modulesDir: string;
  readonly dataDir: string;
  readonly stateDir: string;
  readonly spoolDir: string;
  readonly runDir: string;
  readonly logDir: string;
}

export interface AsteriskSettings {
  readonly agent: AgentSettings;
  /** Tried when the first does not answer. @defaultValue the first once more */
  readonly secondAgent?: AgentSettings;
  readonly trunk: TrunkSettings;
  readonly sip?: {
    /** Address and port that SIP over UDP listens on. @defaultValue 0.0.0.0:5060 */
    readonly udpBind?: string;
    /** Our address as the carrier sees it, when a NAT stands between. */
    readonly publicAddress?: string;
    /** The network behind that NAT, like 192.168.0.0/16; required together with `publicAddress`. */
    readonly localNet?: string;
  };
  /** UDP ports for audio, both ends included. @defaultValue 10000 to 20000 */
  readonly rtp?: { readonly firstPort: number; readonly lastPort: number };
  /** Where ARI listens. @defaultValue 127.0.0.1:8088 */
  readonly http?: { readonly address: string; readonly port: number };
  readonly ari: { readonly user: string; readonly password: string };
  /** Given for a private instance only; without it no asterisk.conf is rendered. */
  readonly paths?: PrivatePaths;
  /** The dialplan's own placeholders under their names, over the defaults in DIALPLAN_DEFAULTS. */
  readonly dialplan?: Readonly<Record<string, string>>;
}

/** What the dialplan does when nobody says otherwise. */
const DIALPLAN_DEFAULTS = {
  SOUNDS: '/var/lib/inzwa/sounds',
  FORMAT: 'alaw',
  /** `inzwa-audiosocket` for an Asterisk without chan_websocket. */
  INBOUND: 'inzwa-inbound',
  TRUNK_ENDPOINT: 'carrier',
  /**
   * Of the caller's audio, in ms: longest, resynchronise beyond, kept in hand. Measured on 22.10: 20 in hand adds 40 ms to a
   * clean line and loses no frame to 60 ms of jitter; Asterisk's own 40 adds 80 ms; with less, frames of a clean line are lost.
   */
  JITTERBUFFER: '200,1000,20',
  ROUNDS_ATTACHED: '6',
  MOST_LOST: '6',
  ROUNDS_NEW: '2',
  ARI_APP: 'inzwa',
} as const satisfies Record<string, string>;

/** Values that Asterisk's parser takes as they are: printable ASCII, no comment (`;`), no escape (`\`). */
const PLAIN = /^[!-:<-[\]-~](?:[ -:<-[\]-~]*[!-:<-[\]-~])?$/;
/** Where a value stands in for a name, or goes through the dialplan's own evaluation. */
const NAME = /^[A-Za-z0-9_.+-]+$/;
const DIALPLAN = /^[A-Za-z0-9_./:+-]*$/;
const JITTERBUFFER = /^default$|^\d{1,4}(?:,\d{0,4}){0,2}$/;
const HOST = /^[A-Za-z0-9_.-]+(?::\d{1,5})?$|^\[[0-9A-Fa-f:]+\](?::\d{1,5})?$/;
const HOSTS = /^[A-Za-z0-9_.:/-]+(?:,[A-Za-z0-9_.:/-]+)*$/;
const BIND = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:]+\]):\d{1,5}$/;
const PATH = /^\/[A-Za-z0-9_./+~:@%=, -]*$/;
const NUMBER = /^\d{1,5}$/;
const AGENT_URI = /^wss?:\/\/[A-Za-z0-9_.[\]:-]+(?:\/[A-Za-z0-9_./~%-]*)?$/;
const ADDRESS = /^[0-9A-Za-z.:-]+$/;
const NETWORK = /^[0-9A-Fa-f.:]+\/\d{1,3}$/;

const PLACEHOLDER = /@([A-Z][A-Z0-9_]*)@/g;

interface Value {
  readonly text: string;
  readonly form: RegExp;
  /** Never shown, not even in the error that refuses it. */
  readonly isSecret?: boolean;
}

/**
 * Texts of the files, by name; the trunk's file is the one of its kind only. Throws INZWA_ASTERISK_CONFIG for a value
 * that would not arrive as it is, and for a placeholder that nothing fills.
 */
export function renderConfiguration(settings: AsteriskSettings): ReadonlyMap<string, string> {
  const values = placeholders(settings);
  const names = [
    ...(settings.paths === undefined ? [] : ['asterisk.conf']),
    ...['modules.conf', 'logger.conf', 'manager.conf', 'http.conf', 'ari.conf', 'rtp.conf'],
    ...['websocket_client.conf', 'chan_websocket.conf', 'pjsip.conf', `pjsip-trunk-${settings.trunk.kind}.conf`],
    ...['extensions.conf', 'musiconhold.conf'],
  ];
  return new Map(names.map((name) => [name, fillIn(name, readFileSync(new URL(name, TEMPLATES), 'utf8'), values)]));
}

/** Replaces every `@NAME@` of a template; `name` is for the error. */
export function fillIn(name: string, template: string, values: ReadonlyMap<string, string>): string {
  const lines = template.split('\n').flatMap((line, index) => {
    const isOptional = line.startsWith('?');
    const keys = [...line.matchAll(PLACEHOLDER)].map(([, key]) => key ?? '');
    const missing = keys.find((key) => !values.has(key));
    if (missing === undefined) {
      return [line.slice(isOptional ? 1 : 0).replace(PLACEHOLDER, (_, key: string) => values.get(key) ?? '')];
    }
    if (isOptional) return [];
    throw new InzwaError(
      'INZWA_ASTERISK_CONFIG',
      `${name} line ${index + 1} asks for @${missing}@, which no setting fills: add the setting, or correct the template.`,
      { details: { file: name, line: index + 1, placeholder: missing } },
    );
  });
  return lines.join('\n');
}

function placeholders(settings: AsteriskSettings): ReadonlyMap<string, string> {
  const { sip = {}, rtp, http, ari, paths, trunk } = settings;
  if ((sip.publicAddress === undefined) !== (sip.localNet === undefined)) {
    throw new InzwaError(
      'INZWA_ASTERISK_CONFIG',
      'the public address and the local network of SIP belong together: give both or neither.',
    );
  }
  const values: Record<string, Value | undefined> = {
    ...agentValues('', settings.agent),
    ...agentValues('SECOND_', settings.secondAgent ?? settings.agent),
    ...trunkValues(trunk),
    SIP_UDP_BIND: { text: sip.udpBind ?? '0.0.0.0:5060', form: BIND },
    PUBLIC_ADDRESS: optional(sip.publicAddress, ADDRESS),
    LOCAL_NET: optional(sip.localNet, NETWORK),
    RTP_FIRST_PORT: { text: String(rtp?.firstPort ?? 10_000), form: NUMBER },
    RTP_LAST_PORT: { text: String(rtp?.lastPort ?? 20_000), form: NUMBER },
    HTTP_ADDRESS: { text: http?.address ?? '127.0.0.1', form: ADDRESS },
    HTTP_PORT: { text: String(http?.port ?? 8088), form: NUMBER },
    USER: { text: settings.agent.user, form: NAME },
    PASSWORD: { text: settings.agent.password, form: NAME, isSecret: true },
    ARI_USER: { text: ari.user, form: NAME },
    ARI_PASSWORD: secret(ari.password),
    ETC_DIR: optional(paths?.etcDir, PATH),
    MODULES_DIR: optional(paths?.modulesDir, PATH),
    DATA_DIR: optional(paths?.dataDir, PATH),
    STATE_DIR: optional(paths?.stateDir, PATH),
    SPOOL_DIR: optional(paths?.spoolDir, PATH),
    RUN_DIR: optional(paths?.runDir, PATH),
    LOG_DIR: optional(paths?.logDir, PATH),
  };
  for (const [key, text] of Object.entries({ ...dialplanDefaults(settings.agent), ...settings.dialplan })) {
    if (key in values) {
      throw new InzwaError('INZWA_ASTERISK_CONFIG', `@${key}@ is a setting of its own: it cannot be given again.`);
    }
    values[key] = { text, form: key === 'JITTERBUFFER' ? JITTERBUFFER : DIALPLAN };
  }
  return new Map(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, checked(key, value)]])),
  );
}

function dialplanDefaults({ uri }: AgentSettings): Record<string, string> {
  const at = new URL(uri.replace(/^ws/, 'http'));
  return { ...DIALPLAN_DEFAULTS, HTTP_URL: at.origin, AUDIOSOCKET_ADDRESS: `${at.hostname}:9092` };
}

function agentValues(prefix: string, agent: AgentSettings): Record<string, Value | undefined> {
  const isTls = agent.uri.startsWith('wss:');
  return {
    [`${prefix}AGENT_URI`]: { text: agent.uri, form: AGENT_URI },
    [`${prefix}AGENT_USER`]: { text: agent.user, form: NAME },
    // The dialplan shows it too, and would evaluate brackets, commas and dollar signs.
    [`${prefix}AGENT_PASSWORD`]: { text: agent.password, form: NAME, isSecret: true },
    [`${prefix}AGENT_TLS`]: { text: isTls ? 'yes' : 'no', form: NAME },
    [`${prefix}AGENT_CA_FILE`]: optional(isTls ? agent.caFile : undefined, PATH),
  };
}

function trunkValues(trunk: TrunkSettings): Record<string, Value | undefined> {
  const address = trunk.host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  const common = {
    TRUNK: { text: trunk.kind, form: NAME },
    TRUNK_HOST: { text: trunk.host, form: HOST },
    TRUNK_ADDRESS: { text: trunk.address ?? address, form: HOSTS },
    TRUNK_DOMAIN: { text: trunk.domain ?? trunk.host.replace(/:\d+$/, ''), form: HOST },
    RTP_TIMEOUT_S: { text: String(trunk.rtpTimeoutS ?? 60), form: NUMBER },
  };
  if (trunk.kind === 'ip') return common;
  const delayS = trunk.registrationDelayS;
  const registered = {
    ...common,
    TRUNK_USER: { text: trunk.user, form: NAME },
    TRUNK_PASSWORD: secret(trunk.password),
    REGISTRATION_DELAY_S: optional(delayS === undefined ? undefined : String(delayS), NUMBER),
  };
  if (trunk.kind === 'registration') return registered;
  return {
    ...registered,
    SIP_TLS_BIND: { text: trunk.bind ?? '0.0.0.0:5061', form: BIND },
    TRUNK_CA_FILE: { text: trunk.caFile, form: PATH },
    TRUNK_CERT_FILE: { text: trunk.certFile, form: PATH },
    TRUNK_KEY_FILE: { text: trunk.keyFile, form: PATH },
  };
}

function secret(text: string): Value {
  return { text, form: PLAIN, isSecret: true };
}

function optional(text: string | undefined, form: RegExp): Value | undefined {
  return text === undefined ? undefined : { text, form };
}

function checked(key: string, { text, form, isSecret = false }: Value): string {
  // A leading > would make the parser read "=>", which is an equals sign to it.
  if (form.test(text) && !text.startsWith('>')) return text;
  const may =
    form === NAME ? 'letters, digits and _.+- only' : 'printable ASCII without ; and \\, and no space at either end';
  throw new InzwaError(
    'INZWA_ASTERISK_CONFIG',
    isSecret
      ? `the value for @${key}@ cannot be written into Asterisk's configuration: use ${may}.`
      : `${JSON.stringify(text.slice(0, 80))} cannot be the value for @${key}@ in Asterisk's configuration: correct the setting.`,
    { details: { placeholder: key } },
  );
}
