/** The one way in which a campaign changes its state. */
import type { RecordsTransaction } from '#src/records/records.ts';
import type { CampaignState } from '#src/records/schema.ts';
import type { TellOthers } from './events.ts';

/** Codes of why; what the operator reads is made of them elsewhere. */
export type StateReason =
  'operator' | 'finished' | 'budget' | 'failure-rate' | 'hang-ups' | 'carrier-refused' | 'settings' | 'ended';

export interface StateChange {
  readonly campaignId: string;
  readonly from: readonly CampaignState[];
  readonly to: CampaignState;
  readonly reason: StateReason | null;
  readonly at: number;
}

/** False: it was in no state of `from`, and nothing has changed. */
export async function changeState(
  tx: RecordsTransaction,
  { campaignId, from, to, reason, at }: StateChange,
  tellOthers?: TellOthers,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('campaigns')
    .set((eb) => ({ state: to, state_reason: reason, state_at: at, version: eb('version', '+', 1) }))
    .where('id', '=', campaignId)
    .where('state', 'in', from)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await tellOthers?.(tx, { kind: 'campaign.state', campaignId, at, data: { state: to, reason } });
  return true;
}
