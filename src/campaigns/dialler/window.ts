/**
 * When a call may be begun: by the clock on the wall of who is called. It is asked again right before every call, and what
 * it cannot tell is closed.
 */
import { isZimbabweanHoliday } from './holidays.ts';
import { WEEKDAYS, type CampaignSettings } from './settings.ts';

/** The part of a campaign's settings that says when. */
export type Hours = Pick<CampaignSettings, 'window' | 'startsAt' | 'endsAt' | 'guardSeconds'>;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Beyond this nobody plans a campaign; a window that never opens must come to an end somewhere. */
const HORIZON_DAYS = 400;

interface LocalTime {
  /** 2026-11-26 */
  readonly date: string;
  /** [0, 86400) */
  readonly secondOfDay: number;
}

/**
 * True when a call begun at `at` (epoch ms) is within the hours now and as long as it may ring (`guardSeconds`), in zone
 * `tz`. Every minute until then is looked at, so that no change of summer time opens a window that is closed.
 */
export function mayBegin(hours: Hours, tz: string, at: number): boolean {
  const lastAt = at + hours.guardSeconds * 1000;
  if (hours.startsAt !== undefined && at < hours.startsAt) return false;
  if (hours.endsAt !== undefined && lastAt > hours.endsAt) return false;
  const slot = slotAt(hours, tz, at);
  if (slot === undefined) return false;
  for (let next = at + MINUTE_MS; next < lastAt; next += MINUTE_MS) if (slotAt(hours, tz, next) !== slot) return false;
  // One ms sooner: a call that has rung out when the slot closes is within it.
  return slotAt(hours, tz, lastAt - 1) === slot;
}

/** Epoch ms, at or after `from`, of the first moment at which a call may be begun; undefined: none. */
export function nextOpening(hours: Hours, tz: string, from: number): number | undefined {
  const earliest = Math.max(from, hours.startsAt ?? from);
  if (mayBegin(hours, tz, earliest)) return earliest;
  for (let day = 0; day <= HORIZON_DAYS; day++) {
    const date = addDays(localTime(tz, earliest).date, day);
    for (const { fromMinute } of slotsOn(hours, date)) {
      const opensAt = Math.max(earliest, epochOf(tz, date, fromMinute));
      if (hours.endsAt !== undefined && opensAt >= hours.endsAt) return undefined;
      if (mayBegin(hours, tz, opensAt)) return opensAt;
    }
  }
  return undefined;
}

/** Open window between two moments, in ms, counted by the minute; for estimates. */
export function openMsBetween(hours: Hours, tz: string, from: number, to: number): number {
  let open = 0;
  for (let at = from; at < to; at += 15 * MINUTE_MS) if (slotAt(hours, tz, at) !== undefined) open += 15 * MINUTE_MS;
  return open;
}

/** Epoch ms at which the local day that `at` is in began. */
export function dayStart(tz: string, at: number): number {
  return epochOf(tz, localTime(tz, at).date, 0);
}

/** Epoch ms at which the next local day begins. */
export function nextDayStart(tz: string, at: number): number {
  return epochOf(tz, addDays(localTime(tz, at).date, 1), 0);
}

/** Names the slot that a moment is in: no other slot of any other day has that name. */
function slotAt(hours: Hours, tz: string, at: number): string | undefined {
  const { date, secondOfDay } = localTime(tz, at);
  const index = slotsOn(hours, date).findIndex(
    ({ fromMinute, toMinute }) => secondOfDay >= fromMinute * 60 && secondOfDay < toMinute * 60,
  );
  return index === -1 ? undefined : `${date}/${index}`;
}

function slotsOn({ window }: Hours, date: string): CampaignSettings['window']['days']['mon'] {
  if (window.daysOff.includes(date)) return [];
  if (window.holidays === 'zimbabwe' && isZimbabweanHoliday(date)) return [];
  // getUTCDay counts from Sunday, WEEKDAYS from Monday.
  const weekday = WEEKDAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7];
  return weekday === undefined ? [] : window.days[weekday];
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(tz: string, at: number): LocalTime {
  let format = formats.get(tz);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: tz,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(tz, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts;
  return {
    date: `${year.padStart(4, '0')}-${month}-${day}`,
    secondOfDay: Number(hour) * 3600 + Number(minute) * 60 + Number(second),
  };
}

/** A local time that a change of summer time leaves out is read as the moment of the change. */
function epochOf(tz: string, date: string, minute: number): number {
  const asUtc = Date.parse(`${date}T00:00:00Z`) + minute * MINUTE_MS;
  const before = asUtc - offsetAt(tz, asUtc - DAY_MS);
  const after = asUtc - offsetAt(tz, asUtc + DAY_MS);
  const fitting = [before, after].filter((at) => at + offsetAt(tz, at) === asUtc);
  return fitting.length > 0 ? Math.min(...fitting) : Math.max(before, after);
}

/** Local time less UTC, in ms. */
function offsetAt(tz: string, at: number): number {
  const { date, secondOfDay } = localTime(tz, at);
  return Date.parse(`${date}T00:00:00Z`) + secondOfDay * 1000 - Math.floor(at / 1000) * 1000;
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
