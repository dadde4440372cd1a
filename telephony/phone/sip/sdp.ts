/** Offer and answer of one audio stream (RFC 8866, RFC 3264): PCMA, PCMU and telephone-event, 20 ms. */
import { aLaw, muLaw, type Law } from '../../codec/g711.ts';

export type SipCodec = 'PCMA' | 'PCMU';

/** Static payload types (RFC 3551 §6). */
export const PAYLOAD_TYPES = { PCMA: 8, PCMU: 0 } as const satisfies Record<SipCodec, number>;
export const LAWS: Readonly<Record<SipCodec, Law>> = { PCMA: aLaw, PCMU: muLaw };
/** Dynamic, but what everyone uses. */
const TELEPHONE_EVENT_TYPE = 101;

/** From the point of view of the side that wrote the description. */
export type SdpDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface SdpAudio {
  readonly host: string;
  /** 0: the stream is refused. */
  readonly port: number;
  /** In the order of preference; other codecs are left out. */
  readonly codecs: readonly { readonly codec: SipCodec; readonly payloadType: number }[];
  readonly telephoneEventType?: number;
  readonly ptimeMs?: number;
  readonly direction: SdpDirection;
}

/** The first audio stream over plain RTP; undefined when there is none, or no address for it. */
export function parseSdp(text: string): SdpAudio | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const start = lines.findIndex((line) => /^m=audio\s/i.test(line));
  if (start === -1) return undefined;
  const next = lines.findIndex((line, index) => index > start && line.startsWith('m='));
  const session = lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('m=')),
  );
  const media = lines.slice(start, next === -1 ? undefined : next);
  const match = /^m=audio\s+(\d{1,5})(?:\/\d+)?\s+RTP\/AVPF?\s+(.*)$/i.exec(media[0] ?? '');
  const connection = valueOf(media, /^c=IN\s+IP[46]\s+([^\s/]+)/i) ?? valueOf(session, /^c=IN\s+IP[46]\s+([^\s/]+)/i);
  if (!match || connection === undefined) return undefined;
  const types = (match[2] ?? '').split(/\s+/).map(Number);
  const telephoneEventType = types.find((type) => encodingOf(media, type) === 'TELEPHONE-EVENT');
  const ptimeMs = valueOf(media, /^a=ptime:\s*(\d+)/i);
  return {
    host: connection,
    port: Number(match[1]),
    codecs: types.flatMap((payloadType) => {
      const encoding = encodingOf(media, payloadType);
      return encoding === 'PCMA' || encoding === 'PCMU' ? [{ codec: encoding, payloadType }] : [];
    }),
    ...(telephoneEventType !== undefined && { telephoneEventType }),
    ...(ptimeMs !== undefined && { ptimeMs: Number(ptimeMs) }),
    direction: directionOf(media) ?? directionOf(session) ?? (connection === '0.0.0.0' ? 'inactive' : 'sendrecv'),
  };
}

function valueOf(lines: readonly string[], pattern: RegExp): string | undefined {
  for (const line of lines) {
    const value = pattern.exec(line)?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}

function encodingOf(media: readonly string[], payloadType: number): string | undefined {
  const mapped = valueOf(media, new RegExp(`^a=rtpmap:${payloadType}\\s+([\\w-]+)/8000`, 'i'));
  if (mapped !== undefined) return mapped.toUpperCase();
  return payloadType === PAYLOAD_TYPES.PCMA ? 'PCMA' : payloadType === PAYLOAD_TYPES.PCMU ? 'PCMU' : undefined;
}

function directionOf(lines: readonly string[]): SdpDirection | undefined {
  return valueOf(lines, /^a=(sendrecv|sendonly|recvonly|inactive)$/i)?.toLowerCase() as SdpDirection | undefined;
}

export interface LocalAudio {
  readonly host: string;
  readonly port: number;
  /** Raised with every description of the same session (RFC 3264 §8). */
  readonly version: number;
}

export function offerSdp(local: LocalAudio, codecs: readonly SipCodec[]): string {
  return write(local, {
    codecs: codecs.map((codec) => ({ codec, payloadType: PAYLOAD_TYPES[codec] })),
    telephoneEventType: TELEPHONE_EVENT_TYPE,
    direction: 'sendrecv',
  });
}

/** What both sides will use from now on: the payload types are those of the other side's description. */
export interface AgreedAudio {
  readonly host: string;
  readonly port: number;
  readonly codec: SipCodec;
  readonly payloadType: number;
  readonly telephoneEventType?: number;
  /** From the point of view of this side. */
  readonly direction: SdpDirection;
}

const MIRRORED = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
} as const satisfies Record<SdpDirection, SdpDirection>;

/** Takes the first codec of theirs that is ours; undefined when there is none or the stream is refused. */
export function agree(remote: SdpAudio | undefined, codecs: readonly SipCodec[]): AgreedAudio | undefined {
  const chosen = remote?.codecs.find(({ codec }) => codecs.includes(codec));
  if (!remote || !chosen || remote.port === 0) return undefined;
  return {
    host: remote.host,
    port: remote.port,
    ...chosen,
    ...(remote.telephoneEventType !== undefined && { telephoneEventType: remote.telephoneEventType }),
    direction: MIRRORED[remote.direction],
  };
}

/** The answer that says what was agreed; for an answered offer only. */
export function answerSdp(local: LocalAudio, agreed: AgreedAudio): string {
  const { codec, payloadType, telephoneEventType, direction } = agreed;
  return write(local, { codecs: [{ codec, payloadType }], telephoneEventType, direction });
}

function write(
  { host, port, version }: LocalAudio,
  media: {
    readonly codecs: readonly { readonly codec: SipCodec; readonly payloadType: number }[];
    readonly telephoneEventType: number | undefined;
    readonly direction: SdpDirection;
  },
): string {
  const { codecs, telephoneEventType: event, direction } = media;
  const types = [...codecs.map(({ payloadType }) => payloadType), ...(event === undefined ? [] : [event])];
  const lines = [
    'v=0',
    // One session for each port: the port is as good an id as any.
    `o=- ${port} ${version} IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${types.join(' ')}`,
    ...codecs.map(({ codec, payloadType }) => `a=rtpmap:${payloadType} ${codec}/8000`),
    ...(event === undefined ? [] : [`a=rtpmap:${event} telephone-event/8000`, `a=fmtp:${event} 0-15`]),
    'a=ptime:20',
    `a=${direction}`,
  ];
  return `${lines.join('\r\n')}\r\n`;
}
