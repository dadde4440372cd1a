/** The HTTP side of the service, built but not listening: tests inject into it, src/main.ts listens. */
import formbody from '@fastify/formbody';
import websocket from '@fastify/websocket';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Clock } from '#kernel/clock.ts';
import { CallTokens } from '#telephony/twilio/call-token.ts';
import type { EndCall } from '#telephony/twilio/rest.ts';
import { SignatureCheck } from '#telephony/twilio/webhooks.ts';
import type { LineFiller } from '#telephony/wire/quiet-line.ts';
import { Arrivals } from './arrivals.ts';
import type { CallDesk } from './call-desk.ts';
import type { CampaignLine } from './campaign-line.ts';
import { ATTEMPT_PATHS } from './carriers.ts';
import type { Config } from './config.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import type { AudioSocketDoor } from './audiosocket.ts';
import { audioSocketIds } from './routes/audiosocket-ids.ts';
import { ASTERISK_MEDIA_PATH, asteriskMedia, type AsteriskMediaDeps } from './routes/asterisk-media.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoute } from './routes/metrics.ts';
import { MAX_MESSAGE_BYTES, twilioMedia } from './routes/twilio-media.ts';
import { refuse } from './routes/refuse.ts';
import { requestPatience } from './routes/request-patience.ts';
import { twilioCampaign } from './routes/twilio-campaign.ts';
import { MEDIA_PATH, twilioWebhooks, type SpokenNotices } from './routes/twilio-webhooks.ts';

export interface AppDeps {
  readonly config: Pick<Config, 'publicUrl' | 'twilioAuthToken' | 'maxCalls'>;
  readonly desk: CallDesk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly notices: SpokenNotices;
  readonly isReady: () => boolean;
  /** For each call what its caller hears while nobody speaks. */
  readonly filler: () => LineFiller | undefined;
  /** Undefined: the Asterisk routes are off. */
  readonly asterisk?:
    (Pick<AsteriskMediaDeps, 'credentials' | 'calls'> & { readonly door?: AudioSocketDoor | undefined }) | undefined;
  /** Undefined: this service keeps no records, and calls for no campaign. */
  readonly campaigns?: CampaignLine | undefined;
  /** More routes, such as the interface for programs. */
  readonly more?: ((app: FastifyInstance) => void) | undefined;
  /** What an operator is told of the records by the health routes. */
  readonly recordsState?: (() => string) | undefined;
  /** It was told to end. @defaultValue never */
  readonly isStopping?: () => boolean;
  /** Undefined: a goodbye closes the media socket, and Twilio goes on with the fallback. */
  readonly endCall?: EndCall;
}

/** A webhook's form is under 2 KB. */
const MAX_BODY_BYTES = 32 * 1_024;
/** A request that is not complete by then is somebody holding the door. */
const REQUEST_TIMEOUT_MS = 10_000;
/** The same for files of contacts; Node knows one limit for all routes. */
const LONGEST_REQUEST_MS = 20 * 60_000;
const HEADERS_TIMEOUT_MS = 5_000;
/** Sockets beyond the calls: those that wait for their `start`, and those that are being refused. */
export const SPARE_SOCKETS = 16;

/** Resolves when routes are complete. Close the app to stop listening; drain the desk before. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { config, desk, clock, logger, metrics, notices, isReady, filler, campaigns } = deps;
  const loggerInstance: FastifyBaseLogger = logger;
  const app = Fastify({
    loggerInstance,
    // Routes log what matters themselves; a line for each scrape and probe would bury it.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: LONGEST_REQUEST_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  });
  requestPatience(app, { clock, timeoutMs: REQUEST_TIMEOUT_MS });
  await app.register(formbody);
  await app.register(websocket, { options: { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false } });
  healthRoutes(app, { isReady, desk, isStopping: deps.isStopping, recordsState: deps.recordsState });
  metricsRoute(app, metrics);
  deps.more?.(app);

  const maxSockets = config.maxCalls + SPARE_SOCKETS;
  if (deps.asterisk) {
    const { door, credentials } = deps.asterisk;
    asteriskMedia(app, { desk, metrics, clock, isReady, filler, maxSockets, campaigns, ...deps.asterisk });
    if (door) audioSocketIds(app, { desk, metrics, isReady, credentials, door });
  } else {
    off(app, 'INZWA_ASTERISK_USER and INZWA_ASTERISK_PASSWORD are not set.', [['GET', ASTERISK_MEDIA_PATH]]);
  }
  if (config.twilioAuthToken === undefined) {
    off(app, 'TWILIO_AUTH_TOKEN is not set.', [
      ['POST', '/twilio/voice'],
      ['POST', '/twilio/status'],
      ['POST', ATTEMPT_PATHS.answer(':attempt')],
      ['POST', ATTEMPT_PATHS.status(':attempt')],
      ['GET', MEDIA_PATH],
    ]);
    if (deps.asterisk) logger.info('TWILIO_AUTH_TOKEN is not set: the Twilio routes are off and answer 503');
    else logger.warn('TWILIO_AUTH_TOKEN is not set, nor INZWA_ASTERISK_USER: no call can come in');
    return app;
  }
  const signatures = new SignatureCheck({ authTokens: [config.twilioAuthToken], publicUrl: config.publicUrl });
  const tokens = new CallTokens({ clock });
  const arrivals = new Arrivals(clock);
  const webhooks = { desk, metrics, signatures, tokens, notices, isReady, arrivals };
  twilioWebhooks(app, { ...webhooks, campaigns });
  if (campaigns) twilioCampaign(app, { ...webhooks, campaigns });
  twilioMedia(app, { desk, metrics, signatures, tokens, clock, arrivals, filler, maxSockets, endCall: deps.endCall });
  return app;
}

/** Without a secret nobody can prove who they are, so nobody gets in. */
function off(app: FastifyInstance, why: string, routes: readonly (readonly ['GET' | 'POST', string])[]): void {
  for (const [method, url] of routes) {
    app.route({ method, url, handler: (_request, reply) => refuse(reply, 503, 'INZWA_TELEPHONY_OFF', why) });
  }
}
