/** SIP's requests and responses as text on a datagram (RFC 3261 §7): lenient when reading, plain when writing. */
import { SipHeaders } from './headers.ts';

export interface SipRequest {
  readonly kind: 'request';
  /** Upper case, as they are all written. */
  readonly method: string;
  readonly uri: string;
  readonly headers: SipHeaders;
  readonly body: string;
}

export interface SipResponse {
  readonly kind: 'response';
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: SipHeaders;
  readonly body: string;
}

export type SipMessage = SipRequest | SipResponse;

/** What every transaction needs of a message (RFC 3261 §8.1.1); without one of them nobody could answer it. */
const NEEDED = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const;

/**
 * Undefined for a keep-alive, for what is no SIP, and for a message without one of the headers that an answer needs.
 * Takes bare line feeds, folded lines, blanks before the colon, compact names and a missing or wrong Content-Length.
 */
export function parseSipMessage(datagram: Uint8Array): SipMessage | undefined {
  const text = Buffer.from(datagram)
    .toString('utf8')
    .replace(/^[\r\n]+/, '');
  const end = /\r?\n\r?\n/.exec(text);
  const head = end ? text.slice(0, end.index) : text;
  const [startLine = '', ...lines] = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const headers = new SipHeaders(
    lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0 ? [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const] : [];
    }),
  );
  if (NEEDED.some((name) => headers.get(name) === undefined) || cseqOf(headers) === undefined) return undefined;
  const body = bodyOf(end ? text.slice(end.index + end[0].length) : '', headers.get('Content-Length'));
  const status = /^SIP\/2\.0\s+([1-6]\d\d)(?:\s+(.*))?$/i.exec(startLine);
  if (status) {
    return { kind: 'response', status: Number(status[1]), reason: (status[2] ?? '').trim(), headers, body };
  }
  const request = /^([\w!%*+.`'~-]+)\s+(\S+)\s+SIP\/2\.0\s*$/i.exec(startLine);
  if (!request) return undefined;
  return { kind: 'request', method: (request[1] ?? '').toUpperCase(), uri: request[2] ?? '', headers, body };
}

/** On a datagram the length only ever shortens (RFC 3261 §18.3); one that says too much is forgiven. */
function bodyOf(rest: string, contentLength: string | undefined): string {
  const length = contentLength !== undefined && /^\d+$/.test(contentLength) ? Number(contentLength) : Infinity;
  const bytes = Buffer.from(rest);
  return length < bytes.length ? bytes.subarray(0, length).toString('utf8') : rest;
}

/** Writes the Content-Length itself. */
export function serialiseSip(message: SipMessage): Buffer {
  const startLine =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const headers = message.headers.copy();
  headers.remove('Content-Length');
  headers.add('Content-Length', String(Buffer.byteLength(message.body)));
  const lines = [startLine, ...Array.from(headers, ([name, value]) => `${name}: ${value}`)];
  // A value with a line break in it would be a header of its own.
  return Buffer.from(`${lines.map((line) => line.replace(/[\r\n]+/g, ' ')).join('\r\n')}\r\n\r\n${message.body}`);
}

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

export function cseqOf(headers: SipHeaders): CSeq | undefined {
  const match = /^(\d{1,10})\s+(\S+)$/.exec(headers.get('CSeq') ?? '');
  return match ? { number: Number(match[1]), method: (match[2] ?? '').toUpperCase() } : undefined;
}

const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  420: 'Bad Extension',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  603: 'Decline',
};

/** A response with what it must copy from its request (RFC 3261 §8.2.6.2); `toTag` unless the request has one. */
export function responseTo(
  request: SipRequest,
  status: number,
  opts: {
    readonly toTag?: string;
    readonly headers?: readonly (readonly [string, string])[];
    readonly body?: string;
  } = {},
): SipResponse {
  const headers = new SipHeaders();
  for (const [name, value] of request.headers) if (/^(via|v|record-route)$/i.test(name)) headers.add(name, value);
  for (const name of ['From', 'To', 'Call-ID', 'CSeq']) headers.add(name, request.headers.get(name) ?? '');
  const to = headers.get('To') ?? '';
  if (opts.toTag !== undefined && !/;\s*tag\s*=/i.test(to)) headers.set('To', `${to};tag=${opts.toTag}`);
  for (const [name, value] of opts.headers ?? []) headers.add(name, value);
  return { kind: 'response', status, reason: REASONS[status] ?? 'Unknown', headers, body: opts.body ?? '' };
}
