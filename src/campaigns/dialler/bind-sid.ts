/** Which call of the carrier an attempt is, also when it appears after nobody expected it any more. */
import { sql } from 'kysely';
import type { RecordsTransaction } from '#src/records/records.ts';
import { noteEvent, tellEnded, tellPlaced, type Attempt, type StepRoom } from './attempts.ts';
import { openStates } from './candidates.ts';
import { settleContact } from './settle.ts';

/** In `attempts.error` of a call that appeared after its attempt was given up as never made. */
export const APPEARED_LATE = 'appeared-late';

export interface Bound {
  /**
   * `late`: the attempt is open again, so that its call is followed to its end, and has to be hung up; it is nobody's to talk
   * on. `given-up`: nothing follows it. `foreign`: another attempt's, and stays so.
   */
  readonly verdict: 'bound' | 'late' | 'second-call' | 'given-up' | 'foreign';
  /** As it stands now. */
  readonly attempt: Attempt;
}

/** The attempt's one call. */
export async function bindSid(
  tx: RecordsTransaction,
  room: StepRoom,
  attempt: Attempt,
  sid: string,
  now: number,
): Promise<Bound> {
  if (attempt.carrier_sid !== null) {
    if (attempt.carrier_sid !== sid) return { verdict: 'second-call', attempt };
    if (attempt.state === 'unknown') return { verdict: 'given-up', attempt };
    return { verdict: attempt.error === APPEARED_LATE ? 'late' : 'bound', attempt };
  }
  const holder = await tx
    .selectFrom('attempts')
    .select('id')
    .where('trunk', '=', attempt.trunk)
    .where('carrier_sid', '=', sid)
    .executeTakeFirst();
  if (holder !== undefined) return { verdict: 'foreign', attempt };
  if (attempt.state === 'void') return bindLate(tx, room, attempt, sid, now);
  await tx.updateTable('attempts').set({ carrier_sid: sid }).where('id', '=', attempt.id).execute();
  const bound = { ...attempt, carrier_sid: sid };
  return { verdict: attempt.state === 'unknown' ? 'given-up' : 'bound', attempt: bound };
}

/** Their telephone rings, whatever we thought: they count as called, and are not called again while it does. */
async function bindLate(
  tx: RecordsTransaction,
  room: StepRoom,
  attempt: Attempt,
  sid: string,
  now: number,
): Promise<Bound> {
  const other = await tx
    .selectFrom('attempts')
    .select('campaign_contact_id')
    .where('phone_hash', '=', attempt.phone_hash)
    .where(sql<boolean>`state in (${openStates})`)
    .executeTakeFirst();
  await noteEvent(tx, { attemptId: attempt.id, trunk: attempt.trunk, kind: APPEARED_LATE, payload: {}, at: now });
  // A number has one open call: while there is another one this one is only hung up.
  if (other !== undefined) return bindUnfollowed(tx, room, attempt, sid, other.campaign_contact_id, now);
  const late = {
    ...{ state: 'placed' as const, carrier_sid: sid, error: APPEARED_LATE },
    ...{ outcome: null, placed_at: now, ended_at: null, check_at: now },
  };
  await tx.updateTable('attempts').set(late).where('id', '=', attempt.id).execute();
  await tx
    .updateTable('campaigns')
    .set((eb) => ({ reserved_micros: eb('reserved_micros', '+', attempt.reserve_micros) }))
    .where('id', '=', attempt.campaign_id)
    .execute();
  await waitNoLonger(tx, attempt);
  await tellPlaced(tx, room, attempt, now);
  return { verdict: 'late', attempt: { ...attempt, ...late } };
}

/** How it goes on nobody will know: the dearest is assumed, and its contact is settled unless the other call does that. */
async function bindUnfollowed(
  tx: RecordsTransaction,
  room: StepRoom,
  attempt: Attempt,
  sid: string,
  otherContactId: string,
  now: number,
): Promise<Bound> {
  const { reserve_micros: cost, campaign_contact_id: contactId } = attempt;
  const lost = { state: 'unknown' as const, carrier_sid: sid, error: APPEARED_LATE, cost_micros: cost };
  await tx.updateTable('attempts').set(lost).where('id', '=', attempt.id).execute();
  await tx
    .updateTable('campaigns')
    .set((eb) => ({ spent_micros: eb('spent_micros', '+', cost) }))
    .where('id', '=', attempt.campaign_id)
    .execute();
  await tellPlaced(tx, room, attempt, now);
  const bound = { ...attempt, ...lost };
  await tellEnded(tx, room, bound, now);
  if (otherContactId !== contactId && (await waitNoLonger(tx, attempt))) {
    await settleContact(tx, room, bound, { end: 'unknown', at: now });
  } else {
    await tx
      .updateTable('campaign_contacts')
      .set((eb) => ({ tries: eb('tries', '+', 1) }))
      .where('id', '=', contactId)
      .execute();
  }
  return { verdict: 'given-up', attempt: bound };
}

/** False: what a later call has come to, an appointment for instance, stands. */
async function waitNoLonger(tx: RecordsTransaction, attempt: Attempt): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('campaign_contacts')
    .set({ state: 'dialing' })
    .where('id', '=', attempt.campaign_contact_id)
    .where('state', '=', 'pending')
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('attempts')
            .select('attempts.id')
            .whereRef('attempts.campaign_contact_id', '=', 'campaign_contacts.id')
            .where('attempts.no', '>', attempt.no)
            .where('attempts.state', '<>', 'void'),
        ),
      ),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
