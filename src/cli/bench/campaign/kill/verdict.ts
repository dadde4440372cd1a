/** The carrier's truth beside the records: every way in which they could differ, counted. All counts must be 0. */
import type { Records } from '#src/records/records.ts';
import type { PlacedCall } from '#telephony/phone/carrier/placed-call.ts';
import { compareExports, hasExperienced, outcomesOf, type ExportFaults } from './exports.ts';
import type { MidRunList } from './mid-run-list.ts';
import { hasSaidNo } from './people.ts';
import { GUARD_SECONDS, LIMITS, slotsOf, type Slots } from './plan.ts';
import { attemptOf, QUESTIONS } from './setup.ts';

export interface KillVerdict extends ExportFaults {
  /** Two calls for one order. */
  readonly orderedTwice: number;
  /** Calls of which the records know nothing, or say that they were never made. */
  readonly strayCalls: number;
  /** Calls whose end the records do not have. */
  readonly unfinished: number;
  readonly otherOutcome: number;
  readonly otherTime: number;
  /** Calls in the records that the carrier never had. */
  readonly ghostCalls: number;
  /** Calls to somebody who was on the line already. */
  readonly rungAtOnce: number;
  /** Calls to somebody who had completed or refused the interview. */
  readonly rungAgain: number;
  readonly afterNo: number;
  /** Calls to somebody who was on the list that was imported meanwhile. */
  readonly afterList: number;
  readonly outsideWindow: number;
  readonly overLimit: number;
  /** People who were allowed to be called and never were, or whose contact is not settled. */
  readonly leftOut: number;
  /** Interviews that somebody gave and the records do not have. */
  readonly lostResults: number;
}

export interface KillCounts {
  readonly calls: number;
  /** People on the do-not-call list that came in the middle. */
  readonly listed: number;
  readonly voidAttempts: number;
  readonly settled: Readonly<Record<string, number>>;
}

/** What can be said before the campaign is over: nothing that happens later makes it right. */
export function isCaught({
  orderedTwice,
  strayCalls,
  rungAtOnce,
  rungAgain,
  afterNo,
  afterList,
}: KillVerdict): boolean {
  return orderedTwice + strayCalls + rungAtOnce + rungAgain + afterNo + afterList > 0;
}

interface Evidence {
  readonly records: Records;
  readonly calls: readonly PlacedCall[];
  readonly mostLive: number;
  readonly slots: Slots;
  readonly people: number;
  /** Undefined: it has not been imported yet. */
  readonly list: MidRunList | undefined;
}

/** Twilio tells times in whole seconds, and a webhook that was lost is made up for by asking. */
const TIME_TOLERANCE_MS = 2_500;
/** An order may be under way so long after its intent (`INTENT_MS`) and its answer. */
const ORDER_MS = 2_500;
/** An order that left before the list was written may arrive so late: the machine does not get faster with the clock. */
const LIST_MS = 5_000;

export async function judgeKills(
  evidence: Evidence,
): Promise<{ readonly verdict: KillVerdict; readonly counts: KillCounts }> {
  const { records, calls, slots, people, list } = evidence;
  const listed = list?.numbers ?? new Set<string>();
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
    afterList: 0,
    lostResults: 0,
  };
  const orders = new Set<string>();
  for (const call of calls) {
    const id = attemptOf(call.order.url) ?? '';
    if (orders.has(id)) tally.orderedTwice++;
    orders.add(id);
    if (!isWithin(call.createdAt, slots)) tally.outsideWindow++;
    const isListed = listed.has(call.order.to);
    if (!isKept(call, contacts.get(call.order.to), isListed)) tally.lostResults++;
    if (isListed && call.createdAt > (list?.at ?? Infinity) + LIST_MS) tally.afterList++;
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
    ...callsPerPerson(calls, contacts, listed),
    ...(await compareExports(records, { calls, people, listed })),
    ghostCalls: attempts.filter(({ carrier_sid, state }) =>
      carrier_sid === null ? state !== 'void' : !bySid.has(carrier_sid),
    ).length,
    overLimit:
      Math.max(0, evidence.mostLive - (LIMITS.maxCalls - LIMITS.inboundReserve)) +
      overPace(attempts.filter(({ state }) => state !== 'void').map(({ intent_at }) => intent_at)),
    leftOut: [...contacts].filter(([to, { state }]) => isLeftOut(to, state, calls, listed)).length,
  };
  const settled: Record<string, number> = {};
  for (const { disposition } of contacts.values()) settled[disposition ?? '–'] = (settled[disposition ?? '–'] ?? 0) + 1;
  const voidAttempts = attempts.filter(({ state }) => state === 'void').length;
  return { verdict, counts: { calls: calls.length, listed: listed.size, voidAttempts, settled } };
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

function isNear(told: number | null, true_: number | undefined): boolean {
  if (true_ === undefined) return told === null;
  return told !== null && Math.abs(told - true_) <= TIME_TOLERANCE_MS;
}

function isWithin(at: number, slots: Slots): boolean {
  return slotsOf(slots).some(([from, to]) => at >= from && at <= to - GUARD_SECONDS * 1_000 + ORDER_MS);
}

/** What the callee has experienced must be in the records, whenever the process was killed. */
function isKept(call: PlacedCall, contact: ContactRow | undefined, isListed: boolean): boolean {
  const has = (what: string): boolean => hasExperienced([call], what);
  const is = (word: string): boolean =>
    contact?.disposition === word || (isListed && contact?.disposition === 'opted_out');
  if (has('completes')) return is('completed') && contact?.answers === QUESTIONS.length;
  if (has('refuses')) return is('refused');
  if (has('opts-out')) return contact?.noAt !== undefined && contact.disposition === 'opted_out';
  return true;
}

function callsPerPerson(
  calls: readonly PlacedCall[],
  contacts: ReadonlyMap<string, ContactRow>,
  listed: ReadonlySet<string>,
): Pick<KillVerdict, 'rungAtOnce' | 'rungAgain' | 'afterNo'> {
  const tally = { rungAtOnce: 0, rungAgain: 0, afterNo: 0 };
  const before = new Map<string, PlacedCall[]>();
  for (const call of calls) {
    const earlier = before.get(call.order.to) ?? [];
    before.set(call.order.to, [...earlier, call]);
    if (earlier.some(({ endedAt = Infinity }) => endedAt > call.createdAt)) tally.rungAtOnce++;
    if (['completes', 'refuses'].some((what) => hasExperienced(earlier, what))) tally.rungAgain++;
    const noAt = listed.has(call.order.to) ? undefined : contacts.get(call.order.to)?.noAt;
    if (noAt !== undefined && call.createdAt > noAt) tally.afterNo++;
  }
  return tally;
}

function isLeftOut(to: string, state: string, calls: readonly PlacedCall[], listed: ReadonlySet<string>): boolean {
  const isSettled = state === 'done' || state === 'skipped';
  return !isSettled || (!hasSaidNo(to) && !listed.has(to) && !calls.some(({ order }) => order.to === to));
}

/** Intents beyond the trunk's pace within any second. */
function overPace(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.filter((at, n) => {
    const earlier = sorted[n - LIMITS.cps];
    return earlier !== undefined && at - earlier < 1_000;
  }).length;
}
