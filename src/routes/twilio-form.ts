/** A form that is known to be Twilio's, or a refusal that has been sent. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { SignatureCheck } from '#telephony/twilio/webhooks.ts';
import type { Metrics } from '../observability/metrics.ts';
import { refuse } from './refuse.ts';

const form = z.record(z.string(), z.string());
const callForm = z.object({ CallSid: z.string().min(1).max(128) });

export interface TwilioForm {
  readonly callSid: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Undefined when the request has been answered with a refusal. */
export function twilioForm(
  { signatures, metrics }: { readonly signatures: SignatureCheck; readonly metrics: Pick<Metrics, 'refused'> },
  request: FastifyRequest,
  reply: FastifyReply,
): TwilioForm | undefined {
  const posted = form.safeParse(request.body);
  const signature = request.headers['x-twilio-signature'];
  if (
    !posted.success ||
    !signatures.isSignedPost(request.url, posted.data, typeof signature === 'string' ? signature : undefined)
  ) {
    metrics.refused('INZWA_SIGNATURE_REFUSED');
    request.log.warn({ path: request.routeOptions.url }, 'webhook refused: its signature is not Twilio’s');
    void refuse(reply, 403, 'INZWA_SIGNATURE_REFUSED', 'The signature does not fit this URL and form.');
    return undefined;
  }
  const call = callForm.safeParse(posted.data);
  if (call.success) return { callSid: call.data.CallSid, fields: posted.data };
  metrics.refused('INZWA_START_REFUSED');
  void refuse(reply, 400, 'INZWA_START_REFUSED', 'The form has no CallSid.');
  return undefined;
}
