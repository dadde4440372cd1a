/** What Twilio asks and tells of one attempt of a campaign: the answer (and its gate), and how the call stands. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isInzwaError } from '#kernel/errors.ts';
import { readCallback } from '#telephony/twilio/carrier-call.ts';
import { connectTwiml, hangUpTwiml, refusalTwiml } from '#telephony/twilio/twiml.ts';
import type { Arrivals } from '../arrivals.ts';
import type { CampaignLine } from '../campaign-line.ts';
import { ATTEMPT_PATHS } from '../carriers.ts';
import { refuse } from './refuse.ts';
import { twilioForm } from './twilio-form.ts';
import { MEDIA_PATH, type TwilioWebhookDeps } from './twilio-webhooks.ts';

export interface TwilioCampaignDeps extends TwilioWebhookDeps {
  readonly campaigns: CampaignLine;
  readonly arrivals: Arrivals;
}

const TRUNK = 'twilio';

export function twilioCampaign(app: FastifyInstance, deps: TwilioCampaignDeps): void {
  const { desk, metrics, tokens, signatures, notices, campaigns, arrivals } = deps;

  app.post(ATTEMPT_PATHS.answer(':attempt'), async (request, reply) => {
    const form = twilioForm(deps, request, reply);
    if (!form) return reply;
    void reply.type('text/xml');
    const { callSid } = form;
    const attemptId = attemptOf(request);
    // A place first: whoever passes the gate is talked to. Who was called was counted then: only the hard limit keeps them out.
    const refused = deps.isReady() ? desk.reserve(callSid, { isResumed: true }) : undefined;
    if (refused || !deps.isReady()) {
      metrics.refused('INZWA_CALL_REFUSED');
      request.log.error(
        { attemptId, callId: callSid, liveCalls: desk.liveCalls },
        'somebody who was called hears that there is no room',
      );
      return refusalTwiml(notices.busy);
    }
    try {
      const verdict = await campaigns.answered({ attemptId, sid: callSid });
      if (verdict.kind === 'hang-up') {
        desk.callIsOver(callSid);
        metrics.refused('INZWA_CALL_REFUSED');
        return hangUpTwiml();
      }
      arrivals.announce(callSid, { direction: 'out', interview: verdict.brief });
    } catch (error) {
      desk.callIsOver(callSid);
      const code = isInzwaError(error) ? error.code : undefined;
      request.log.error(
        { attemptId, callId: callSid, code, err: error },
        'an answered call cannot go on without records',
      );
      return refusalTwiml(notices.fallback);
    }
    return connectTwiml({
      streamUrl: signatures.streamUrl(MEDIA_PATH),
      token: tokens.mint(callSid),
      parameters: { attempt: attemptId },
      fallback: notices.fallback,
    });
  });

  for (const path of [ATTEMPT_PATHS.status(':attempt'), ATTEMPT_PATHS.machine(':attempt')]) {
    app.post(path, async (request, reply) => {
      const form = twilioForm(deps, request, reply);
      if (!form) return reply;
      const attemptId = attemptOf(request);
      const call = readCallback(attemptId, form.fields);
      if (!call) return refuse(reply, 400, 'INZWA_START_REFUSED', 'The form has no CallStatus of Twilio’s.');
      if (call.state === 'ended') desk.callIsOver(form.callSid);
      try {
        const verdict = await campaigns.heard(TRUNK, call);
        request.log.debug({ attemptId, callId: call.sid, state: call.state, verdict }, 'a carrier tells of an attempt');
        return await reply.code(204).send();
      } catch (error) {
        if (!isInzwaError(error, 'INZWA_RECORDS_UNAVAILABLE')) throw error;
        // Twilio may say it once more; and whoever looks after open attempts asks.
        return refuse(reply, 503, error.code, 'Nothing can be written down at present.');
      }
    });
  }
}

function attemptOf(request: FastifyRequest): string {
  const { attempt } = request.params as { readonly attempt: string };
  return attempt;
}
