/** The part of TwiML that a stand-in carrier can follow: streams, pauses, words of Twilio's own voice, and the end. */
import { attributes, readConnectStream, type ConnectStream } from '../read-twiml.ts';

export type Step =
  | { readonly kind: 'stream'; readonly stream: ConnectStream }
  /** Something that lasts a while and that nobody here has to understand. */
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'end' };

/** `<Say>` or `<Play>`: how long does not matter to anybody but the clock. */
const SPOKEN_MS = 2_000;

/** In order, up to the end of the call. What it does not know is passed over. */
export function readDocument(twiml: string): readonly Step[] {
  const steps: Step[] = [];
  const verbs = /<(Connect|Pause|Say|Play|Hangup|Reject)\b([^>]*?)(?:\/>|>(?:.*?)<\/\1>)/gs;
  for (const [, verb = '', inside = ''] of twiml.matchAll(verbs)) {
    if (verb === 'Connect') {
      steps.push({ kind: 'stream', stream: readConnectStream(twiml, { needsFallback: false }) });
    } else if (verb === 'Pause') {
      // https://www.twilio.com/docs/voice/twiml/pause: one second unless it says otherwise.
      steps.push({ kind: 'wait', ms: Number(attributes(inside)['length'] ?? 1) * 1_000 });
    } else if (verb === 'Hangup' || verb === 'Reject') {
      steps.push({ kind: 'end' });
      break;
    } else steps.push({ kind: 'wait', ms: SPOKEN_MS });
  }
  return steps;
}
