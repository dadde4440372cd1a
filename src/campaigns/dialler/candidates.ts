/** Whose turn it is in a campaign, and everything about them that decides on a call, in one question to the database. */
import { sql, type RawBuilder } from 'kysely';
import type { RecordsQueries } from '#src/records/records.ts';
import { OPEN_ATTEMPT_STATES } from '#src/records/schema.ts';
import type { Candidate } from './eligible.ts';
import { dayStart } from './window.ts';

export interface Queue {
  readonly campaignId: string;
  /** The campaign's zone. */
  readonly tz: string;
  readonly now: number;
  readonly limit: number;
  /** The campaign's own hours are over: only who lives in another zone is looked at. */
  readonly isElsewhereOnly: boolean;
}

interface Row {
  readonly id: string;
  readonly phone_hash: string;
  readonly e164: string | null;
  readonly tz: string | null;
  readonly ordinal: number;
  readonly consent_basis: string | null;
  readonly last_outcome: string | null;
  readonly opted_out: number;
  readonly on_the_line: number;
  readonly answers: number;
  readonly last_at: number | null;
  readonly today: number;
  readonly last_no: number | null;
  readonly last_caller: string | null;
}

/** Literally: with states that are bound SQLite cannot take the indexes of open calls, and walks every call there ever was. */
/**
 * Literal, so that SQLite takes the index of open calls, which holds only those. Where one looks by the trunk, say
 * `openOfTrunk` instead.
 */
export const openStates = sql.join(OPEN_ATTEMPT_STATES.map((state) => sql.lit(state)));

/** Every campaign has an id: said so that SQLite takes the index of open calls, not that of all the trunk ever had. */
export const openOfTrunk = sql<boolean>`campaign_id > '' and state in (${openStates})`;

/** In the order in which they are to be called: appointments that are due, then by priority and time. */
export async function dueContacts(db: RecordsQueries, queue: Queue): Promise<readonly Candidate[]> {
  const { campaignId, tz, now } = queue;
  const since = dayStart(tz, now);
  const { rows } = await sql<Row>`
    select cc.id, cc.phone_hash, p.e164, ct.tz, cc.ordinal, cc.consent_basis, cc.last_outcome,
      (select count(*) from opt_outs o where o.phone_hash = cc.phone_hash and o.scope in ('*', ${campaignId})) as opted_out,
      (select count(*) from attempts a where a.phone_hash = cc.phone_hash and a.state in (${openStates})) as on_the_line,
      (select count(*) from answers n where n.campaign_contact_id = cc.id) as answers,
      (select max(a.intent_at) from attempts a where a.phone_hash = cc.phone_hash and a.state <> 'void') as last_at,
      (select count(*) from attempts a where a.phone_hash = cc.phone_hash and a.intent_at >= ${since} and a.state <> 'void')
        as today,
      (select max(a.no) from attempts a where a.campaign_contact_id = cc.id) as last_no,
      (select a.caller_id from attempts a where a.campaign_contact_id = cc.id order by a.no desc limit 1) as last_caller
    from (
      select * from (${waiting(queue, 'callback')}) as appointed
      union all
      select * from (${waiting(queue, 'pending')}) as others
    ) as due
    join campaign_contacts cc on cc.id = due.id
    join contacts ct on ct.id = cc.contact_id
    join phones p on p.hash = cc.phone_hash
    order by due.place, cc.priority desc, cc.next_at, cc.ordinal
  `.execute(db);
  const candidates: Candidate[] = [];
  for (const row of rows.slice(0, queue.limit)) candidates.push(await withOwnDay(db, candidateOf(row), queue));
  return candidates;
}

function waiting(
  { campaignId, tz, now, limit, isElsewhereOnly }: Queue,
  state: 'callback' | 'pending',
): RawBuilder<unknown> {
  const place = sql.lit(state === 'callback' ? 0 : 1);
  if (isElsewhereOnly) {
    return sql`
      select w.id, ${place} as place from contacts z join campaign_contacts w on w.contact_id = z.id
      where w.campaign_id = ${campaignId} and w.state = ${sql.lit(state)} and w.next_at <= ${now}
        and z.tz is not null and z.tz <> ${tz}
      order by w.priority desc, w.next_at limit ${limit}`;
  }
  return sql`
    select id, ${place} as place from campaign_contacts
    where campaign_id = ${campaignId} and state = ${sql.lit(state)} and next_at <= ${now}
    order by priority desc, next_at limit ${limit}`;
}

/** When the next of those who wait is due; undefined: nobody waits. */
export async function nextDueAt(db: RecordsQueries, campaignId: string): Promise<number | undefined> {
  const { next } = await db
    .selectFrom('campaign_contacts')
    .select(({ fn }) => fn.min<number | null>('next_at').as('next'))
    .where('campaign_id', '=', campaignId)
    .where('state', 'in', ['pending', 'callback'])
    .executeTakeFirstOrThrow();
  return next ?? undefined;
}

function candidateOf(row: Row): Candidate {
  return {
    id: row.id,
    phoneHash: row.phone_hash,
    e164: row.e164,
    tz: row.tz,
    ordinal: row.ordinal,
    hasConsent: row.consent_basis !== null,
    isOptedOut: row.opted_out > 0,
    isOnTheLine: row.on_the_line > 0,
    lastOutcome: row.last_outcome,
    hasAnswers: row.answers > 0,
    lastAt: row.last_at,
    today: row.today,
    lastNo: row.last_no ?? 0,
    lastCaller: row.last_caller,
  };
}

/** Whose day begins at another hour than the campaign's has their calls counted from there. */
async function withOwnDay(db: RecordsQueries, contact: Candidate, { tz, now }: Queue): Promise<Candidate> {
  if (contact.tz === null || contact.tz === tz) return contact;
  const { calls } = await db
    .selectFrom('attempts')
    .select(({ fn }) => fn.countAll<number>().as('calls'))
    .where('phone_hash', '=', contact.phoneHash)
    .where('intent_at', '>=', dayStart(contact.tz, now))
    .where('state', '<>', 'void')
    .executeTakeFirstOrThrow();
  return { ...contact, today: calls };
}
