import { cardinal } from './numbers.ts';

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

/** Words that already say the part of the day, so that none is added. */
export const DAY_PARTS = /^\s*(?:dze|ye|mu|kwe)?(?:mangwanani|masikati|manheru|husiku|usiku)/iu;

/** The part of the day an hour (0–23) belongs to, as it follows a clock time. */
export function dayPart(hour: number): string {
  if (hour < 4) return 'husiku';
  if (hour < 12) return 'mangwanani';
  if (hour < 18) return 'masikati';
  return hour < 21 ? 'manheru' : 'husiku';
}

/**
 * A clock time in words, hours by twelve: 8:00 "sere", 16:30 "ina nehafu", 8:15 "sere nemaminitsi gumi nemashanu".
 * The part of the day is the caller's business. `hour` 0–23, `minute` 0–59.
 */
export function clockTime(hour: number, minute: number): string {
  const words = cardinal(hour % 12 === 0 ? 12 : hour % 12);
  if (minute === 0) return words;
  if (minute === 30) return `${words} nehafu`;
  return minute === 1 ? `${words} nemineti imwe` : `${words} nemaminitsi ${cardinal(minute, 6)}`;
}

/** A calendar day in words, without "musi wa": "makumi maviri nenomwe Nyamavhuvhu". `month` 1–12. */
export function calendarDay(day: number, month: number): string {
  return `${cardinal(day)} ${MONTHS[month - 1] ?? ''}`;
}
