/** Single steps on one attempt, each within a transaction of somebody else. What has been closed stays as it was closed. */
import type { Selectable } from 'kysely';
import type { Records, RecordsTransaction } from '#src/records/records.ts';
import { OPEN_ATTEMPT_STATES, type AttemptsTable } from '#src/records/schema.ts';
import type { DialOutcome } from '../outcome.ts';
import type { TellOthers } from './events.ts';
import { costOf, readableSettings } from './rules.ts';

export type Attempt = Selectable<AttemptsTable>;

/** What every step needs besides its transaction. */
export interface StepRoom {
  readonly kind: Records['kind'];
  readonly tellOthers?: TellOthers | undefined;
}

export function isOpen({ state }: Pick<Attempt, 'state'>): boolean {
  return OPEN_ATTEMPT_STATES.some((open) => open === state);
}

/** Nobody else changes the attempt until the transaction ends. */
export async function lockAttempt(
  tx: RecordsTransaction,
  { kind }: StepRoom,
  by: { readonly id: string } | { readonly trunk: string; readonly sid: string },
): Promise<Attempt | undefined> {
  const query =
    'id' in by
      ? tx.selectFrom('attempts').where('id', '=', by.id)
      : tx.selectFrom('attempts').where('trunk', '=', by.trunk).where('carrier_sid', '=', by.sid);
  return query
    .selectAll()
    .$if(kind === 'postgres', (locking) => locking.forUpdate())
    .executeTakeFirst();
}

export interface EventNote {
  readonly attemptId: string | null;
  readonly trunk: string;
  /** Unique with the trunk: the second of that name is not written. */
  readonly eventId?: string | undefined;
  readonly kind: string;
  /** Never a number, a name or a word that was said. */
  readonly payload: unknown;
  readonly at: number;
}

/** False: it was noted before. */
export async function noteEvent(
  tx: RecordsTransaction,
  { attemptId, trunk, eventId, kind, payload, at }: EventNote,
): Promise<boolean> {
  const noted = await tx
    .insertInto('attempt_events')
    .values({
      attempt_id: attemptId,
      trunk,
      carrier_event_id: eventId ?? null,
      kind,
      payload_json: JSON.stringify(payload),
      at,
    })
    .onConflict((conflict) => conflict.columns(['trunk', 'carrier_event_id']).doNothing())
    .returning('seq')
    .executeTakeFirst();
  return noted !== undefined;
}

/** Once for each attempt: at the first that shows that the carrier has the call. */
export async function tellPlaced(
  tx: RecordsTransaction,
  { tellOthers }: StepRoom,
  { id, campaign_id, campaign_contact_id, no }: Attempt,
  at: number,
): Promise<void> {
  await tellOthers?.(tx, {
    kind: 'attempt.placed',
    campaignId: campaign_id,
    campaignContactId: campaign_contact_id,
    attemptId: id,
    at,
    data: { no },
  });
}

/** `attempt`: as it was closed. */
export async function tellEnded(
  tx: RecordsTransaction,
  { tellOthers }: StepRoom,
  { id, campaign_id, campaign_contact_id, state, outcome, no, answered_at }: Attempt,
  at: number,
): Promise<void> {
  await tellOthers?.(tx, {
    kind: 'attempt.ended',
    campaignId: campaign_id,
    campaignContactId: campaign_contact_id,
    attemptId: id,
    at,
    data: { state, outcome, no, answeredMs: answered_at === null ? null : Math.max(0, at - answered_at) },
  });
}

export interface Closing {
  /** `void`: surely no call was made. `unknown`: nobody can say. */
  readonly state: 'done' | 'void' | 'unknown';
  readonly outcome: DialOutcome | null;
  readonly at: number;
  readonly answeredAt?: number | null | undefined;
  readonly cause?: number | undefined;
  readonly sipStatus?: number | undefined;
  /** As the carrier says; else it is counted by the campaign's price list. */
  readonly costMicros?: number | undefined;
  readonly error?: string | undefined;
}

/** Frees the line and the money kept for it. False: it was closed before, and nothing has changed. */
export async function closeAttempt(
  tx: RecordsTransaction,
  room: StepRoom,
  attempt: Attempt,
  { state, outcome, at, answeredAt, cause, sipStatus, costMicros, error }: Closing,
): Promise<boolean> {
  const answered = answeredAt ?? attempt.answered_at;
  const cost = costMicros ?? (await costUnder(tx, attempt, state, answered === null ? undefined : at - answered));
  const { numUpdatedRows } = await tx
    .updateTable('attempts')
    .set({
      state,
      outcome,
      ended_at: at,
      answered_at: answered,
      hangup_cause: cause ?? null,
      sip_status: sipStatus ?? null,
      cost_micros: cost,
      check_at: null,
      ...(error !== undefined && { error }),
    })
    .where('id', '=', attempt.id)
    .where('state', 'in', OPEN_ATTEMPT_STATES)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  if (cost !== 0 || attempt.reserve_micros !== 0) {
    await tx
      .updateTable('campaigns')
      .set((eb) => ({
        reserved_micros: eb('reserved_micros', '-', attempt.reserve_micros),
        spent_micros: eb('spent_micros', '+', cost),
      }))
      .where('id', '=', attempt.campaign_id)
      .execute();
  }
  // A call that was never made is nobody's business.
  if (state === 'void') return true;
  await tellEnded(tx, room, { ...attempt, state, outcome, answered_at: answered }, at);
  return true;
}

/** Of whom nobody can say whether they talked, the dearest is assumed: the budget holds either way. */
async function costUnder(
  tx: RecordsTransaction,
  attempt: Attempt,
  state: Closing['state'],
  answeredMs: number | undefined,
): Promise<number> {
  if (state === 'unknown') return attempt.reserve_micros;
  if (state === 'void' || answeredMs === undefined || attempt.reserve_micros === 0) return 0;
  const found = await tx
    .selectFrom('campaigns')
    .innerJoin('phones', (join) => join.on('phones.hash', '=', attempt.phone_hash))
    .select(['campaigns.settings_json', 'phones.e164'])
    .where('campaigns.id', '=', attempt.campaign_id)
    .executeTakeFirst();
  const settings = readableSettings(found?.settings_json ?? '');
  if (settings === undefined || found?.e164 == null) return attempt.reserve_micros;
  return costOf(settings, found.e164, answeredMs) ?? attempt.reserve_micros;
}
