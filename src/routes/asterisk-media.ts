/** Asterisk's media socket: one connection per call, made by its websocket client. Refused before the upgrade when it can be. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { AsteriskMediaLeg } from '#telephony/asterisk/media-leg.ts';
import { openAsteriskLeg } from '#telephony/asterisk/start-gate.ts';
import { parseNumber } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { wsMediaSocket } from '#telephony/wire/ws-media-socket.ts';
import type { LineFiller } from '#telephony/wire/quiet-line.ts';
import type { Arrival } from '../arrivals.ts';
import type { AsteriskCalls, Reattachment } from '../asterisk-calls.ts';
import type { CallDesk, CallFacts } from '../call-desk.ts';
import type { CampaignLine } from '../campaign-line.ts';
import type { GateVerdict } from '../campaigns/outcome.ts';
import type { Metrics } from '../observability/metrics.ts';
import { basicAuth, type Credentials } from './basic-auth.ts';
import { keepAlive } from './keep-alive.ts';
import { refuse } from './refuse.ts';

export const ASTERISK_MEDIA_PATH = '/asterisk/media';

export interface AsteriskMediaDeps {
  readonly desk: CallDesk;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly calls: AsteriskCalls;
  readonly credentials: Credentials;
  readonly isReady: () => boolean;
  /** Undefined: this service keeps no records. */
  readonly campaigns?: CampaignLine | undefined;
  /** Sockets open at once, those without a call included. */
  readonly maxSockets: number;
  /** A filler for each call, because noise has a state; undefined: nothing is sent while nobody speaks. */
  readonly filler: () => LineFiller | undefined;
}

/** What the dialplan says of a call, in the query; all of it optional, because a dialplan may be somebody's own. */
const about = z.object({
  /** The caller's channel, the same for all sockets of one call. */
  call: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,64}$/)
    .optional()
    .catch(undefined),
  from: z.string().max(300).optional().catch(undefined),
  to: z.string().max(300).optional().catch(undefined),
  /** A campaign's call: the attempt that it is of. */
  attempt: z
    .string()
    .regex(/^[0-9A-Za-z-]{8,64}$/)
    .optional()
    .catch(undefined),
  /** How often the call was in conversation before. */
  attached: z.coerce.number().int().min(0).max(100_000).optional().catch(undefined),
  /** `transfer-<DIALSTATUS>`: the caller comes back from a transfer that did not work; `hold`: from waiting. */
  after: z.string().max(64).optional().catch(undefined),
  state: z.string().max(200).optional().catch(undefined),
  /** The socket of a person who is to hear an announcement before a caller is put through: not a caller's. */
  announce: z.literal('1').optional().catch(undefined),
});
type About = z.infer<typeof about>;

export function asteriskMedia(app: FastifyInstance, deps: AsteriskMediaDeps): void {
  const { desk, metrics, clock, calls } = deps;
  const isAuthentic = basicAuth(deps.credentials);

  app.get(
    ASTERISK_MEDIA_PATH,
    {
      websocket: true,
      async onRequest(request, reply) {
        if (!isAuthentic(request.headers.authorization)) {
          metrics.refused('INZWA_ASTERISK_REFUSED');
          request.log[levelFor(request)](
            'media socket of Asterisk refused: username or password in websocket_client.conf are not INZWA_ASTERISK_USER and INZWA_ASTERISK_PASSWORD',
          );
          void reply.header('www-authenticate', 'Basic realm="inzwa"');
          return refuse(reply, 401, 'INZWA_ASTERISK_REFUSED', 'The user or the password is wrong.');
        }
        if (app.websocketServer.clients.size >= deps.maxSockets) {
          return refuseCall(
            deps,
            request,
            reply,
            new InzwaError('INZWA_CALL_REFUSED', 'there are too many media sockets'),
          );
        }
        const facts = about.parse(request.query);
        if (facts.announce !== undefined) {
          return refuse(reply, 404, 'INZWA_CALL_REFUSED', 'This service has no announcement to play.');
        }
        const why = unavailable(deps, facts);
        if (why) return refuseCall(deps, request, reply, why);
        const closed = await gate(deps, facts, request);
        return closed && refuseCall(deps, request, reply, closed);
      },
    },
    (ws, request) => {
      const facts = about.parse(request.query);
      const verdict = verdicts.get(request);
      keepAlive(ws, clock);
      noteCaller(facts, request);
      openAsteriskLeg(wsMediaSocket(ws), {
        clock,
        filler: deps.filler(),
        admit: (channelId) =>
          isOver(calls, facts)
            ? undefined
            : desk.mayOpen(channelId, { reservedAs: facts.call ?? channelId, isResumed: isResumed(facts) }),
        release: facts.call === undefined ? undefined : calls.releaseOf(facts.call, facts.attached ?? 0),
        onProblem: (problem) => metrics.wireProblem(problem),
        onListenerError: (error) => request.log.error({ err: error }, 'a call’s listener failed'),
      })
        .then(
          (leg) => converse(deps, leg, facts, verdict),
          (error: unknown) => {
            const code = isInzwaError(error) ? error.code : 'INZWA_START_REFUSED';
            metrics.refused(code);
            const why = isInzwaError(error) ? error.message : 'it could not be opened';
            request.log[levelFor(request)]({ code, why }, 'media socket of Asterisk refused');
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

async function converse(
  { desk, calls }: AsteriskMediaDeps,
  leg: AsteriskMediaLeg,
  facts: About,
  verdict: GateVerdict | undefined,
): Promise<void> {
  // Nobody may be talked to whom the gate has not let in; the dialplan hangs up.
  if (isOver(calls, facts) || verdict?.kind === 'hang-up') {
    await leg.hangUp({ result: 'success', reason: 'conversation-finished' });
    return;
  }
  const arrival: Arrival = {
    direction: facts.attempt === undefined ? 'in' : 'out',
    from: numberIn(facts.from),
    to: numberIn(facts.to),
    interview: verdict?.brief,
  };
  await desk.openCall(leg, { ...callFacts(leg.callId, facts), arrival });
}

/** What the gate said before the upgrade, for the socket after it. */
const verdicts = new WeakMap<FastifyRequest, GateVerdict>();

/** Asked before the upgrade: what a callee says first is not to be missed. */
async function gate(
  { campaigns }: AsteriskMediaDeps,
  { attempt, call, from, attached = 0 }: About,
  request: FastifyRequest,
): Promise<InzwaError | undefined> {
  if (attempt === undefined) {
    if (call === undefined || attached > 0) return undefined;
    const brief = await campaigns?.calledBack({ trunk: 'asterisk', sid: call, from: numberIn(from) });
    if (brief) verdicts.set(request, { kind: 'talk', brief });
    return undefined;
  }
  try {
    if (!campaigns) throw new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'this service keeps no records');
    verdicts.set(request, await campaigns.answered({ attemptId: attempt, sid: attempt }));
    return undefined;
  } catch (error) {
    if (!isInzwaError(error, 'INZWA_RECORDS_UNAVAILABLE')) throw error;
    return new InzwaError('INZWA_CALL_REFUSED', 'an answered call of a campaign cannot go on without records');
  }
}

function numberIn(text: string | undefined): PhoneNumber | undefined {
  const parsed = parseNumber(text ?? '');
  return parsed.ok ? parsed.number : undefined;
}

function callFacts(callId: string, facts: About): CallFacts {
  const resumption = reattachmentOf(facts);
  return {
    callId,
    carrier: 'asterisk',
    ...(facts.call !== undefined && { carrierCallId: facts.call }),
    ...(resumption && { resumption }),
  };
}

function reattachmentOf({ attached = 0, after, state }: About): Reattachment | undefined {
  if (attached === 0) return undefined;
  const why = after === 'hold' ? 'held' : after?.startsWith('transfer-') === true ? 'not-reached' : 'lost';
  return { why, state };
}

/** The dialplan attaches a call that has ended once more when nobody could tell it so. */
function isOver(calls: AsteriskCalls, { call }: About): boolean {
  return call !== undefined && calls.hasEnded(call);
}

/** Undefined when a call would be taken: Asterisk is told before the upgrade, so that its dialplan tries the next server. */
function unavailable({ desk, isReady, calls }: AsteriskMediaDeps, facts: About): InzwaError | undefined {
  if (isOver(calls, facts)) return undefined;
  if (!isReady()) return new InzwaError('INZWA_CALL_REFUSED', 'the models are still being loaded', { retryable: true });
  // Kept until the media has started: of callers who come together, no more are answered than can be served.
  const asking = { isResumed: isResumed(facts) };
  return facts.call === undefined ? desk.mayOpen('a call of Asterisk', asking) : desk.reserve(facts.call, asking);
}

/** Who was called was counted then, as who was in conversation. */
function isResumed({ attached = 0, attempt }: About): boolean {
  return attached > 0 || attempt !== undefined;
}

function refuseCall(
  { metrics, desk }: AsteriskMediaDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  why: InzwaError,
): FastifyReply {
  metrics.refused('INZWA_CALL_REFUSED');
  request.log.warn({ why: why.message, liveCalls: desk.liveCalls }, 'call of Asterisk refused: its dialplan goes on');
  return refuse(reply, 503, 'INZWA_CALL_REFUSED', why.message);
}

/** `inzwa doctor asterisk` tries the door, a wrong password too: that is no news for an operator. */
function levelFor(request: FastifyRequest): 'debug' | 'warn' {
  return request.headers['user-agent'] === 'inzwa-doctor' ? 'debug' : 'warn';
}

/** A caller without a number is a caller; an operator who wonders why call-backs fail finds this line. */
function noteCaller({ from, call, attached = 0, after }: About, request: FastifyRequest): void {
  if (attached > 0) request.log.info({ carrierCallId: call, attached, after }, 'a call is attached again');
  if (from === undefined || from === '') return;
  const number = parseNumber(from);
  if (!number.ok) {
    request.log.info({ carrierCallId: call, why: number.reason }, 'the caller’s number is not a telephone number');
  }
}
