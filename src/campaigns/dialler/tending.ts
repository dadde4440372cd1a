/** What the leader of a trunk looks after besides dialling: calls that must end, and campaigns that have. */
import { sql } from 'kysely';
import type { Records } from '#src/records/records.ts';
import type { CampaignState } from '#src/records/schema.ts';
import { lockAttempt, type StepRoom } from './attempts.ts';
import { APPEARED_LATE } from './bind-sid.ts';
import { trips } from './breaker.ts';
import { changeState, pauseByItself } from './campaign-state.ts';
import { openOfTrunk, openStates } from './candidates.ts';
import { OVERDUE } from './carrier-calls.ts';
import { DEFAULT_RULES, readableSettings } from './rules.ts';
import { OVERDUE_MS } from './settings.ts';
import { settleContact } from './settle.ts';
import { closeWaiting } from './waiting.ts';

/** An interview that has not said how it ended so long after its call did has died with its process. */
const SILENT_MS = 60_000;

/** What there is to look after on a trunk, in one small question. */
export async function takePulse(
  { db }: Records,
  trunk: string,
): Promise<{ readonly campaigns: readonly Pulse[]; readonly open: number }> {
  const campaigns = await db
    .selectFrom('campaigns')
    .select(['id', 'state', 'version'])
    .where('trunk', '=', trunk)
    .where('state', 'in', ['running', 'pausing'])
    .execute();
  const { open } = await db
    .selectFrom('attempts')
    .select(({ fn }) => fn.countAll<number>().as('open'))
    .where('trunk', '=', trunk)
    .where(openOfTrunk)
    .executeTakeFirstOrThrow();
  return { campaigns, open };
}

export interface Pulse {
  readonly id: string;
  readonly state: CampaignState;
  readonly version: number;
}

export interface CallToEnd {
  readonly attemptId: string;
  readonly sid: string;
  readonly why: 'stopped' | 'opted-out' | 'overdue' | 'too-long' | 'given-up';
}

/** Calls that the carrier has to be told to end; those that stand unanswered too long are marked, so that their end is read as that. */
export async function callsToEnd(records: Records, trunk: string, now: number): Promise<readonly CallToEnd[]> {
  const open = await records.db
    .selectFrom('attempts as a')
    .innerJoin('campaigns as c', 'c.id', 'a.campaign_id')
    .select([
      'a.id',
      'a.carrier_sid',
      'a.state',
      'a.intent_at',
      'a.answered_at',
      'a.error',
      'c.state as campaign_state',
      'c.settings_json',
    ])
    .select(
      sql<number>`(select count(*) from opt_outs o where o.phone_hash = a.phone_hash and o.scope in ('*', a.campaign_id))`.as(
        'no',
      ),
    )
    .where('a.trunk', '=', trunk)
    .where('a.campaign_id', '>', '')
    .where(sql<boolean>`a.state in (${openStates})`)
    .where('a.carrier_sid', 'is not', null)
    .execute();
  const ending = open.flatMap((call): readonly CallToEnd[] => {
    const settings = readableSettings(call.settings_json) ?? DEFAULT_RULES;
    const end = (why: CallToEnd['why']): readonly CallToEnd[] => [
      { attemptId: call.id, sid: call.carrier_sid ?? '', why },
    ];
    if (call.error === APPEARED_LATE) return end('given-up');
    if (call.answered_at !== null)
      return now - call.answered_at > settings.maxCallSeconds * 1000 ? end('too-long') : [];
    if (call.campaign_state === 'stopped') return end('stopped');
    if (call.no > 0) return end('opted-out');
    // A carrier may let a call wait in a queue of its own: it must not ring when the hours are over.
    return now - call.intent_at > settings.ringSeconds * 1000 + OVERDUE_MS / 2 ? end('overdue') : [];
  });
  const overdue = ending.filter(({ why }) => why === 'overdue').map(({ attemptId }) => attemptId);
  if (overdue.length > 0) {
    await records.db
      .updateTable('attempts')
      .set({ error: OVERDUE })
      .where('id', 'in', overdue)
      .where('state', 'in', ['placed', 'ringing'])
      .execute();
  }
  return ending;
}

/** Brings the trunk's campaigns to the states that their calls and contacts have come to. */
export async function tendCampaigns(records: Records, room: StepRoom, trunk: string, now: number): Promise<void> {
  const campaigns = await records.db
    .selectFrom('campaigns as c')
    .select(['c.id', 'c.state', 'c.state_at', 'c.state_reason', 'c.settings_json'])
    .select([
      sql<number>`(select count(*) from attempts a
        where a.trunk = c.trunk and a.campaign_id = c.id and a.state in (${openStates}))`.as('open'),
      sql<number>`case when exists (select 1 from campaign_contacts w
        where w.campaign_id = c.id and w.state in ('pending', 'callback', 'dialing')) then 1 else 0 end`.as('waiting'),
    ])
    .where('c.trunk', '=', trunk)
    .where('c.state', 'in', ['running', 'pausing'])
    .execute();
  for (const { id, state, state_at, state_reason, settings_json, open, waiting } of campaigns) {
    const change = { campaignId: id, at: now } as const;
    if (state === 'pausing') {
      if (open > 0) continue;
      const reason = state_reason as 'operator';
      await records.transaction((tx) =>
        changeState(tx, { ...change, from: ['pausing'], to: 'paused', reason }, room.tellOthers),
      );
      continue;
    }
    const settings = readableSettings(settings_json);
    const why = settings && (await trips(records.db, { id, since: state_at }, settings.breaker, now));
    if (why !== undefined) {
      await records.transaction((tx) => pauseByItself(tx, { ...change, reason: why }, room.tellOthers));
    } else if (settings?.endsAt !== undefined && settings.endsAt <= now && waiting > 0) {
      await records.transaction((tx) => closeWaiting(tx, id, 'expired'));
    } else if (waiting === 0 && open === 0) {
      await records.transaction((tx) =>
        changeState(tx, { ...change, from: ['running'], to: 'completed', reason: 'finished' }, room.tellOthers),
      );
    }
  }
}

/** Contacts whose call is over and whose interview never said how: they were reached, and are called again as such. */
export async function settleSilent(records: Records, room: StepRoom, trunk: string, now: number): Promise<void> {
  const silent = await records.db
    .selectFrom('campaign_contacts as cc')
    .innerJoin('attempts as a', (join) =>
      join
        .onRef('a.campaign_contact_id', '=', 'cc.id')
        .on('a.no', '=', sql<number>`(select max(no) from attempts where campaign_contact_id = cc.id)`),
    )
    .select('a.id')
    // A list of campaigns instead of a join: so SQLite begins with whom they are calling.
    .where('cc.campaign_id', 'in', (is) => is.selectFrom('campaigns').select('id').where('trunk', '=', trunk))
    .where('cc.state', '=', 'dialing')
    .where('a.ended_at', '<', now - SILENT_MS)
    // An earlier call of theirs may have appeared late. Nothing is asked of the state of `a`: SQLite would begin with it.
    .where(
      sql<boolean>`not exists (select 1 from attempts o where o.campaign_contact_id = cc.id and o.state in (${openStates}))`,
    )
    .limit(100)
    .execute();
  for (const { id } of silent) {
    await records.transaction(async (tx) => {
      const attempt = await lockAttempt(tx, room, { id });
      if (attempt === undefined) return;
      const { count } = await tx
        .selectFrom('answers')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('attempt_id', '=', id)
        .executeTakeFirstOrThrow();
      await settleContact(tx, room, attempt, { end: count > 0 ? 'partial' : 'hung_up', at: now });
    });
  }
}
