/** The carrier's truth beside the records: every way in which they could differ, counted. All counts must be 0. */
import { z } from 'zod';
import { exportCampaign } from '#src/campaigns/export/export.ts';
import type { Records } from '#src/records/records.ts';
import type { PlacedCall } from '#telephony/phone/carrier/placed-call.ts';
import { hasSaidNo } from './people.ts';
import { GUARD_SECONDS, LIMITS, slotsOf, type Slots } from './plan.ts';
import { attemptOf, experience, QUESTIONS } from './setup.ts';

export interface KillVerdict {
  /** Two calls for one order. */
  readonly orderedTwice: number;
  /** Calls of which the records know nothing, or say that they were never made. */
  readonly strayCalls: number;
  /** Calls whose end the records do not have. */
  readonly unfinished: number;
  readonly otherOutcome: number;
  readonly otherTime: number;
  /** Calls that the operator's export does not have as the carrier has them. */
  readonly exportDiffers: number;
  /** Calls in the records that the carrier never had. */
  readonly ghostCalls: number;
  /** Calls to somebody who was on the line already. */
  readonly rungAtOnce: number;
  /** Calls to somebody who had completed or refused the interview. */
  readonly rungAgain: number;
  readonly afterNo: number;
  readonly outsideWindow: number;
  readonly overLimit: number;
  /** People who were allowed to be called and never were, or whose contact is not settled. */
  readonly leftOut: number;
  /** Interviews that somebody gave and the records do not have. */
  readonly lostResults: number;
}

export interface KillCounts {
  readonly calls: number;
  readonly voidAttempts: number;
  readonly settled: Readonly<Record<string, number>>;
}

/** What can be said before the campaign is over: nothing that happens later makes it right. */
export function isCaught({ orderedTwice, strayCalls, rungAtOnce, rungAgain, afterNo }: KillVerdict): boolean {
  return orderedTwice + strayCalls + rungAtOnce + rungAgain + afterNo > 0;
}

interface Evidence {
  readonly records: Records;
  readonly calls: readonly PlacedCall[];
  readonly mostLive: number;
  readonly slots: Slots;
}

/** Twilio tells times in whole seconds, and a webhook that was lost is made up for by asking. */
const TIME_TOLERANCE_MS = 2_500;
/** An order may be under way so long after its intent (`INTENT_MS`) and its answer. */
const ORDER_MS = 2_500;

export async function judgeKills(
  evidence: Evidence,
): Promise<{ readonly verdict: KillVerdict; readonly counts: KillCounts }> {
  const { records, calls, slots } = evidence;
  const attempts = await records.db
    .selectFrom('attempts')
    .innerJoin('phones', 'phones.hash', 'attempts.phone_hash')
    .selectAll('attempts')
    .select('phones.e164')
    .execute();
  const byId = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  const bySid = new Set(calls.map(({ sid }) => sid));
  const contacts = await contactsOf(records);
  const tally = {
    orderedTwice: 0,
    strayCalls: 0,
    unfinished: 0,
    otherOutcome: 0,
    otherTime: 0,
    outsideWindow: 0,
    lostResults: 0,
  };
  const orders = new Set<string>();
  for (const call of calls) {
    const id = attemptOf(call.order.url) ?? '';
    if (orders.has(id)) tally.orderedTwice++;
    orders.add(id);
    if (!isWithin(call.createdAt, slots)) tally.outsideWindow++;
    if (!isKept(call, contacts.get(call.order.to))) tally.lostResults++;
    const attempt = byId.get(id);
    const isOurs = attempt?.e164 === call.order.to && (attempt.carrier_sid ?? call.sid) === call.sid;
    if (!attempt || !isOurs || attempt.state === 'void' || attempt.state === 'unknown') tally.strayCalls++;
    else if (attempt.carrier_sid === null || attempt.state !== 'done') tally.unfinished++;
    else {
      if (!outcomesOf(call).includes(attempt.outcome ?? '')) tally.otherOutcome++;
      if (!isNear(attempt.ended_at, call.endedAt) || !isNear(attempt.answered_at, call.answeredAt)) tally.otherTime++;
    }
  }
  const verdict: KillVerdict = {
    ...tally,
    ...callsPerPerson(calls, contacts),
    exportDiffers: await countMissing(records, calls),
    ghostCalls: attempts.filter(({ carrier_sid, state }) =>
      carrier_sid === null ? state !== 'void' : !bySid.has(carrier_sid),
    ).length,
    overLimit:
      Math.max(0, evidence.mostLive - (LIMITS.maxCalls - LIMITS.inboundReserve)) +
      overPace(attempts.filter(({ state }) => state !== 'void').map(({ intent_at }) => intent_at)),
    leftOut: [...contacts].filter(([to, { state }]) => isLeftOut(to, state, calls)).length,
  };
  const settled: Record<string, number> = {};
  for (const { disposition } of contacts.values()) settled[disposition ?? '–'] = (settled[disposition ?? '–'] ?? 0) + 1;
  const voidAttempts = attempts.filter(({ state }) => state === 'void').length;
  return { verdict, counts: { calls: calls.length, voidAttempts, settled } };
}

interface ContactRow {
  readonly state: string;
  readonly disposition: string | null;
  readonly answers: number;
  /** Epoch ms; undefined: they have not said no. */
  readonly noAt: number | undefined;
}

async function contactsOf(records: Records): Promise<ReadonlyMap<string, ContactRow>> {
  const rows = await records.db
    .selectFrom('campaign_contacts as cc')
    .innerJoin('phones', 'phones.hash', 'cc.phone_hash')
    .leftJoin('opt_outs', 'opt_outs.phone_hash', 'cc.phone_hash')
    .select(['phones.e164', 'cc.state', 'cc.disposition', 'opt_outs.at'])
    .select((eb) =>
      eb
        .selectFrom('answers')
        .select(eb.fn.countAll<number>().as('count'))
        .whereRef('answers.campaign_contact_id', '=', 'cc.id')
        .as('answers'),
    )
    .execute();
  return new Map(
    rows.map(({ e164, state, disposition, answers, at }) => [
      e164 ?? '',
      { state, disposition, answers: answers ?? 0, noAt: at ?? undefined },
    ]),
  );
}

/** A status callback has the SIP status; Twilio's list has not, and says only that it failed. */
function outcomesOf({ status, sipStatus }: PlacedCall): readonly string[] {
  if (status === 'completed') return ['answered'];
  if (status === 'canceled') return ['cancelled'];
  return status === 'failed' ? ['failed', sipStatus === 404 ? 'invalid-number' : 'no-answer'] : [status];
}

const exported = z.object({
  attempt_id: z.string(),
  phone: z.string(),
  carrier_sid: z.string().nullable(),
  outcome: z.string().nullable(),
});

/** By what an operator is given, which goes other ways than the question above. */
async function countMissing(records: Records, calls: readonly PlacedCall[]): Promise<number> {
  const rows = new Map<string, z.output<typeof exported>>();
  const campaigns = await records.db.selectFrom('campaigns').select('id').execute();
  for (const { id: campaignId } of campaigns) {
    let text = '';
    const pieces = exportCampaign(records.db, { campaignId, kind: 'attempts', format: 'jsonl' });
    for await (const piece of pieces) text += piece;
    for (const line of text.split('\n').filter((each) => each !== '')) {
      const row = exported.parse(JSON.parse(line));
      rows.set(row.attempt_id, row);
    }
  }
  return calls.filter((call) => {
    const row = rows.get(attemptOf(call.order.url) ?? '');
    return (
      row?.carrier_sid !== call.sid ||
      row.phone !== call.order.to ||
      (call.isOver && !outcomesOf(call).includes(row.outcome ?? ''))
    );
  }).length;
}

function isNear(told: number | null, true_: number | undefined): boolean {
  if (true_ === undefined) return told === null;
  return told !== null && Math.abs(told - true_) <= TIME_TOLERANCE_MS;
}

function isWithin(at: number, slots: Slots): boolean {
  return slotsOf(slots).some(([from, to]) => at >= from && at <= to - GUARD_SECONDS * 1_000 + ORDER_MS);
}

/** What the callee has experienced must be in the records, whenever the process was killed. */
function isKept(call: PlacedCall, contact: ContactRow | undefined): boolean {
  const has = (what: string): boolean => call.documents.some((document) => document.includes(experience(what)));
  if (has('completes')) return contact?.disposition === 'completed' && contact.answers === QUESTIONS.length;
  if (has('refuses')) return contact?.disposition === 'refused';
  if (has('opts-out')) return contact?.noAt !== undefined && contact.disposition === 'opted_out';
  return true;
}

function callsPerPerson(
  calls: readonly PlacedCall[],
  contacts: ReadonlyMap<string, ContactRow>,
): Pick<KillVerdict, 'rungAtOnce' | 'rungAgain' | 'afterNo'> {
  const tally = { rungAtOnce: 0, rungAgain: 0, afterNo: 0 };
  const before = new Map<string, PlacedCall[]>();
  for (const call of calls) {
    const earlier = before.get(call.order.to) ?? [];
    before.set(call.order.to, [...earlier, call]);
    if (earlier.some(({ endedAt = Infinity }) => endedAt > call.createdAt)) tally.rungAtOnce++;
    const isSettled = ({ documents }: PlacedCall): boolean =>
      ['completes', 'refuses'].some((what) => documents.some((document) => document.includes(experience(what))));
    if (earlier.some(isSettled)) tally.rungAgain++;
    const noAt = contacts.get(call.order.to)?.noAt;
    if (noAt !== undefined && call.createdAt > noAt) tally.afterNo++;
  }
  return tally;
}

function isLeftOut(to: string, state: string, calls: readonly PlacedCall[]): boolean {
  const isSettled = state === 'done' || state === 'skipped';
  return !isSettled || (!hasSaidNo(to) && !calls.some(({ order }) => order.to === to));
}

/** Intents beyond the trunk's pace within any second. */
function overPace(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.filter((at, n) => {
    const earlier = sorted[n - LIMITS.cps];
    return earlier !== undefined && at - earlier < 1_000;
  }).length;
}
