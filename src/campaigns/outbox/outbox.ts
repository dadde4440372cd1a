/** Events for other systems: written down in the transaction of what they tell of, and delivered from there. */
import { newId } from '#src/records/ids.ts';
import type { RecordsTransaction } from '#src/records/records.ts';
import type { CampaignEvent } from '../dialler/events.ts';

/** A `TellOthers`: one row for each webhook that wants it. */
export async function writeToOutbox(tx: RecordsTransaction, event: CampaignEvent): Promise<void> {
  const hooks = await tx
    .selectFrom('webhooks')
    .select('id')
    .where('is_active', '=', 1)
    .where((is) => is.or([is('campaign_id', 'is', null), is('campaign_id', '=', event.campaignId)]))
    .execute();
  if (hooks.length === 0) return;
  const { kind, campaignId, campaignContactId, attemptId, at, data } = event;
  const rows = hooks.map(({ id: hookId }) => {
    const id = newId(at);
    const told = {
      id,
      kind,
      at: new Date(at).toISOString(),
      campaign: campaignId,
      ...(campaignContactId !== undefined && { contact: campaignContactId }),
      ...(attemptId !== undefined && { attempt: attemptId }),
      data,
    };
    return {
      id,
      hook_id: hookId,
      event_json: JSON.stringify(told),
      tries: 0,
      next_at: at,
      delivered_at: null,
      last_error: null,
      created_at: at,
    };
  });
  await tx.insertInto('outbox').values(rows).execute();
}
