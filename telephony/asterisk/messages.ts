/**
 * The words of Asterisk's chan_websocket with JSON control (20.18, 22.8, 23.2 and later): what it tells, and what it can be told. Parsing
 * never throws. Unknown fields are let through, because the wire grows; unknown events are not messages.
 */
import { z } from 'zod';

const channelId = z.string().min(1).max(150);

const mediaStart = z.object({
  event: z.literal('MEDIA_START'),
  /** The configuration's section, the same for all calls: calls are told apart by `channel_id` alone. */
  connection_id: z.string().optional(),
  channel_id: channelId,
  format: z.string(),
  optimal_frame_size: z.number().int().positive().optional(),
  ptime: z.number().int().positive().optional(),
});
const markProcessed = z.object({ event: z.literal('MEDIA_MARK_PROCESSED'), correlation_id: z.string().max(128) });
const bufferingCompleted = z.object({
  event: z.literal('MEDIA_BUFFERING_COMPLETED'),
  correlation_id: z.string().optional(),
});
const status = z.object({ event: z.literal('STATUS'), queue_length: z.number().int().nonnegative() });
const xoff = z.object({ event: z.literal('MEDIA_XOFF') });
const xon = z.object({ event: z.literal('MEDIA_XON') });
const queueDrained = z.object({ event: z.literal('QUEUE_DRAINED') });
const dtmfEnd = z.object({ event: z.literal('DTMF_END'), digit: z.string().regex(/^[0-9*#A-D]$/) });
const error = z.object({ event: z.literal('ERROR'), error_text: z.string().optional() });

const SCHEMAS = {
  MEDIA_START: mediaStart,
  MEDIA_MARK_PROCESSED: markProcessed,
  MEDIA_BUFFERING_COMPLETED: bufferingCompleted,
  STATUS: status,
  MEDIA_XOFF: xoff,
  MEDIA_XON: xon,
  QUEUE_DRAINED: queueDrained,
  DTMF_END: dtmfEnd,
  ERROR: error,
} as const;

export type MediaStart = z.infer<typeof mediaStart>;

/** What chan_websocket may say to us. */
export type AsteriskEvent = { [E in keyof typeof SCHEMAS]: z.infer<(typeof SCHEMAS)[E]> }[keyof typeof SCHEMAS];

export type ParsedEvent =
  | { readonly ok: true; readonly event: AsteriskEvent }
  | { readonly ok: false; readonly reason: 'malformed-json' | 'bad-message' | 'unknown-event' };

/** One text message of the media socket. */
export function parseEvent(text: string): ParsedEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'malformed-json' };
  }
  const name = typeof value === 'object' && value !== null && 'event' in value ? value.event : undefined;
  if (typeof name !== 'string') return { ok: false, reason: 'bad-message' };
  if (!Object.hasOwn(SCHEMAS, name)) return { ok: false, reason: 'unknown-event' };
  const parsed = SCHEMAS[name as keyof typeof SCHEMAS].safeParse(value);
  return parsed.success ? { ok: true, event: parsed.data } : { ok: false, reason: 'bad-message' };
}

/**
 * What chan_websocket can be told, as text. Asterisk ignores a text of more than 128 bytes without a word (measured on
 * 22.10), so the ids that go into one are short numbers of ours.
 */
export const command = {
  startBuffering: '{"command":"START_MEDIA_BUFFERING"}',
  stopBuffering: (id: number) => `{"command":"STOP_MEDIA_BUFFERING","correlation_id":"${id}"}`,
  mark: (id: number) => `{"command":"MARK_MEDIA","correlation_id":"${id}"}`,
  getStatus: '{"command":"GET_STATUS"}',
  flush: '{"command":"FLUSH_MEDIA"}',
  hangUp: '{"command":"HANGUP"}',
} as const;
