/** Writes intents, and takes their contacts out of the queue. */
import type { Insertable } from 'kysely';
import type { Records, RecordsTransaction } from '#src/records/records.ts';
import type { AttemptsTable } from '#src/records/schema.ts';

export type Intent = Insertable<AttemptsTable>;

/** Ids of those that were written: another trunk may have been faster with the same number. */
export async function writeIntents(
  tx: RecordsTransaction,
  kind: Records['kind'],
  intents: readonly Intent[],
): Promise<ReadonlySet<string>> {
  const written = await (kind === 'postgres' ? together(tx, intents) : inTurn(tx, intents));
  return new Set(written.map(({ id }) => id));
}

/** One way to the server and back for both tables. */
function together(tx: RecordsTransaction, intents: readonly Intent[]): Promise<readonly { readonly id: string }[]> {
  return tx
    .with('written', (db) =>
      db
        .insertInto('attempts')
        .values(intents)
        .onConflict((conflict) => conflict.doNothing())
        .returning(['id', 'campaign_contact_id']),
    )
    .with('moved', (db) =>
      db
        .updateTable('campaign_contacts')
        .set({ state: 'dialing' })
        .where('id', 'in', (is) => is.selectFrom('written').select('campaign_contact_id')),
    )
    .selectFrom('written')
    .select('id')
    .execute();
}

/** SQLite knows no statement that changes two tables, and has no way to go. */
async function inTurn(tx: RecordsTransaction, intents: readonly Intent[]): Promise<readonly { readonly id: string }[]> {
  const written = await tx
    .insertInto('attempts')
    .values(intents)
    .onConflict((conflict) => conflict.doNothing())
    .returning(['id', 'campaign_contact_id'])
    .execute();
  if (written.length === 0) return [];
  const contacts = written.map(({ campaign_contact_id }) => campaign_contact_id);
  await tx.updateTable('campaign_contacts').set({ state: 'dialing' }).where('id', 'in', contacts).execute();
  return written;
}
