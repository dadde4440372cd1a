/** What Twilio posts: a call has come in (answered with TwiML), or a call has changed its status. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CallTokens } from '#telephony/twilio/call-token.ts';
import { connectTwiml, refusalTwiml, type SpokenNotice } from '#telephony/twilio/twiml.ts';
import type { SignatureCheck } from '#telephony/twilio/webhooks.ts';
import type { CallDesk } from '../call-desk.ts';
import type { Metrics } from '../observability/metrics.ts';
import { refuse } from './refuse.ts';

/** The sentences Twilio speaks when our own voice cannot: from the language pack or a recording. */
export interface SpokenNotices {
  /** After `<Connect>`: the stream has ended and the call has not. */
  readonly fallback: SpokenNotice;
  /** No room for the call, not even for saying so ourselves, or the models are still being loaded. */
  readonly busy: SpokenNotice;
}

export interface TwilioWebhookDeps {
  readonly desk: CallDesk;
  readonly metrics: Metrics;
  readonly signatures: SignatureCheck;
  readonly tokens: CallTokens;
  readonly notices: SpokenNotices;
  readonly isReady: () => boolean;
}

export const MEDIA_PATH = '/twilio/media';

const form = z.record(z.string(), z.string());
const callForm = z.object({ CallSid: z.string().min(1).max(128), CallStatus: z.string().max(64).optional() });

const OVER: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

export function twilioWebhooks(app: FastifyInstance, deps: TwilioWebhookDeps): void {
  /** The call's form, once it is known to be Twilio's; undefined when the request has been answered with a refusal. */
  const authentic = (request: FastifyRequest, reply: FastifyReply): z.infer<typeof callForm> | undefined => {
    const posted = form.safeParse(request.body);
    const signature = request.headers['x-twilio-signature'];
    if (
      !posted.success ||
      !deps.signatures.isSignedPost(request.url, posted.data, typeof signature === 'string' ? signature : undefined)
    ) {
      deps.metrics.refused('INZWA_SIGNATURE_REFUSED');
      request.log.warn({ path: request.routeOptions.url }, 'webhook refused: its signature is not Twilio’s');
      void refuse(reply, 403, 'INZWA_SIGNATURE_REFUSED', 'The signature does not fit this URL and form.');
      return undefined;
    }
    const call = callForm.safeParse(posted.data);
    if (call.success) return call.data;
    deps.metrics.refused('INZWA_START_REFUSED');
    void refuse(reply, 400, 'INZWA_START_REFUSED', 'The form has no CallSid.');
    return undefined;
  };

  app.post('/twilio/voice', async (request, reply) => {
    const call = authentic(request, reply);
    if (!call) return reply;
    void reply.type('text/xml');
    // Twilio has no other server to try: who finds no room hears it from our own voice.
    const refused = deps.isReady() ? deps.desk.reserve(call.CallSid, { mayTurnAway: true }) : undefined;
    if (refused || !deps.isReady()) {
      deps.metrics.refused('INZWA_CALL_REFUSED');
      request.log.warn(
        { callId: call.CallSid, isReady: deps.isReady(), liveCalls: deps.desk.liveCalls },
        'call refused',
      );
      return refusalTwiml(deps.notices.busy);
    }
    return connectTwiml({
      streamUrl: deps.signatures.streamUrl(MEDIA_PATH),
      token: deps.tokens.mint(call.CallSid),
      fallback: deps.notices.fallback,
    });
  });

  app.post('/twilio/status', async (request, reply) => {
    const call = authentic(request, reply);
    if (!call) return reply;
    request.log.info({ callId: call.CallSid, callStatus: call.CallStatus }, 'call status');
    if (call.CallStatus !== undefined && OVER.has(call.CallStatus)) deps.desk.callIsOver(call.CallSid);
    return reply.code(204).send();
  });
}
