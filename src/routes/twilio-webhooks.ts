/** What Twilio posts: a call has come in (answered with TwiML), or a call has changed its status. */
import type { FastifyInstance } from 'fastify';
import { parseNumber } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { readCallback } from '#telephony/twilio/carrier-call.ts';
import type { CallTokens } from '#telephony/twilio/call-token.ts';
import { connectTwiml, refusalTwiml, type SpokenNotice } from '#telephony/twilio/twiml.ts';
import type { SignatureCheck } from '#telephony/twilio/webhooks.ts';
import type { Arrivals } from '../arrivals.ts';
import type { CallDesk } from '../call-desk.ts';
import type { CampaignLine } from '../campaign-line.ts';
import type { Metrics } from '../observability/metrics.ts';
import { twilioForm } from './twilio-form.ts';

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
  readonly arrivals: Arrivals;
  /** Undefined: this service keeps no records. */
  readonly campaigns?: CampaignLine | undefined;
}

export const MEDIA_PATH = '/twilio/media';

const OVER: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

export function twilioWebhooks(app: FastifyInstance, deps: TwilioWebhookDeps): void {
  /** Callers who are interviewed: how their call ends is told to their campaign. */
  const callersBack = new Set<string>();

  app.post('/twilio/voice', async (request, reply) => {
    const form = twilioForm(deps, request, reply);
    if (!form) return reply;
    const { callSid, fields } = form;
    void reply.type('text/xml');
    // Twilio has no other server to try: who finds no room hears it from our own voice.
    const refused = deps.isReady() ? deps.desk.reserve(callSid, { mayTurnAway: true }) : undefined;
    if (refused || !deps.isReady()) {
      deps.metrics.refused('INZWA_CALL_REFUSED');
      request.log.warn({ callId: callSid, isReady: deps.isReady(), liveCalls: deps.desk.liveCalls }, 'call refused');
      return refusalTwiml(deps.notices.busy);
    }
    const from = numberIn(fields['From']);
    const interview = await deps.campaigns?.calledBack({ trunk: 'twilio', sid: callSid, from });
    if (interview) callersBack.add(callSid);
    deps.arrivals.announce(callSid, { direction: 'in', from, to: numberIn(fields['To']), interview });
    return connectTwiml({
      streamUrl: deps.signatures.streamUrl(MEDIA_PATH),
      token: deps.tokens.mint(callSid),
      fallback: deps.notices.fallback,
    });
  });

  app.post('/twilio/status', async (request, reply) => {
    const form = twilioForm(deps, request, reply);
    if (!form) return reply;
    const { callSid: callId, fields } = form;
    const callStatus = fields['CallStatus']?.slice(0, 64);
    request.log.info({ callId, callStatus }, 'call status');
    if (callStatus === undefined || !OVER.has(callStatus)) return reply.code(204).send();
    deps.desk.callIsOver(callId);
    const call = callersBack.delete(callId) ? readCallback(undefined, fields) : undefined;
    // Whoever looks after open attempts asks, should this not be written down.
    if (call) await deps.campaigns?.heard('twilio', call).catch(() => undefined);
    return reply.code(204).send();
  });
}

function numberIn(text: string | undefined): PhoneNumber | undefined {
  const parsed = parseNumber(text ?? '');
  return parsed.ok ? parsed.number : undefined;
}
