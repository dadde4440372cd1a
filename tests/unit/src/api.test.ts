import { tmpdir } from 'node:os';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addApiKey, listApiKeys, revokeApiKey, type ApiRole } from '#src/api/keys.ts';
import { ownScripts } from '#src/interviews.ts';
import { brokenAuditLine } from '#src/records/audit.ts';
import { newId } from '#src/records/ids.ts';
import { installationKeys } from '#src/records/keys.ts';
import { openRecords, type OpenRecords } from '#src/records/open-records.ts';
import { Phones } from '#src/records/phones.ts';
import { campaignApi } from '#src/routes/campaign-api.ts';
import { AllowList } from '#telephony/numbers.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

// The database works in a thread of its own, whatever the clock says.
const clock = new VirtualClock({ settled: () => new Promise((resolve) => setTimeout(resolve, 3)) });
const writer = (): Parameters<typeof addApiKey>[0] => ({ records, at: clock.wallMs(), actor: 'user test' });

let records: OpenRecords;
let app: FastifyInstance;
let isDown: boolean;
let wakes: number;

beforeEach(async () => {
  isDown = false;
  wakes = 0;
  records = await openRecords({ file: ':memory:' });
  app = Fastify();
  const phones = new Phones(installationKeys(new Uint8Array(32).fill(7)));
  campaignApi(app, {
    keeping: () => (isDown ? undefined : { records, phones }),
    ...{ clock, scripts: ownScripts, allowList: new AllowList(), trunks: ['twilio'], uploads: tmpdir() },
    wake: () => wakes++,
  });
});
afterEach(async () => {
  await app.close();
  await records[Symbol.asyncDispose]();
});

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  key?: string,
  payload?: object,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const reply = await app.inject({ method, url: `/api/v1${path}`, headers, ...(payload && { payload }) });
  return { status: reply.statusCode, body: reply.body === '' ? {} : reply.json<Record<string, unknown>>() };
}

const keyOf = async (role: ApiRole): Promise<string> => (await addApiKey(writer(), { name: role, role })).key;

async function campaign(state: 'draft' | 'running' = 'draft'): Promise<string> {
  const now = clock.wallMs();
  const id = newId(now);
  await records.db
    .insertInto('campaigns')
    .values({
      ...{ id, name: `c-${id}`, state, state_at: now, script: 'sn/test', script_text: '', settings_json: '{}' },
      ...{ trunk: 'twilio', spent_micros: 0, reserved_micros: 0, created_at: now, created_by: 'test', version: 1 },
    })
    .execute();
  return id;
}

describe('the interface for programs', () => {
  it('lets nobody in without a key, with a wrong one, or with one that was revoked', async () => {
    const key = await keyOf('read');
    expect(await ask('GET', '/campaigns')).toMatchObject({ status: 401, body: { code: 'INZWA_API_KEY_REFUSED' } });
    expect((await ask('GET', '/campaigns', `inzwa_${'x'.repeat(43)}`)).status).toBe(401);
    expect((await ask('GET', '/campaigns', key)).status).toBe(200);
    const [{ id } = { id: '' }] = await listApiKeys(records);
    await revokeApiKey(writer(), id);
    expect((await ask('GET', '/campaigns', key)).status).toBe(401);
    await expect(revokeApiKey(writer(), id)).rejects.toMatchObject({ code: 'INZWA_API_KEY_REFUSED' });
    const { hash } = await records.db.selectFrom('api_keys').select('hash').executeTakeFirstOrThrow();
    expect(hash).not.toContain(key.slice(6));
    expect(await brokenAuditLine(records)).toBeUndefined();
  });

  it('lets each role do what it may and no more', async () => {
    const id = await campaign('running');
    const [read, control, admin] = [await keyOf('read'), await keyOf('control'), await keyOf('admin')];
    expect((await ask('POST', `/campaigns/${id}/pause`, read)).status).toBe(403);
    expect(await ask('POST', `/campaigns/${id}/pause`, control)).toEqual({ status: 200, body: { state: 'paused' } });
    expect(wakes).toBe(1);
    expect((await ask('GET', '/webhooks', control)).status).toBe(403);
    expect((await ask('GET', `/campaigns/${id}`, admin)).body).toMatchObject({ campaignId: id, state: 'paused' });
    const audit = await records.db.selectFrom('audit').select(['actor', 'action']).execute();
    expect(audit).toContainEqual({ actor: 'key control', action: 'campaign.pause' });
  });

  it('says what is wrong with a request by code', async () => {
    const [control, admin] = [await keyOf('control'), await keyOf('admin')];
    const id = await campaign();
    expect(await ask('GET', '/campaigns/none', control)).toMatchObject({
      status: 404,
      body: { code: 'INZWA_CAMPAIGN_UNKNOWN' },
    });
    expect(await ask('POST', `/campaigns/${id}/pause`, control)).toMatchObject({ status: 409 });
    const started = await ask('POST', `/campaigns/${id}/start`, control);
    expect(started).toMatchObject({ status: 409, body: { code: 'INZWA_CAMPAIGN_STATE' } });
    expect(started.body['faults']).toBeInstanceOf(Array);
    expect(await ask('POST', '/webhooks', admin, { url: 'ftp://a' })).toMatchObject({ status: 400 });
    isDown = true;
    expect(await ask('GET', '/campaigns', control)).toMatchObject({
      status: 503,
      body: { code: 'INZWA_RECORDS_UNAVAILABLE' },
    });
  });

  it('keeps addresses for events, whose secret it tells once', async () => {
    const admin = await keyOf('admin');
    const added = await ask('POST', '/webhooks', admin, { url: 'https://crm.example/hook?token=1' });
    expect(added).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^whsec_/) as string } });
    const { body } = await ask('GET', '/webhooks', admin);
    expect(body['webhooks']).toMatchObject([{ url: 'https://crm.example/hook?token=1', campaign: null, waiting: 0 }]);
    expect(JSON.stringify(body)).not.toContain('whsec_');
    expect((await ask('DELETE', `/webhooks/${String(added.body['id'])}`, admin)).status).toBe(204);
    expect((await ask('GET', '/webhooks', admin)).body).toEqual({ webhooks: [] });
  });

  it('tells of progress as it changes, until the campaign is over', async () => {
    const id = await campaign('running');
    const key = await keyOf('control');
    const reading = app.inject({ url: `/api/v1/campaigns/${id}/events`, headers: { authorization: `Bearer ${key}` } });
    // Until it listens.
    await clock.advanceUntil(() => clock.pendingTimers > 0, { timeoutMs: 5_000, stepMs: 1 });
    await ask('POST', `/campaigns/${id}/stop`, key);
    let isOver = false;
    const reply = reading.then((whole) => {
      isOver = true;
      return whole;
    });
    await clock.advanceUntil(() => isOver, { timeoutMs: 60_000, stepMs: 100 });
    const { headers, body } = await reply;
    expect(headers['content-type']).toBe('text/event-stream');
    const states = [...body.matchAll(/^data: (.*)$/gm)].map(
      ([, json]) => (JSON.parse(json ?? '') as { state: string }).state,
    );
    expect(states).toEqual(['running', 'stopped']);
  });
});
