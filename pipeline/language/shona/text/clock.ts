/** Clock times: 8:00, 8.30 where something says that it is one, na9pm, 6:30 mangwanani, 16h30, 0800hrs, 8-10am. */
import { nounClassOf } from '../nouns.ts';
import { clockTime, dayPart } from '../times.ts';
import { measure, unitNamed } from '../units.ts';
import { glued, matchAt, type FigureReader, type Place } from './place.ts';
import type { Read } from './read.ts';

const HALF = String.raw`(?: ?([aApP])\.?[mM](?:\.(?! ?[A-Z])|(?![A-Za-z])))`;
const CLOCK = new RegExp(String.raw`(\d{1,2})(?:([:.hH])([0-5]\d)(?!\d)(?::([0-5]\d)(?!\d))?)?${HALF}?`, 'y');
const BOTH_HALVES = new RegExp(String.raw`(\d{1,2}) ?[-–] ?(?=\d{1,2}(?:[:.][0-5]\d)?${HALF})`, 'y');
const HOURS = /([01]\d|2[0-3])([0-5]\d) ?(?:hrs?|HRS?|h)(?![A-Za-z])/y;
const BEHIND = / ?(?:hrs?|HRS?|(o'clock))(?![A-Za-z])/y;
const DAY_PARTS = / ?(?:dze|ye|mu|kwe|we|nemu)?(?:mangwanani|masikati|manheru|husiku|usiku|mambakwedza|rungwanani)/iy;
/** A word in front that already leads to an hour, or a proclitic that wants nothing in between. */
const LED = /^(?:d?z[ae]|dz[ae]|na|ne|pa|ku|wa|we|ye|ya|kusvika|panguva|kuma)$/u;
/** A longer number, a decimal of seconds, or a word that was no part of the clock. */
const NOT_BEHIND = /^(?:[A-Za-z\d]|[:.,]\d)/u;
/** What makes a decimal of "8.30". */
const MEASURED = /^ ?(?:%|°|mi{1,2}l|miri|bi|per ?cent|USD|US\$|ZiG|ZAR|rand|k[mg]|[mc]m|m?[lg](?![a-z]))/u;
/** 08.00-16.30: quarters on both sides. */
const POINTED_RANGE = /(?<=(?:00|15|30|45)) ?[-–] ?\d{1,2}\.(?:00|15|30|45)(?![\d.,%])/y;
const TIME_GLUE = /^(?:na|d?z[ae]|pa|ku|kuma|pama)$/u;
const LEADS_TO_HOUR = /^d?z[ae]$/iu;
const NEARBY = /nguva|maawa|vhur|vhar|tang|per[ao]|kubva|kusvika/u;

const SECONDS = unitNamed('seconds');

const isFollowedByDayPart = (text: string, at: number): boolean => matchAt(DAY_PARTS, text, at) !== undefined;

interface Time {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly half: 'a' | 'p' | undefined;
  /** Whether the hour was written as on a 24-hour clock: 08:00, 16:30. */
  readonly isOf24: boolean;
  readonly end: number;
}

function timeAt(place: Place): Time | undefined {
  const { text, at } = place;
  const military = matchAt(HOURS, text, at);
  if (military) {
    const [hour, minute] = [Number(military[1]), Number(military[2])];
    return { hour, minute, second: 0, half: undefined, isOf24: true, end: at + military[0].length };
  }
  const match = matchAt(CLOCK, text, at);
  if (!match) return undefined;
  const [written, hours = '', sign = '', minutes, seconds, letter] = match;
  const half = letter === undefined ? undefined : letter.toLowerCase() === 'p' ? 'p' : 'a';
  const behind = half === undefined ? matchAt(BEHIND, text, at + written.length) : undefined;
  const isBehind = behind !== undefined && (minutes !== undefined || behind[1] !== undefined);
  const end = at + written.length + (isBehind ? behind[0].length : 0);
  if (NOT_BEHIND.test(text.slice(end, end + 2))) return undefined;
  const hour = Number(hours);
  const isClock =
    half !== undefined ||
    isBehind ||
    (minutes === undefined ? isHour(place, hour, end) : sign !== '.' || isPointed(place, hour, minutes, end));
  if (!isClock || hour > 24 || (half !== undefined && (hour > 12 || hour === 0))) return undefined;
  const isOf24 = half === undefined && minutes !== undefined && (hours.startsWith('0') || hour > 12);
  return { hour, minute: Number(minutes ?? 0), second: Number(seconds ?? 0), half, isOf24, end };
}

/** Whether "8.30" is a time: a decimal is hardly ever written with its last zero, and half past nearly always is. */
function isPointed({ text, past, glue }: Place, hour: number, minutes: string, end: number): boolean {
  if (MEASURED.test(text.slice(end, end + 10))) return false;
  if (isFollowedByDayPart(text, end) || (minutes === '30' && hour >= 1 && hour <= 12)) return true;
  if (!/[05]$/u.test(minutes)) return false;
  if (past.lastFigure === 'clock' || past.joined?.kind === 'clock') return true;
  if (glue === '' && matchAt(POINTED_RANGE, text, end) !== undefined) return true;
  return glue === '' ? NEARBY.test(past.recent) : TIME_GLUE.test(glue);
}

/** Whether a bare figure is an hour: "8 manheru" (but not "mazuva 3 masikati"), "nguva dza 8". */
function isHour({ text, past, glue }: Place, hour: number, end: number): boolean {
  if (hour < 1) return false;
  if (isFollowedByDayPart(text, end)) return nounClassOf(past.last.toLowerCase()) === 'none';
  const isLed = LEADS_TO_HOUR.test(glue === '' ? past.last : glue);
  return isLed && past.recent.endsWith(glue === '' ? `nguva ${past.last.toLowerCase()}` : 'nguva');
}

function say(place: Place, { hour, minute, second, half, isOf24, end }: Time): string {
  const of24 = half === 'p' ? (hour % 12) + 12 : half === 'a' ? hour % 12 : hour % 24;
  const seconds = second === 0 || SECONDS === undefined ? '' : ` ne${measure(second, SECONDS)}`;
  const words = clockTime(hour, minute, place.reading) + seconds;
  const isKnown = half !== undefined || isOf24;
  return isKnown && !isFollowedByDayPart(place.text, end) ? `${words} ${dayPart(of24)}` : words;
}

/** What is said in front of an hour that nothing leads to. */
function lead({ glue, past, reading }: Place): string {
  if (glue !== '' || past.lastFigure === 'clock' || LED.test(past.last.toLowerCase())) return '';
  return past.last.toLowerCase().endsWith('nguva') ? reading.clockLead.replace(/^.* /u, '') : reading.clockLead;
}

const read = (place: Place, words: string, end: number): Read => ({
  words: glued(place.glue, lead(place) + words),
  end,
  kind: 'clock',
});

/** A time of day; the hour is counted by twelve, and the part of the day is added when the figures show it. */
export const clock: FigureReader = (place) => {
  const { text, at } = place;
  const both = matchAt(BOTH_HALVES, text, at);
  if (both && Number(both[1]) >= 1 && Number(both[1]) <= 12) {
    const end = at + both[0].length;
    const second = timeAt({ ...place, at: end, glue: '' });
    if (second) {
      const words = clockTime(Number(both[1]), 0, place.reading);
      return read(place, `${words} ${place.reading.upTo} ${say(place, second)}`, second.end);
    }
  }
  const time = timeAt(place);
  return time && read(place, say(place, time), time.end);
};
