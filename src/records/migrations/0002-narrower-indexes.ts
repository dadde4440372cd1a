/** Indexes that answer what is asked again and again without a look at the rows, however large a campaign has grown. */
import { sql, type Kysely } from 'kysely';

export async function narrowIndexes(db: Kysely<unknown>): Promise<void> {
  // With the outcome, so that a campaign's progress is counted from it alone.
  await sql`drop index attempts_campaign`.execute(db);
  await sql`create index attempts_campaign on attempts (campaign_id, state, outcome)`.execute(db);
  // What waits for one receiver: not what it has had, nor what waits for others.
  await sql`drop index outbox_hook`.execute(db);
  await sql`create index outbox_hook on outbox (hook_id, next_at) where delivered_at is null`.execute(db);
}
