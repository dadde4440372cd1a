/** Whether a campaign goes so badly that it must stop before more people are troubled. */
import { sql } from 'kysely';
import type { RecordsQueries } from '#src/records/records.ts';
import { HELD_BACK } from './order.ts';
import type { CampaignSettings } from './settings.ts';

export interface Judged {
  readonly id: string;
  /** Calls that ended before it was last started do not count. */
  readonly since: number;
}

/** Why it trips; undefined: it does not. */
export async function trips(
  db: RecordsQueries,
  { id, since }: Judged,
  { windowSeconds, minCalls, failureShare, hangUpSeconds, hangUpShare }: CampaignSettings['breaker'],
  now: number,
): Promise<'failure-rate' | 'hang-ups' | undefined> {
  const from = Math.max(since, now - windowSeconds * 1000);
  const counted = await db
    .selectFrom('attempts')
    .select([
      sql<number>`count(*)`.as('ended'),
      sql<number>`coalesce(sum(case when state <> 'done' or outcome in ('failed', 'congestion') then 1 else 0 end), 0)`.as(
        'failed',
      ),
      sql<number>`coalesce(sum(case when outcome = 'answered' then 1 else 0 end), 0)`.as('answered'),
      // A machine that we hang up on was not annoyed.
      sql<number>`coalesce(sum(case when outcome = 'answered' and coalesce(answered_by, 'unknown') <> 'machine'
        and ended_at - answered_at < ${hangUpSeconds * 1000} then 1 else 0 end), 0)`.as('quick'),
    ])
    .where('campaign_id', '=', id)
    .where('ended_at', '>', from)
    .where((eb) => eb.or([eb('error', 'is', null), eb('error', 'not like', `${HELD_BACK}%`)]))
    .executeTakeFirstOrThrow();
  const { ended, failed, answered, quick } = counted;
  if (ended >= minCalls && failed >= ended * failureShare) return 'failure-rate';
  if (answered >= minCalls && quick >= answered * hangUpShare) return 'hang-ups';
  return undefined;
}
