/** Reads the one piece of TwiML a media call needs, and insists on what a real call needs besides. */
import { InzwaError } from '#kernel/errors.ts';

export interface ConnectStream {
  readonly streamUrl: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Rejects (INZWA_PHONE_REFUSED, with the TwiML in the details) an answer without a stream, and, unless `needsFallback` is
 * false, one in which nothing is spoken after `<Connect>`: a caller whose stream breaks would hear the line go dead.
 */
export function readConnectStream(twiml: string, { needsFallback = true } = {}): ConnectStream {
  const connect = /<Connect\b[^>]*>(.*?)<\/Connect>(.*)<\/Response>/s.exec(twiml);
  const stream = /<Stream\b([^>]*?)\/?>/.exec(connect?.[1] ?? '');
  const streamUrl = attributes(stream?.[1] ?? '')['url'];
  if (!connect || streamUrl === undefined) throw refused('its answer connects no stream', twiml);
  if (needsFallback && !/<(Say|Play)\b/.test(connect[2] ?? ''))
    throw refused('nothing is spoken after <Connect>', twiml);
  const parameters: Record<string, string> = {};
  for (const [, text = ''] of (connect[1] ?? '').matchAll(/<Parameter\b([^>]*?)\/?>/g)) {
    const { name, value } = attributes(text);
    if (name !== undefined) parameters[name] = value ?? '';
  }
  return { streamUrl, parameters };
}

/** Of an opening tag's inside, entities resolved. */
export function attributes(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', double, single] of text.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    found[name] = unescapeXml(double ?? single ?? '');
  }
  return found;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex?: string, decimal?: string, name = '') => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name as string] ?? whole;
  });
}

function refused(what: string, twiml: string): InzwaError {
  return new InzwaError('INZWA_PHONE_REFUSED', `the call was not taken: ${what}`, { details: { body: twiml } });
}
