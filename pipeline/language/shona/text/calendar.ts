/** Dates in figures, and figures beside the name of a month. */
import { cardinal } from '../numbers.ts';
import { calendarDay, monthNamed, MONTHS, yearInWords } from '../times.ts';
import { glued, matchAt, type FigureReader, type Place } from './place.ts';
import type { Read } from './read.ts';

const ISO = /(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d/-])(?:T(?=\d))?/y;
const NUMERIC = /(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\d/-])|(\d{1,2})\/(\d{1,2})\/(\d{2})(?![\d/])/y;
const YEAR_MONTH = /(\d{4})-(0[1-9]|1[0-2])(?![\d-])/y;
const MONTH_YEAR = /(0?[1-9]|1[0-2])\/((?:19|20)\d{2})(?![\d/])/y;
const DAY_MONTH = /(\d{1,2})\/(0[1-9]|1[0-2])(?![\d/])/y;
const DAY_NAMED = /(\d{1,2})(?:st|nd|rd|th)?(?: of)? ?([A-Z][A-Za-z]{2,11})(?![A-Za-z])(?:,? (\d{4})(?![\d.,]\d|\d))?/y;
const BEHIND_MONTH = /(\d{1,2})(?:st|nd|rd|th)?(?![\d:/%]|[.,]\d)(?:,? (\d{4})(?![\d.,]\d|\d))?/y;
const FOUR = /([12]\d{3})(?![\d:/%]|[.,]\d|[–-]\d)/y;

const date = ({ glue }: Place, words: string, end: number): Read => ({ words: glued(glue, words), end, kind: 'date' });

const isDay = (day: number, month: number): boolean => day >= 1 && day <= 31 && month >= 1 && month <= 12;

/** Years of two digits are read into the hundred years up to 2068, as POSIX has it. */
const century = (year: number): number => (year < 69 ? 2000 + year : 1900 + year);

/** 2019-08-27, 27/08/2019, 27.8.2019, 27/08/19, 2019-08 and 27/08; the American order only when no other is possible. */
export const numericDate: FigureReader = (place) => {
  const { text, at, reading } = place;
  const iso = matchAt(ISO, text, at);
  if (iso) {
    const [year, month, day] = [Number(iso[1]), Number(iso[3]), Number(iso[4])];
    if (!isDay(day, month)) return undefined;
    return date(place, `${calendarDay(day, month)} ${yearInWords(year, reading)}`, at + iso[0].length);
  }
  const numeric = matchAt(NUMERIC, text, at);
  if (numeric) {
    const [first, second] = [Number(numeric[1] ?? numeric[5]), Number(numeric[3] ?? numeric[6])];
    const year = numeric[4] === undefined ? century(Number(numeric[7])) : Number(numeric[4]);
    const [day, month] = isDay(first, second) ? [first, second] : [second, first];
    if (!isDay(day, month)) return undefined;
    return date(place, `${calendarDay(day, month)} ${yearInWords(year, reading)}`, at + numeric[0].length);
  }
  const month = matchAt(YEAR_MONTH, text, at);
  // 2010-12 counts on: a range of years; 2019-12 can only be December.
  if (month && (month[2]?.startsWith('0') === true || Number(month[2]) <= Number(month[1]) % 100)) {
    const name = MONTHS[Number(month[2]) - 1] ?? '';
    return date(place, `${name} ${yearInWords(Number(month[1]), reading)}`, at + month[0].length);
  }
  const monthYear = matchAt(MONTH_YEAR, text, at);
  if (monthYear) {
    const name = MONTHS[Number(monthYear[1]) - 1] ?? '';
    return date(place, `${name} ${yearInWords(Number(monthYear[2]), reading)}`, at + monthYear[0].length);
  }
  const day = matchAt(DAY_MONTH, text, at);
  if (!day || !isDay(Number(day[1]), Number(day[2]))) return undefined;
  // 3/10 is as well a part of ten.
  if (day[2]?.startsWith('0') !== true) return undefined;
  return date(place, calendarDay(Number(day[1]), Number(day[2])), at + day[0].length);
};

/** "musi wa 18": a day, whatever noun comes next. */
const isOfDay = ({ glue, past }: Place): boolean =>
  glue === '' ? past.last === 'wa' && past.recent.endsWith('musi wa') : glue === 'wa' && /musi$/iu.test(past.last);

/** 27 Nyamavhuvhu 2019, Gumiguru 6, Kurume 2019, August 27, 2019. */
export const namedDate: FigureReader = (place) => {
  const { text, at, reading, past, glue } = place;
  const named = matchAt(DAY_NAMED, text, at);
  const month = named && monthNamed(named[2] ?? '');
  if (named && month !== undefined && isDay(Number(named[1]), 1)) {
    const year = named[3] === undefined ? '' : ` ${yearInWords(Number(named[3]), reading)}`;
    return date(place, `${cardinal(Number(named[1]))} ${month}${year}`, at + named[0].length);
  }
  if (isOfDay(place)) {
    const day = matchAt(BEHIND_MONTH, text, at);
    if (day && isDay(Number(day[1]), 1)) return date(place, cardinal(Number(day[1])), at + (day[1]?.length ?? 0));
  }
  if (glue !== '' || monthNamed(past.last.replace(/^[a-z]{1,4}(?=[A-Z])/u, '')) === undefined) return undefined;
  const year = matchAt(FOUR, text, at);
  if (year) return date(place, yearInWords(Number(year[1]), reading), at + year[0].length);
  const day = matchAt(BEHIND_MONTH, text, at);
  if (!day || !isDay(Number(day[1]), 1)) return undefined;
  const behind = day[2] === undefined ? '' : ` ${yearInWords(Number(day[2]), reading)}`;
  return date(place, cardinal(Number(day[1])) + behind, at + day[0].length);
};

const TRUNCATED = /--(0[1-9]|1[0-2])-(\d{2})(?![\d-])/y;

/** --08-27, a day without a year as values are written down (ISO 8601:2000). */
export const truncatedDate: FigureReader = (place) => {
  const match = matchAt(TRUNCATED, place.text, place.at);
  const [month, day] = [Number(match?.[1]), Number(match?.[2])];
  return match && isDay(day, month) ? date(place, calendarDay(day, month), place.at + match[0].length) : undefined;
};

const YEAR_WORD = /(?:gore|mwaka|makore|muna|kuna|kubva|kusvika)$/u;
const YEAR_GLUE = /^(?:r[ae]|d?z[ae]|dz[ae]|kwa|kwe|w[ae]|y[ae]|e|na|ne|mu|ku|ch[ae]|zv[ae]|kuma)$/iu;

/** A year on its own, where words or a proclitic say so: ra2018, muna 1997, gore 2020. A plain count is left alone. */
export const year: FigureReader = (place) => {
  const { text, at, reading, past, glue } = place;
  const match = matchAt(FOUR, text, at);
  if (!match) return undefined;
  const value = Number(match[1]);
  if (value < 1100 || value > 2199) return undefined;
  // "muna 1 500" never comes here: only a run of four digits does.
  const says = glue === '' ? YEAR_WORD.test(past.last.toLowerCase()) : YEAR_GLUE.test(glue);
  if (!says || /^ ?(?:%|mi|bi|thousand|km|kg|m\b)/u.test(text.slice(at + 4, at + 14))) return undefined;
  return date(place, yearInWords(value, reading), at + match[0].length);
};
