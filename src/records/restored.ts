/**
 * Records from a backup know nothing of what came after it: who has been called since, who has said no, and which key was
 * withdrawn. So nobody is called from them, let in or told anything before an operator has seen to that: every campaign that
 * still has somebody to call is held, every API key is revoked and every webhook switched off.
 */
import { sql } from 'kysely';
import { appendAudit } from './audit.ts';
import type { Records, RecordsTransaction } from './records.ts';

/** In `installation` of every backup that we make: when it was made. */
const BACKUP_MADE = 'backup-made-at';
/** In `campaigns.state_reason` of a campaign that is held. */
export const RESTORED = 'restored';

/** How many of each were held, revoked and switched off. */
export interface HeldBack {
  readonly campaigns: number;
  readonly keys: number;
  readonly webhooks: number;
}

/** Whoever opens the copy as records finds this. `at`: epoch ms; a mark that is there already stays. */
export async function markAsBackup({ db }: Pick<Records, 'db'>, at: number): Promise<void> {
  await db
    .insertInto('installation')
    .values({ name: BACKUP_MADE, value: new Date(at).toISOString() })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

/** Undefined, and nothing has changed, unless these records are a backup that has been put in their place. */
export async function holdWhatWasRestored(records: Records, at: number): Promise<HeldBack | undefined> {
  const read = (db: Pick<Records['db'], 'selectFrom'>) =>
    db.selectFrom('installation').select('value').where('name', '=', BACKUP_MADE).executeTakeFirst();
  if ((await read(records.db)) === undefined) return undefined;
  return records.transaction(async (tx) => {
    // Two processes may open them at once.
    const made = await tx
      .deleteFrom('installation')
      .where('name', '=', BACKUP_MADE)
      .returning('value')
      .executeTakeFirst();
    return made === undefined ? undefined : hold(tx, { at, actor: 'inzwa', madeAt: made.value });
  });
}

/** The same for a database that was restored by its own means, or copied by others. */
export function holdAll(
  records: Records,
  { at, actor }: { readonly at: number; readonly actor: string },
): Promise<HeldBack> {
  return records.transaction((tx) => hold(tx, { at, actor }));
}

/** Campaigns that are held still. */
export async function heldCampaigns({ db }: Pick<Records, 'db'>): Promise<readonly string[]> {
  const held = db
    .selectFrom('campaigns')
    .select('name')
    .where('state', '=', 'paused')
    .where('state_reason', '=', RESTORED);
  return (await held.orderBy('name').execute()).map(({ name }) => name);
}

async function hold(
  tx: RecordsTransaction,
  { at, actor, madeAt }: { readonly at: number; readonly actor: string; readonly madeAt?: string },
): Promise<HeldBack> {
  // A draft too: it may have been started after the backup was made.
  const held = await tx
    .updateTable('campaigns')
    .set((is) => ({ state: 'paused', state_reason: RESTORED, state_at: at, version: is('version', '+', 1) }))
    .where('state', 'in', ['draft', 'running', 'pausing', 'paused'])
    .where(sql<boolean>`exists (select 1 from campaign_contacts where campaign_id = campaigns.id)`)
    .returning('id')
    .execute();
  // One that was withdrawn since, or a secret that was replaced since, would be good again.
  const { numUpdatedRows: keys } = await tx
    .updateTable('api_keys')
    .set({ revoked_at: at })
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  const { numUpdatedRows: webhooks } = await tx
    .updateTable('webhooks')
    .set({ is_active: 0 })
    .where('is_active', '=', 1)
    .executeTakeFirst();
  const counts: HeldBack = { campaigns: held.length, keys: Number(keys), webhooks: Number(webhooks) };
  const detail = { madeAt, ...counts };
  await appendAudit(tx, { at, actor, action: 'records.restored', object: 'records', detail });
  return counts;
}
