/** Places a call the way Twilio does: signed webhook, TwiML, signed WebSocket with the call's parameters. */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { InzwaError } from '#kernel/errors.ts';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { onAbort } from '#kernel/abort.ts';
import type { MediaSocket } from '../wire/media-socket.ts';
import { wsMediaSocket } from '../wire/ws-media-socket.ts';
import type { LineProfile } from './line-profile.ts';
import type { TwilioPhoneCall } from './phone-call.ts';
import { readConnectStream, type ConnectStream } from './read-twiml.ts';
import { WirePhone } from './wire-phone.ts';

export interface PlaceCallOptions {
  /** Where the service can be reached from here: http://127.0.0.1:8080/twilio/voice. */
  readonly voiceUrl: string;
  /** The origin Twilio knows (INZWA_PUBLIC_URL): signatures are made over it, even when it is not reachable from here. */
  readonly publicUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
  readonly to: string;
  readonly clock?: Clock;
  readonly line?: LineProfile;
  /** Puts something between the telephone and the wire. @defaultValue nothing */
  readonly overSocket?: (socket: MediaSocket) => MediaSocket;
  /** False: an answer is taken that says nothing when its stream breaks. @defaultValue true */
  readonly needsFallback?: boolean;
  /** A second webhook for the same call carries the same id; by default each call has its own. */
  readonly callSid?: string;
  /** Ends the call when aborted. */
  readonly signal: AbortSignal;
}

/** Twilio's 34-character ids: two letters and 32 hex digits. */
export function newSid(prefix: 'CA' | 'MZ'): string {
  return prefix + randomBytes(16).toString('hex');
}

/** Resolves once `start` has been sent; rejects with INZWA_PHONE_REFUSED (details: status, body) when not taken. */
export async function placeCall(opts: PlaceCallOptions): Promise<TwilioPhoneCall> {
  const clock = opts.clock ?? systemClock;
  const callSid = opts.callSid ?? newSid('CA');
  const { streamUrl, parameters } = readConnectStream(await postVoice(opts, callSid), {
    needsFallback: opts.needsFallback ?? true,
  });
  const reach = reachLocally({ publicUrl: opts.publicUrl, localUrl: opts.voiceUrl });
  return connectPhone({ streamUrl, parameters }, { ...opts, clock, callSid, reach });
}

/** Leads what is meant for an origin that cannot be reached from here to one that can; anything else stays. */
export function reachLocally(origins: { readonly publicUrl: string; readonly localUrl: string }): (url: URL) => void {
  const local = new URL(origins.localUrl);
  return (url) => {
    if (url.host !== new URL(origins.publicUrl).host) return;
    const isWebSocket = url.protocol.startsWith('ws');
    const isSecure = local.protocol === 'https:';
    url.protocol = `${isWebSocket ? 'ws' : 'http'}${isSecure ? 's' : ''}:`;
    url.host = local.host;
    url.port = local.port;
  };
}

export interface ConnectPhoneOptions extends Pick<
  PlaceCallOptions,
  'accountSid' | 'authToken' | 'line' | 'overSocket'
> {
  readonly callSid: string;
  readonly clock: Clock;
  /** Changes where the socket is opened; it is signed for the address that it had. @defaultValue nothing */
  readonly reach?: (url: URL) => void;
  /** Ends the call when aborted. */
  readonly signal: AbortSignal;
}

/** Opens the media stream that an answer named, as Twilio does. Resolves and rejects as `placeCall`. */
export async function connectPhone(stream: ConnectStream, opts: ConnectPhoneOptions): Promise<TwilioPhoneCall> {
  const socket = wsMediaSocket(await upgrade(opts, stream.streamUrl));
  const phone = new WirePhone(opts.overSocket?.(socket) ?? socket, {
    callSid: opts.callSid,
    streamSid: newSid('MZ'),
    accountSid: opts.accountSid,
    customParameters: stream.parameters,
    clock: opts.clock,
    ...(opts.line && { line: opts.line }),
  });
  const listening = onAbort(opts.signal, () => phone.hangUp());
  void phone.ended.then(() => listening[Symbol.dispose]());
  return phone;
}

async function postVoice(opts: PlaceCallOptions, callSid: string): Promise<string> {
  const form = {
    AccountSid: opts.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: callSid,
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: opts.from,
    To: opts.to,
  };
  const local = new URL(opts.voiceUrl);
  const signedUrl = new URL(local.pathname + local.search, opts.publicUrl).href;
  const response = await fetch(opts.voiceUrl, {
    method: 'POST',
    headers: { 'x-twilio-signature': getExpectedTwilioSignature(opts.authToken, signedUrl, form) },
    body: new URLSearchParams(form),
    signal: opts.signal,
  });
  const body = await response.text();
  if (!response.ok) throw refused(`POST ${local.pathname} was answered with ${response.status}`, response.status, body);
  return body;
}

function upgrade(opts: ConnectPhoneOptions, streamUrl: string): Promise<WebSocket> {
  const url = new URL(streamUrl);
  // Twilio strips query strings (error 31920): a service that relies on one must fail here too.
  url.search = '';
  const signature = getExpectedTwilioSignature(opts.authToken, url.href, {});
  opts.reach?.(url);
  const ws = new WebSocket(url, {
    headers: { 'x-twilio-signature': signature },
    perMessageDeflate: false,
  });
  const listening = onAbort(opts.signal, () => ws.terminate());
  return new Promise((resolve, reject) => {
    ws.once('open', () => {
      listening[Symbol.dispose]();
      resolve(ws);
    });
    ws.once('error', reject);
    ws.once('unexpected-response', (request, response) => {
      const status = response.statusCode ?? 0;
      request.destroy();
      reject(refused(`the WebSocket upgrade was answered with ${status}`, status, ''));
    });
  });
}

function refused(what: string, status: number, body: string): InzwaError {
  return new InzwaError('INZWA_PHONE_REFUSED', `the call was not taken: ${what}`, { details: { status, body } });
}
