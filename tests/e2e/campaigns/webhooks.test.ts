import type { FastifyInstance } from 'fastify';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { buildApp } from '#src/app.ts';
import { CallDesk } from '#src/call-desk.ts';
import { campaignLine } from '#src/campaign-line.ts';
import { Books } from '#src/campaigns/dialler/books.ts';
import { createLogger } from '#src/observability/logger.ts';
import { createMetrics, type Metrics } from '#src/observability/metrics.ts';
import { newId } from '#src/records/ids.ts';
import { AllowList } from '#telephony/numbers.ts';
import { TwilioCarrier } from '#telephony/twilio/carrier.ts';
import { CampaignRig, hashOf } from '../../support/campaign-rig.ts';
import { databases } from '../../support/databases.ts';
import { AUTH_TOKEN as REST_TOKEN, ACCOUNT_SID, FakeTwilioRest } from '../../support/fake-twilio-rest.ts';
import { echo } from '../../support/echo-service.ts';

const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
const PUBLIC_URL = 'https://voice.inzwa.example';
const logger = createLogger('silent');

interface Told {
  readonly status: number;
  readonly body: string;
}

describe.each(databases)('acceptance 6: webhooks of a campaign, on $name', (database) => {
  let rig: CampaignRig;
  let twilio: FakeTwilioRest;
  let app: FastifyInstance;
  let metrics: Metrics;
  let attemptId: string;
  let number: string;
  let campaignId: string;
  let isDown: boolean;

  beforeEach(async () => {
    isDown = false;
    rig = await CampaignRig.open(database);
    twilio = await FakeTwilioRest.start();
    metrics = createMetrics({ version: 'test' });
    const carrier = new TwilioCarrier({
      accountSid: ACCOUNT_SID,
      authToken: REST_TOKEN,
      baseUrl: twilio.baseUrl,
      allowList: new AllowList(),
      urls: { answer: (id) => id, status: (id) => id },
      clock: systemClock,
    });
    const { records, clock } = rig;
    const books = new Books({ records, clock, logger, carriers: [carrier] });
    const open = { books, phoneHash: hashOf };
    const unavailable = (): Error => new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'down', { retryable: true });
    const desk = new CallDesk({ clock, maxCalls: 10, logger, metrics, startConversation: echo });
    app = await buildApp({
      config: { publicUrl: PUBLIC_URL, twilioAuthToken: AUTH_TOKEN, maxCalls: 10 },
      ...{ desk, clock, logger, metrics },
      notices: { fallback: { kind: 'say', text: 'fallback' }, busy: { kind: 'say', text: 'busy' } },
      isReady: () => true,
      filler: () => undefined,
      campaigns: campaignLine(() => (isDown ? undefined : open), { clock, logger, unavailable }),
    });
    campaignId = await rig.campaign();
    [number = ''] = await rig.people(campaignId, 1);
    attemptId = await placed();
  });
  afterEach(async () => {
    await app.close();
    metrics[Symbol.dispose]();
    await twilio[Symbol.asyncDispose]();
    await rig[Symbol.asyncDispose]();
  });

  /** An order whose answer is still awaited. */
  async function placed(): Promise<string> {
    const now = rig.clock.wallMs();
    const { id: contact } = await rig.contact(campaignId, number);
    const id = newId(now);
    await rig.records.db
      .insertInto('attempts')
      .values({
        ...{ id, campaign_contact_id: contact, campaign_id: campaignId, phone_hash: hashOf(number), trunk: 'twilio' },
        ...{ no: 1, state: 'intent', intent_at: now, reserve_micros: 0, fence: 1 },
      })
      .execute();
    await rig.records.db.updateTable('campaign_contacts').set({ state: 'dialing' }).where('id', '=', contact).execute();
    await rig.records.db.updateTable('campaigns').set({ state: 'running' }).where('id', '=', campaignId).execute();
    return id;
  }

  async function post(path: string, form: Record<string, string>, signedWith = AUTH_TOKEN): Promise<Told> {
    const signature = getExpectedTwilioSignature(signedWith, PUBLIC_URL + path, form);
    const reply = await app.inject({
      method: 'POST',
      url: path,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
      payload: new URLSearchParams(form).toString(),
    });
    return { status: reply.statusCode, body: reply.body };
  }
  const status = (form: Record<string, string>, id = attemptId): Promise<Told> =>
    post(`/twilio/attempts/${id}/status`, { CallSid: 'CA1', ...form });
  const answer = (sid: string, id = attemptId): Promise<Told> =>
    post(`/twilio/attempts/${id}/answer`, { CallSid: sid, CallStatus: 'in-progress' });
  const attempt = async () => (await rig.attempts(number))[0];

  it('that come twice, in any order and a day later leave the attempt as it was', async () => {
    const told = [
      { CallStatus: 'ringing', SequenceNumber: '1' },
      { CallStatus: 'completed', SequenceNumber: '3', CallDuration: '30' },
      { CallStatus: 'in-progress', SequenceNumber: '2' },
      { CallStatus: 'initiated', SequenceNumber: '0' },
      { CallStatus: 'completed', SequenceNumber: '3', CallDuration: '30' },
    ];
    for (const form of told) expect((await status(form)).status).toBe(204);
    const ended = await attempt();
    expect(ended).toMatchObject({ state: 'done', outcome: 'answered', carrier_sid: 'CA1' });
    await rig.clock.advance(86_400_000);
    for (const form of told) expect((await status(form)).status).toBe(204);
    expect(await attempt()).toEqual(ended);
    const { db } = rig.records;
    const events = await db.selectFrom('attempt_events').select('kind').where('kind', 'like', 'carrier.%').execute();
    expect(events).toHaveLength(4);
  });

  it('that are forged, or of an unknown attempt, change nothing', async () => {
    const before = await attempt();
    const form = { CallSid: 'CA1', CallStatus: 'completed' };
    expect(await post(`/twilio/attempts/${attemptId}/status`, form, 'not-the-token')).toMatchObject({ status: 403 });
    expect(await post(`/twilio/attempts/${attemptId}/answer`, form, 'not-the-token')).toMatchObject({ status: 403 });
    const signedForAnother = getExpectedTwilioSignature(
      AUTH_TOKEN,
      `${PUBLIC_URL}/twilio/attempts/another1/status`,
      form,
    );
    const reply = await app.inject({
      method: 'POST',
      url: `/twilio/attempts/${attemptId}/status`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signedForAnother },
      payload: new URLSearchParams(form).toString(),
    });
    expect(reply.statusCode).toBe(403);
    expect(await attempt()).toEqual(before);

    const nobody = newId(rig.clock.wallMs());
    expect((await status({ CallStatus: 'completed' }, nobody)).status).toBe(204);
    const hungUp = await answer('CA9', nobody);
    expect(hungUp.body).toContain('<Hangup/>');
    expect(hungUp.body).not.toContain('<Connect>');
    expect(await attempt()).toEqual(before);
  });

  it('that bring a second call of one attempt have it hung up, and the first go on', async () => {
    const first = twilio.add({ status: 'in-progress' });
    const second = twilio.add({ status: 'in-progress' });
    const connected = await answer(first.sid);
    expect(connected.body).toContain(`<Parameter name="attempt" value="${attemptId}"/>`);
    expect((await answer(second.sid)).body).toContain('<Hangup/>');
    await expect.poll(() => second.status).toBe('completed');
    expect(first.status).toBe('in-progress');
    expect(await attempt()).toMatchObject({ state: 'answered', carrier_sid: first.sid });
    // A third that only rings.
    const third = twilio.add({ status: 'ringing' });
    await status({ CallSid: third.sid, CallStatus: 'ringing', SequenceNumber: '1' });
    await expect.poll(() => third.status).toBe('canceled');
  });

  it('that come before the answer to the order name its call', async () => {
    await status({ CallStatus: 'ringing', SequenceNumber: '1' });
    expect(await attempt()).toMatchObject({ state: 'ringing', carrier_sid: 'CA1' });
  });

  it('of somebody who has said no meanwhile end the call without a word', async () => {
    await rig.books.optOut(attemptId, { source: 'keys', scope: 'all', evidence: '9' });
    const said = await answer(twilio.add({ status: 'in-progress' }).sid);
    expect(said.body).toMatch(/<Response><Hangup\/><\/Response>/);
  });

  it('of somebody who saw our call and calls back go on with the interview, and say when it is over', async () => {
    await status({ CallStatus: 'no-answer', SequenceNumber: '2' });
    const form = { CallSid: 'CA-in', CallStatus: 'ringing', From: number, To: '+263242700000' };
    expect((await post('/twilio/voice', form)).body).toContain('<Connect>');
    expect((await rig.attempts(number))[1]).toMatchObject({ no: 2, state: 'answered', carrier_sid: 'CA-in' });
    const over = { ...form, CallStatus: 'completed', CallDuration: '40', SequenceNumber: '1' };
    expect((await post('/twilio/status', over)).status).toBe(204);
    expect((await rig.attempts(number))[1]).toMatchObject({ state: 'done', outcome: 'answered' });
    // Anybody else is a caller of the hotline.
    await post('/twilio/voice', { ...form, CallSid: 'CA-other', From: '+263772999999' });
    const { db } = rig.records;
    expect(await db.selectFrom('attempts').select('id').where('carrier_sid', '=', 'CA-other').execute()).toEqual([]);
  });

  it('are asked for again, and nobody is talked to, while nothing can be written down', async () => {
    isDown = true;
    expect(await status({ CallStatus: 'completed', SequenceNumber: '3' })).toMatchObject({ status: 503 });
    const said = await answer('CA1');
    expect(said.body).toContain('fallback');
    expect(said.body).not.toContain('<Connect>');
    isDown = false;
    expect((await answer('CA1')).body).toContain('<Connect>');
  });
});
