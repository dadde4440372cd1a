/** The interface for programs: /api/v1, keys of three roles. What can be done here the command line does by the same code. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { AllowList } from '#telephony/numbers.ts';
import { addWebhook, listWebhooks, removeWebhook, renewWebhookSecret } from '../api/webhooks.ts';
import { createOnce } from '../campaigns/create.ts';
import { pause, preflight, resume, start, stop } from '../campaigns/dialler/control.ts';
import { progress } from '../campaigns/dialler/progress.ts';
import { readSettingsText } from '../campaigns/dialler/settings-text.ts';
import { writeToOutbox } from '../campaigns/outbox/outbox.ts';
import type { CampaignScripts } from '../campaigns/scripts.ts';
import type { Records } from '../records/records.ts';
import { ContactsApi, listImports, MAX_UPLOAD_BYTES, UPLOAD_TYPES } from './api/contacts.ts';
import { ApiDoor, checked, idOf, type ApiRecords, type ApiRoute, type Visit } from './api/door.ts';
import { addNumbers, checkNumber, removeNumber } from './api/do-not-call.ts';
import { ProgressFeeds } from './api/progress-feeds.ts';
import { sendDoNotCall, sendResults } from './api/results.ts';

export interface CampaignApiDeps {
  /** Undefined while the database is not there. */
  readonly keeping: () => ApiRecords | undefined;
  readonly clock: Clock;
  /** The dialler looks at once. */
  readonly wake: () => void;
  readonly scripts: CampaignScripts;
  readonly allowList: AllowList;
  /** Names of the trunks that are configured. */
  readonly trunks: readonly string[];
  /** Where uploads are kept until they are read. */
  readonly uploads: string;
  /** @defaultValue 100 MB */
  readonly maxUploadBytes?: number;
  /** Readers of progress at once. @defaultValue 200 */
  readonly maxReaders?: number;
}

/** What is done, and the state that it asks for. */
const CONTROL = {
  start: [start, 'running'],
  pause: [pause, 'paused'],
  resume: [resume, 'running'],
  stop: [stop, 'stopped'],
} as const;

export function campaignApi(app: FastifyInstance, deps: CampaignApiDeps): void {
  const { clock, scripts, allowList, uploads, maxUploadBytes = MAX_UPLOAD_BYTES, maxReaders } = deps;
  const closing = new AbortController();
  app.addHook('preClose', (done) => {
    closing.abort();
    done();
  });
  const look = (campaignId: string) => {
    const keeping = deps.keeping();
    if (!keeping) throw new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'The database is not there at present.');
    return progress(keeping.records, campaignId, clock.wallMs());
  };
  const feeds = new ProgressFeeds({
    look: async (campaignId) => look(campaignId),
    ...{ clock, closing: closing.signal, ...(maxReaders !== undefined && { maxReaders }) },
  });
  // Whoever has changed something and asks then sees it; an import goes on after its answer has begun.
  app.addHook('onSend', ({ method }, _reply, payload, done) => {
    if (method !== 'GET') feeds.changed();
    done(null, payload);
  });
  app.addHook('onResponse', ({ method }, _reply, done) => {
    if (method !== 'GET') feeds.changed();
    done();
  });
  const contacts = new ContactsApi({ clock, allowList, scripts, uploads, maxUploadBytes, closing: closing.signal });
  const door = new ApiDoor({ keeping: deps.keeping, clock });
  door.open(app, [
    get('/campaigns', 'read', async ({ records }) => ({ campaigns: await listCampaigns(records) })),
    { method: 'POST', path: '/campaigns', role: 'admin', work: (visit) => newCampaign(visit, deps) },
    get('/campaigns/:id', 'read', ({ request }) => feeds.latest(idOf(request))),
    get('/campaigns/:id/preflight', 'read', ({ records, request }) =>
      preflight({ records, clock, scripts }, idOf(request)),
    ),
    get('/campaigns/:id/events', 'read', async ({ request, reply }) => {
      await feeds.follow(idOf(request), reply, lastIdOf(request.headers['last-event-id']));
      return reply;
    }),
    get('/campaigns/:id/imports', 'read', async ({ records, request }) => {
      const { campaignId } = await feeds.latest(idOf(request));
      return { imports: await listImports(records, campaignId) };
    }),
    get('/campaigns/:id/results', 'admin', (visit) => sendResults(visit, { clock, scripts })),
    ...Object.entries(CONTROL).map(([action, [act, wanted]]): ApiRoute => ({
      method: 'POST',
      path: `/campaigns/:id/${action}`,
      role: 'control',
      async work({ records, actor, request }) {
        const order = { campaignId: idOf(request), actor };
        const state = await act({ records, clock, scripts, tellOthers: writeToOutbox }, order).catch(
          (error: unknown) => {
            // Asked again because the answer was lost.
            if (isInzwaError(error, 'INZWA_CAMPAIGN_STATE') && error.details['state'] === wanted) return wanted;
            throw error;
          },
        );
        deps.wake();
        return { state };
      },
    })),
    get('/do-not-call', 'admin', (visit) => sendDoNotCall(visit, clock)),
    { method: 'POST', path: '/do-not-call', role: 'control', work: (visit) => addNumbers(visit, clock) },
    { method: 'POST', path: '/do-not-call/check', role: 'control', work: (visit) => checkNumber(visit) },
    { method: 'POST', path: '/do-not-call/remove', role: 'admin', work: (visit) => removeNumber(visit, clock) },
    ...webhookRoutes(clock),
  ]);
  void app.register((part, _, done) => {
    part.removeAllContentTypeParsers();
    // Not read here: its rows go to the disk as they come.
    part.addContentTypeParser(UPLOAD_TYPES, (_request, payload, parsed) => parsed(null, payload));
    door.open(part, [
      { method: 'POST', path: '/campaigns/:id/contacts', role: 'admin', isLong: true, work: contacts.take },
    ]);
    done();
  });
}

function get(path: string, role: ApiRoute['role'], work: ApiRoute['work']): ApiRoute {
  return { method: 'GET', path, role, work };
}

function lastIdOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

const campaignSchema = z.strictObject({
  name: z.string(),
  script: z.string().max(200),
  /** An object, or a text in YAML, whose faults are told by line. */
  settings: z
    .union([z.record(z.string(), z.unknown()), z.string().max(30_000)], 'must be an object or a text')
    .default({}),
  trunk: z.string().max(64).optional(),
  budgetMicros: z.int().positive().optional(),
});

/** 201 with its id; 200 for one that is there already and was made of the same. */
async function newCampaign(
  { records, actor, request, reply }: Visit,
  { clock, scripts, trunks }: CampaignApiDeps,
): Promise<object> {
  const {
    name,
    script: scriptName,
    settings: given,
    trunk: wanted,
    budgetMicros,
  } = checked(campaignSchema, request.body, 'body');
  const script = scripts.read(scriptName);
  const { variables } = scripts.outline(script.id, script.text);
  const settings = typeof given === 'string' ? readSettingsText(given, 'settings') : given;
  const trunk = trunkOf(wanted, trunks);
  const { id, isNew } = await createOnce({ records, clock }, { name, script, settings, trunk, budgetMicros, actor });
  return reply.code(isNew ? 201 : 200).send({ id, isNew, script: script.id, trunk, columns: ['phone', ...variables] });
}

function trunkOf(wanted: string | undefined, trunks: readonly string[]): string {
  const [only] = trunks;
  if (wanted === undefined && only !== undefined && trunks.length === 1) return only;
  if (wanted !== undefined && trunks.includes(wanted)) return wanted;
  const known = trunks.length === 0 ? 'none' : trunks.join(', ');
  const fault = `trunk: must be one that this service is configured for: ${known}`;
  throw new InzwaError('INZWA_CAMPAIGN_SETTINGS', fault, { details: { faults: [fault] } });
}

const hookSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(2_000),
  campaign: z.string().max(64).optional(),
});

function webhookRoutes(clock: Clock): readonly ApiRoute[] {
  const writer = ({ records, actor }: Visit) => ({ records, actor, at: clock.wallMs() });
  const role = 'admin';
  return [
    get('/webhooks', role, async ({ records }) => ({ webhooks: await listWebhooks(records) })),
    {
      ...{ method: 'POST', path: '/webhooks', role },
      async work(visit) {
        const { url, campaign = null } = checked(hookSchema, visit.request.body, 'body');
        return visit.reply.code(201).send(await addWebhook(writer(visit), { url, campaign }));
      },
    },
    {
      ...{ method: 'POST', path: '/webhooks/:id/secret', role },
      work: async (visit) => ({ secret: await renewWebhookSecret(writer(visit), idOf(visit.request)) }),
    },
    {
      ...{ method: 'DELETE', path: '/webhooks/:id', role },
      async work(visit) {
        await removeWebhook(writer(visit), idOf(visit.request));
        return visit.reply.code(204).send();
      },
    },
  ];
}

async function listCampaigns({ db }: Records): Promise<readonly object[]> {
  const rows = await db
    .selectFrom('campaigns')
    .select(['id', 'name', 'state', 'state_reason', 'script', 'trunk', 'created_at', 'version'])
    .orderBy('created_at')
    .execute();
  return rows.map(({ state_reason, created_at, ...row }) => ({
    ...row,
    stateReason: state_reason,
    createdAt: created_at,
  }));
}
