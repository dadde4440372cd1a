/**
 * The words of Asterisk's REST interface (ARI) that a trunk needs. Unknown fields and unknown events are let through,
 * because both grow with every version; an event that lacks what is needed is not an event.
 */
import { z } from 'zod';

const channel = z.looseObject({
  id: z.string().min(1),
  /** `PJSIP/carrier-00000001`: what the dialplan's Bridge() takes. */
  name: z.string().default(''),
  /** `Down`, `Ring`, `Ringing`, `Up` … */
  state: z.string().default(''),
  dialplan: z.looseObject({ app_name: z.string().default(''), app_data: z.string().default('') }).optional(),
});

const bridge = z.looseObject({ id: z.string().min(1) });

export type AriChannel = z.infer<typeof channel>;

export const channelAnswer = channel;
export const channelList = z.array(channel);
export const bridgeList = z.array(bridge);
/** The answer to a question for a variable. */
export const variableValue = z.looseObject({ value: z.string() });

const SCHEMAS = {
  StasisStart: z.looseObject({ type: z.literal('StasisStart'), args: z.array(z.string()).default([]), channel }),
  StasisEnd: z.looseObject({ type: z.literal('StasisEnd'), channel }),
  ChannelStateChange: z.looseObject({ type: z.literal('ChannelStateChange'), channel }),
  ChannelDestroyed: z.looseObject({
    type: z.literal('ChannelDestroyed'),
    channel,
    /** Q.850; 0 where nobody said. */
    cause: z.number().int(),
    /** What the channel's own protocol said: for PJSIP the SIP status. */
    tech_cause: z.number().int().optional(),
  }),
  /** `dialstatus` is empty when dialling begins, then RINGING, PROGRESS, ANSWER, BUSY, NOANSWER … */
  Dial: z.looseObject({
    type: z.literal('Dial'),
    dialstatus: z.string().default(''),
    caller: channel.optional(),
    peer: channel,
  }),
  /** Without a channel it is a global variable. */
  ChannelVarset: z.looseObject({
    type: z.literal('ChannelVarset'),
    variable: z.string(),
    value: z.string().default(''),
    channel: channel.optional(),
  }),
  /** Another connection has taken the application's name; this one hears nothing more. */
  ApplicationReplaced: z.looseObject({ type: z.literal('ApplicationReplaced') }),
} as const;

/** The events that the trunk listens for, by name: the application's filter. */
export const EVENT_TYPES: readonly string[] = Object.keys(SCHEMAS);

export type AriEvent = { [K in keyof typeof SCHEMAS]: z.infer<(typeof SCHEMAS)[K]> }[keyof typeof SCHEMAS];

export type ParsedAriEvent =
  | { readonly ok: true; readonly event: AriEvent }
  /** `unknown-event` is no trouble: Asterisk has some fifty of them. */
  | { readonly ok: false; readonly reason: 'malformed-json' | 'bad-message' | 'unknown-event' };

/** One text message of the events socket. Never throws. */
export function parseAriEvent(text: string): ParsedAriEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'malformed-json' };
  }
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string') return { ok: false, reason: 'bad-message' };
  if (!Object.hasOwn(SCHEMAS, type)) return { ok: false, reason: 'unknown-event' };
  const parsed = SCHEMAS[type as keyof typeof SCHEMAS].safeParse(value);
  return parsed.success ? { ok: true, event: parsed.data } : { ok: false, reason: 'bad-message' };
}
