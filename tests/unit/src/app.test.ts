import { afterEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { buildApp } from '#src/app.ts';
import { AsteriskCalls } from '#src/asterisk-calls.ts';
import { CallDesk } from '#src/call-desk.ts';
import { createLogger } from '#src/observability/logger.ts';
import { createMetrics } from '#src/observability/metrics.ts';
import { readConnectStream } from '#telephony/phone/read-twiml.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const TOKEN = 'a'.repeat(32);
const PUBLIC_URL = 'https://voice.example.org';

interface Bench {
  app: FastifyInstance;
  desk: CallDesk;
  log: string[];
  post: (
    path: string,
    form: Record<string, string>,
    signature?: string,
  ) => Promise<{ statusCode: number; body: string }>;
}

const open: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

async function bench(
  over: {
    twilioAuthToken?: string | undefined;
    isReady?: boolean;
    isStopping?: () => boolean;
    maxCalls?: number;
    hasAsterisk?: boolean;
  } = {},
): Promise<Bench> {
  const log: string[] = [];
  const logger = createLogger('info', { write: (line: string) => void log.push(line) });
  const clock = new VirtualClock();
  const metrics = createMetrics({ version: '1.2.3' });
  const maxCalls = over.maxCalls ?? 1;
  const desk = new CallDesk({
    clock,
    maxCalls,
    logger,
    metrics,
    startConversation: () => new Promise(() => undefined),
  });
  const app = await buildApp({
    config: {
      publicUrl: PUBLIC_URL,
      twilioAuthToken: 'twilioAuthToken' in over ? over.twilioAuthToken : TOKEN,
      maxCalls,
    },
    desk,
    clock,
    logger,
    metrics,
    notices: { fallback: { kind: 'say', text: 'the fallback' }, busy: { kind: 'say', text: 'all busy' } },
    isReady: () => over.isReady ?? true,
    ...(over.isStopping && { isStopping: over.isStopping }),
    filler: () => undefined,
    ...(over.hasAsterisk && {
      asterisk: {
        credentials: { user: 'asterisk', password: 'a pass:word' },
        calls: new AsteriskCalls({ clock, logger }),
      },
    }),
  });
  open.push(app);
  return {
    app,
    desk,
    log,
    post: (url, form, signature = getExpectedTwilioSignature(TOKEN, PUBLIC_URL + url, form)) =>
      app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
        payload: new URLSearchParams(form).toString(),
      }),
  };
}

const CALL = { CallSid: 'CA1', From: '+263771234567', To: '+263242000000' };

describe('POST /twilio/voice', () => {
  it('answers with a stream, a token and a spoken fallback', async () => {
    const { post, log } = await bench();
    const response = await post('/twilio/voice', CALL);
    expect(response.statusCode).toBe(200);
    const { streamUrl, parameters } = readConnectStream(response.body);
    expect(streamUrl).toBe('wss://voice.example.org/twilio/media');
    expect(parameters['token']).toMatch(/^[\w-]{43}$/);
    expect(response.body).toContain('the fallback');
    expect(log.join('')).not.toContain('26377');
  });

  it('says that all lines are busy, or that it is not ready, in words', async () => {
    const full = await bench();
    await full.post('/twilio/voice', CALL);
    const second = await full.post('/twilio/voice', { ...CALL, CallSid: 'CA2' });
    expect([second.statusCode, second.body.includes('all busy'), second.body.includes('<Connect')]).toEqual([
      200,
      true,
      false,
    ]);
    const loading = await bench({ isReady: false });
    expect((await loading.post('/twilio/voice', CALL)).body).toContain('all busy');
    const draining = await bench();
    await draining.desk.drain({ patienceMs: 0 });
    expect((await draining.post('/twilio/voice', CALL)).body).toContain('all busy');
  });

  it.each([
    ['a forged signature', CALL, 'forged', 403, 'INZWA_SIGNATURE_REFUSED'],
    ['no CallSid', { From: '+263771234567' }, undefined, 400, 'INZWA_START_REFUSED'],
  ])('refuses %s with a code', async (_, form, signature, status, code) => {
    const { post } = await bench();
    const response = await post('/twilio/voice', form, signature);
    expect([response.statusCode, (JSON.parse(response.body) as { code: string }).code]).toEqual([status, code]);
  });

  it('refuses a body that is no form, is not there, or is too long', async () => {
    const { app } = await bench();
    const statusOf = async (headers: Record<string, string>, payload: string): Promise<number> =>
      (await app.inject({ method: 'POST', url: '/twilio/voice', headers, payload })).statusCode;
    const formType = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await statusOf({ 'content-type': 'application/json' }, '[1]')).toBe(403);
    expect(await statusOf({ 'content-type': 'application/json' }, '{')).toBe(400);
    expect(await statusOf({ 'content-type': 'text/xml' }, '<x/>')).toBe(415);
    expect(await statusOf(formType, 'CallSid=1&CallSid=2')).toBe(403);
    expect(await statusOf({}, '')).toBe(403);
    expect(await statusOf(formType, `CallSid=${'x'.repeat(40_000)}`)).toBe(413);
  });
});

describe('POST /twilio/status', () => {
  it('frees the place of a call that is over', async () => {
    const { post, desk } = await bench();
    await post('/twilio/voice', CALL);
    expect(desk.reserve('CA2')).toBeDefined();
    expect((await post('/twilio/status', { CallSid: 'CA1', CallStatus: 'in-progress' })).statusCode).toBe(204);
    expect(desk.reserve('CA2')).toBeDefined();
    expect((await post('/twilio/status', { CallSid: 'CA1', CallStatus: 'completed' })).statusCode).toBe(204);
    expect(desk.reserve('CA2')).toBeUndefined();
    expect((await post('/twilio/status', { CallSid: 'CA1' }, 'forged')).statusCode).toBe(403);
  });
});

describe('without TWILIO_AUTH_TOKEN', () => {
  it('the Twilio routes are off and say so', async () => {
    const { app, post, log } = await bench({ twilioAuthToken: undefined });
    for (const response of [
      await post('/twilio/voice', CALL),
      await post('/twilio/status', CALL),
      await app.inject('/twilio/media'),
    ]) {
      expect(response.statusCode).toBe(503);
      expect(JSON.parse(response.body)).toMatchObject({ code: 'INZWA_TELEPHONY_OFF' });
    }
    expect(log.join('')).toContain('TWILIO_AUTH_TOKEN is not set');
  });
});

describe('health and metrics', () => {
  it('the process answers before it is ready', async () => {
    const { app } = await bench({ isReady: false });
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    const ready = await app.inject('/readyz');
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: 'loading', liveCalls: 0 }]);
  });

  it('it is ready until it drains', async () => {
    const { app, desk } = await bench();
    expect((await app.inject('/readyz')).statusCode).toBe(200);
    await desk.drain({ patienceMs: 0 });
    expect((await app.inject('/readyz')).json()).toMatchObject({ status: 'draining' });
  });

  it('it is draining from the moment at which it is told to stop, while telephones that ring are waited for', async () => {
    const { app } = await bench({ isStopping: () => true });
    const { statusCode, body } = await app.inject('/readyz');
    expect([statusCode, JSON.parse(body)]).toEqual([503, { status: 'draining', liveCalls: 0 }]);
  });

  it('metrics are text, with what runs and how the event loop does', async () => {
    const { app } = await bench();
    const { body, headers } = await app.inject('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toMatch(/inzwa_build_info\{version="1.2.3",node="v\d+/);
    expect(body).toMatch(/inzwa_event_loop_delay_seconds\{quantile="0.99"\} \d/);
  });
});

describe('GET /asterisk/media', () => {
  const upgrade = (app: FastifyInstance, credentials: string | undefined, query = '') =>
    app.inject({
      method: 'GET',
      url: `/asterisk/media${query}`,
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        ...(credentials !== undefined && {
          authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        }),
      },
    });

  it.each([
    ['no credentials', undefined],
    ['a wrong password', 'asterisk:wrong'],
    ['a wrong user', 'nobody:a pass:word'],
    ['an empty one', ':'],
  ])('refuses %s with 401 and a line that says which settings must agree', async (_, credentials) => {
    const { app, log } = await bench({ hasAsterisk: true });
    const response = await upgrade(app, credentials);
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ code: 'INZWA_ASTERISK_REFUSED' });
    expect(log.join('')).toContain('INZWA_ASTERISK_PASSWORD');
    expect(log.join('')).not.toContain('a pass:word');
  });

  it('says 503 while models load, so that the dialplan tries the next server', async () => {
    const { app } = await bench({ hasAsterisk: true, isReady: false });
    expect((await upgrade(app, 'asterisk:a pass:word')).statusCode).toBe(503);
  });

  it('says 503 when every line is taken', async () => {
    const { app, desk, log } = await bench({ hasAsterisk: true });
    desk.reserve('somebody else');
    const response = await upgrade(app, 'asterisk:a pass:word', '?call=1.1&from=0771234567');
    expect(response.json()).toMatchObject({ code: 'INZWA_CALL_REFUSED' });
    expect(log.join('')).not.toContain('0771234567');
  });

  it('does not take the socket of an announcement for a caller', async () => {
    const { app } = await bench({ hasAsterisk: true });
    expect((await upgrade(app, 'asterisk:a pass:word', '?call=1.1&announce=1')).statusCode).toBe(404);
  });

  it('is off without a password, and says what is missing', async () => {
    const { app } = await bench();
    const response = await upgrade(app, 'asterisk:a pass:word');
    expect(response.statusCode).toBe(503);
    expect(response.body).toContain('INZWA_ASTERISK_USER');
  });
});
