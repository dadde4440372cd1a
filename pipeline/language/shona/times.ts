/** The calendar and the clock in words. Which figures are dates or times is decided by the readers in text/. */
import { englishHour, englishYear } from './english-numerals.ts';
import { cardinal } from './numbers.ts';
import { DEFAULT_READING, type ShonaReading } from './reading.ts';

/** January first. */
export const MONTHS = [
  'Ndira',
  'Kukadzi',
  'Kurume',
  'Kubvumbi',
  'Chivabvu',
  'Chikumi',
  'Chikunguru',
  'Nyamavhuvhu',
  'Gunyana',
  'Gumiguru',
  'Mbudzi',
  'Zvita',
] as const;

/** Monday first. */
export const DAYS = ['Muvhuro', 'Chipiri', 'Chitatu', 'China', 'Chishanu', 'Mugovera', 'Svondo'] as const;

const ENGLISH_MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
/** CLDR's abbreviations, in the order of MONTHS and DAYS. */
const SHORT_MONTHS = 'Ndi Kuk Kur Kub Chv Chk Chg Nya Gun Gum Mbu Zvi'.split(' ');
const SHORT_DAYS = 'Muv Chp Cht Chn Chs Mug Svo'.split(' ');

/** Written form -> what is said; English months are left to the voice. */
const MONTH_NAMES: ReadonlyMap<string, string> = new Map([
  ...MONTHS.map((name): [string, string] => [name, name]),
  ...SHORT_MONTHS.map((short, at): [string, string] => [short, MONTHS[at] ?? short]),
  ...ENGLISH_MONTHS.flatMap((name): [string, string][] => [
    [name, name],
    [name.slice(0, 3), name],
  ]),
  ['Sept', 'September'],
]);
const DAY_NAMES: ReadonlySet<string> = new Set(DAYS);

/** The month that a word names, as it is said; undefined for any other word. Capitals matter: mbudzi is also a goat. */
export function monthNamed(word: string): string | undefined {
  return MONTH_NAMES.get(word) ?? MONTH_NAMES.get(word.charAt(0) + word.slice(1).toLowerCase());
}

/** The month or day that an abbreviation of CLDR stands for. */
export function calendarAbbreviation(word: string): string | undefined {
  const day = SHORT_DAYS.indexOf(word);
  if (day >= 0) return DAYS[day];
  const month = SHORT_MONTHS.indexOf(word);
  return month >= 0 ? MONTHS[month] : undefined;
}

/** Whether a word, proclitics allowed (neMuvhuro, munaChikumi), names a day or a month. */
export function isCalendarName(word: string): boolean {
  const name = word.replace(/^[a-z]{1,4}(?=[A-Z])/u, '');
  return DAY_NAMES.has(name) || (MONTHS as readonly string[]).includes(name);
}

/** The part of the day an hour (0–23) belongs to, as it follows a clock time. */
export function dayPart(hour: number): string {
  if (hour < 4) return 'husiku';
  if (hour < 12) return 'mangwanani';
  if (hour < 18) return 'masikati';
  return hour < 21 ? 'manheru' : 'husiku';
}

/**
 * A clock time in words, hours by twelve: 8:00 "sere", 16:30 "ina nehafu", 8:15 "sere nemaminitsi gumi nemashanu".
 * The part of the day is the caller's business. `hour` 0–24, `minute` 0–59.
 */
export function clockTime(hour: number, minute: number, reading: ShonaReading = DEFAULT_READING): string {
  const of12 = hour % 12 === 0 ? 12 : hour % 12;
  const words = reading.hours === 'english' ? englishHour(of12) : cardinal(of12);
  if (minute === 0) return words;
  if (minute === 30) return `${words} ${reading.half}`;
  return minute === 1 ? `${words} nemineti imwe` : `${words} ne${reading.minutes} ${cardinal(minute, 6)}`;
}

/** A year in words: 2018 "zviuru zviviri negumi nesere", or in English numerals. */
export function yearInWords(year: number, reading: ShonaReading = DEFAULT_READING): string {
  return reading.years === 'english' && year >= 1000 && year < 3000 ? englishYear(year) : cardinal(year);
}

/** A calendar day in words, without "musi wa": "makumi maviri nenomwe Nyamavhuvhu". `month` 1–12. */
export function calendarDay(day: number, month: number): string {
  return `${cardinal(day)} ${MONTHS[month - 1] ?? ''}`;
}
