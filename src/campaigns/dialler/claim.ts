/**
 * The intent: what is written, and durable, before a carrier is asked for a call. Hours, opt-outs, consent, gaps, caps, pace,
 * lines and money are all looked at in the transaction that writes it, so none of them can change in between.
 */
import { sql } from 'kysely';
import { newId } from '#src/records/ids.ts';
import type { Records, RecordsTransaction } from '#src/records/records.ts';
import type { AllowList } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { pauseByItself } from './campaign-state.ts';
import { dueContacts, nextDueAt, openOfTrunk, openStates } from './candidates.ts';
import { callerFor, rule, type Candidate } from './eligible.ts';
import type { TellOthers } from './events.ts';
import { writeIntents } from './intents.ts';
import { lockTrunk, type Lease } from './lease.ts';
import { Purse } from './purse.ts';
import { readableSettings } from './rules.ts';
import type { CampaignSettings } from './settings.ts';
import { dayStart, mayBegin, nextDayStart, nextOpening } from './window.ts';

export interface ClaimRequest {
  readonly trunk: string;
  readonly lease: Lease;
  /** See `WallTime`. */
  readonly times: readonly [number, ...number[]];
  /** Calls at most. */
  readonly limit: number;
  readonly allowList: AllowList;
  /** Counts up: campaigns take turns in being first. */
  readonly turn: number;
  /** Campaigns that need not be looked at yet. */
  readonly isIdle: (campaignId: string) => boolean;
  readonly tellOthers?: TellOthers | undefined;
}

interface ClaimRoom extends ClaimRequest {
  readonly kind: Records['kind'];
}

/** A call that may be ordered now, and soon not any more. */
export interface ClaimedCall {
  readonly attemptId: string;
  readonly campaignId: string;
  readonly phoneHash: string;
  readonly to: PhoneNumber;
  readonly from: PhoneNumber | undefined;
  /** The contact's. */
  readonly tz: string;
  readonly settings: CampaignSettings;
  readonly intentAt: number;
}

export interface ClaimResult {
  /** False: another process leads the trunk. */
  readonly leads: boolean;
  readonly claimed: readonly ClaimedCall[];
  /** Contacts whose turn was put off or is over: the next claim finds others. */
  readonly passedOver: number;
  /** Campaigns with nobody to call before, in epoch ms. */
  readonly idle: ReadonlyMap<string, number>;
  /** The trunk bears no call more at this moment. */
  readonly isFull: boolean;
  /** Of the trunk; undefined when it is not ours. */
  readonly cps: number | undefined;
}

/** Looked at beyond the calls wanted: some contacts are passed over. */
const SPARE = 3;
/** Nobody was due: imports and other processes may change that. */
const IDLE_MS = 5_000;
/** What a process told of callers that it does not tell again is not so any more. */
const INBOUND_FRESH_MS = 90_000;
/** From this before `now` on an intent counts for the pace. */
const SECOND_MS = 1_000;
/** By then the carrier has answered the order, or it is asked what became of it. */
const ANSWER_MS = 15_000;

interface Campaign {
  readonly id: string;
  readonly settings_json: string;
  readonly budget_micros: number | null;
  readonly spent_micros: number;
  readonly reserved_micros: number;
  readonly open: number;
}

interface TrunkState {
  /** Calls that may be begun this moment. */
  readonly free: number;
  readonly cps: number;
  /** Those that are running. */
  readonly campaigns: readonly Campaign[];
}

export function claim(records: Records, request: ClaimRequest): Promise<ClaimResult> {
  return records.transaction(async (tx) => {
    await lockTrunk(tx, records.kind, request.trunk);
    const trunk = await trunkState(tx, request);
    const idle = new Map<string, number>();
    const found = { leads: trunk !== undefined, isFull: trunk?.free === 0, cps: trunk?.cps };
    const result = { ...found, claimed: [] as ClaimedCall[], passedOver: 0, idle };
    let left = Math.min(trunk?.free ?? 0, request.limit);
    for (const campaign of inTurn(trunk?.campaigns ?? [], request.turn)) {
      if (left <= 0) break;
      if (request.isIdle(campaign.id)) continue;
      const { calls, passedOver, idleUntil } = await claimFor(tx, { ...request, kind: records.kind }, campaign, left);
      result.claimed.push(...calls);
      result.passedOver += passedOver;
      left -= calls.length;
      if (idleUntil !== undefined) idle.set(campaign.id, idleUntil);
    }
    return result;
  });
}

/** Undefined: the lease is not ours any more. */
async function trunkState(
  tx: RecordsTransaction,
  { trunk, lease, times: [now] }: ClaimRequest,
): Promise<TrunkState | undefined> {
  const rows = await tx
    .selectFrom('trunks as t')
    .innerJoin('leases as l', (join) => join.on('l.name', '=', lease.name))
    .leftJoin('campaigns as c', (join) => join.onRef('c.trunk', '=', 't.name').on('c.state', '=', 'running'))
    .select(['t.cps', 't.max_calls', 't.inbound_reserve', 't.inbound_calls', 't.inbound_at', 't.hold_until'])
    .select(['c.id', 'c.settings_json', 'c.budget_micros', 'c.spent_micros', 'c.reserved_micros'])
    .select([
      sql<number>`(select count(*) from attempts a
        where a.trunk = t.name and ${openOfTrunk})`.as('all_open'),
      sql<number>`(select count(*) from attempts a
        where a.trunk = t.name and a.campaign_id = c.id and a.state in (${openStates}))`.as('open'),
      // A slower pace than one in a second is a longer wait between two.
      sql<number>`(select count(*) from attempts a where a.trunk = t.name and a.intent_at <= ${now}
        and a.intent_at > ${now} - case when t.cps < 1 then ${SECOND_MS} / t.cps else ${SECOND_MS} end)`.as('recent'),
    ])
    .where('t.name', '=', trunk)
    .where('l.holder', '=', lease.holder)
    .where('l.fence', '=', lease.fence)
    .where('l.expires_at', '>', now)
    .orderBy('c.id')
    .execute();
  const [first] = rows;
  if (first === undefined) return undefined;
  const inbound = first.inbound_at !== null && now - first.inbound_at < INBOUND_FRESH_MS ? first.inbound_calls : 0;
  const lines = first.max_calls - Math.max(first.inbound_reserve, inbound) - first.all_open;
  const paced = Math.max(1, Math.floor(first.cps)) - first.recent;
  const isHeld = first.hold_until !== null && first.hold_until > now;
  return {
    free: isHeld ? 0 : Math.max(0, Math.min(lines, paced)),
    cps: first.cps,
    campaigns: rows.flatMap(({ id, settings_json, budget_micros, spent_micros, reserved_micros, open }) =>
      id === null
        ? []
        : [
            {
              id,
              settings_json: settings_json ?? '',
              budget_micros,
              spent_micros: spent_micros ?? 0,
              reserved_micros: reserved_micros ?? 0,
              open,
            },
          ],
    ),
  };
}

function inTurn<T>(campaigns: readonly T[], turn: number): readonly T[] {
  const first = campaigns.length === 0 ? 0 : turn % campaigns.length;
  return [...campaigns.slice(first), ...campaigns.slice(0, first)];
}

interface CampaignClaim {
  readonly calls: readonly ClaimedCall[];
  readonly passedOver: number;
  readonly idleUntil?: number | undefined;
}

async function claimFor(
  tx: RecordsTransaction,
  request: ClaimRoom,
  campaign: Campaign,
  left: number,
): Promise<CampaignClaim> {
  const [now] = request.times;
  const nobody = (idleUntil?: number): CampaignClaim => ({ calls: [], passedOver: 0, idleUntil });
  const settings = readableSettings(campaign.settings_json);
  // A budget without prices would never be used up.
  const isUnpriced = campaign.budget_micros !== null && settings?.prices.length === 0;
  if (settings === undefined || isUnpriced) return pauseFor(tx, request, campaign, 'settings');
  const limit = Math.min(left, settings.maxCalls - campaign.open, await paceLeft(tx, request, campaign, settings));
  if (limit <= 0) return nobody();
  const usedToday = await callersUsed(tx, request, settings);
  if (settings.callers.length > 0 && callerFor(settings, { lastCaller: null, ordinal: 0 }, usedToday) === undefined) {
    return nobody(nextDayStart(settings.tz, now));
  }
  const isElsewhereOnly = !request.times.every((at) => mayBegin(settings, settings.tz, at));
  const queue = { campaignId: campaign.id, tz: settings.tz, now, limit: limit + SPARE, isElsewhereOnly };
  const candidates = await dueContacts(tx, queue);
  if (candidates.length === 0) {
    // Whoever lives elsewhere is up at another hour; the others are asked for again when the campaign's own hours begin.
    const dueAt = isElsewhereOnly ? nextOpening(settings, settings.tz, now) : await nextDueAt(tx, campaign.id);
    const until = Math.min(dueAt ?? Infinity, now + (isElsewhereOnly ? 6 : 1) * IDLE_MS);
    return nobody(Math.max(until, now + 1));
  }

  const purse = await Purse.of(tx, campaign, settings, now);
  const chosen: (ClaimedCall & { readonly contact: Candidate; readonly reserveMicros: number })[] = [];
  let passedOver = 0;
  for (const contact of candidates) {
    if (chosen.length >= limit) break;
    const ruling = rule(settings, request.allowList, request.times, contact);
    if (ruling.kind !== 'call') {
      await passOver(tx, request, campaign.id, contact, ruling, now);
      passedOver++;
      continue;
    }
    const from = settings.callers.length === 0 ? undefined : callerFor(settings, contact, usedToday);
    if (settings.callers.length > 0 && from === undefined) break;
    if (!purse.take(ruling.reserveMicros)) break;
    if (from !== undefined) usedToday.set(from, (usedToday.get(from) ?? 0) + 1);
    chosen.push({
      attemptId: newId(now),
      campaignId: campaign.id,
      phoneHash: contact.phoneHash,
      to: ruling.to,
      from: from as PhoneNumber | undefined,
      tz: contact.tz ?? settings.tz,
      settings,
      intentAt: now,
      contact,
      reserveMicros: ruling.reserveMicros,
    });
  }
  const calls = chosen.length === 0 ? [] : await keepIntents(tx, request, campaign.id, chosen);
  if (calls.length > 0 || passedOver > 0 || !purse.isEmpty) return { calls, passedOver };
  // What is kept for open calls may come back when they end cheaper; else there is nothing to wait for.
  if (purse.isKeptForCalls) return nobody(now + SECOND_MS);
  return purse.isDayOver ? nobody(nextDayStart(settings.tz, now)) : pauseFor(tx, request, campaign, 'budget');
}

async function keepIntents(
  tx: RecordsTransaction,
  { trunk, lease, kind }: ClaimRoom,
  campaignId: string,
  chosen: readonly (ClaimedCall & { readonly contact: Candidate; readonly reserveMicros: number })[],
): Promise<readonly ClaimedCall[]> {
  const intents = chosen.map(({ attemptId, phoneHash, from, intentAt, contact, reserveMicros }) => ({
    id: attemptId,
    campaign_contact_id: contact.id,
    campaign_id: campaignId,
    phone_hash: phoneHash,
    trunk,
    caller_id: from ?? null,
    no: contact.lastNo + 1,
    state: 'intent' as const,
    intent_at: intentAt,
    reserve_micros: reserveMicros,
    fence: lease.fence,
    check_at: intentAt + ANSWER_MS,
  }));
  const ids = await writeIntents(tx, kind, intents);
  const calls = chosen.filter(({ attemptId }) => ids.has(attemptId));
  const kept = calls.reduce((sum, { reserveMicros }) => sum + reserveMicros, 0);
  if (kept > 0) {
    await tx
      .updateTable('campaigns')
      .set((eb) => ({ reserved_micros: eb('reserved_micros', '+', kept) }))
      .where('id', '=', campaignId)
      .execute();
  }
  return calls;
}

async function passOver(
  tx: RecordsTransaction,
  { tellOthers }: ClaimRequest,
  campaignId: string,
  contact: Candidate,
  ruling: Exclude<ReturnType<typeof rule>, { readonly kind: 'call' }>,
  now: number,
): Promise<void> {
  const changes =
    ruling.kind === 'later' ? { next_at: ruling.nextAt } : { state: ruling.state, disposition: ruling.disposition };
  await tx.updateTable('campaign_contacts').set(changes).where('id', '=', contact.id).execute();
  if (ruling.kind === 'later') return;
  await tellOthers?.(tx, {
    kind: 'contact.settled',
    campaignId,
    campaignContactId: contact.id,
    at: now,
    data: { disposition: ruling.disposition },
  });
}

async function pauseFor(
  tx: RecordsTransaction,
  { times: [at], tellOthers }: ClaimRequest,
  { id }: Campaign,
  reason: 'budget' | 'settings',
): Promise<CampaignClaim> {
  await pauseByItself(tx, { campaignId: id, reason, at }, tellOthers);
  return { calls: [], passedOver: 0 };
}

/** Calls that the campaign's own pace still allows. */
async function paceLeft(
  tx: RecordsTransaction,
  { trunk, times: [now] }: ClaimRequest,
  { id }: Campaign,
  { cps }: CampaignSettings,
): Promise<number> {
  if (cps === undefined) return Infinity;
  const { recent } = await tx
    .selectFrom('attempts')
    .select(({ fn }) => fn.countAll<number>().as('recent'))
    .where('trunk', '=', trunk)
    .where('campaign_id', '=', id)
    .where('intent_at', '>', now - SECOND_MS / Math.min(cps, 1))
    .where('intent_at', '<=', now)
    .executeTakeFirstOrThrow();
  return Math.max(1, Math.floor(cps)) - recent;
}

/** Calls of the local day by the number that they showed; empty without a cap. */
async function callersUsed(
  tx: RecordsTransaction,
  { trunk, times: [now] }: ClaimRequest,
  { callerDayCap, tz }: CampaignSettings,
): Promise<Map<string, number>> {
  if (callerDayCap === undefined) return new Map();
  const used = await tx
    .selectFrom('attempts')
    .select(['caller_id', ({ fn }) => fn.countAll<number>().as('calls')])
    .where('trunk', '=', trunk)
    .where('intent_at', '>=', dayStart(tz, now))
    .where('state', '<>', 'void')
    .groupBy('caller_id')
    .execute();
  return new Map(used.map(({ caller_id, calls }) => [caller_id ?? '', calls]));
}
