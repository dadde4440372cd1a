/** A campaign to be killed in: its rules, its people, and where they are written down. */
import type { CampaignSettingsInput } from '#src/campaigns/dialler/settings.ts';
import type { Records } from '#src/records/records.ts';
import { madeUpNumber, writeCampaign } from '../write-campaign.ts';
import { hasSaidNo } from './people.ts';
import { TRUNK } from './setup.ts';

export interface Slots {
  readonly openMinutes: number;
  readonly closedMinutes: number;
}

/** Of the trunk: so few lines that all of them are taken most of the time. */
export const LIMITS = { maxCalls: 12, inboundReserve: 2, cps: 3 } as const;

export const RING_SECONDS = 5;
export const GUARD_SECONDS = 25;

/** 08:00 in Harare; the campaign starts half a minute before. */
const FIRST_MINUTE = 8 * 60;
const SLOTS_A_DAY = 8;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Monday 2026-11-23, 07:59:30 in Harare. */
export const WALL_ZERO_MS = Date.UTC(2026, 10, 23, 5, 59, 30);

/** Epoch ms of each slot of the first day: [from, to). */
export function slotsOf({ openMinutes, closedMinutes }: Slots): readonly (readonly [number, number])[] {
  const first = Date.UTC(2026, 10, 23, 6);
  return Array.from({ length: SLOTS_A_DAY }, (_, n) => {
    const from = first + n * (openMinutes + closedMinutes) * 60_000;
    return [from, from + openMinutes * 60_000] as const;
  });
}

function settingsOf({ openMinutes, closedMinutes }: Slots): CampaignSettingsInput {
  const time = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const slots = Array.from({ length: SLOTS_A_DAY }, (_, n) => {
    const from = FIRST_MINUTE + n * (openMinutes + closedMinutes);
    return `${time(from)}-${time(from + openMinutes)}`;
  });
  const often = { afterMinutes: 1, max: 10 };
  return {
    window: { days: Object.fromEntries(DAYS.map((day) => [day, slots])), holidays: 'none' },
    ringSeconds: RING_SECONDS,
    guardSeconds: GUARD_SECONDS,
    maxCallSeconds: 60,
    maxCalls: LIMITS.maxCalls,
    perPhone: { minGapMinutes: 1, perDay: 20 },
    retries: {
      ...{ maxTries: 10, maxReached: 5, maxCalls: 40 },
      ...{ busy: often, noAnswer: often, failed: often, machine: often, partial: often, congestion: often },
    },
    // What it is for is people who hang up and numbers that do not work; here a third of them do not.
    breaker: { minCalls: 10_000 },
  };
}

/** Writes the campaign with `people` contacts, a tenth of whom have said no before. */
export async function planKills(records: Records, people: number, slots: Slots): Promise<void> {
  await writeCampaign(records, {
    people,
    settings: settingsOf(slots),
    trunk: { name: TRUNK, kind: 'twilio', ...LIMITS },
    at: WALL_ZERO_MS,
    hasSaidNo: (index) => hasSaidNo(madeUpNumber(index)),
  });
}
