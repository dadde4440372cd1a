/** The calls that are open on some trunks: one question that the claims and the end of the service both ask. */
import type { RecordsQueries } from '#src/records/records.ts';
import type { Attempt } from './attempts.ts';
import { openOfTrunk } from './candidates.ts';

type OpenCall = Pick<Attempt, 'id' | 'state' | 'answered_at'>;

/** `trunks`: by name; none have no calls. */
export async function openCalls(db: RecordsQueries, trunks: readonly string[]): Promise<readonly OpenCall[]> {
  if (trunks.length === 0) return [];
  return db
    .selectFrom('attempts')
    .select(['id', 'state', 'answered_at'])
    .where('trunk', 'in', trunks)
    .where(openOfTrunk)
    .execute();
}
