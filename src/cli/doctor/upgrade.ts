/** Opens a media socket as Asterisk would, looks at what comes back, and lets go at once. */
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type PeerCertificate, rootCertificates } from 'node:tls';
import WebSocket from 'ws';
import { messageOf } from '#kernel/errors.ts';

const TIMEOUT_MS = 5_000;

/** What a host says on its port, before anything of HTTP. */
export type Reached =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly why: 'unknown-host' | 'refused' | 'silent' | 'other'; readonly words: string };

/** Resolves whatever happens, within 5 s. */
export function reach(host: string, port: number, signal: AbortSignal): Promise<Reached> {
  const { promise, resolve } = Promise.withResolvers<Reached>();
  const socket = connectTcp({ host, port, signal, timeout: TIMEOUT_MS });
  socket.once('connect', () => {
    resolve({ kind: 'open' });
    socket.destroy();
  });
  socket.once('timeout', () => {
    resolve({ kind: 'closed', why: 'silent', words: 'nothing answers' });
    socket.destroy();
  });
  socket.once('error', (error: NodeJS.ErrnoException) => {
    const why = { ENOTFOUND: 'unknown-host', EAI_AGAIN: 'unknown-host', ECONNREFUSED: 'refused' }[error.code ?? ''];
    resolve({ kind: 'closed', why: (why ?? 'other') as 'other', words: error.message });
  });
  return promise;
}

export interface Certificate {
  /** The CN and the DNS names; Asterisk looks at nothing else. */
  readonly names: readonly string[];
  readonly hasAddressOnly: boolean;
  readonly isExpired: boolean;
  /** What is wrong with the chain, against the authorities that Asterisk would use. */
  readonly mistrust?: string;
}

/** Rejects when there is no TLS at all, or when the file of authorities cannot be read. */
export async function certificateAt(
  host: string,
  port: number,
  options: { readonly caFile: string | undefined; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<Certificate> {
  const ca = options.caFile === undefined ? [...rootCertificates] : [await readFile(options.caFile, 'utf8')];
  const { promise, resolve, reject } = Promise.withResolvers<Certificate>();
  const isName = !/^[\d.]+$|:/.test(host);
  const socket = connectTls(
    { host, port, ca, rejectUnauthorized: false, timeout: TIMEOUT_MS, ...(isName && { servername: host }) },
    () => {
      const certificate = socket.getPeerCertificate();
      const mistrust = socket.authorized ? undefined : String(socket.authorizationError);
      socket.destroy();
      resolve(describe(certificate, mistrust, options.nowMs));
    },
  );
  const stop = (): void => {
    socket.destroy(new Error('given up'));
  };
  options.signal.addEventListener('abort', stop, { once: true });
  socket.once('timeout', () => {
    socket.destroy(new Error('nothing answers'));
  });
  socket.once('error', reject);
  socket.once('close', () => {
    options.signal.removeEventListener('abort', stop);
  });
  return promise;
}

/** Whether the name itself fits is asked of `names`, because OpenSSL's own check also looks at addresses. */
function describe(certificate: PeerCertificate, mistrust: string | undefined, nowMs: number): Certificate {
  const alternatives = certificate.subjectaltname?.split(/,\s*/) ?? [];
  const dns = alternatives.filter((name) => name.startsWith('DNS:')).map((name) => name.slice('DNS:'.length));
  const common = [certificate.subject.CN].flat().filter((name) => name !== undefined);
  const isOnlyName = mistrust === 'ERR_TLS_CERT_ALTNAME_INVALID';
  return {
    names: [...new Set([...common, ...dns])],
    hasAddressOnly: dns.length === 0 && alternatives.some((name) => name.startsWith('IP Address:')),
    isExpired: Date.parse(certificate.valid_to) < nowMs,
    ...(mistrust !== undefined && !isOnlyName && { mistrust }),
  };
}

/** True when one of the names is that of the host; a star stands for the first label (RFC 6125 section 6.4.3). */
export function fits(names: readonly string[], host: string): boolean {
  const wanted = host.toLowerCase();
  return names
    .map((name) => name.toLowerCase())
    .some((name) => name === wanted || (name.startsWith('*.') && wanted.slice(wanted.indexOf('.')) === name.slice(1)));
}

export type Upgraded =
  | { readonly kind: 'open'; readonly protocol: string }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly words: string };

/** Resolves whatever happens. The certificate is not looked at: that is another check. */
export function upgrade(
  uri: string,
  credentials: { readonly user: string; readonly password: string },
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<Upgraded> {
  const { promise, resolve } = Promise.withResolvers<Upgraded>();
  const basic = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  const socket = new WebSocket(uri, [...protocols], {
    headers: { authorization: `Basic ${basic}`, 'user-agent': 'inzwa-doctor' },
    handshakeTimeout: TIMEOUT_MS,
    rejectUnauthorized: false,
  });
  const stop = (): void => {
    socket.terminate();
  };
  signal.addEventListener('abort', stop, { once: true });
  const end = (upgraded: Upgraded): void => {
    signal.removeEventListener('abort', stop);
    resolve(upgraded);
  };
  socket.once('open', () => {
    end({ kind: 'open', protocol: socket.protocol });
    socket.close(1000);
  });
  socket.once('unexpected-response', (request, response) => {
    end({ kind: 'refused', status: response.statusCode ?? 0 });
    request.destroy();
  });
  socket.on('error', (error) => {
    end({ kind: 'failed', words: messageOf(error) });
  });
  return promise;
}
