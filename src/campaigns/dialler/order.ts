/** From the intent to the carrier and back: the last look before an order, and what its answer means. */
import { sql } from 'kysely';
import type { Records, RecordsTransaction } from '#src/records/records.ts';
import type { PlaceAnswer } from '#telephony/carrier.ts';
import { closeAttempt, isOpen, lockAttempt, tellPlaced, type Attempt, type StepRoom } from './attempts.ts';
import { bindSid } from './bind-sid.ts';
import { pauseByItself } from './campaign-state.ts';
import type { ClaimedCall } from './claim.ts';
import type { Lease } from './lease.ts';
import { OVERDUE_MS } from './settings.ts';
import { returnContact, settleContact } from './settle.ts';

/** An order that is not out by then is not sent any more: a process that slept does not call people when it wakes. */
export const INTENT_MS = 2_000;

/** A refusal without a reason of its own is tried again so much later. */
const REFUSED_MS = 60 * 60_000;
/** Orders for one contact that the carrier refused without a call, before they are given up. */
const MOST_ORDERS = 30;

/** Why an order was not sent; begins so in `attempts.error`, since these say nothing about the carrier. */
export const HELD_BACK = 'held-back:';
export type HeldBack = 'lease-lost' | 'opted-out' | 'not-running' | 'closed' | 'late' | 'gone';

/** Asked after the claim and right before the order: what has been written meanwhile, by whomever. */
export async function lookAgain(
  records: Records,
  call: ClaimedCall,
  lease: Lease,
  now: number,
): Promise<HeldBack | undefined> {
  const found = await records.db
    .selectFrom('attempts as a')
    .innerJoin('campaigns as c', 'c.id', 'a.campaign_id')
    .leftJoin('leases as l', (join) =>
      join.on('l.name', '=', lease.name).on('l.holder', '=', lease.holder).on('l.fence', '=', lease.fence),
    )
    .select(['a.state', 'c.state as campaign_state', 'l.expires_at'])
    .select(
      sql<number>`(select count(*) from opt_outs o where o.phone_hash = a.phone_hash and o.scope in ('*', a.campaign_id))`.as(
        'no',
      ),
    )
    .where('a.id', '=', call.attemptId)
    .executeTakeFirst();
  if (found?.state !== 'intent') return 'gone';
  if (found.expires_at === null || found.expires_at <= now) return 'lease-lost';
  if (found.no > 0) return 'opted-out';
  return found.campaign_state === 'running' ? undefined : 'not-running';
}

/** The order never went out. */
export async function noteHeldBack(
  tx: RecordsTransaction,
  room: StepRoom,
  { attemptId }: ClaimedCall,
  why: HeldBack,
  now: number,
): Promise<void> {
  const attempt = await lockAttempt(tx, room, { id: attemptId });
  if (attempt?.state !== 'intent') return;
  await closeAttempt(tx, room, attempt, { state: 'void', outcome: null, at: now, error: `${HELD_BACK}${why}` });
  await returnContact(tx, attempt, now);
}

/** What the carrier said to the order. The result names a call that must be hung up. */
export async function noteAnswer(
  tx: RecordsTransaction,
  room: StepRoom,
  { attemptId, settings }: ClaimedCall,
  answer: PlaceAnswer,
  now: number,
): Promise<{ readonly mustEnd?: string }> {
  const attempt = await lockAttempt(tx, room, { id: attemptId });
  if (attempt === undefined) return {};
  switch (answer.kind) {
    case 'placed': {
      const { verdict } = await bindSid(tx, room, attempt, answer.sid, now);
      if (verdict === 'foreign') return {};
      if (verdict !== 'bound') return { mustEnd: answer.sid };
      if (attempt.state !== 'intent') return {};
      await tx
        .updateTable('attempts')
        .set({ state: 'placed', placed_at: now, check_at: now + settings.ringSeconds * 1000 + OVERDUE_MS / 2 })
        .where('id', '=', attemptId)
        .execute();
      await tellPlaced(tx, room, attempt, now);
      return {};
    }
    case 'refused':
      // A carrier that refuses what it has told us of already has contradicted itself; the call is what counts.
      if (isOpen(attempt) && attempt.carrier_sid === null) await noteRefusal(tx, room, attempt, answer, now);
      return {};
    case 'unclear':
      await tx
        .updateTable('attempts')
        .set({ error: answer.reason.slice(0, 200) })
        .where('id', '=', attemptId)
        .execute();
      return {};
  }
}

async function noteRefusal(
  tx: RecordsTransaction,
  room: StepRoom,
  attempt: Attempt,
  { reason, outcome, waitMs, isFatal = false }: Extract<PlaceAnswer, { readonly kind: 'refused' }>,
  now: number,
): Promise<void> {
  // A carrier that asks for patience says nothing about how the campaign goes: the breaker passes such rows over.
  const error = `${waitMs === undefined ? '' : HELD_BACK}${reason.slice(0, 200)}`;
  await closeAttempt(tx, room, attempt, { state: 'void', outcome: outcome ?? null, at: now, error });
  if (waitMs !== undefined) {
    await tx
      .updateTable('trunks')
      .set({ hold_until: now + waitMs })
      .where('name', '=', attempt.trunk)
      .execute();
  }
  if (isFatal) await pauseTrunk(tx, room, attempt.trunk, now);
  if (outcome === 'invalid-number' || (outcome === 'congestion' && waitMs === undefined)) {
    await settleContact(tx, room, attempt, { end: outcome, at: now });
  } else if (attempt.no >= MOST_ORDERS) {
    await settleContact(tx, room, attempt, { end: 'failed', at: now });
  } else {
    // It says nothing about the contact when the carrier has no time or no credit.
    await returnContact(tx, attempt, waitMs !== undefined || isFatal ? now : now + REFUSED_MS);
  }
}

/** Credentials and credit are the trunk's: every campaign on it would be refused alike. */
async function pauseTrunk(tx: RecordsTransaction, room: StepRoom, trunk: string, at: number): Promise<void> {
  const running = await tx
    .selectFrom('campaigns')
    .select('id')
    .where('trunk', '=', trunk)
    .where('state', '=', 'running')
    .execute();
  for (const { id } of running) {
    await pauseByItself(tx, { campaignId: id, reason: 'carrier-refused', at }, room.tellOthers);
  }
}
