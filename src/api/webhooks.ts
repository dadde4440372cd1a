/** Which addresses are told of what campaigns do. */
import { randomBytes } from 'node:crypto';
import { InzwaError } from '#kernel/errors.ts';
import { webAddress } from '#src/campaigns/outbox/delivery.ts';
import { withNewSecret } from '#src/campaigns/outbox/secrets.ts';
import { appendAudit } from '#src/records/audit.ts';
import { newId } from '#src/records/ids.ts';
import type { Records } from '#src/records/records.ts';
import type { KeyWriter } from './keys.ts';

export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Null: of all campaigns. */
  readonly campaign: string | null;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Events that wait, delivery of which has failed at least once. */
  readonly waiting: number;
  readonly lastError: string | null;
}

/**
 * The secret, which events are signed with, is told here and never again. Rejects with INZWA_REQUEST_INVALID for an address that
 * is not http(s) or that has a name and password in it, and INZWA_CAMPAIGN_UNKNOWN.
 */
export async function addWebhook(
  { records, at, actor }: KeyWriter,
  { url, campaign }: { readonly url: string; readonly campaign: string | null },
): Promise<{ readonly id: string; readonly secret: string }> {
  const address = webAddress(url);
  if (!address) throw new InzwaError('INZWA_REQUEST_INVALID', 'url: must be an http(s) URL');
  // They would never be sent: fetch refuses them.
  if (address.username !== '' || address.password !== '') {
    throw new InzwaError(
      'INZWA_REQUEST_INVALID',
      'url: must have no user and password; the signature proves who sends',
    );
  }
  const id = newId(at);
  const secret = newSecret();
  await records.transaction(async (tx) => {
    if (campaign !== null) {
      const found = await tx.selectFrom('campaigns').select('id').where('id', '=', campaign).executeTakeFirst();
      if (!found) throw new InzwaError('INZWA_CAMPAIGN_UNKNOWN', `there is no campaign ${campaign}`);
    }
    await tx
      .insertInto('webhooks')
      .values({ id, url, secret, campaign_id: campaign, created_at: at, is_active: 1 })
      .execute();
    // The address may hold a token of its own.
    await appendAudit(tx, { at, actor, action: 'webhook.add', object: id, detail: { host: address.host } });
  });
  return { id, secret };
}

/**
 * A new secret for one that is in use; the one before signs beside it for a day. Told here and never again. Rejects with
 * INZWA_REQUEST_INVALID when there is none of that id.
 */
export async function renewWebhookSecret({ records, at, actor }: KeyWriter, id: string): Promise<string> {
  const secret = newSecret();
  await records.transaction(async (tx) => {
    const found = await tx
      .selectFrom('webhooks')
      .select('secret')
      .where('id', '=', id)
      .where('is_active', '=', 1)
      .executeTakeFirst();
    if (!found) throw noWebhook(id);
    await tx
      .updateTable('webhooks')
      .set({ secret: withNewSecret(found.secret, secret, at) })
      .where('id', '=', id)
      .execute();
    await appendAudit(tx, { at, actor, action: 'webhook.renew-secret', object: id });
  });
  return secret;
}

export async function listWebhooks({ db }: Pick<Records, 'db'>): Promise<readonly Webhook[]> {
  const hooks = await db.selectFrom('webhooks').selectAll().where('is_active', '=', 1).orderBy('created_at').execute();
  const waiting = await db
    .selectFrom('outbox')
    .select(({ fn }) => ['hook_id', fn.countAll<number>().as('count'), fn.max('last_error').as('error')])
    .where('delivered_at', 'is', null)
    .where('tries', '>', 0)
    .groupBy('hook_id')
    .execute();
  const byHook = new Map(waiting.map((row) => [row.hook_id, row]));
  return hooks.map(({ id, url, campaign_id, created_at }) => ({
    ...{ id, url, campaign: campaign_id, createdAt: created_at },
    waiting: byHook.get(id)?.count ?? 0,
    lastError: byHook.get(id)?.error ?? null,
  }));
}

/** Rows of the outbox that are deleted in one transaction: others get their turn in between. */
const BATCH = 500;

/** What waits for it is not delivered any more, and deleted. Rejects with INZWA_REQUEST_INVALID when there is none of that id. */
export async function removeWebhook({ records, at, actor }: KeyWriter, id: string): Promise<void> {
  await records.transaction(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('webhooks')
      .set({ is_active: 0 })
      .where('id', '=', id)
      .where('is_active', '=', 1)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw noWebhook(id);
    await appendAudit(tx, { at, actor, action: 'webhook.remove', object: id });
  });
  for (let deleted = BATCH; deleted === BATCH;) {
    deleted = await records.transaction(async (tx) => {
      const waiting = tx
        .selectFrom('outbox')
        .select('id')
        .where('hook_id', '=', id)
        .where('delivered_at', 'is', null)
        .limit(BATCH);
      const { numDeletedRows } = await tx.deleteFrom('outbox').where('id', 'in', waiting).executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    });
  }
}

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64url')}`;
}

function noWebhook(id: string): InzwaError {
  return new InzwaError('INZWA_REQUEST_INVALID', `there is no webhook ${id}`, { details: { status: 404 } });
}
