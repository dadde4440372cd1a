/**
 * The words of Twilio Media Streams, both directions. Parsing never throws: what a stranger sends is either a message or
 * a reason with a name. Unknown fields are let through, because the wire grows; unknown events are not messages.
 */
import { z } from 'zod';

/** Numbers travel as strings ("1"); a few compatible servers send them as numbers. */
const count = z.union([z.string().regex(/^\d{1,15}$/), z.number().int().nonnegative()]).transform(Number);

const streamSid = z.string().min(1).max(128);

const connected = z.object({ event: z.literal('connected'), protocol: z.string().optional() });

const start = z.object({
  event: z.literal('start'),
  streamSid,
  start: z.object({
    accountSid: z.string().max(128).optional(),
    callSid: z.string().min(1).max(128),
    customParameters: z.record(z.string(), z.string()).default({}),
    mediaFormat: z.object({ encoding: z.string(), sampleRate: count, channels: count.default(1) }),
  }),
});

const media = z.object({
  event: z.literal('media'),
  streamSid: streamSid.optional(),
  sequenceNumber: count.optional(),
  media: z.object({
    track: z.string().optional(),
    chunk: count.optional(),
    timestamp: count.optional(),
    payload: z.string(),
  }),
});

const dtmf = z.object({
  event: z.literal('dtmf'),
  streamSid: streamSid.optional(),
  dtmf: z.object({ digit: z.string().regex(/^[0-9*#A-D]$/) }),
});

const mark = z.object({
  event: z.literal('mark'),
  streamSid: streamSid.optional(),
  mark: z.object({ name: z.string().max(256) }),
});

const stop = z.object({ event: z.literal('stop'), streamSid: streamSid.optional() });

const SCHEMAS = { connected, start, media, dtmf, mark, stop } as const;

export type StartMessage = z.infer<typeof start>;
export type MediaMessage = z.infer<typeof media>;

/** What Twilio may say to us. */
export type TwilioMessage =
  | z.infer<typeof connected>
  | StartMessage
  | MediaMessage
  | z.infer<typeof dtmf>
  | z.infer<typeof mark>
  | z.infer<typeof stop>;

/** Why a message was not understood; a label of a counter, so the set stays small. */
export type BadMessageReason = 'malformed-json' | 'bad-message' | 'unknown-event';

export type ParsedMessage =
  { readonly ok: true; readonly message: TwilioMessage } | { readonly ok: false; readonly reason: BadMessageReason };

function bad(reason: BadMessageReason): ParsedMessage {
  return { ok: false, reason };
}

/** One text message of the socket. `media.payload` is still base64: the leg decodes it into its own buffer. */
export function parseMessage(text: string): ParsedMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad('malformed-json');
  }
  const event = typeof value === 'object' && value !== null && 'event' in value ? value.event : undefined;
  if (typeof event !== 'string') return bad('bad-message');
  if (!Object.hasOwn(SCHEMAS, event)) return bad('unknown-event');
  const parsed = SCHEMAS[event as keyof typeof SCHEMAS].safeParse(value);
  return parsed.success ? { ok: true, message: parsed.data } : bad('bad-message');
}

/**
 * Writes the bytes of a base64 text to the start of `dst`; returns how many, or undefined when the text is not base64 or
 * does not fit. Node skips characters that do not belong, so a length that comes out short is the proof of one.
 */
export function decodeBase64Into(dst: Buffer, text: string): number | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = (text.length / 4) * 3 - padding;
  if (bytes > dst.length) return undefined;
  return dst.write(text, 'base64') === bytes ? bytes : undefined;
}

/** The three messages Twilio understands (anything else is its error 31924), as text with the stream's id filled in. */
export interface OutboundWriter {
  media(payloadBase64: string): string;
  mark(name: string): string;
  clear(): string;
}

/** Everything but the payload is built once: JSON.stringify 50 times a second for each call is not. */
export function outboundWriter(sid: string): OutboundWriter {
  const id = JSON.stringify(sid);
  const mediaHead = `{"event":"media","streamSid":${id},"media":{"payload":"`;
  const clearText = `{"event":"clear","streamSid":${id}}`;
  return {
    media: (payloadBase64) => `${mediaHead}${payloadBase64}"}}`,
    mark: (name) => `{"event":"mark","streamSid":${id},"mark":{"name":${JSON.stringify(name)}}}`,
    clear: () => clearText,
  };
}
