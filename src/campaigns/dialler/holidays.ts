/**
 * Zimbabwe's public holidays: Public Holidays and Prohibition of Business Act [Chapter 10:21] and its schedule, with the
 * Robert Gabriel Mugabe National Youth Day (SI 143A of 2017). Days that are proclaimed, such as elections, are the operator's to add.
 */

/** Month and day. */
const FIXED = ['01-01', '02-21', '04-18', '05-01', '05-25', '12-22', '12-25', '12-26'] as const;

const DAY_MS = 86_400_000;

const byYear = new Map<number, ReadonlySet<string>>();

/** `date` is local, as 2026-04-18. */
export function isZimbabweanHoliday(date: string): boolean {
  const year = Number(date.slice(0, 4));
  let holidays = byYear.get(year);
  if (holidays === undefined) {
    holidays = zimbabweanHolidays(year);
    byYear.set(year, holidays);
  }
  return holidays.has(date);
}

/** Dates as 2026-04-18. */
export function zimbabweanHolidays(year: number): ReadonlySet<string> {
  const easter = easterSunday(year);
  const heroes = secondMondayOfAugust(year);
  const holidays = new Set([
    ...FIXED.map((day) => `${year}-${day}`),
    ...[-2, -1, 0, 1].map((days) => written(easter + days * DAY_MS)),
    written(heroes),
    written(heroes + DAY_MS),
  ]);
  // A holiday on a Sunday is kept on the next day that is not one itself (section 2 of the Act).
  for (const holiday of [...holidays]) {
    let at = Date.parse(`${holiday}T00:00:00Z`);
    if (new Date(at).getUTCDay() !== 0 || at === easter) continue;
    while (holidays.has(written(at))) at += DAY_MS;
    holidays.add(written(at));
  }
  return holidays;
}

/** Gregorian computus (Meeus, Jones, Butcher); epoch ms of that day in UTC. */
function easterSunday(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return Date.UTC(year, Math.floor(f / 31) - 1, (f % 31) + 1);
}

function secondMondayOfAugust(year: number): number {
  const weekday = new Date(Date.UTC(year, 7, 1)).getUTCDay();
  return Date.UTC(year, 7, 1 + ((8 - weekday) % 7) + 7);
}

function written(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
