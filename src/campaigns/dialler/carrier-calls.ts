/** What a carrier tells of a call, written into the attempt: forwards only, and once however often and in whatever order it comes. */
import type { RecordsTransaction } from '#src/records/records.ts';
import type { CarrierCall } from '#telephony/carrier.ts';
import { closeAttempt, isOpen, lockAttempt, noteEvent, tellPlaced, type Attempt, type StepRoom } from './attempts.ts';
import { APPEARED_LATE, bindSid } from './bind-sid.ts';
import type { DialOutcome } from '../outcome.ts';
import type { CallEnd } from './retries.ts';
import { readableSettings } from './rules.ts';
import { OVERDUE_MS } from './settings.ts';
import { settleContact } from './settle.ts';

/** What was made of a thing that a carrier told. `second-call`: another call of the same attempt. */
export type CarrierCallVerdict = 'recorded' | 'nothing-new' | 'unknown-attempt' | 'second-call' | 'given-up';

/** After an end that was not told: how soon the carrier is asked about a call in conversation. */
const TALK_CHECK_MS = 60_000;

/** Written by us into `attempts.error` before we take back a call that stood unanswered too long. */
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
  const { verdict, attempt: bound } = await bindSid(tx, room, attempt, sid, now);
  if (verdict === 'second-call') return 'second-call';
  if (verdict === 'foreign') return 'unknown-attempt';
  const hasEnded = call.state === 'ended';
  const done = isOpen(bound) ? await advance(tx, room, bound, call, now) : 'nothing-new';
  return verdict === 'bound' || hasEnded ? done : 'given-up';
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
      await moveOn(tx, room, attempt, { state: 'placed', placed_at: at }, now + (await ringMs(tx, attempt)));
      return 'recorded';
    case 'ringing':
      if (attempt.state !== 'intent' && attempt.state !== 'placed') return 'nothing-new';
      await moveOn(
        tx,
        room,
        attempt,
        { state: 'ringing', ringing_at: at, placed_at: attempt.placed_at ?? at },
        now + (await ringMs(tx, attempt)),
      );
      return 'recorded';
    case 'answered':
      if (attempt.state === 'answered') return noteWhoAnswered(tx, attempt, call);
      await moveOn(
        tx,
        room,
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
  if (attempt.state === 'intent') await tellPlaced(tx, room, attempt, at);
  const wasAnswered = attempt.answered_at !== null || told === 'answered';
  const outcome = wasAnswered ? 'answered' : (told ?? 'failed');
  // Told in the wrong order, or the answer never: the length of the call says when it was.
  const answeredAt = wasAnswered ? (attempt.answered_at ?? at - Math.floor(durationMs ?? 0)) : null;
  await closeAttempt(tx, room, attempt, { state: 'done', outcome, at, answeredAt, cause, sipStatus, costMicros });
  const contactEnd = contactEndOf(attempt, outcome);
  if (contactEnd !== undefined) await settleContact(tx, room, attempt, { end: contactEnd, at });
}

/** Undefined: the interview says it. */
function contactEndOf({ error, ringing_at }: Attempt, outcome: DialOutcome): CallEnd | undefined {
  // We hung it up, ringing or answered: how it would have gone nobody knows.
  if (error === APPEARED_LATE && (outcome === 'answered' || outcome === 'cancelled')) return 'unknown';
  if (outcome === 'answered') return undefined;
  if (outcome !== 'cancelled' || error !== OVERDUE) return outcome;
  // We took it back: what the operator is told is why. What was only ever queued has not reached the network.
  return ringing_at === null ? 'congestion' : 'no-answer';
}

async function moveOn(
  tx: RecordsTransaction,
  room: StepRoom,
  attempt: Attempt,
  changes: Partial<Attempt> & { readonly placed_at: number },
  checkAt: number,
): Promise<void> {
  if (attempt.state === 'intent') await tellPlaced(tx, room, attempt, changes.placed_at);
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
