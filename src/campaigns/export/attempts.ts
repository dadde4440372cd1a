/** Every attempt of a campaign, those among them that nobody knows the end of: what was meant is never left out. */
import type { RecordsQueries } from '#src/records/records.ts';

const PAGE = 500;

/** Pages of attempts in the order in which they were begun. */
export async function* attemptPages(db: RecordsQueries, campaignId: string) {
  let after = '';
  for (;;) {
    const rows = await db
      .selectFrom('attempts as a')
      .innerJoin('campaign_contacts as cc', 'cc.id', 'a.campaign_contact_id')
      .leftJoin('phones as p', 'p.hash', 'a.phone_hash')
      .select([
        'a.id',
        'cc.ordinal',
        'p.e164',
        'a.no',
        'a.trunk',
        'a.caller_id',
        'a.state',
        'a.outcome',
        'a.carrier_sid',
      ])
      .select(['a.intent_at', 'a.placed_at', 'a.ringing_at', 'a.answered_at', 'a.ended_at', 'a.answered_by'])
      .select(['a.hangup_cause', 'a.sip_status', 'a.cost_micros', 'a.error'])
      .where('a.campaign_id', '=', campaignId)
      .where('a.id', '>', after)
      .orderBy('a.id')
      .limit(PAGE)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    yield rows;
  }
}
