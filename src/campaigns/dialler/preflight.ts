/** What would happen if a campaign were started: counted, estimated, and refused where it cannot be right. */
import { sql } from 'kysely';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { RecordsQueries } from '#src/records/records.ts';
import type { CampaignState } from '#src/records/schema.ts';
import { reserveFor } from './rules.ts';
import { parseSettings, type CampaignSettings } from './settings.ts';
import { nextOpening, openMsBetween } from './window.ts';

export interface Preflight {
  readonly campaignId: string;
  readonly state: CampaignState;
  /** Why it cannot start; empty: it can. */
  readonly faults: readonly string[];
  /** Worth a look, but no reason not to start. */
  readonly warnings: readonly string[];
  readonly contacts: number;
  readonly callable: number;
  readonly optedOut: number;
  readonly withoutConsent: number;
  /** Done or skipped already. */
  readonly settled: number;
  /** Of one call to each callable contact, each as long as the settings allow; undefined without prices. */
  readonly maxCostMicros: number | undefined;
  /** Hours of open window that one call to each callable contact takes at the trunk's pace, at least. */
  readonly minHours: number;
  /** Epoch ms of the first moment at which a call may be begun; undefined: none within a year. */
  readonly opensAt: number | undefined;
  /** Undefined when they cannot be used: the faults say why. */
  readonly settings: CampaignSettings | undefined;
}

/** Changes nothing. Rejects with INZWA_CAMPAIGN_UNKNOWN. `at`: now, in epoch ms; `inScript`: what is wrong with its script. */
export async function preflightOf(
  db: RecordsQueries,
  campaignId: string,
  at: number,
  inScript: readonly string[] = [],
): Promise<Preflight> {
  const campaign = await db
    .selectFrom('campaigns as c')
    .leftJoin('trunks as t', 't.name', 'c.trunk')
    .select(['c.state', 'c.trunk', 'c.settings_json', 'c.script_text', 'c.budget_micros', 'c.spent_micros'])
    .select(['t.cps', 't.max_calls', 't.inbound_reserve'])
    .where('c.id', '=', campaignId)
    .executeTakeFirst();
  if (campaign === undefined) {
    throw new InzwaError('INZWA_CAMPAIGN_UNKNOWN', `there is no campaign ${campaignId}`, { details: { campaignId } });
  }
  const { settings, faults } = readSettings(campaign.settings_json);
  const warnings: string[] = [];
  const counts = await countContacts(db, campaignId, settings?.consent.isRequired ?? true);
  const opensAt = settings && nextOpening(settings, settings.tz, at);
  const lines = (campaign.max_calls ?? 0) - (campaign.inbound_reserve ?? 0);

  if (campaign.script_text.trim() === '') faults.push('script: the campaign has none');
  faults.push(...inScript);
  if (campaign.max_calls === null)
    faults.push(`trunk: ${campaign.trunk} is not known here; is the service configured for it?`);
  else if (lines <= 0) faults.push(`trunk: all lines of ${campaign.trunk} are kept for callers`);
  if (counts.callable === 0) faults.push('contacts: there is nobody to call');
  if (settings !== undefined && opensAt === undefined) faults.push('window: it does not open any more');
  if (campaign.budget_micros !== null && settings?.prices.length === 0)
    faults.push('prices: a budget needs a price list');
  const cost = settings && (await costOfAll(db, campaignId, settings));
  if (cost !== undefined && settings !== undefined) {
    if (cost.unpriced > 0) warnings.push(`prices: ${cost.unpriced} contacts have no price and are not called`);
    const left = (campaign.budget_micros ?? Infinity) - campaign.spent_micros;
    if (cost.dearest > Math.min(left, settings.dayBudgetMicros ?? Infinity)) {
      faults.push('budget: it does not pay for a single call');
    }
    if (cost.sum > left) warnings.push('budget: it may be used up before everybody has been called');
  }
  if (counts.withoutConsent > 0 && settings?.consent.isRequired === true) {
    warnings.push(`consent: ${counts.withoutConsent} contacts have no basis on record and are not called`);
  }
  const pace = Math.min(settings?.cps ?? Infinity, campaign.cps ?? 1);
  const atOnce = Math.max(1, Math.min(settings?.maxCalls ?? 1, lines));
  // A call that nobody answers holds its line as long as it rings.
  const secondsEach = Math.max(1 / pace, (settings?.ringSeconds ?? 30) / atOnce);
  const minHours = (counts.callable * secondsEach) / 3600;
  if (settings !== undefined && opensAt !== undefined && settings.endsAt !== undefined) {
    const openHours = openMsBetween(settings, settings.tz, opensAt, settings.endsAt) / 3_600_000;
    if (openHours < minHours) warnings.push('window: it closes for good before everybody can have been called');
  }
  const maxCostMicros = settings === undefined || settings.prices.length === 0 ? undefined : cost?.sum;
  return { campaignId, state: campaign.state, faults, warnings, ...counts, maxCostMicros, minHours, opensAt, settings };
}

function readSettings(json: string): { readonly settings: CampaignSettings | undefined; readonly faults: string[] } {
  try {
    return { settings: parseSettings(json), faults: [] };
  } catch (error) {
    if (!isInzwaError(error, 'INZWA_CAMPAIGN_SETTINGS')) throw error;
    return { settings: undefined, faults: [...(error.details['faults'] as readonly string[])] };
  }
}

/** Of a contact `cc`. */
const OPTED_OUT = sql`exists (select 1 from opt_outs o where o.phone_hash = cc.phone_hash and o.scope in ('*', cc.campaign_id))`;

async function countContacts(
  db: RecordsQueries,
  campaignId: string,
  needsConsent: boolean,
): Promise<Pick<Preflight, 'contacts' | 'callable' | 'optedOut' | 'withoutConsent' | 'settled'>> {
  const rows = await db
    .selectFrom('campaign_contacts as cc')
    .select([
      sql<number>`case when cc.state in ('done', 'skipped') then 1 else 0 end`.as('settled'),
      sql<number>`case when ${OPTED_OUT} then 1 else 0 end`.as('out'),
      sql<number>`case when cc.consent_basis is null then 1 else 0 end`.as('bare'),
      ({ fn }) => fn.countAll<number>().as('count'),
    ])
    .where('cc.campaign_id', '=', campaignId)
    .groupBy([sql`1`, sql`2`, sql`3`])
    .execute();
  const sum = (keep: (row: (typeof rows)[number]) => boolean): number =>
    rows.filter(keep).reduce((total, { count }) => total + count, 0);
  return {
    contacts: sum(() => true),
    settled: sum(({ settled }) => settled === 1),
    optedOut: sum(({ settled, out }) => settled === 0 && out === 1),
    withoutConsent: sum(({ settled, out, bare }) => settled === 0 && out === 0 && bare === 1),
    callable: sum(({ settled, out, bare }) => settled === 0 && out === 0 && !(needsConsent && bare === 1)),
  };
}

/** Numbers are counted by their first digits, so that a hundred thousand of them need not be read. */
async function costOfAll(
  db: RecordsQueries,
  campaignId: string,
  settings: CampaignSettings,
): Promise<{ readonly sum: number; readonly dearest: number; readonly unpriced: number }> {
  if (settings.prices.length === 0) return { sum: 0, dearest: 0, unpriced: 0 };
  const length = Math.max(...settings.prices.map(({ prefix }) => prefix.length));
  const rows = await db
    .selectFrom('campaign_contacts as cc')
    .innerJoin('phones as p', 'p.hash', 'cc.phone_hash')
    .select([
      sql<string>`substr(p.e164, 1, ${sql.lit(length)})`.as('prefix'),
      ({ fn }) => fn.countAll<number>().as('count'),
    ])
    .where('cc.campaign_id', '=', campaignId)
    .where('cc.state', 'in', ['pending', 'callback'])
    .where('p.e164', 'is not', null)
    .where(sql<boolean>`not ${OPTED_OUT}`)
    .$if(settings.consent.isRequired, (query) => query.where('cc.consent_basis', 'is not', null))
    .groupBy(sql`1`)
    .execute();
  let [sum, dearest, unpriced] = [0, 0, 0];
  for (const { prefix, count } of rows) {
    const reserve = reserveFor(settings, prefix);
    if (reserve === undefined) unpriced += count;
    else {
      sum += reserve * count;
      dearest = Math.max(dearest, reserve);
    }
  }
  return { sum, dearest, unpriced };
}
