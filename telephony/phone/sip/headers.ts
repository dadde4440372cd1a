/** SIP's header fields: an ordered list, read leniently (RFC 3261 §7.3, §20, §25). */

/** RFC 3261 §7.3.3 and the registry of compact forms. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
};

function keyOf(name: string): string {
  const lower = name.toLowerCase();
  return LONG_NAMES[lower] ?? lower;
}

/** Names match without regard to case and in their compact forms; the order and spelling of what was added are kept. */
export class SipHeaders {
  readonly #entries: { name: string; value: string }[];

  constructor(entries: readonly (readonly [name: string, value: string])[] = []) {
    this.#entries = entries.map(([name, value]) => ({ name, value }));
  }

  /** The first value of that name. */
  get(name: string): string | undefined {
    const key = keyOf(name);
    return this.#entries.find((entry) => keyOf(entry.name) === key)?.value;
  }

  /** Every value of a name whose values may also stand in one line, divided by commas (Via, Route, Contact, …). */
  list(name: string): string[] {
    const key = keyOf(name);
    return this.#entries.filter((entry) => keyOf(entry.name) === key).flatMap(({ value }) => splitOutside(value, ','));
  }

  add(name: string, value: string): void {
    this.#entries.push({ name, value });
  }

  /** Replaces all of that name; a new one goes to the end. */
  set(name: string, value: string): void {
    const key = keyOf(name);
    const first = this.#entries.findIndex((entry) => keyOf(entry.name) === key);
    if (first === -1) {
      this.add(name, value);
      return;
    }
    this.remove(name);
    this.#entries.splice(first, 0, { name, value });
  }

  remove(name: string): void {
    const key = keyOf(name);
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      if (keyOf(this.#entries[i]?.name ?? '') === key) this.#entries.splice(i, 1);
    }
  }

  copy(): SipHeaders {
    return new SipHeaders([...this]);
  }

  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (const { name, value } of this.#entries) yield [name, value];
  }
}

/** Divides at `separator`, but not inside quotes or angle brackets; parts are trimmed, empty ones dropped. */
export function splitOutside(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let [start, depth, isQuoted] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (isQuoted) {
      if (char === '\\') i++;
      else if (char === '"') isQuoted = false;
    } else if (char === '"') isQuoted = true;
    else if (char === '<') depth++;
    else if (char === '>') depth = Math.max(0, depth - 1);
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Parameters by lower-case name; one without a value has the empty text. */
export type SipParameters = ReadonlyMap<string, string>;

/** Of a value such as `SIP/2.0/UDP host;branch=…` or `Q.850;cause=16;text="…"`: what stands before the first `;`, and the rest. */
export function parseParameters(value: string): { readonly head: string; readonly parameters: SipParameters } {
  const [head = '', ...rest] = splitOutside(value, ';');
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    const name = (equals === -1 ? part : part.slice(0, equals)).trim().toLowerCase();
    parameters.set(name, equals === -1 ? '' : unquote(part.slice(equals + 1).trim()));
  }
  return { head, parameters };
}

/** Takes off the quotes and their escapes, if there are any. */
export function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replace(/\\(.)/g, '$1')
    : text;
}

/** A From, To, Contact, Route or P-Asserted-Identity. */
export interface SipNameAddress {
  readonly displayName: string;
  readonly uri: string;
  /** Of the header, not of the URI. */
  readonly parameters: SipParameters;
}

/** Reads `"Name" <uri>;tag=x` and `uri;tag=x`; whatever is no address comes back as a URI of that text. */
export function parseNameAddress(value: string): SipNameAddress {
  const open = /^\s*(?:"(?:[^"\\]|\\.)*"\s*|[^"<]*)</.exec(value);
  if (open === null) {
    // Without brackets every parameter belongs to the header (RFC 3261 §20.10).
    const { head, parameters } = parseParameters(value);
    return { displayName: '', uri: head, parameters };
  }
  const begin = open[0].length;
  const close = value.indexOf('>', begin);
  const uri = value.slice(begin, close === -1 ? undefined : close).trim();
  const after = close === -1 ? '' : value.slice(close + 1);
  return {
    displayName: unquote(value.slice(0, begin - 1).trim()),
    uri,
    parameters: parseParameters(`x${after}`).parameters,
  };
}

export interface SipUri {
  /** Unescaped; empty when there is none. */
  readonly user: string;
  readonly host: string;
  /** 5060 when the URI names none. */
  readonly port: number;
}

/** Reads sip:, sips: and tel: URIs; of anything else, `user` and `host` are empty. */
export function parseSipUri(uri: string): SipUri {
  const tel = /^tel:([^;]*)/i.exec(uri);
  if (tel) return { user: tel[1] ?? '', host: '', port: 5060 };
  const sip = /^sips?:(?:([^@]*)@)?(\[[^\]]*\]|[^:;?]*)(?::(\d+))?/i.exec(uri);
  const user = (sip?.[1] ?? '').replace(/[;:].*$/s, '');
  return { user: unescapeUser(user), host: sip?.[2] ?? '', port: Number(sip?.[3] ?? 5060) };
}

function unescapeUser(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** `sip:user@host:port`, with what a user may not contain escaped (RFC 3261 §25.1). */
export function sipUri({ user, host, port }: SipUri): string {
  const escaped = encodeURIComponent(user).replace(/%(2B|3D|26|24|2C)/g, decodeURIComponent);
  return user === '' ? `sip:${host}:${port}` : `sip:${escaped}@${host}:${port}`;
}

/** The Q.850 cause of a Reason header (RFC 3326), whichever of several it is. */
export function q850Cause(headers: SipHeaders): number | undefined {
  for (const value of headers.list('Reason')) {
    const { head, parameters } = parseParameters(value);
    const cause = /^\d{1,3}$/.exec(parameters.get('cause') ?? '');
    if (/^q\.850$/i.test(head.trim()) && cause) return Number(cause[0]);
  }
  return undefined;
}
