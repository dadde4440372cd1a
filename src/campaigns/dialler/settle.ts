/** From how a call ended to what becomes of its contact, in the transaction that writes the end. */
import { sql } from 'kysely';
import type { RecordsTransaction } from '#src/records/records.ts';
import { noteEvent, type Attempt, type StepRoom } from './attempts.ts';
import { isOptedOut } from './opt-outs.ts';
import { afterCall, dispositionOf, isReached, isTry, type CallEnd, type Next } from './retries.ts';
import { DEFAULT_RULES, readableSettings } from './rules.ts';

export interface ContactEnd {
  readonly end: CallEnd;
  readonly at: number;
  /** With `callback`. */
  readonly callbackAt?: number | undefined;
  readonly resume?: string | undefined;
  /** With `partial`: another call would have nothing to ask. @defaultValue false */
  readonly isAllAsked?: boolean | undefined;
  /** By the interview, which knows better than whoever settled the contact while it was silent. @defaultValue false */
  readonly isSaid?: boolean;
}

/**
 * Writes the contact's next call or final word. A call that is told to have ended after the contact was settled otherwise
 * counts only when it was the last one; an opt-out is never written over.
 */
export async function settleContact(
  tx: RecordsTransaction,
  room: StepRoom,
  attempt: Attempt,
  { end, at, callbackAt, resume, isAllAsked = false, isSaid = false }: ContactEnd,
): Promise<void> {
  const contact = await tx
    .selectFrom('campaign_contacts as cc')
    .innerJoin('contacts', 'contacts.id', 'cc.contact_id')
    .innerJoin('campaigns', 'campaigns.id', 'cc.campaign_id')
    .select(['cc.state', 'cc.tries', 'cc.reached', 'cc.disposition', 'contacts.tz', 'campaigns.settings_json'])
    .select([
      'campaigns.state as campaign_state',
      sql<number>`(select max(no) from attempts where campaign_contact_id = cc.id)`.as('last_no'),
    ])
    .select(
      sql<number>`(select count(*) from attempts where campaign_contact_id = cc.id and state <> 'void')`.as('calls'),
    )
    .select(sql<number>`(select count(*) from answers where campaign_contact_id = cc.id)`.as('answers'))
    .where('cc.id', '=', attempt.campaign_contact_id)
    .executeTakeFirst();
  if (contact === undefined) return;
  const isFirstWord = contact.state === 'dialing';
  if (!isFirstWord && !(isSaid && contact.last_no === attempt.no && contact.disposition !== 'opted_out')) return;
  await noteEvent(tx, { attemptId: attempt.id, trunk: attempt.trunk, kind: `settled.${end}`, payload: {}, at });
  const tries = contact.tries + (isFirstWord && isTry(end) ? 1 : 0);
  const reached = contact.reached + (isFirstWord && isReached(end) ? 1 : 0);
  const settings = readableSettings(contact.settings_json);
  const standing = {
    tries,
    reached,
    calls: contact.calls,
    same: await endsAlike(tx, attempt.campaign_contact_id, end),
    hasAnswers: contact.answers > 0,
    isAllAsked,
    isStopped: contact.campaign_state === 'stopped' || settings === undefined,
  };
  const rules = settings ?? DEFAULT_RULES;
  const next: Next = (await isOptedOut(tx, attempt.phone_hash, attempt.campaign_id))
    ? { state: 'done', disposition: 'opted_out' }
    : afterCall(rules, contact.tz ?? rules.tz, at, end, standing, callbackAt);
  await tx
    .updateTable('campaign_contacts')
    .set({
      tries,
      reached,
      last_outcome: end,
      state: next.state,
      disposition: next.state === 'done' ? next.disposition : null,
      ...(next.state !== 'done' && { next_at: next.nextAt, priority: next.priority }),
      ...(resume !== undefined && { resume_json: resume }),
    })
    .where('id', '=', attempt.campaign_contact_id)
    .execute();
  if (next.state !== 'done') return;
  await room.tellOthers?.(tx, {
    kind: 'contact.settled',
    campaignId: attempt.campaign_id,
    campaignContactId: attempt.campaign_contact_id,
    attemptId: attempt.id,
    at,
    data: { disposition: next.disposition, tries },
  });
}

/** Gives the contact back as it was: the call was never made. `nextAt`: not before. */
export async function returnContact(tx: RecordsTransaction, attempt: Attempt, nextAt: number): Promise<void> {
  const isOut = await isOptedOut(tx, attempt.phone_hash, attempt.campaign_id);
  const { state: campaignState } = await tx
    .selectFrom('campaigns')
    .select('state')
    .where('id', '=', attempt.campaign_id)
    .executeTakeFirstOrThrow();
  const contact = await tx
    .selectFrom('campaign_contacts')
    .select([
      'last_outcome',
      sql<number>`(select count(*) from answers where campaign_contact_id = campaign_contacts.id)`.as('answers'),
    ])
    .where('id', '=', attempt.campaign_contact_id)
    .executeTakeFirstOrThrow();
  const over = isOut
    ? { state: 'skipped' as const, disposition: 'opted_out' }
    : {
        state: 'done' as const,
        disposition: settledDisposition(contact.last_outcome, contact.answers > 0, 'cancelled'),
      };
  await tx
    .updateTable('campaign_contacts')
    .set(isOut || campaignState === 'stopped' ? over : { state: 'pending', next_at: nextAt })
    .where('id', '=', attempt.campaign_contact_id)
    .where('state', '=', 'dialing')
    .execute();
}

/** The final word on somebody who still waited for a call when there were to be no more. */
export function settledDisposition(
  lastOutcome: string | null,
  hasAnswers: boolean,
  otherwise: 'cancelled' | 'expired',
): string {
  return lastOutcome === null ? otherwise : dispositionOf(lastOutcome as CallEnd, { hasAnswers });
}

/** Calls to the contact that were settled with such an end, the one just noted among them. */
async function endsAlike(tx: RecordsTransaction, campaignContactId: string, end: CallEnd): Promise<number> {
  const { ends } = await tx
    .selectFrom('attempts')
    .innerJoin('attempt_events', 'attempt_events.attempt_id', 'attempts.id')
    .select(({ fn }) => fn.countAll<number>().as('ends'))
    .where('attempts.campaign_contact_id', '=', campaignContactId)
    .where('attempt_events.kind', '=', `settled.${end}`)
    .executeTakeFirstOrThrow();
  return ends;
}
