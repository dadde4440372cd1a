/** The answer to a digest challenge (RFC 7616, RFC 8760): MD5 and SHA-256, with and without qop=auth. */
import { createHash, randomBytes } from 'node:crypto';
import { splitOutside, unquote } from './headers.ts';

export interface SipCredentials {
  readonly username: string;
  readonly password: string;
}

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: 'MD5' | 'SHA-256';
  readonly opaque?: string;
  /** True when `auth` is among the offered qualities; `auth-int` is never taken. */
  readonly hasQopAuth: boolean;
  /** The nonce was too old, the credentials were not wrong. */
  readonly isStale: boolean;
}

/** Undefined for another scheme, an unknown algorithm, and a challenge without realm or nonce. */
export function parseChallenge(value: string): DigestChallenge | undefined {
  const match = /^\s*Digest\s+(.*)$/is.exec(value);
  if (!match) return undefined;
  const fields = new Map<string, string>();
  for (const part of splitOutside(match[1] ?? '', ',')) {
    const equals = part.indexOf('=');
    if (equals > 0) fields.set(part.slice(0, equals).trim().toLowerCase(), unquote(part.slice(equals + 1).trim()));
  }
  const [realm, nonce, opaque] = [fields.get('realm'), fields.get('nonce'), fields.get('opaque')];
  const algorithm = (fields.get('algorithm') ?? 'MD5').toUpperCase();
  if (realm === undefined || nonce === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return undefined;
  return {
    realm,
    nonce,
    algorithm,
    ...(opaque !== undefined && { opaque }),
    hasQopAuth: /(^|[\s,])auth($|[\s,])/i.test(fields.get('qop') ?? ''),
    isStale: fields.get('stale')?.toLowerCase() === 'true',
  };
}

export interface DigestRequest {
  readonly method: string;
  readonly uri: string;
  /** @defaultValue 16 random bytes, in hexadecimal */
  readonly cnonce?: string;
}

/** The value of an Authorization or Proxy-Authorization header; the nonce is used once, so its count is always 1. */
export function answerChallenge(
  challenge: DigestChallenge,
  { username, password }: SipCredentials,
  { method, uri, cnonce = randomBytes(16).toString('hex') }: DigestRequest,
): string {
  const { realm, nonce, algorithm, opaque, hasQopAuth } = challenge;
  const hash = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const nc = '00000001';
  const secret = hash(`${username}:${realm}:${password}`);
  const what = hash(`${method}:${uri}`);
  const response = hash(hasQopAuth ? `${secret}:${nonce}:${nc}:${cnonce}:auth:${what}` : `${secret}:${nonce}:${what}`);
  return [
    `Digest username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(hasQopAuth ? ['qop=auth', `nc=${nc}`, `cnonce=${quote(cnonce)}`] : []),
  ].join(', ');
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
