/** Somebody saw our missed call and calls back: the interview that we wanted with them is theirs to have now. */
import { sql } from 'kysely';
import { newId } from '#src/records/ids.ts';
import type { RecordsTransaction } from '#src/records/records.ts';
import type { GateVerdict } from '../outcome.ts';
import { closeAttempt, noteEvent, type StepRoom } from './attempts.ts';
import { openStates } from './candidates.ts';
import { briefFor } from './gate.ts';
import { isOptedOut } from './opt-outs.ts';

export interface InboundCall {
  /** The trunk that it came in by, as in the records. */
  readonly trunk: string;
  /** The carrier's id of the call that came in. */
  readonly sid: string;
  readonly phoneHash: string;
}

export interface CallBack {
  readonly verdict: GateVerdict;
  /** Our own call to them, which has to stop ringing. */
  readonly superseded: { readonly trunk: string; readonly sid: string } | undefined;
}

/**
 * Only who was called before is a caller back. A call to them that is being ordered this very moment is left alone, and the
 * caller is an ordinary one: whether that call exists nobody knows yet.
 */
export async function callBack(
  tx: RecordsTransaction,
  room: StepRoom,
  { trunk, sid, phoneHash }: InboundCall,
  now: number,
): Promise<CallBack | undefined> {
  const contact = await tx
    .selectFrom('campaign_contacts as cc')
    .innerJoin('campaigns as c', 'c.id', 'cc.campaign_id')
    .select([
      'cc.id',
      'cc.campaign_id',
      sql<number | null>`(select max(no) from attempts where campaign_contact_id = cc.id)`.as('last_no'),
    ])
    .where('cc.phone_hash', '=', phoneHash)
    .where('cc.state', 'in', ['pending', 'callback', 'dialing'])
    .where('c.state', '=', 'running')
    .where(sql<boolean>`exists (select 1 from attempts where campaign_contact_id = cc.id)`)
    .orderBy(sql`(select max(intent_at) from attempts where campaign_contact_id = cc.id)`, 'desc')
    .limit(1)
    .executeTakeFirst();
  if (contact === undefined || (await isOptedOut(tx, phoneHash, contact.campaign_id))) return undefined;
  const open = await tx
    .selectFrom('attempts')
    .selectAll()
    .where('phone_hash', '=', phoneHash)
    .where(sql<boolean>`state in (${openStates})`)
    .$if(room.kind === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();
  let superseded: CallBack['superseded'];
  if (open !== undefined) {
    if (open.carrier_sid === null || open.state === 'answered' || open.campaign_contact_id !== contact.id)
      return undefined;
    superseded = { trunk: open.trunk, sid: open.carrier_sid };
    await closeAttempt(tx, room, open, { state: 'done', outcome: 'cancelled', at: now, error: 'called-back' });
  }
  const attempt = {
    id: newId(now),
    campaign_id: contact.campaign_id,
    campaign_contact_id: contact.id,
    phone_hash: phoneHash,
    trunk,
    no: (contact.last_no ?? 0) + 1,
    state: 'answered' as const,
    carrier_sid: sid,
    intent_at: now,
    answered_at: now,
    check_at: now + 60_000,
    reserve_micros: 0,
    fence: 0,
  };
  await tx.insertInto('attempts').values(attempt).execute();
  await noteEvent(tx, { attemptId: attempt.id, trunk, kind: 'called-back', payload: { sid }, at: now });
  await tx.updateTable('campaign_contacts').set({ state: 'dialing' }).where('id', '=', contact.id).execute();
  const brief = await briefFor(tx, attempt);
  return brief && { verdict: { kind: 'talk', brief }, superseded };
}
