/** Days and times as callers say them, against the calendar of a time zone; and back into words. Pure. */
import type { Language } from '../language/language.ts';
import type { CalendarDate } from '../language/spoken-value.ts';
import { filled, type MomentWords } from './script.ts';

/** A moment and the zone whose calendar counts. */
export interface Here {
  /** Epoch ms. */
  readonly nowMs: number;
  /** IANA name. */
  readonly tz: string;
}

interface Day {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Nobody who says "at three" means the night. */
const FIRST_HOUR = 7;
/** Sooner than this, "at three" is tomorrow. */
const SOONEST_MS = 10 * MINUTE_MS;

function wallAt({ nowMs, tz }: Here): Day & { readonly hour: number; readonly minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: tz,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(nowMs);
  const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value);
  return { year: of('year'), month: of('month'), day: of('day'), hour: of('hour'), minute: of('minute') };
}

/** Epoch ms of a wall time; of one that a change of the clocks leaves out, the moment after the gap. */
function epochOf({ year, month, day }: Day, hour: number, minute: number, tz: string): number {
  const wanted = Date.UTC(year, month - 1, day, hour, minute);
  let at = wanted;
  for (let round = 0; round < 2; round += 1) {
    const wall = wallAt({ nowMs: at, tz });
    at += wanted - Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
  }
  return at;
}

const serial = ({ year, month, day }: Day): number => Date.UTC(year, month - 1, day) / DAY_MS;

function dayOf(days: number): Day {
  const date = new Date(days * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function iso({ year, month, day }: Day): string {
  const pad = (n: number, width: number): string => String(n).padStart(width, '0');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** Undefined for a day that the calendar does not have. */
function realDay(year: number, month: number, day: number): Day | undefined {
  const found = dayOf(serial({ year, month, day }));
  return found.month === month && found.day === day ? found : undefined;
}

export type Lies = 'past' | 'future' | 'anywhere';

/**
 * The ISO date that a caller means; undefined when no day was said, or one on the wrong side of today. What is said without a
 * year, a month or more is the nearest day on the right side; `anywhere` takes it for past.
 */
export function dateOf(date: CalendarDate, lies: Lies, here: Here): string | undefined {
  const today = serial(wallAt(here));
  const side = lies === 'future' ? 1 : -1;
  const day = candidates(date, today, side)
    .filter((days) => lies === 'anywhere' || (lies === 'past' ? days <= today : days >= today))
    .sort((a, b) => Math.abs(a - today) - Math.abs(b - today))[0];
  return day === undefined ? undefined : iso(dayOf(day));
}

function candidates({ year, month, day, weekday, daysFromToday }: CalendarDate, today: number, side: 1 | -1): number[] {
  if (daysFromToday !== undefined) return [today + daysFromToday];
  const now = dayOf(today);
  const serials = (days: readonly (Day | undefined)[]): number[] =>
    days.flatMap((each) => (each === undefined ? [] : [serial(each)]));
  if (day === undefined) {
    if (weekday === undefined || month !== undefined || year !== undefined) return [];
    // 1970-01-01 was a Thursday, 4.
    const todays = ((today + 3) % 7) + 1;
    const away = side === 1 ? (weekday - todays + 7) % 7 : (todays - weekday + 7) % 7;
    return [today + side * (away === 0 ? 7 : away)];
  }
  if (month !== undefined) {
    const years = year === undefined ? [now.year - 1, now.year, now.year + 1] : [year];
    const all = serials(years.map((each) => realDay(each, month, day)));
    return year === undefined ? all.filter((days) => side * (days - today) >= 0) : all;
  }
  if (year !== undefined) return [];
  const months = [-1, 0, 1].map((ahead) => dayOf(serial({ ...now, day: 1 }) + ahead * 31));
  const all = serials(months.map((each) => realDay(each.year, each.month, day)));
  return all.filter((days) => side * (days - today) >= 0);
}

/** DDMMYYYY, as it is keyed; undefined for no day, or one on the wrong side. */
export function keyedDate(digits: string, lies: Lies, here: Here): string | undefined {
  const [, day, month, year] = /^(\d\d)(\d\d)(\d{4})$/u.exec(digits) ?? [];
  if (day === undefined || realDay(Number(year), Number(month), Number(day)) === undefined) return undefined;
  return dateOf({ year: Number(year), month: Number(month), day: Number(day) }, lies, here);
}

/** "Mangwana na3 masikati", "mushure memaawa maviri", "manheru" as a moment to come; undefined when none was said. */
export function momentOf(text: string, language: Language, words: MomentWords, here: Here): number | undefined {
  const { date, time } = dayAndTimeOf(text, language, words);
  const duration = language.valueOf(text, { expects: 'duration' });
  if (duration?.kind === 'duration' && time === undefined) {
    const { weeks = 0, days = 0, hours = 0, minutes = 0, months = 0, years = 0, seconds } = duration.duration;
    const ms = (weeks * 7 + days) * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS;
    return ms > 0 && months === 0 && years === 0 && seconds === undefined ? here.nowMs + ms : undefined;
  }
  const today = serial(wallAt(here));
  const day = date && dateOf(date, 'future', here);
  if (day === undefined && time === undefined) return undefined;
  const { hour, minute } = time ?? wallAt(here);
  const [year = 0, month = 1, dayOfMonth = 1] = (day ?? iso(dayOf(today))).split('-').map(Number);
  const at = epochOf({ year, month, day: dayOfMonth }, hour, minute, here.tz);
  if (at >= here.nowMs + SOONEST_MS) return at;
  return day === undefined ? epochOf(dayOf(today + 1), hour, minute, here.tz) : undefined;
}

interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** Each out of what the other leaves: "na2" behind a weekday is no day of the month, the 12 of "musi wa12 Zvita" no hour. */
function dayAndTimeOf(
  text: string,
  language: Language,
  words: MomentWords,
): { readonly date: CalendarDate | undefined; readonly time: TimeOfDay | undefined } {
  const without = ({ start, end }: { readonly start: number; readonly end: number }): string =>
    `${text.slice(0, start)} ${text.slice(end)}`;
  const whole = language.valueOf(text, { expects: 'date' });
  if (whole?.kind === 'date' && whole.date.month !== undefined) {
    return { date: whole.date, time: timeOf(without(whole.span), language, words)?.time };
  }
  const found = timeOf(text, language, words);
  const rest = language.valueOf(found?.span === undefined ? text : without(found.span), { expects: 'date' });
  return { date: rest?.kind === 'date' ? rest.date : undefined, time: found?.time };
}

function timeOf(
  text: string,
  language: Language,
  { parts }: MomentWords,
): { readonly time: TimeOfDay; readonly span?: { readonly start: number; readonly end: number } } | undefined {
  const value = language.valueOf(text, { expects: 'time' });
  if (value?.kind === 'time') {
    const { hour, minute, isHalfOfDayKnown, span } = value;
    const isAfternoon = !isHalfOfDayKnown && hour < FIRST_HOUR;
    return { time: { hour: isAfternoon ? hour + 12 : hour, minute }, span };
  }
  const said = text.toLowerCase().split(/[^\p{L}]+/u);
  const part = parts.find(({ words }) => words.some((word) => said.includes(word)));
  return part && { time: { hour: part.hour, minute: 0 } };
}

/** An ISO date as the language's reading of figures takes it. */
export function sayDate(date: string, { months, date: template }: MomentWords): string {
  const [year = '', month = '1', day = '1'] = date.split('-');
  return filled(template, { year, month: months[Number(month) - 1] ?? '', day: String(Number(day)) });
}

/** "mangwana nguva dza15:30" */
export function sayMoment(atMs: number, words: MomentWords, here: Here): string {
  const wall = wallAt({ nowMs: atMs, tz: here.tz });
  const away = serial(wall) - serial(wallAt(here));
  const named = away === 0 ? words.today : away === 1 ? words.tomorrow : undefined;
  const day = named ?? filled(words.dayOfYear, { day: String(wall.day), month: words.months[wall.month - 1] ?? '' });
  return filled(words.dayAndTime, { day, time: `${wall.hour}:${String(wall.minute).padStart(2, '0')}` });
}
