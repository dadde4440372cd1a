/** The interface for programs: /api/v1, JSON, keys of three roles. What it can do the command line can, and more. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InzwaError, isInzwaError, type ErrorCode } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { apiKeyOf, mayDo, type ApiKey, type ApiRole } from '../api/keys.ts';
import { addWebhook, listWebhooks, removeWebhook } from '../api/webhooks.ts';
import { pause, preflight, resume, start, stop } from '../campaigns/dialler/control.ts';
import { progress, type Progress } from '../campaigns/dialler/progress.ts';
import { writeToOutbox } from '../campaigns/outbox/outbox.ts';
import type { Records } from '../records/records.ts';
import { followProgress } from './campaign-progress.ts';
import { refuse } from './refuse.ts';

export interface CampaignApiDeps {
  /** Undefined while the database is not there. */
  readonly records: () => Records | undefined;
  readonly clock: Clock;
  /** The dialler looks at once. */
  readonly wake: () => void;
}

export const API = '/api/v1';

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  INZWA_RECORDS_UNAVAILABLE: 503,
  INZWA_CAMPAIGN_UNKNOWN: 404,
  INZWA_CAMPAIGN_STATE: 409,
  INZWA_CAMPAIGN_SETTINGS: 422,
  INZWA_REQUEST_INVALID: 400,
};

/** Of one request that has shown its key. */
interface Visit {
  readonly records: Records;
  readonly key: ApiKey;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const CONTROL = { start, pause, resume, stop } as const;

export function campaignApi(app: FastifyInstance, deps: CampaignApiDeps): void {
  const { clock } = deps;
  const closing = new AbortController();
  app.addHook('preClose', (done) => {
    closing.abort();
    done();
  });
  const route = (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    role: ApiRole,
    work: (visit: Visit) => Promise<unknown>,
  ): void => {
    app.route({
      method,
      url: API + path,
      async handler(request, reply) {
        void reply.header('cache-control', 'no-store');
        try {
          const records = deps.records();
          if (!records) throw new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'The database is not there at present.');
          const key = await apiKeyOf(records, request.headers.authorization);
          if (!key) {
            void reply.header('www-authenticate', 'Bearer realm="inzwa"');
            return await refuse(
              reply,
              401,
              'INZWA_API_KEY_REFUSED',
              'A key in use is needed: Authorization: Bearer inzwa_…',
            );
          }
          if (!mayDo(key.role, role)) {
            return await refuse(reply, 403, 'INZWA_API_KEY_REFUSED', `This needs a key of the role ${role}.`);
          }
          return await work({ records, key, request, reply });
        } catch (error) {
          const status = isInzwaError(error) ? STATUS[error.code] : undefined;
          if (status === undefined || !isInzwaError(error)) throw error;
          const { code, message, details } = error;
          return reply.code(status).send({ code, message, ...('faults' in details && { faults: details['faults'] }) });
        }
      },
    });
  };

  route('GET', '/campaigns', 'read', async ({ records }) => ({ campaigns: await listCampaigns(records) }));
  route('GET', '/campaigns/:id', 'read', ({ records, request }) => progress(records, idOf(request), clock.wallMs()));
  route('GET', '/campaigns/:id/preflight', 'read', ({ records, request }) =>
    preflight({ records, clock }, idOf(request)),
  );
  route('GET', '/campaigns/:id/events', 'read', async ({ records, request, reply }) => {
    const first = await progress(records, idOf(request), clock.wallMs());
    const look = (): Promise<Progress> => progress(records, first.campaignId, clock.wallMs());
    return followProgress(reply, { first, clock, look, closing: closing.signal });
  });
  for (const [action, act] of Object.entries(CONTROL)) {
    route('POST', `/campaigns/:id/${action}`, 'control', async ({ records, key, request }) => {
      const order = { campaignId: idOf(request), actor: `key ${key.name}` };
      const state = await act({ records, clock, tellOthers: writeToOutbox }, order);
      deps.wake();
      return { state };
    });
  }
  route('GET', '/webhooks', 'admin', async ({ records }) => ({ webhooks: await listWebhooks(records) }));
  route('POST', '/webhooks', 'admin', async ({ records, key, request, reply }) => {
    const asked = checked(hookSchema, request.body);
    const writer = { records, at: clock.wallMs(), actor: `key ${key.name}` };
    const added = await addWebhook(writer, { url: asked.url, campaign: asked.campaign ?? null });
    return reply.code(201).send(added);
  });
  route('DELETE', '/webhooks/:id', 'admin', async ({ records, key, request, reply }) => {
    await removeWebhook({ records, at: clock.wallMs(), actor: `key ${key.name}` }, idOf(request));
    return reply.code(204).send();
  });
}

const hookSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(2_000),
  campaign: z.string().max(64).optional(),
});

function checked<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new InzwaError('INZWA_REQUEST_INVALID', `the request cannot be used: ${faults.join('; ')}`, {
    details: { faults },
  });
}

function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id;
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
