/** Would Asterisk find the agent, and would the agent take its calls? */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import { entryOf, type ConfSection, type Place, sectionsOf } from './conf-file.ts';
import type { AsteriskControl } from './control.ts';
import { fault, placeOf, skipped, well, type Finding } from './finding.ts';
import { certificateAt, fits, reach, upgrade, type Reached, type Upgraded } from './upgrade.ts';

const FILE = 'websocket_client.conf';
/** The two that the shipped dialplan dials. */
const SECTIONS = ['inzwa', 'inzwa-second'] as const;
const RELOAD = "then: asterisk -rx 'module reload res_websocket_client'";

export interface AgentCheckOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Opens a media socket at each agent twice (with the configured password, and with a wrong one) and closes it at once. */
export async function checkAgents(control: AsteriskControl, options: AgentCheckOptions): Promise<readonly Finding[]> {
  const conf = control.conf(FILE);
  const file = control.pathOf(FILE);
  if (conf === undefined) {
    const mend = 'write it: npm run inzwa -- asterisk config --out DIR';
    return [fault('[inzwa]', 'the file is missing, or may not be read', mend, { file })];
  }
  const findings: Finding[] = [];
  let firstUri: string | undefined;
  for (const name of SECTIONS) {
    const section = sectionsOf(conf, name)[0];
    const uri = entryOf(section, 'uri')?.value;
    if (section === undefined) {
      const mend = `add the section [${name}] as in telephony/asterisk/conf/${FILE}, ${RELOAD}`;
      findings.push(fault(`[${name}]`, 'the dialplan dials this section, and it is missing', mend, { file }));
    } else if (name !== 'inzwa' && uri === firstUri && uri !== undefined) {
      findings.push(...checkSection(name, section), skipped(`[${name}] server`, 'the same as that of [inzwa]'));
    } else {
      firstUri ??= uri;
      findings.push(...checkSection(name, section), ...(await checkServer(name, section, options)));
    }
  }
  return findings;
}

/** What the section says, without asking anybody. */
function checkSection(name: string, section: ConfSection): readonly Finding[] {
  const check = `[${name}]`;
  const wanted: readonly (readonly [string, (value: string) => boolean, string, string])[] = [
    ['type', (value) => value === 'websocket_client', 'websocket_client', 'Asterisk ignores the section'],
    ['connection_type', (value) => value === 'per_call_config', 'per_call_config', 'calls would share a connection'],
    ['protocols', (value) => value.split(/\s*,\s*/).includes('media'), 'media', 'the agent takes no other subprotocol'],
    [
      'uri',
      (value) => URL.canParse(value) && /^wss?:/.test(value),
      'ws://HOST:PORT/asterisk/media',
      'there is no address',
    ],
    ['username', Boolean, 'the agent’s INZWA_ASTERISK_USER', 'the agent asks for it'],
    ['password', Boolean, 'the agent’s INZWA_ASTERISK_PASSWORD', 'the agent asks for it'],
  ];
  const faults = wanted.flatMap(([key, isRight, value, why]) => {
    const entry = entryOf(section, key);
    if (entry !== undefined && isRight(entry.value)) return [];
    const what = `${key} is ${entry === undefined ? 'missing' : 'not what it must be'}: ${why}`;
    return [fault(check, what, `write ${key}=${value}, ${RELOAD}`, entry?.at ?? section.at)];
  });
  const isTls = entryOf(section, 'uri')?.value.startsWith('wss:') ?? false;
  const tls = entryOf(section, 'tls_enabled');
  const isOn = /^(?:yes|true|on|1)$/i.test(tls?.value ?? 'no');
  if (isTls !== isOn) {
    const what = isTls ? 'the uri is wss:// but TLS is off' : 'TLS is on but the uri is ws://';
    faults.push(fault(check, what, `write tls_enabled=${isTls ? 'yes' : 'no'}, ${RELOAD}`, tls?.at ?? section.at));
  }
  return faults.length > 0 ? faults : [well(check, 'says where the agent is, and how to ask for it')];
}

async function checkServer(
  name: string,
  section: ConfSection,
  { env, clock, signal }: AgentCheckOptions,
): Promise<readonly Finding[]> {
  const entry = entryOf(section, 'uri');
  if (entry === undefined || !URL.canParse(entry.value)) return [];
  const url = new URL(entry.value);
  const isTls = url.protocol === 'wss:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || (isTls ? 443 : 80));
  const reached = await reach(host, port, signal);
  signal.throwIfAborted();
  const check = `[${name}] server`;
  if (reached.kind === 'closed') {
    return [
      unreached(check, reached, `${host}:${port}`, entry.at),
      skipped(`[${name}] password`, 'nobody to show it to'),
    ];
  }
  const findings: Finding[] = [well(check, `${host}:${port} takes connections`)];
  if (isTls) {
    findings.push(await checkCertificate(name, section, { host, port, nowMs: clock.wallMs(), signal }));
  }
  findings.push(await checkPassword(name, section, env, signal));
  signal.throwIfAborted();
  return findings;
}

function unreached(check: string, reached: Reached & { kind: 'closed' }, server: string, where: Place): Finding {
  switch (reached.why) {
    case 'unknown-host':
      return fault(check, `${server}: the name is not known here`, `correct the host in uri, ${RELOAD}`, where);
    case 'refused':
      return fault(check, `nothing listens at ${server}`, `start the agent there, or correct uri, ${RELOAD}`, where);
    case 'silent':
    case 'other':
      return fault(
        check,
        `${server} does not answer (${reached.words})`,
        `open the way to it in the firewall, or correct uri, ${RELOAD}`,
        where,
      );
  }
}

async function checkCertificate(
  name: string,
  section: ConfSection,
  at: { readonly host: string; readonly port: number; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<Finding> {
  const check = `[${name}] certificate`;
  const uri = entryOf(section, 'uri');
  const ca = entryOf(section, 'ca_list_file');
  const where = (uri ?? ca)?.at;
  try {
    const { names, hasAddressOnly, isExpired, mistrust } = await certificateAt(at.host, at.port, {
      ...at,
      caFile: ca?.value,
    });
    if (isExpired) return fault(check, 'it has expired', 'renew the certificate of the agent’s server.', where);
    if (!fits(names, at.host)) {
      const what = hasAddressOnly
        ? 'it names the server by an IP address only, and Asterisk looks at CN and DNS names'
        : `it is for ${names.join(', ') || 'nobody'}, not for ${at.host}`;
      return fault(
        check,
        what,
        `have it made with ${at.host} as CN or as DNS name, or write that name into uri.`,
        where,
      );
    }
    if (mistrust !== undefined) {
      const mend = 'name the authority that signed it: ca_list_file=/path/to/ca.pem';
      return fault(check, `no authority that Asterisk trusts has signed it (${mistrust})`, mend, ca?.at ?? section.at);
    }
    return well(check, `for ${at.host}, signed by an authority that Asterisk trusts`);
  } catch (error) {
    const isFile = error instanceof Error && 'code' in error && ['ENOENT', 'EACCES'].includes(String(error.code));
    return isFile
      ? fault(check, `ca_list_file cannot be read (${messageOf(error)})`, 'correct the path.', ca?.at)
      : fault(
          check,
          `there is no TLS (${messageOf(error)})`,
          'write ws:// and tls_enabled=no, or mend the server.',
          where,
        );
  }
}

async function checkPassword(
  name: string,
  section: ConfSection,
  env: AgentCheckOptions['env'],
  signal: AbortSignal,
): Promise<Finding> {
  const check = `[${name}] password`;
  const [user, password] = [entryOf(section, 'username'), entryOf(section, 'password')];
  const uri = entryOf(section, 'uri');
  if (uri === undefined || user === undefined || password === undefined) return skipped(check, 'there is none to show');
  const credentials = { user: user.value, password: password.value };
  const upgraded = await upgrade(uri.value, credentials, ['media'], signal);
  if (upgraded.kind !== 'open') return notTaken(check, upgraded, { user, password, uri }, env);
  if (upgraded.protocol !== 'media') {
    return fault(check, 'the server takes the connection, but not as media', 'correct the path in uri.', uri.at);
  }
  const wrong = { user: user.value, password: randomBytes(12).toString('hex') };
  const again = await upgrade(uri.value, wrong, ['media'], signal);
  return again.kind === 'open'
    ? fault(check, 'the server takes any password: strangers can talk to the agent', 'is it Inzwa? See uri.', uri.at)
    : well(check, 'the agent takes it, and no other');
}

type Entries = Readonly<Record<'user' | 'password' | 'uri', { readonly value: string; readonly at: Place }>>;

function notTaken(
  check: string,
  upgraded: Exclude<Upgraded, { kind: 'open' }>,
  { user, password, uri }: Entries,
  env: AgentCheckOptions['env'],
): Finding {
  if (upgraded.kind === 'failed') {
    return fault(
      check,
      `the connection failed (${upgraded.words})`,
      'is it Inzwa that listens there? See uri.',
      uri.at,
    );
  }
  switch (upgraded.status) {
    case 401: {
      const ours = env['INZWA_ASTERISK_USER'];
      const isUser = ours !== undefined && ours !== '' && ours !== user.value;
      const [key, entry] = isUser ? ['username', user] : ['password', password];
      const variable = isUser ? 'INZWA_ASTERISK_USER' : 'INZWA_ASTERISK_PASSWORD';
      return fault(check, 'the agent refuses it (401)', `make ${key} the agent’s ${variable}, ${RELOAD}`, entry.at);
    }
    case 404:
      return fault(
        check,
        'the server has no such path (404)',
        `write /asterisk/media at the end of uri, ${RELOAD}`,
        uri.at,
      );
    case 503:
      return fault(
        check,
        'the agent takes no call now (503): it is loading its models, or full',
        'wait a minute and look at its /readyz and its log.',
      );
    default:
      return fault(check, `the server answers ${upgraded.status}`, 'is it Inzwa that listens there? See uri.', uri.at);
  }
}

/** What the environment of this shell says against what Asterisk shows; skipped where it says nothing. */
export function checkEnvironment(control: AsteriskControl, env: AgentCheckOptions['env']): Finding {
  const check = 'environment';
  const section = sectionsOf(control.conf(FILE), 'inzwa')[0];
  const pairs = [
    ['username', 'INZWA_ASTERISK_USER'],
    ['password', 'INZWA_ASTERISK_PASSWORD'],
  ] as const;
  const given = pairs.filter(([, variable]) => (env[variable] ?? '') !== '');
  if (section === undefined || given.length === 0)
    return skipped(check, 'INZWA_ASTERISK_USER and _PASSWORD are not set here');
  const different = given.find(([key, variable]) => entryOf(section, key)?.value !== env[variable]);
  if (different === undefined) return well(check, 'the same user and password as in [inzwa]');
  const [key, variable] = different;
  const where = placeOf(entryOf(section, key), section, control.pathOf(FILE));
  return fault(check, `${variable} is not what ${key} of [inzwa] says`, `make the two the same, ${RELOAD}`, where);
}
