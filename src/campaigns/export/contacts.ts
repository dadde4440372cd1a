/** Contacts of a campaign with what became of each, in the operator's order, page by page. */
import { sql } from 'kysely';
import type { RecordsQueries } from '#src/records/records.ts';

/** A value that was given in an answer. */
export type AnswerValue = boolean | number | string;

export interface ContactRow {
  /** Names the contact in this database. */
  readonly id: string;
  /** Position in the campaign, from 1. */
  readonly row: number;
  /** E.164; null when it was erased. */
  readonly phone: string | null;
  readonly vars: Readonly<Record<string, string>>;
  readonly language: string | null;
  readonly tz: string | null;
  readonly consentBasis: string | null;
  /** Epoch ms. */
  readonly consentAt: number | null;
  readonly consentRef: string | null;
  readonly state: string;
  readonly disposition: string | null;
  readonly lastOutcome: string | null;
  readonly tries: number;
  readonly reached: number;
  /** Epoch ms of the next call, of those who wait for one that they asked for or that is tried again. */
  readonly nextAt: number | null;
  readonly isOnDoNotCall: boolean;
}

const PAGE = 500;
/** A contact who has never been called is due "since ever": see `addContacts`. */
const FIRST_REAL_TIME = 1e12;

/** Pages of contacts; what changes meanwhile shows in the pages after. */
export async function* contactPages(db: RecordsQueries, campaignId: string): AsyncGenerator<readonly ContactRow[]> {
  let after: { readonly ordinal: number; readonly id: string } = { ordinal: -1, id: '' };
  for (;;) {
    const { ordinal, id } = after;
    const rows = await db
      .selectFrom('campaign_contacts as cc')
      .innerJoin('contacts as c', 'c.id', 'cc.contact_id')
      .leftJoin('phones as p', 'p.hash', 'cc.phone_hash')
      .select(['cc.id', 'cc.ordinal', 'p.e164', 'cc.vars_json', 'c.language', 'c.tz'])
      .select(['cc.consent_basis', 'cc.consent_at', 'cc.consent_ref', 'cc.state', 'cc.disposition', 'cc.last_outcome'])
      .select(['cc.tries', 'cc.reached', 'cc.next_at'])
      .select(
        sql<number>`(select count(*) from opt_outs o where o.phone_hash = cc.phone_hash
          and o.scope in ('*', ${campaignId}))`.as('opt_outs'),
      )
      .where('cc.campaign_id', '=', campaignId)
      .where((is) =>
        is.or([is('cc.ordinal', '>', ordinal), is.and([is('cc.ordinal', '=', ordinal), is('cc.id', '>', id)])]),
      )
      .orderBy('cc.ordinal')
      .orderBy('cc.id')
      .limit(PAGE)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last;
    yield rows.map((row) => ({
      id: row.id,
      row: row.ordinal,
      phone: row.e164,
      vars: readVars(row.vars_json),
      language: row.language,
      tz: row.tz,
      consentBasis: row.consent_basis,
      consentAt: row.consent_at,
      consentRef: row.consent_ref,
      state: row.state,
      disposition: row.disposition,
      lastOutcome: row.last_outcome,
      tries: row.tries,
      reached: row.reached,
      nextAt: ['pending', 'callback'].includes(row.state) && row.next_at > FIRST_REAL_TIME ? row.next_at : null,
      isOnDoNotCall: row.opt_outs > 0,
    }));
  }
}

export interface AnswerRow {
  readonly contactId: string;
  readonly question: string;
  readonly value: AnswerValue;
  readonly rawText: string | null;
  /** [0, 1] */
  readonly confidence: number;
  readonly method: 'speech' | 'keys';
  readonly isConfirmed: boolean;
  /** Epoch ms. */
  readonly at: number;
  readonly attemptId: string;
  readonly callId: string | null;
}

/** Of the contacts of one page, each contact's in the order in which they were given. */
export async function answersOf(
  db: RecordsQueries,
  contacts: readonly ContactRow[],
): Promise<ReadonlyMap<string, readonly AnswerRow[]>> {
  const rows = await db
    .selectFrom('answers')
    .selectAll()
    .where(
      'campaign_contact_id',
      'in',
      contacts.map(({ id }) => id),
    )
    .orderBy('at')
    .orderBy('id')
    .execute();
  return Map.groupBy(
    rows.map((row) => ({
      contactId: row.campaign_contact_id,
      question: row.question,
      value: JSON.parse(row.value_json) as AnswerValue,
      rawText: row.raw_text,
      confidence: row.confidence,
      method: row.method,
      isConfirmed: row.is_confirmed === 1,
      at: row.at,
      attemptId: row.attempt_id,
      callId: row.call_id,
    })),
    ({ contactId }) => contactId,
  );
}

/** Every variable that a contact of the campaign has, and every question that one has answered, in the order of their first. */
export async function namesIn(
  db: RecordsQueries,
  campaignId: string,
): Promise<{ readonly vars: readonly string[]; readonly questions: readonly string[] }> {
  const vars = new Set<string>();
  const questions = new Set<string>();
  for await (const page of contactPages(db, campaignId)) {
    for (const contact of page) for (const name of Object.keys(contact.vars)) vars.add(name);
    for (const answers of (await answersOf(db, page)).values())
      for (const { question } of answers) questions.add(question);
  }
  return { vars: [...vars], questions: [...questions] };
}

function readVars(json: string): Record<string, string> {
  return JSON.parse(json) as Record<string, string>;
}
