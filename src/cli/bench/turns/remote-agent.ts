/** Any agent that speaks Twilio's media wire, by its URL: in real time, over a real WebSocket. */
import { WebSocket } from 'ws';
import { onAbort } from '#kernel/abort.ts';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { placeCall } from '#telephony/phone/twilio-phone.ts';
import { WirePhone } from '#telephony/phone/wire-phone.ts';
import type { TwilioPhoneCall } from '#telephony/phone/phone-call.ts';
import { wsMediaSocket } from '#telephony/wire/ws-media-socket.ts';
import type { Agent, ConnectedCall, ConnectOptions } from './agent.ts';
import { overLine } from './lines.ts';

export interface RemoteAgentOptions {
  /** ws(s)://: the media socket itself. http(s)://: the webhook that is asked for TwiML with a stream in it. */
  readonly url: string;
  /** What a webhook's signature is made with, where the agent checks it. @defaultValue of no account */
  readonly accountSid?: string;
  readonly authToken?: string;
  /** The origin that the agent signs for. @defaultValue that of the URL */
  readonly publicUrl?: string;
}

const NO_ACCOUNT = `AC${'0'.repeat(32)}`;
const OPEN_WITHIN_MS = 10_000;
const [CALLER_NUMBER, AGENT_NUMBER] = ['+263770000001', '+263770000002'];

/** Connects to nothing yet. Throws INZWA_CONFIG_INVALID for a URL that is neither ws nor http. */
export function openRemoteAgent(options: RemoteAgentOptions): Agent {
  const { protocol } = URL.canParse(options.url) ? new URL(options.url) : { protocol: '' };
  if (!/^(?:ws|http)s?:$/.test(protocol)) {
    throw new InzwaError('INZWA_CONFIG_INVALID', '--agent must be a ws(s):// media socket or an http(s):// webhook');
  }
  return {
    name: options.url,
    clock: systemClock,
    wires: ['twilio'],
    async connect(call): Promise<ConnectedCall> {
      const phone = protocol.startsWith('ws') ? await openSocket(options.url, call) : await callWebhook(options, call);
      phone.onHeard(({ pcm }) => call.line.hear(pcm));
      return { phone, events: undefined, over: phone.ended.then(() => undefined) };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function callWebhook(
  { url, accountSid = NO_ACCOUNT, authToken = '', publicUrl = new URL(url).origin }: RemoteAgentOptions,
  { line, signal }: ConnectOptions,
): Promise<TwilioPhoneCall> {
  return placeCall({
    voiceUrl: url,
    publicUrl,
    accountSid,
    authToken,
    from: CALLER_NUMBER,
    to: AGENT_NUMBER,
    // Other agents are scored by their manners, not by what they do when their socket breaks.
    needsFallback: false,
    overSocket: (socket) => overLine(socket, line),
    signal,
  });
}

async function openSocket(url: string, { line, callNumber, signal }: ConnectOptions): Promise<TwilioPhoneCall> {
  const ws = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: OPEN_WITHIN_MS });
  const listening = onAbort(signal, () => ws.terminate());
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
  });
  const digits = callNumber.toString(16).padStart(32, '0');
  const phone = new WirePhone(overLine(wsMediaSocket(ws), line), {
    callSid: `CA${digits}`,
    streamSid: `MZ${digits}`,
    accountSid: NO_ACCOUNT,
    customParameters: {},
    clock: systemClock,
  });
  void phone.ended.then(() => listening[Symbol.dispose]());
  return phone;
}
