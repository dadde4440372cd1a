/**
 * Records from a backup know nothing of what came after it: who has been called since, and who has said no. So nobody is
 * called from them before an operator has seen to that: every campaign that still has somebody to call is held.
 */
import { sql } from 'kysely';
import { appendAudit } from './audit.ts';
import type { Records, RecordsTransaction } from './records.ts';

/** In `installation` of every backup that we make: when it was made. */
const BACKUP_MADE = 'backup-made-at';
/** In `campaigns.state_reason` of a campaign that is held. */
export const RESTORED = 'restored';

/** Whoever opens the copy as records finds this. `at`: epoch ms. */
export async function markAsBackup({ db }: Pick<Records, 'db'>, at: number): Promise<void> {
  await db
    .insertInto('installation')
    .values({ name: BACKUP_MADE, value: new Date(at).toISOString() })
    .onConflict((conflict) => conflict.column('name').doUpdateSet((is) => ({ value: is.ref('excluded.value') })))
    .execute();
}

/** Nothing, unless these records are a backup that has been put in their place. */
export async function holdWhatWasRestored(records: Records, at: number): Promise<void> {
  const read = (db: Pick<Records['db'], 'selectFrom'>) =>
    db.selectFrom('installation').select('value').where('name', '=', BACKUP_MADE).executeTakeFirst();
  if ((await read(records.db)) === undefined) return;
  await records.transaction(async (tx) => {
    // Two processes may open them at once.
    const made = await tx
      .deleteFrom('installation')
      .where('name', '=', BACKUP_MADE)
      .returning('value')
      .executeTakeFirst();
    if (made !== undefined) await hold(tx, { at, actor: 'inzwa', madeAt: made.value });
  });
}

/** The same for a database that was restored by its own means. Resolves to how many campaigns are held. */
export function holdAll(
  records: Records,
  { at, actor }: { readonly at: number; readonly actor: string },
): Promise<number> {
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
): Promise<number> {
  // A draft too: it may have been started after the backup was made.
  const held = await tx
    .updateTable('campaigns')
    .set((is) => ({ state: 'paused', state_reason: RESTORED, state_at: at, version: is('version', '+', 1) }))
    .where('state', 'in', ['draft', 'running', 'pausing', 'paused'])
    .where(sql<boolean>`exists (select 1 from campaign_contacts where campaign_id = campaigns.id)`)
    .returning('id')
    .execute();
  const detail = { madeAt, campaigns: held.length };
  await appendAudit(tx, { at, actor, action: 'records.restored', object: 'records', detail });
  return held.length;
}
