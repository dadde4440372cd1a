/** The part of Twilio's REST interface that a call on the media wire needs: a way to end it. */
import { InzwaError, messageOf } from '#kernel/errors.ts';

/**
 * Ends a call at the carrier. Closing the media socket does not: Twilio then goes on with what stands after `<Connect>`,
 * so a caller who was told goodbye would still hear the fallback.
 */
export type EndCall = (callSid: string, opts: { readonly signal: AbortSignal }) => Promise<void>;

export interface TwilioRestOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** @defaultValue 'https://api.twilio.com' */
  readonly baseUrl?: string;
}

/** Rejects with INZWA_TRUNK_FAILED (retryable) when Twilio cannot be reached or does not agree. */
export function twilioEndCall({ accountSid, authToken, baseUrl }: TwilioRestOptions): EndCall {
  const calls = `${baseUrl ?? 'https://api.twilio.com'}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Calls`;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  return async (callSid, { signal }) => {
    const failed = (why: string, cause?: unknown): InzwaError =>
      new InzwaError('INZWA_TRUNK_FAILED', `call ${callSid} could not be ended at Twilio: ${why}`, {
        retryable: true,
        cause,
      });
    const response = await fetch(`${calls}/${encodeURIComponent(callSid)}.json`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ Status: 'completed' }),
      redirect: 'error',
      signal,
    }).catch((error: unknown) => {
      throw failed(messageOf(error), error);
    });
    await response.body?.cancel();
    if (!response.ok) throw failed(`it answered ${response.status}`);
  };
}
