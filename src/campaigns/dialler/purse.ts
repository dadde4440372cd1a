/** What a campaign may still spend: money is kept aside before a call and counted after it. */
import { sql } from 'kysely';
import type { RecordsTransaction } from '#src/records/records.ts';
import type { CampaignsTable } from '#src/records/schema.ts';
import type { CampaignSettings } from './settings.ts';
import { dayStart } from './window.ts';

/** For one transaction. */
export class Purse {
  #leftMicros: number;
  #leftTodayMicros: number;
  /** Something was asked for and refused. */
  isEmpty = false;
  /** What was refused may be there again when open calls have ended. */
  readonly isKeptForCalls: boolean;

  private constructor(leftMicros: number, leftTodayMicros: number, isKeptForCalls: boolean) {
    this.#leftMicros = leftMicros;
    this.#leftTodayMicros = leftTodayMicros;
    this.isKeptForCalls = isKeptForCalls;
  }

  static async of(
    tx: RecordsTransaction,
    campaign: Pick<CampaignsTable, 'id' | 'budget_micros' | 'spent_micros' | 'reserved_micros'>,
    { dayBudgetMicros, tz }: CampaignSettings,
    now: number,
  ): Promise<Purse> {
    const left = (campaign.budget_micros ?? Infinity) - campaign.spent_micros - campaign.reserved_micros;
    const isKept = campaign.reserved_micros > 0;
    if (dayBudgetMicros === undefined) return new Purse(left, Infinity, isKept);
    const { spent } = await tx
      .selectFrom('attempts')
      .select(sql<number>`coalesce(sum(cost_micros), 0)`.as('spent'))
      .where('campaign_id', '=', campaign.id)
      .where('state', 'in', ['done', 'unknown'])
      .where('ended_at', '>=', dayStart(tz, now))
      .executeTakeFirstOrThrow();
    return new Purse(left, dayBudgetMicros - spent - campaign.reserved_micros, isKept);
  }

  /** True when only the day's share is used up. */
  get isDayOver(): boolean {
    return this.isEmpty && this.#leftMicros > this.#leftTodayMicros;
  }

  take(micros: number): boolean {
    if (micros > Math.min(this.#leftMicros, this.#leftTodayMicros)) {
      this.isEmpty = true;
      return false;
    }
    this.#leftMicros -= micros;
    this.#leftTodayMicros -= micros;
    return true;
  }
}
