/** The one way in which a campaign changes its state. */
import { appendAudit } from '#src/records/audit.ts';
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

/** Who is named in the audit for what nobody ordered. */
const BY_ITSELF = 'inzwa';

/** No new call; `pausing` until the last has ended. Its place in the audit is that of an operator's. */
export async function pauseByItself(
  tx: RecordsTransaction,
  { campaignId, reason, at }: Pick<StateChange, 'campaignId' | 'at'> & { readonly reason: StateReason },
  tellOthers?: TellOthers,
): Promise<boolean> {
  const change = { campaignId, from: ['running'], to: 'pausing', reason, at } as const;
  const isChanged = await changeState(tx, change, tellOthers);
  const detail = { from: 'running', to: 'pausing', reason };
  if (isChanged) await appendAudit(tx, { at, actor: BY_ITSELF, action: 'campaign.pause', object: campaignId, detail });
  return isChanged;
}
