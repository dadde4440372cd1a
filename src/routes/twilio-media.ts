/** The media socket: refused before the upgrade when it can be, by closing when it cannot. */
import type { FastifyInstance } from 'fastify';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { CallTokens } from '#telephony/twilio/call-token.ts';
import { openMediaLeg } from '#telephony/twilio/start-gate.ts';
import type { EndCall } from '#telephony/twilio/rest.ts';
import type { SignatureCheck } from '#telephony/twilio/webhooks.ts';
import type { LineFiller } from '#telephony/wire/quiet-line.ts';
import { wsMediaSocket } from '#telephony/wire/ws-media-socket.ts';
import type { Arrivals } from '../arrivals.ts';
import type { CallDesk } from '../call-desk.ts';
import type { Metrics } from '../observability/metrics.ts';
import { keepAlive } from './keep-alive.ts';
import { refuse } from './refuse.ts';
import { MEDIA_PATH } from './twilio-webhooks.ts';

/** A frame is under 300 bytes; nothing Twilio sends comes near this. */
export const MAX_MESSAGE_BYTES = 64 * 1_024;

export interface TwilioMediaDeps {
  readonly desk: CallDesk;
  readonly metrics: Metrics;
  readonly signatures: SignatureCheck;
  readonly tokens: CallTokens;
  readonly clock: Clock;
  readonly arrivals: Arrivals;
  /** Sockets open at once, those without a call included. */
  readonly maxSockets: number;
  /** A filler for each call, because noise has a state; undefined: nothing is sent while nobody speaks. */
  readonly filler: () => LineFiller | undefined;
  readonly endCall?: EndCall | undefined;
}

export function twilioMedia(app: FastifyInstance, deps: TwilioMediaDeps): void {
  const { desk, metrics, tokens, clock } = deps;

  const admit = ({ callSid, token }: { callSid: string; token: string }): InzwaError | undefined => {
    const verdict = tokens.redeem(token, callSid);
    if (verdict === 'valid') return desk.mayOpen(callSid);
    return new InzwaError('INZWA_TOKEN_REFUSED', `call ${callSid} was not taken: its token is ${verdict}`, {
      details: { verdict },
    });
  };

  app.get(
    MEDIA_PATH,
    {
      websocket: true,
      async onRequest(request, reply) {
        const signature = request.headers['x-twilio-signature'];
        if (!deps.signatures.isSignedUpgrade(request.url, typeof signature === 'string' ? signature : undefined)) {
          metrics.refused('INZWA_SIGNATURE_REFUSED');
          request.log.warn('media socket refused: its signature is not Twilio’s');
          return refuse(reply, 403, 'INZWA_SIGNATURE_REFUSED', 'The signature does not fit this URL.');
        }
        if (app.websocketServer.clients.size >= deps.maxSockets) {
          metrics.refused('INZWA_CALL_REFUSED');
          return refuse(reply, 503, 'INZWA_CALL_REFUSED', 'There are too many media sockets.');
        }
        return undefined;
      },
    },
    (ws, request) => {
      keepAlive(ws, clock);
      openMediaLeg(wsMediaSocket(ws), {
        clock,
        admit,
        filler: deps.filler(),
        endCall: deps.endCall,
        onProblem: (problem) => metrics.wireProblem(problem),
        onListenerError: (error) => request.log.error({ err: error }, 'a call’s listener failed'),
      })
        .then(
          (leg) => {
            const arrival = deps.arrivals.take(leg.callId);
            return desk.openCall(leg, { callId: leg.callId, carrier: 'twilio', ...(arrival && { arrival }) });
          },
          (error: unknown) => {
            const code = isInzwaError(error) ? error.code : 'INZWA_START_REFUSED';
            metrics.refused(code);
            request.log.warn({ code, ...(isInzwaError(error) && error.details) }, 'media socket refused');
          },
        )
        // Nobody awaits this: without it the fault of one call would end the process, and all calls with it.
        .catch((error: unknown) => {
          request.log.error({ err: error }, 'a call failed outside its conversation');
          ws.terminate();
        });
    },
  );
}
