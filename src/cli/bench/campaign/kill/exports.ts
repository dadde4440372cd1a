/** What an operator is given beside what the carrier saw: it goes other ways than the judge's own questions. */
import { z } from 'zod';
import { exportCampaign, type ExportKind } from '#src/campaigns/export/export.ts';
import type { Records } from '#src/records/records.ts';
import type { PlacedCall } from '#telephony/phone/carrier/placed-call.ts';
import { madeUpNumber } from '../write-campaign.ts';
import { hasSaidNo, temperOf } from './people.ts';
import { attemptOf, experience, QUESTIONS } from './setup.ts';

export interface ExportFaults {
  /** Calls that the export of attempts does not have as the carrier has them, or that it has and the carrier has not. */
  readonly attemptsDiffer: number;
  /** People whose row in the export of contacts does not say what they have experienced. */
  readonly contactsDiffer: number;
  /** People whose answers in their export are not those that they gave in their own calls. */
  readonly answersDiffer: number;
}

export interface Seen {
  readonly calls: readonly PlacedCall[];
  readonly people: number;
  /** Numbers that were put on the do-not-call list meanwhile. */
  readonly listed: ReadonlySet<string>;
}

const attemptRow = z.object({
  attempt_id: z.string(),
  phone: z.string(),
  carrier_sid: z.string().nullable(),
  outcome: z.string().nullable(),
});
const contactRow = z.object({
  phone: z.string(),
  disposition: z.string().nullable(),
  last_outcome: z.string().nullable(),
  tries: z.number(),
  do_not_call: z.boolean(),
  answers: z.record(z.string(), z.unknown()),
});
const answerRow = z.object({ phone: z.string(), question: z.string(), value: z.unknown(), attempt_id: z.string() });

type ContactRow = z.output<typeof contactRow>;
type AnswerRow = z.output<typeof answerRow>;

export async function compareExports(records: Records, seen: Seen): Promise<ExportFaults> {
  const attempts = await exported(records, 'attempts', attemptRow);
  const contacts = Map.groupBy(await exported(records, 'contacts', contactRow), ({ phone }) => phone);
  const answers = Map.groupBy(await exported(records, 'answers', answerRow), ({ phone }) => phone);
  const calls = Map.groupBy(seen.calls, ({ order }) => order.to);
  const faults = { attemptsDiffer: countAttempts(attempts, seen.calls), contactsDiffer: 0, answersDiffer: 0 };
  for (let index = 0; index < seen.people; index++) {
    const number = madeUpNumber(index);
    const [contact, second] = contacts.get(number) ?? [];
    const theirs = calls.get(number) ?? [];
    const given = answers.get(number) ?? [];
    if (!contact || second || !isAsExperienced(contact, theirs, seen.listed)) faults.contactsDiffer++;
    if (!contact || !areTheirs(given, contact, theirs)) faults.answersDiffer++;
  }
  const isMadeUp = (phone: string): boolean => phone >= madeUpNumber(0) && phone < madeUpNumber(seen.people);
  faults.contactsDiffer += [...contacts.keys()].filter((phone) => !isMadeUp(phone)).length;
  faults.answersDiffer += [...answers.keys()].filter((phone) => !isMadeUp(phone)).length;
  return faults;
}

/** A status callback has the SIP status; Twilio's list has not, and says only that it failed. */
export function outcomesOf({ status, sipStatus }: PlacedCall): readonly string[] {
  if (status === 'completed') return ['answered'];
  if (status === 'canceled') return ['cancelled'];
  return status === 'failed' ? ['failed', sipStatus === 404 ? 'invalid-number' : 'no-answer'] : [status];
}

export function hasExperienced(calls: readonly PlacedCall[], what: string): boolean {
  return calls.some(({ documents }) => documents.some((document) => document.includes(experience(what))));
}

function countAttempts(rows: readonly z.output<typeof attemptRow>[], calls: readonly PlacedCall[]): number {
  const byId = new Map(rows.map((row) => [row.attempt_id, row]));
  const sids = new Set(calls.map(({ sid }) => sid));
  const missing = calls.filter((call) => {
    const row = byId.get(attemptOf(call.order.url) ?? '');
    return (
      row?.carrier_sid !== call.sid ||
      row.phone !== call.order.to ||
      (call.isOver && !outcomesOf(call).includes(row.outcome ?? ''))
    );
  });
  return missing.length + rows.filter(({ carrier_sid: sid }) => sid !== null && !sids.has(sid)).length;
}

/** The last word that somebody gave stands; a process that died over it may have written more than they were told. */
function isAsExperienced(row: ContactRow, calls: readonly PlacedCall[], listed: ReadonlySet<string>): boolean {
  const { phone, disposition, tries } = row;
  const has = (what: string): boolean => hasExperienced(calls, what);
  const mustBeOut = hasSaidNo(phone) || listed.has(phone) || has('opts-out');
  const mayBeOut = mustBeOut || calls.some((_, nth) => temperOf(phone, nth) === 'opts-out');
  if (mustBeOut && !row.do_not_call) return false;
  if (row.do_not_call && !mayBeOut) return false;
  if (calls.length === 0) return tries === 0 && row.last_outcome === null;
  // Who was on the line when the list came has had their interview all the same.
  const may = (word: string): boolean => disposition === word || (listed.has(phone) && disposition === 'opted_out');
  if (has('completes') && !may('completed')) return false;
  if (has('refuses') && !may('refused')) return false;
  if (has('opts-out') && disposition !== 'opted_out') return false;
  const isTalker = calls.some(({ answeredAt }) => answeredAt !== undefined);
  if ((disposition === 'completed' || disposition === 'refused') && !isTalker) return false;
  const rung = calls.filter(({ ringingAt }) => ringingAt !== undefined).length;
  return tries >= rung && tries <= calls.length && row.last_outcome !== null;
}

function areTheirs(given: readonly AnswerRow[], contact: ContactRow, calls: readonly PlacedCall[]): boolean {
  const answered = new Set(
    calls.filter(({ answeredAt }) => answeredAt !== undefined).map(({ order }) => attemptOf(order.url)),
  );
  const questions = given.map(({ question }) => question);
  const wanted = hasExperienced(calls, 'completes') ? QUESTIONS.length : hasExperienced(calls, 'breaks-off') ? 1 : 0;
  return (
    given.every(({ value, attempt_id }) => value === true && answered.has(attempt_id)) &&
    new Set(questions).size === questions.length &&
    questions.every((question) => QUESTIONS.some((known) => known === question)) &&
    questions.length >= wanted &&
    questions.toSorted().join() === Object.keys(contact.answers).toSorted().join()
  );
}

async function exported<T>(records: Records, kind: ExportKind, schema: z.ZodType<T>): Promise<readonly T[]> {
  const rows: T[] = [];
  for (const { id: campaignId } of await records.db.selectFrom('campaigns').select('id').execute()) {
    let text = '';
    for await (const piece of exportCampaign(records.db, { campaignId, kind, format: 'jsonl' })) text += piece;
    for (const line of text.split('\n')) if (line !== '') rows.push(schema.parse(JSON.parse(line)));
  }
  return rows;
}
