/** Dates as far as they are said: musi wa27 Nyamavhuvhu 2019, neMuvhuro, August the 27th, mugore ra2018, muna Ndira. */
import type { CalendarDate } from '../../spoken-value.ts';
import type { Atom } from './atom.ts';
import { prefixKind } from './lexicon.ts';
import { type Atoms, isNext } from './parts.ts';
import { readOrdinal } from './quantity.ts';
import type { Grammar } from './reading.ts';
import { wholeAt } from './whole.ts';

interface Numbered {
  readonly value: number;
  readonly end: number;
}

const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Years that people name without saying that they are years. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2099;

/** A real day of a real month; 29 February passes without a year. */
function isDate({ year, month, day }: CalendarDate): boolean {
  if (month !== undefined && (month < 1 || month > 12)) return false;
  if (day === undefined) return true;
  const isLeap = year === undefined || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
  return day >= 1 && day <= (month === 2 && !isLeap ? 28 : (DAYS_IN_MONTH[(month ?? 1) - 1] ?? 31));
}

function dayAt(atoms: Atoms, at: number): Numbered | undefined {
  const ordinal = readOrdinal(atoms, at, undefined);
  if (ordinal?.meaning.kind === 'ordinal') {
    const { value } = ordinal.meaning;
    return value >= 1 && value <= 31 ? { value, end: ordinal.end } : undefined;
  }
  const whole = wholeAt(atoms, at);
  if (whole === undefined || whole.value < 1 || whole.value > 31) return undefined;
  return whole.series === 'agreeing' && whole.value < 10 ? undefined : whole;
}

/** nineteen eighty four, twenty oh five: no count is said like this. */
function yearInPairsAt(atoms: Atoms, at: number): Numbered | undefined {
  const century = wholeAt(atoms, at);
  if (century?.series !== 'english' || century.value < 17 || century.value > 21) return undefined;
  if (!isNext(atoms[century.end])) return undefined;
  const isOh = atoms[century.end]?.lexeme.unit === 0;
  const rest = wholeAt(atoms, isOh ? century.end + 1 : century.end);
  if (rest === undefined || rest.value > 99 || (isOh ? rest.value > 9 : rest.value < 10)) return undefined;
  return { value: century.value * 100 + rest.value, end: rest.end };
}

/** 2019, zviuru zviviri negumi, or in pairs. */
function yearNumberAt(atoms: Atoms, at: number): Numbered | undefined {
  const whole = wholeAt(atoms, at);
  return whole !== undefined && whole.value >= 1000 && whole.value < 3000 ? whole : yearInPairsAt(atoms, at);
}

/** A year that is named as one (mugore ra2018, gore 1977, wegore ra …, muna 2014), or that stands behind a month. */
function yearAt(atoms: Atoms, at: number, isBehindMonth: boolean): Numbered | undefined {
  const atom = atoms[at];
  if (atom === undefined || atom.pause === 'stop') return undefined;
  if (atom.lexeme.timeUnit === 'years' && atom.lexeme.isSingular === true) {
    return atoms[at + 1]?.pause === 'none' ? yearNumberAt(atoms, at + 1) : undefined;
  }
  const kind = prefixKind(atom.prefix);
  const isIn = kind === 'at' && atom.figure?.digits.length === 4;
  if (!isBehindMonth && !isIn) return undefined;
  const year = kind === 'and' ? undefined : yearNumberAt(atoms, at);
  const isNear = year !== undefined && year.value >= FIRST_YEAR && year.value <= LAST_YEAR;
  return isBehindMonth || isNear ? year : undefined;
}

/** A month by its name (behind a day also "mwedzi wa…"), or, behind a day, by its number: mwedzi wechisere. */
function monthAt(atoms: Atoms, at: number): Numbered | undefined {
  const atom = atoms[at];
  if (at > 0 && atom?.lexeme.timeUnit === 'months' && atom.lexeme.isSingular === true) {
    const named = atoms[at + 1];
    if (named?.lexeme.month !== undefined) return { value: named.lexeme.month, end: at + 2 };
    const ordinal = readOrdinal(atoms, at + 1, undefined);
    if (ordinal?.meaning.kind !== 'ordinal' || ordinal.meaning.value > 12) return undefined;
    return { value: ordinal.meaning.value, end: ordinal.end };
  }
  const month = atom?.lexeme.month;
  if (month === undefined || atom?.pause === 'stop' || prefixKind(atom?.prefix ?? '') === 'and') return undefined;
  return { value: month, end: at + 1 };
}

/** Muvhuro, neMuvhuro; china (four, the country) and svondo (week) only with a capital behind a proclitic. */
function isNamedDay({ lexeme, prefix, isCapital }: Atom): boolean {
  return prefix !== '' && (isCapital || (lexeme.unit === undefined && lexeme.timeUnit === undefined));
}

/** Day and month in either order, and the year. */
function dayAndMonthAt(atoms: Atoms, at: number): { readonly date: CalendarDate; readonly end: number } | undefined {
  const day = dayAt(atoms, at);
  const month = day === undefined ? monthAt(atoms, at) : monthAt(atoms, day.end);
  const later = day === undefined && month !== undefined && atoms[month.end]?.pause === 'none' ? month.end : undefined;
  // "August 27", "August the 27th 2019": not "muna Ndira 2015", whose number is no day.
  // Three goats are "mbudzi nhatu", too.
  const isSure = atoms[at]?.lexeme.isWeak !== true || atoms[at].isCapital;
  const behind = later === undefined || !isSure || atoms[later]?.prefix !== '' ? undefined : dayAt(atoms, later);
  const found = day ?? behind;
  if (month === undefined) return undefined;
  if (found === undefined && day === undefined) {
    const year = yearAt(atoms, month.end, true);
    return year === undefined ? undefined : { date: { year: year.value, month: month.value }, end: year.end };
  }
  if (found === undefined) return undefined;
  const end = behind?.end ?? month.end;
  const year = yearAt(atoms, end, true);
  const date = { month: month.value, day: found.value, ...(year === undefined ? {} : { year: year.value }) };
  return isDate(date) ? { date, end: year?.end ?? end } : undefined;
}

/** See the file's head. What is only a month, a weekday or a bare day is weak unless a proclitic or "musi" names it. */
export const readDate: Grammar = (atoms, at, expects) => {
  const reading = (date: CalendarDate, end: number, isWeak = false): ReturnType<Grammar> => ({
    meaning: { kind: 'date', date },
    end,
    isWeak,
  });
  const first = atoms[at];
  if (first === undefined) return undefined;
  if (first.date !== undefined) return isDate(first.date) ? reading(first.date, at + 1) : undefined;
  let next = at;
  let weekday: number | undefined;
  let isNamed = false;
  let isDay = false;
  for (let step = 0; step < 3; step += 1) {
    const atom = atoms[next];
    if (atom === undefined || (step > 0 && atom.pause === 'stop')) break;
    const isMusi: boolean = atom.lexeme.role === 'day';
    // "musi wechipiri" is Tuesday; "musi wechipiri waNdira" is the second of January.
    const spelled = isDay && atom.lexeme.ordinal !== undefined && atom.lexeme.ordinal >= 2 && atom.lexeme.ordinal <= 5;
    const isChi = spelled && atom.word.includes('chi') && monthAt(atoms, next + 1) === undefined;
    const day: number | undefined = isChi ? atom.lexeme.ordinal : atom.lexeme.weekday;
    if (isMusi) isDay = true;
    else if (day !== undefined && weekday === undefined) {
      // "china" in small letters is four, unless a day is asked for.
      if (atom.lexeme.unit !== undefined && !isDay && !atom.isCapital && expects !== 'date') break;
      weekday = day;
      isNamed ||= isDay || isNamedDay(atom);
      isDay = false;
    } else break;
    next += 1;
  }
  const rest = atoms[next]?.pause === 'stop' && next > at ? undefined : dayAndMonthAt(atoms, next);
  const named = weekday === undefined ? {} : { weekday };
  if (rest !== undefined) return reading({ ...rest.date, ...named }, rest.end);
  const year = next > at ? undefined : (yearAt(atoms, at, false) ?? yearInPairsAt(atoms, at));
  if (year !== undefined) return reading({ year: year.value }, year.end);
  const day = isDay || expects === 'date' ? dayAt(atoms, next) : undefined;
  if (day !== undefined) return reading({ day: day.value, ...named }, day.end, !isDay);
  if (weekday !== undefined) return reading(named, next, !isNamed);
  if (next > at) return undefined;
  const month = monthAt(atoms, at);
  if (month !== undefined) {
    const isSure = first.lexeme.isWeak !== true || first.isCapital;
    const isIn = isSure && (prefixKind(first.prefix) === 'at' || atoms[at - 1]?.lexeme.timeUnit === 'months');
    return reading({ month: month.value }, month.end, !isIn);
  }
  const bare = expects === 'date' ? yearNumberAt(atoms, at) : undefined;
  if (bare !== undefined) return reading({ year: bare.value }, bare.end);
  const { daysFromToday } = first.lexeme;
  return expects === 'date' && daysFromToday !== undefined ? reading({ daysFromToday }, at + 1) : undefined;
};
