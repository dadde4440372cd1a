/** A caller who knows the wire but not its manners: every step by hand, so that any of them can be done wrong. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { readConnectStream } from '#telephony/phone/read-twiml.ts';
import { AUTH_TOKEN, PUBLIC_URL, type EchoService } from './echo-service.ts';

const MEDIA_URL = `${PUBLIC_URL.replace('https', 'wss')}/twilio/media`;

export function signedForm(
  path: string,
  form: Record<string, string>,
): { headers: Record<string, string>; body: string } {
  return {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': getExpectedTwilioSignature(AUTH_TOKEN, PUBLIC_URL + path, form),
    },
    body: new URLSearchParams(form).toString(),
  };
}

/** The webhook's token for a call. */
export async function tokenFor(service: EchoService, callSid: string): Promise<string> {
  const response = await service.app.inject({
    method: 'POST',
    url: '/twilio/voice',
    ...signForInject('/twilio/voice', { CallSid: callSid }),
  });
  return readConnectStream(response.body).parameters['token'] ?? '';
}

function signForInject(
  path: string,
  form: Record<string, string>,
): { headers: Record<string, string>; payload: string } {
  const { headers, body } = signedForm(path, form);
  return { headers, payload: body };
}

/** An open media socket on which nothing has been said yet. */
export async function openSocket(
  service: EchoService,
  signature: string | undefined = getExpectedTwilioSignature(AUTH_TOKEN, MEDIA_URL, {}),
): Promise<WebSocket> {
  const ws = new WebSocket(`${service.origin.replace('http', 'ws')}/twilio/media`, {
    headers: signature === '' ? {} : { 'x-twilio-signature': signature },
    perMessageDeflate: false,
  });
  await once(ws, 'open');
  ws.on('error', () => undefined);
  return ws;
}

export function startMessage(callSid: string, token: string, mediaFormat: object = {}): string {
  return JSON.stringify({
    event: 'start',
    sequenceNumber: '1',
    streamSid: 'MZraw',
    start: {
      streamSid: 'MZraw',
      accountSid: 'AC1',
      callSid,
      tracks: ['inbound'],
      customParameters: { token },
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1, ...mediaFormat },
    },
  });
}

/** Resolves with the code the service closes the socket with. */
export async function closeCodeOf(ws: WebSocket): Promise<number> {
  const [code] = (await once(ws, 'close')) as [number];
  return code;
}

export function mediaMessage(payload: string): string {
  return JSON.stringify({ event: 'media', media: { payload } });
}
