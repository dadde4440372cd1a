/** What a call is told to do in its middle: to be put through to somebody, or to wait. */
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import type { PhoneNumber } from '../trunk.ts';

export interface TransferTwimlOptions {
  readonly to: PhoneNumber;
  readonly callerId: PhoneNumber;
  readonly ringSeconds: number;
  /** Asked when it is over, answered or not: the caller is nobody's then. */
  readonly afterDialUrl: string;
  readonly statusUrl?: string | undefined;
  /** TwiML that the person hears before they are joined with the caller. */
  readonly announcementUrl?: string | undefined;
}

export function transferTwiml(opts: TransferTwimlOptions): string {
  const { to, callerId, ringSeconds, afterDialUrl, statusUrl, announcementUrl } = opts;
  const response = new VoiceResponse();
  const dial = response.dial({ callerId, timeout: ringSeconds, action: afterDialUrl, method: 'POST' });
  dial.number(
    {
      ...(announcementUrl !== undefined && { url: announcementUrl, method: 'POST' }),
      ...(statusUrl !== undefined && {
        statusCallback: statusUrl,
        statusCallbackMethod: 'POST',
        statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      }),
    },
    to,
  );
  return response.toString();
}

/** Twilio ends a call after 4 h, so a pause of that length is one without an end. */
const LONGEST_CALL_S = 14_400;

/** Music again and again, or silence. */
export function holdTwiml(musicUrl: string | undefined): string {
  const response = new VoiceResponse();
  if (musicUrl === undefined) response.pause({ length: LONGEST_CALL_S });
  else response.play({ loop: 0 }, musicUrl);
  return response.toString();
}
