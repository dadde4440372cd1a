/** How far a campaign has come, counted in the database each time it is asked. */
import type { Records } from '#src/records/records.ts';
import {
  ATTEMPT_STATES,
  CONTACT_STATES,
  OPEN_ATTEMPT_STATES,
  type AttemptState,
  type CampaignState,
  type ContactState,
} from '#src/records/schema.ts';
import { nextDueAt } from './candidates.ts';
import { unknownCampaign } from './control.ts';
import { readableSettings } from './rules.ts';
import { mayBegin, nextOpening, openMsBetween } from './window.ts';

export interface Progress {
  readonly campaignId: string;
  readonly name: string;
  readonly state: CampaignState;
  readonly stateReason: string | null;
  readonly contacts: number;
  readonly byState: Readonly<Record<ContactState, number>>;
  /** Only those that somebody has; see DISPOSITIONS. */
  readonly byDisposition: Readonly<Record<string, number>>;
  readonly attempts: Readonly<Record<AttemptState, number>>;
  /** Of attempts that have ended; see DIAL_OUTCOMES. */
  readonly byOutcome: Readonly<Record<string, number>>;
  /** Open calls: asked for, ringing or in conversation. */
  readonly open: number;
  readonly spentMicros: number;
  readonly reservedMicros: number;
  readonly budgetMicros: number | null;
  /** Of calls ended in the last hour, those that were answered; undefined: none ended. */
  readonly answeredShareLastHour: number | undefined;
  /** Epoch ms of the next call that may be begun, when none may be now; undefined: now, or never. */
  readonly nextAt: number | undefined;
  /** At the pace of the last hour, in ms of open window; undefined: no pace yet. */
  readonly remainingMs: number | undefined;
  /** Epoch ms. */
  readonly at: number;
}

const HOUR_MS = 3_600_000;

/** Rejects with INZWA_CAMPAIGN_UNKNOWN. `at`: now, in epoch ms. */
export async function progress({ db }: Pick<Records, 'db'>, campaignId: string, at: number): Promise<Progress> {
  const campaign = await db.selectFrom('campaigns').selectAll().where('id', '=', campaignId).executeTakeFirst();
  if (campaign === undefined) throw unknownCampaign(campaignId);
  const contacts = await db
    .selectFrom('campaign_contacts')
    .select(['state', 'disposition', ({ fn }) => fn.countAll<number>().as('count')])
    .where('campaign_id', '=', campaignId)
    .groupBy(['state', 'disposition'])
    .execute();
  const attempts = await db
    .selectFrom('attempts')
    .select(['state', 'outcome', ({ fn }) => fn.countAll<number>().as('count')])
    .where('campaign_id', '=', campaignId)
    .groupBy(['state', 'outcome'])
    .execute();
  const lately = await db
    .selectFrom('attempts')
    .select(['outcome', ({ fn }) => fn.countAll<number>().as('count')])
    .where('campaign_id', '=', campaignId)
    .where('state', 'in', ['done', 'unknown'])
    .where('ended_at', '>', at - HOUR_MS)
    .groupBy('outcome')
    .execute();
  const byState = counted<ContactState>(contacts, CONTACT_STATES);
  const attemptsByState = counted<AttemptState>(attempts, ATTEMPT_STATES);
  const endedLately = sum(lately);
  const answeredLately = sum(lately.filter(({ outcome }) => outcome === 'answered'));
  const settings = readableSettings(campaign.settings_json);
  const openMs = settings && Math.min(HOUR_MS, openMsBetween(settings, settings.tz, at - HOUR_MS, at));
  const waiting = byState.pending + byState.callback;
  const dueAt = await nextDueAt(db, campaignId);
  const mayCall = settings !== undefined && dueAt !== undefined;
  const isNow = mayCall && dueAt <= at && mayBegin(settings, settings.tz, at);
  return {
    campaignId,
    name: campaign.name,
    state: campaign.state,
    stateReason: campaign.state_reason,
    contacts: sum(contacts),
    byState,
    byDisposition: named(contacts, 'disposition'),
    attempts: attemptsByState,
    byOutcome: named(attempts, 'outcome'),
    open: OPEN_ATTEMPT_STATES.reduce((total, state) => total + attemptsByState[state], 0),
    spentMicros: campaign.spent_micros,
    reservedMicros: campaign.reserved_micros,
    budgetMicros: campaign.budget_micros,
    answeredShareLastHour: endedLately === 0 ? undefined : answeredLately / endedLately,
    nextAt: mayCall && !isNow ? nextOpening(settings, settings.tz, Math.max(dueAt, at)) : undefined,
    remainingMs: endedLately === 0 || !openMs ? undefined : Math.round((waiting / endedLately) * openMs),
    at,
  };
}

interface Counted {
  readonly count: number;
}

function sum(rows: readonly Counted[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}

function counted<T extends string>(
  rows: readonly (Counted & { readonly state: T })[],
  states: readonly T[],
): Readonly<Record<T, number>> {
  const entries = states.map((name) => [name, sum(rows.filter(({ state }) => state === name))]);
  return Object.fromEntries(entries) as Record<T, number>;
}

function named<K extends string>(
  rows: readonly (Counted & Readonly<Record<K, string | null>>)[],
  key: K,
): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const row of rows) {
    const name = row[key];
    if (name !== null) found[name] = (found[name] ?? 0) + row.count;
  }
  return found;
}
