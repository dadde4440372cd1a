/** Whether a call that was answered may be talked on, and what its interview is given. */
import type { RecordsQueries, RecordsTransaction } from '#src/records/records.ts';
import type { GateVerdict, InterviewBrief } from '../outcome.ts';
import { isOpen, lockAttempt, noteEvent, tellPlaced, type Attempt, type StepRoom } from './attempts.ts';
import { bindSid } from './bind-sid.ts';
import { isOptedOut } from './opt-outs.ts';
import { DEFAULT_RULES, readableSettings } from './rules.ts';

type HangUp = Extract<GateVerdict, { readonly kind: 'hang-up' }>;

/** Asked again for the same call it says the same: media may be attached twice. `trunk`: where a refused call is ended. */
export async function passGate(
  tx: RecordsTransaction,
  room: StepRoom,
  { attemptId, sid }: { readonly attemptId: string; readonly sid: string },
  now: number,
): Promise<{ readonly verdict: GateVerdict; readonly trunk?: string }> {
  const hangUp = (why: HangUp['why']): HangUp => ({ kind: 'hang-up', why });
  const attempt = await lockAttempt(tx, room, { id: attemptId });
  if (attempt === undefined) return { verdict: hangUp('unknown-attempt') };
  const { trunk } = attempt;
  const { verdict: bound } = await bindSid(tx, room, attempt, sid, now);
  if (bound !== 'bound') {
    await noteEvent(tx, { attemptId, trunk, kind: `gate.${bound}`, payload: { sid }, at: now });
    if (bound === 'foreign') return { verdict: hangUp('unknown-attempt') };
    return { verdict: hangUp(bound === 'second-call' ? bound : 'given-up'), trunk };
  }
  if (!isOpen(attempt)) return { verdict: hangUp('given-up'), trunk };
  if (attempt.state !== 'answered') {
    if (attempt.state === 'intent') await tellPlaced(tx, room, attempt, now);
    await tx
      .updateTable('attempts')
      .set({ state: 'answered', answered_at: now, placed_at: attempt.placed_at ?? now, check_at: now + 60_000 })
      .where('id', '=', attemptId)
      .execute();
    await noteEvent(tx, { attemptId, trunk, kind: 'gate.answered', payload: { sid }, at: now });
  }
  if (await isOptedOut(tx, attempt.phone_hash, attempt.campaign_id)) return { verdict: hangUp('opted-out'), trunk };
  const brief = await briefFor(tx, attempt);
  return brief === undefined ? { verdict: hangUp('given-up'), trunk } : { verdict: { kind: 'talk', brief }, trunk };
}

/** Undefined: the campaign has been stopped. */
export async function briefFor(
  db: RecordsQueries,
  attempt: Pick<Attempt, 'id' | 'campaign_id' | 'campaign_contact_id'>,
): Promise<InterviewBrief | undefined> {
  const found = await db
    .selectFrom('campaign_contacts as cc')
    .innerJoin('contacts', 'contacts.id', 'cc.contact_id')
    .innerJoin('campaigns as c', 'c.id', 'cc.campaign_id')
    .select(['cc.vars_json', 'cc.resume_json', 'contacts.language', 'contacts.tz'])
    .select(['c.script', 'c.script_text', 'c.settings_json', 'c.state'])
    .where('cc.id', '=', attempt.campaign_contact_id)
    .executeTakeFirst();
  if (found === undefined || found.state === 'stopped') return undefined;
  const answers = await db
    .selectFrom('answers')
    .select(['question', 'value_json'])
    .where('campaign_contact_id', '=', attempt.campaign_contact_id)
    .execute();
  return {
    attemptId: attempt.id,
    campaignId: attempt.campaign_id,
    campaignContactId: attempt.campaign_contact_id,
    script: found.script,
    scriptText: found.script_text,
    vars: JSON.parse(found.vars_json) as Record<string, string>,
    language: found.language ?? undefined,
    resume: found.resume_json ?? undefined,
    answered: Object.fromEntries(
      answers.map(({ question, value_json }) => [question, JSON.parse(value_json) as boolean | number | string]),
    ),
    tz: found.tz ?? (readableSettings(found.settings_json) ?? DEFAULT_RULES).tz,
  };
}
