/** The end of waiting: who is still in the queue of a campaign that calls nobody any more gets a final word. */
import { sql } from 'kysely';
import type { RecordsTransaction } from '#src/records/records.ts';
import { settledDisposition } from './settle.ts';

/** By their last call where there was one; `otherwise` for who was never called. Who is on the line is settled when they hang up. */
export async function closeWaiting(
  tx: RecordsTransaction,
  campaignId: string,
  otherwise: 'cancelled' | 'expired',
): Promise<void> {
  const groups = await tx
    .selectFrom('campaign_contacts')
    .select('last_outcome')
    .distinct()
    .where('campaign_id', '=', campaignId)
    .where('state', 'in', ['pending', 'callback'])
    .execute();
  for (const { last_outcome } of groups) {
    for (const hasAnswers of last_outcome === null ? [false] : [true, false]) {
      const answered = sql<boolean>`exists (select 1 from answers where campaign_contact_id = campaign_contacts.id)`;
      await tx
        .updateTable('campaign_contacts')
        .set({
          state: last_outcome === null ? 'skipped' : 'done',
          disposition: settledDisposition(last_outcome, hasAnswers, otherwise),
        })
        .where('campaign_id', '=', campaignId)
        .where('state', 'in', ['pending', 'callback'])
        .where('last_outcome', last_outcome === null ? 'is' : '=', last_outcome)
        .$if(hasAnswers, (query) => query.where(answered))
        .execute();
    }
  }
}
