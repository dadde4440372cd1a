/** Is Asterisk's HTTP port closed to strangers and open to the agent? */
import { isIP } from 'node:net';
import { messageOf } from '#kernel/errors.ts';
import { entryOf, sectionsOf } from './conf-file.ts';
import type { AsteriskControl } from './control.ts';
import { fault, placeOf, skipped, well, type Finding } from './finding.ts';

const FILE = 'http.conf';
const TIMEOUT_MS = 5_000;
/** Loopback, and the networks that are not routed to strangers (RFC 1918, RFC 4193). */
const CLOSED = /^(?:127\.|::1$|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:)/i;

/** /media is open to whoever knows a call's id; a password guards ARI only. */
export async function checkHttp(control: AsteriskControl): Promise<readonly Finding[]> {
  const shown = await control.answer('http show status');
  const bound = [...shown.matchAll(/(HTTPS )?Server Enabled and Bound to (\S+):(\d+)/g)];
  if (bound.length === 0) return [skipped('http', 'the HTTP server is off: no calls out, no transfers')];
  const general = sectionsOf(control.conf(FILE), 'general')[0];
  return bound.map(([, tls, address = '', port = '']) => {
    const host = address.replace(/^\[(.*)\]$/, '$1');
    if (CLOSED.test(host)) return well('http', `on ${host}:${port}, closed to strangers`);
    const key = tls === undefined ? 'bindaddr' : 'tlsbindaddr';
    const where = placeOf(entryOf(general, key), general, control.pathOf(FILE));
    const all = ['0.0.0.0', '::'].includes(host) ? 'on every address of the machine' : `on ${host}`;
    return fault(
      'http',
      `it listens ${all}, and /media asks for no password`,
      `write ${key}=127.0.0.1${tls === undefined ? '' : ':PORT'}, and reach it through a tunnel or a proxy; then: asterisk -rx 'module reload http'`,
      where,
    );
  });
}

export interface AriSettings {
  /** Without /ari. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** What the agent will use for ARI; undefined when the environment names none, or only a part. */
export function ariOf(env: Readonly<Record<string, string | undefined>>): AriSettings | undefined {
  const [url, user, password] = ['INZWA_ARI_URL', 'INZWA_ARI_USER', 'INZWA_ARI_PASSWORD'].map((key) => env[key] ?? '');
  if (!url || !user || !password || !URL.canParse(url)) return undefined;
  return { url: url.replace(/\/+$/, '').replace(/\/ari$/, ''), user, password };
}

/** Undefined settings are skipped: calls come in without ARI. */
export async function checkAri(
  control: AsteriskControl,
  ari: AriSettings | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  if (ari === undefined) return skipped('ARI', 'INZWA_ARI_URL, _USER and _PASSWORD are not all set here');
  const conf = control.conf('ari.conf');
  const user = sectionsOf(conf, ari.user)[0];
  const file = control.pathOf('ari.conf');
  let status: number;
  try {
    const basic = Buffer.from(`${ari.user}:${ari.password}`).toString('base64');
    const response = await fetch(`${ari.url}/ari/asterisk/info?only=system`, {
      headers: { authorization: `Basic ${basic}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    status = response.status;
  } catch (error) {
    signal.throwIfAborted();
    const general = sectionsOf(control.conf(FILE), 'general')[0];
    const where = placeOf(entryOf(general, 'bindport') ?? entryOf(general, 'enabled'), general, control.pathOf(FILE));
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    return fault(
      'ARI',
      `INZWA_ARI_URL does not answer (${cause})`,
      'make it enabled=yes, bindaddr and bindport of http.conf.',
      where,
    );
  }
  if (status === 401 || status === 403) {
    return user === undefined
      ? fault('ARI', 'INZWA_ARI_USER is not known to Asterisk', 'add a section of that name, with type=user.', { file })
      : fault(
          'ARI',
          `Asterisk refuses INZWA_ARI_PASSWORD (${status})`,
          "make the two the same, then: asterisk -rx 'module reload res_ari.so'",
          placeOf(entryOf(user, 'password'), user, file),
        );
  }
  if (status === 404) {
    const general = sectionsOf(conf, 'general')[0];
    const where = placeOf(entryOf(general, 'enabled'), general, file);
    return fault(
      'ARI',
      'it is switched off (404)',
      "write enabled=yes, then: asterisk -rx 'module reload res_ari.so'",
      where,
    );
  }
  if (status !== 200) return fault('ARI', `it answers ${status}`, 'is it Asterisk that INZWA_ARI_URL leads to?');
  const readOnly = entryOf(user, 'read_only');
  return readOnly !== undefined && /^(?:yes|true|on|1)$/i.test(readOnly.value)
    ? fault('ARI', 'its user may only read: no calls out, no transfers', 'write read_only=no.', readOnly.at)
    : well('ARI', `${isIP(new URL(ari.url).hostname) ? ari.url : new URL(ari.url).host} takes user and password`);
}
