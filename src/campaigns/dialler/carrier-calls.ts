/** What a carrier tells of a call, written into the attempt: forwards only, and once however often and in whatever order it comes. */
import type { RecordsTransaction } from '#src/records/records.ts';
import type { CarrierCall } from '#telephony/carrier.ts';
import { closeAttempt, isOpen, lockAttempt, noteEvent, type Attempt, type StepRoom } from './attempts.ts';
import type { CallEnd } from './retries.ts';
import { readableSettings } from './rules.ts';
import { OVERDUE_MS } from './settings.ts';
import { settleContact } from './settle.ts';

/** What was made of a thing that a carrier told. `second-call`: another call of the same attempt. */
export type CarrierCallVerdict = 'recorded' | 'nothing-new' | 'unknown-attempt' | 'second-call' | 'given-up';

/** After an end that was not told: how soon the carrier is asked about a call in conversation. */
const TALK_CHECK_MS = 60_000;

/** Written by us into `attempts.error` before we take back a call that rang too long. */
export const OVERDUE = 'overdue';

/** `second-call` and `given-up` name a call that must be hung up, unless it has ended already. */
export async function noteCarrierCall(
  tx: RecordsTransaction,
  room: StepRoom,
  trunk: string,
  call: CarrierCall,
  now: number,
): Promise<CarrierCallVerdict> {
  const { attemptId, sid, eventId, ...told } = call;
  const attempt = await lockAttempt(tx, room, attemptId === undefined ? { trunk, sid } : { id: attemptId });
  const isOurs = attempt?.trunk === trunk;
  const isNew = await noteEvent(tx, {
    attemptId: isOurs ? attempt.id : null,
    trunk,
    eventId,
    kind: `carrier.${call.state}`,
    payload: { sid, ...told },
    at: now,
  });
  if (!isNew) return 'nothing-new';
  if (!isOurs) return 'unknown-attempt';
  const bound = await bindSid(tx, attempt, sid, now);
  if (bound !== 'bound') return bound === 'foreign' ? 'unknown-attempt' : bound;
  return isOpen(attempt) ? advance(tx, room, attempt, call, now) : 'nothing-new';
}

/**
 * The attempt's one call. An attempt that was given up as never made, and was made, is nobody's to continue; a `foreign` call
 * is another attempt's, and stays so.
 */
export async function bindSid(
  tx: RecordsTransaction,
  attempt: Attempt,
  sid: string,
  now: number,
): Promise<'bound' | 'second-call' | 'given-up' | 'foreign'> {
  if (attempt.carrier_sid !== null) return attempt.carrier_sid === sid ? 'bound' : 'second-call';
  const holder = await tx
    .selectFrom('attempts')
    .select('id')
    .where('trunk', '=', attempt.trunk)
    .where('carrier_sid', '=', sid)
    .executeTakeFirst();
  if (holder !== undefined) return 'foreign';
  const isLate = attempt.state === 'void';
  await tx
    .updateTable('attempts')
    .set({ carrier_sid: sid, ...(isLate && { state: 'unknown' as const, error: 'appeared-late' }) })
    .where('id', '=', attempt.id)
    .execute();
  if (!isLate) return 'bound';
  await noteEvent(tx, { attemptId: attempt.id, trunk: attempt.trunk, kind: 'appeared-late', payload: {}, at: now });
  await tx
    .updateTable('campaign_contacts')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where('id', '=', attempt.campaign_contact_id)
    .execute();
  return 'given-up';
}

async function advance(
  tx: RecordsTransaction,
  room: StepRoom,
  attempt: Attempt,
  call: CarrierCall,
  now: number,
): Promise<CarrierCallVerdict> {
  const at = Math.floor(call.at ?? now);
  switch (call.state) {
    case 'queued':
      if (attempt.state !== 'intent') return 'nothing-new';
      await moveOn(tx, attempt, { state: 'placed', placed_at: at }, now + (await ringMs(tx, attempt)));
      return 'recorded';
    case 'ringing':
      if (attempt.state !== 'intent' && attempt.state !== 'placed') return 'nothing-new';
      await moveOn(
        tx,
        attempt,
        { state: 'ringing', ringing_at: at, placed_at: attempt.placed_at ?? at },
        now + (await ringMs(tx, attempt)),
      );
      return 'recorded';
    case 'answered':
      if (attempt.state === 'answered') return noteWhoAnswered(tx, attempt, call);
      await moveOn(
        tx,
        attempt,
        {
          state: 'answered',
          answered_at: at,
          placed_at: attempt.placed_at ?? at,
          ...(call.answeredBy !== undefined && { answered_by: call.answeredBy }),
        },
        now + TALK_CHECK_MS,
      );
      return 'recorded';
    case 'ended':
      await end(tx, room, attempt, call, at);
      return 'recorded';
  }
}

/** Machine detection tells after the answer; what our own ears have found stands. */
async function noteWhoAnswered(
  tx: RecordsTransaction,
  attempt: Attempt,
  { answeredBy }: CarrierCall,
): Promise<CarrierCallVerdict> {
  if (answeredBy === undefined || attempt.answered_by !== null) return 'nothing-new';
  await tx.updateTable('attempts').set({ answered_by: answeredBy }).where('id', '=', attempt.id).execute();
  return 'recorded';
}

async function end(
  tx: RecordsTransaction,
  room: StepRoom,
  attempt: Attempt,
  { outcome: told, cause, sipStatus, costMicros, durationMs }: CarrierCall,
  at: number,
): Promise<void> {
  const wasAnswered = attempt.answered_at !== null || told === 'answered';
  const outcome = wasAnswered ? 'answered' : (told ?? 'failed');
  // Told in the wrong order, or the answer never: the length of the call says when it was.
  const answeredAt = wasAnswered ? (attempt.answered_at ?? at - Math.floor(durationMs ?? 0)) : null;
  await closeAttempt(tx, room, attempt, { state: 'done', outcome, at, answeredAt, cause, sipStatus, costMicros });
  if (outcome === 'answered') return;
  // We took it back because nobody answered; that is what the operator is told.
  const contactEnd: CallEnd = outcome === 'cancelled' && attempt.error === OVERDUE ? 'no-answer' : outcome;
  await settleContact(tx, room, attempt, { end: contactEnd, at });
}

async function moveOn(
  tx: RecordsTransaction,
  attempt: Attempt,
  changes: Partial<Attempt>,
  checkAt: number,
): Promise<void> {
  await tx
    .updateTable('attempts')
    .set({ ...changes, check_at: checkAt })
    .where('id', '=', attempt.id)
    .execute();
}

/** How long it may ring before somebody looks what has become of it. */
async function ringMs(tx: RecordsTransaction, { campaign_id }: Attempt): Promise<number> {
  const campaign = await tx
    .selectFrom('campaigns')
    .select('settings_json')
    .where('id', '=', campaign_id)
    .executeTakeFirstOrThrow();
  return (readableSettings(campaign.settings_json)?.ringSeconds ?? 30) * 1000 + OVERDUE_MS / 2;
}
