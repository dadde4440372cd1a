/** How many calls a second may be begun: each claim is the transaction that the dialler waits for before it orders a call. */
import type { Clock } from '#kernel/clock.ts';
import { claim, type ClaimRequest } from '#src/campaigns/dialler/claim.ts';
import { takeLease, type Lease } from '#src/campaigns/dialler/lease.ts';
import { OPEN_ATTEMPT_STATES } from '#src/records/schema.ts';
import type { Records } from '#src/records/records.ts';
import { AllowList } from '#telephony/numbers.ts';
import { writeCampaign } from './write-campaign.ts';

export const ALL_DAY = {
  days: Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, ['00:00-24:00']])),
  holidays: 'none',
} as const;

export const BENCH_TRUNK = { name: 'bench', kind: 'phone', cps: 100, maxCalls: 1_000, inboundReserve: 0 } as const;

/** Midnight in Harare, Monday 2026-11-23: the day has room for every claim. */
export const MIDNIGHT_MS = Date.UTC(2026, 10, 22, 22);

export interface ClaimRate {
  readonly perSecond: number;
  readonly claims: number;
}

export interface ClaimOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly people: number;
  /** Calls in one transaction; the dialler takes a quarter of a second's together, 25 at its fastest. */
  readonly atOnce: number;
}

/** Calls that are open at once meanwhile, at most: a large trunk's. */
const MOST_OPEN = 200;

/** Claims everybody once, one transaction after another as the dialler does; only the claims are timed. */
export async function measureClaims({ records, clock, people, atOnce }: ClaimOptions): Promise<ClaimRate> {
  await writeCampaign(records, {
    people,
    settings: { window: ALL_DAY, maxCalls: 1_000, ringSeconds: 20 },
    trunk: BENCH_TRUNK,
    at: MIDNIGHT_MS,
  });
  let now = MIDNIGHT_MS + 60_000;
  const lease = await leaseFor(records, now);
  let claims = 0;
  let open = 0;
  let tookMs = 0;
  for (let turn = 0; claims < people; turn++) {
    now += 1_000;
    const startedMs = clock.nowMs();
    const { claimed } = await claim(records, requestFor(lease, now, atOnce, turn));
    tookMs += clock.nowMs() - startedMs;
    claims += claimed.length;
    open += claimed.length;
    if (claimed.length === 0) break;
    if (open + atOnce <= MOST_OPEN) continue;
    await endAll(records, now);
    open = 0;
  }
  return { perSecond: (claims * 1_000) / tookMs, claims };
}

/** A lease that lasts as long as the bench. */
export async function leaseFor(records: Records, at: number): Promise<Lease> {
  const lease = await takeLease(records, { trunk: BENCH_TRUNK.name, holder: 'bench', at });
  if (lease === undefined) throw new Error('the trunk of the bench has another leader');
  await records.db
    .updateTable('leases')
    .set({ expires_at: at + 30 * 86_400_000 })
    .execute();
  return lease;
}

export function requestFor(lease: Lease, now: number, limit: number, turn: number): ClaimRequest {
  const { name: trunk } = BENCH_TRUNK;
  return { trunk, lease, times: [now], limit, allowList: ALLOW_LIST, turn, isIdle: () => false };
}

const ALLOW_LIST = new AllowList();

async function endAll(records: Records, at: number): Promise<void> {
  await records.db
    .updateTable('attempts')
    .set({ state: 'done', outcome: 'no-answer', ended_at: at, check_at: null })
    .where('state', 'in', OPEN_ATTEMPT_STATES)
    .execute();
  await records.db
    .updateTable('campaign_contacts')
    .set({ state: 'done', disposition: 'no_answer' })
    .where('state', '=', 'dialing')
    .execute();
}
