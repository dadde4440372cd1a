/** The whole service but for its mind: real sockets, real signatures, and a conversation that says back what it hears. */
import type { FastifyInstance } from 'fastify';
import { systemClock } from '#kernel/clock.ts';
import type { EndCause } from '#pipeline/ports.ts';
import { buildApp } from '#src/app.ts';
import { CallDesk, type StartConversation } from '#src/call-desk.ts';
import { createLogger } from '#src/observability/logger.ts';
import { createMetrics, type Metrics } from '#src/observability/metrics.ts';
import { placeCall, type PlaceCallOptions } from '#telephony/phone/twilio-phone.ts';
import type { TwilioPhoneCall } from '#telephony/phone/phone-call.ts';
import type { LineFiller } from '#telephony/wire/quiet-line.ts';

export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
/** Nobody can reach it from here: the telephone must sign for it and connect locally, like a test caller would. */
export const PUBLIC_URL = 'https://voice.inzwa.example';

/** Sends every frame back as it comes; ends with the leg, or politely when the caller presses #. */
export const echo: StartConversation = (leg, { signal }) =>
  new Promise<EndCause>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    leg.attach((event) => {
      if (event.kind === 'frame') leg.send(event.pcm);
      if (event.kind === 'dtmf' && event.digit === '#') resolve({ result: 'success', reason: 'goodbye' });
      if (event.kind === 'ended') resolve(event.cause);
    });
  });

export interface EchoService extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly desk: CallDesk;
  readonly metrics: Metrics;
  readonly origin: string;
  readonly logLines: readonly string[];
  placeCall(opts?: Partial<PlaceCallOptions>): Promise<TwilioPhoneCall>;
  /** The value of one time series, 0 when it has not been counted. */
  count(series: string): Promise<number>;
}

export async function startEchoService(
  opts: {
    readonly maxCalls?: number;
    readonly startConversation?: StartConversation;
    readonly maxCallMs?: number;
    readonly filler?: () => LineFiller;
  } = {},
): Promise<EchoService> {
  const logLines: string[] = [];
  const logger = createLogger('info', { write: (line: string) => void logLines.push(line) });
  const metrics = createMetrics({ version: 'test' });
  const maxCalls = opts.maxCalls ?? 10;
  const clock = systemClock;
  const desk = new CallDesk({
    clock,
    maxCalls,
    logger,
    metrics,
    startConversation: opts.startConversation ?? echo,
    ...(opts.maxCallMs !== undefined && { maxCallMs: opts.maxCallMs }),
  });
  const app = await buildApp({
    config: { publicUrl: PUBLIC_URL, twilioAuthToken: AUTH_TOKEN, maxCalls },
    desk,
    clock,
    logger,
    metrics,
    notices: { fallback: { kind: 'say', text: 'fallback' }, busy: { kind: 'say', text: 'busy' } },
    isReady: () => true,
    filler: opts.filler ?? (() => undefined),
  });
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  const placed = new AbortController();
  return {
    app,
    desk,
    metrics,
    origin,
    logLines,
    placeCall: (over = {}) =>
      placeCall({
        voiceUrl: `${origin}/twilio/voice`,
        publicUrl: PUBLIC_URL,
        accountSid: 'AC00000000000000000000000000000001',
        authToken: AUTH_TOKEN,
        from: '+263771234567',
        to: '+263242000000',
        signal: placed.signal,
        ...over,
      }),
    async count(series) {
      const text = await metrics.registry.metrics();
      const line = text.split('\n').find((each) => each.startsWith(`${series} `));
      return line === undefined ? 0 : Number(line.slice(series.length + 1));
    },
    async [Symbol.asyncDispose]() {
      placed.abort();
      await desk.drain({ patienceMs: 500 });
      await app.close();
      metrics[Symbol.dispose]();
    },
  };
}
