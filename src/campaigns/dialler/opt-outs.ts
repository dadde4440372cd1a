/** Who has said no. Nothing else that is written about a contact takes it back. */
import type { RecordsQueries, RecordsTransaction } from '#src/records/records.ts';
import type { TellOthers } from './events.ts';

export interface OptOut {
  readonly phoneHash: string;
  /** `*`: every campaign there will ever be; else a campaign's id. */
  readonly scope: string;
  readonly source: 'keys' | 'speech' | 'import' | 'operator' | 'inbound';
  readonly callId?: string | undefined;
  readonly attemptId?: string | undefined;
  /** Epoch ms. */
  readonly at: number;
  /** What shows it: a key, an event, the name of a list; never a number. */
  readonly evidence?: string | undefined;
}

/**
 * Writes it down, and settles every contact of that number that waits for a call. A call that is open already is ended by
 * the dialler. False when it was written down before.
 */
export async function recordOptOut(
  tx: RecordsTransaction,
  { phoneHash, scope, source, callId, attemptId, at, evidence }: OptOut,
  tellOthers?: TellOthers,
): Promise<boolean> {
  const written = await tx
    .insertInto('opt_outs')
    .values({
      phone_hash: phoneHash,
      scope,
      source,
      call_id: callId ?? null,
      attempt_id: attemptId ?? null,
      at,
      evidence: evidence ?? null,
    })
    .onConflict((conflict) => conflict.columns(['phone_hash', 'scope']).doNothing())
    .returning('at')
    .executeTakeFirst();
  const settled = await tx
    .updateTable('campaign_contacts')
    .set({ state: 'skipped', disposition: 'opted_out' })
    .where('phone_hash', '=', phoneHash)
    .where('state', 'in', ['pending', 'callback'])
    .$if(scope !== '*', (query) => query.where('campaign_id', '=', scope))
    .returning(['id', 'campaign_id'])
    .execute();
  // Who says it in a call is settled when the call is over, and told of now.
  const speaking =
    written === undefined || attemptId === undefined
      ? []
      : await tx
          .selectFrom('attempts')
          .select(['campaign_contact_id as id', 'campaign_id'])
          .where('id', '=', attemptId)
          .execute();
  for (const { id, campaign_id } of [...speaking, ...settled]) {
    await tellOthers?.(tx, {
      kind: 'contact.opted_out',
      campaignId: campaign_id,
      campaignContactId: id,
      attemptId,
      at,
      data: { source, scope: scope === '*' ? 'all' : 'campaign' },
    });
  }
  return written !== undefined;
}

/** Whether a call of the campaign to that number would be one too many. */
export async function isOptedOut(db: RecordsQueries, phoneHash: string, campaignId: string): Promise<boolean> {
  const found = await db
    .selectFrom('opt_outs')
    .select('scope')
    .where('phone_hash', '=', phoneHash)
    .where('scope', 'in', ['*', campaignId])
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}
