/**
 * Shona cardinals, ordinals and digits as words, in the 1967 spelling. Magnitudes are joined with a glued ne-; the last
 * unit agrees with the noun that is counted. Not here: money (money.ts), clock and calendar (times.ts).
 */

import { englishDigit } from './english-numerals.ts';
import type { Numerals } from './reading.ts';

/** Noun classes by Meinhof's numbers; `none` counts without a noun and takes the series of class 9/10. */
export type NounClass = 'none' | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14;

/** The largest number with words of its own here; beyond it digits are read one by one. */
export const LARGEST_CARDINAL = 999_999_999_999;

interface Concord {
  readonly one: string;
  /** Of the plural class: two to nine. */
  readonly many: readonly string[];
}

const STEMS = ['viri', 'tatu', 'na', 'shanu', 'tanhatu', 'nomwe', 'sere', 'pfumbamwe'] as const;
const withPrefix = (prefix: string): readonly string[] => STEMS.map((stem) => prefix + stem);

const NASAL: readonly string[] = ['mbiri', 'nhatu', 'ina', 'shanu', 'nhanhatu', 'nomwe', 'sere', 'pfumbamwe'];
const VA: Concord = { one: 'mumwe', many: withPrefix('va') };
const MI: Concord = { one: 'mumwe', many: withPrefix('mi') };
const MA: Concord = { one: 'rimwe', many: withPrefix('ma') };
const ZVI: Concord = { one: 'chimwe', many: withPrefix('zvi') };
const N: Concord = { one: 'imwe', many: NASAL };

const CONCORDS: Readonly<Record<NounClass, Concord>> = {
  none: N,
  1: VA,
  2: VA,
  3: MI,
  4: MI,
  5: MA,
  6: MA,
  7: ZVI,
  8: ZVI,
  9: N,
  10: N,
  11: { one: 'rumwe', many: NASAL },
  12: { one: 'kamwe', many: withPrefix('tu') },
  13: { one: 'kamwe', many: withPrefix('tu') },
  14: { one: 'humwe', many: MA.many },
};

/** 1–9 agreeing with a noun class. */
function unit(n: number, nounClass: NounClass): string {
  const concord = CONCORDS[nounClass];
  return (n === 1 ? concord.one : concord.many[n - 2]) ?? '';
}

/** 1–999. */
function belowThousand(n: number, nounClass: NounClass): string {
  const parts: string[] = [];
  const hundreds = Math.floor(n / 100);
  const tens = Math.floor((n % 100) / 10);
  const ones = n % 10;
  if (hundreds > 0) parts.push(hundreds === 1 ? 'zana' : `mazana ${unit(hundreds, 6)}`);
  if (tens > 0) parts.push(tens === 1 ? 'gumi' : `makumi ${unit(tens, 6)}`);
  if (ones > 0) parts.push(unit(ones, nounClass));
  return parts.join(' ne');
}

/** 1–999,999. Thousands are zviuru with class 8; a thousands group of ten or more is closed with zvine, as news text does. */
function belowMillion(n: number, nounClass: NounClass): string {
  const thousands = Math.floor(n / 1000);
  const rest = n % 1000;
  if (thousands === 0) return belowThousand(rest, nounClass);
  const head = thousands === 1 ? 'chiuru' : `zviuru ${belowThousand(thousands, 8)}`;
  if (rest === 0) return head;
  const joiner = thousands >= 10 ? ' zvine ' : ' ne';
  const pause = isTakenForThousands(thousands, rest, nounClass) ? ',' : '';
  return head + pause + joiner + belowThousand(rest, nounClass);
}

/**
 * 100,088 in the classes of the thousands' own concord is said as news text says 188,000; shona.md §2 knows no safe short
 * form and advises a pause, which a listener and `valueOf` both take for the end of the thousands.
 */
function isTakenForThousands(thousands: number, rest: number, nounClass: NounClass): boolean {
  const isOwnConcord = CONCORDS[nounClass] === ZVI || CONCORDS[nounClass].many === MA.many;
  return isOwnConcord && thousands % 100 === 0 && rest > 10 && rest < 100 && rest % 10 !== 0;
}

/** `count` of a class 9/6 loan (miriyoni/mamiriyoni), then what is left of the number. */
function magnitude(count: number, singular: string, rest: string, restStartsGroup: boolean): string {
  const head = count === 1 ? `${singular} imwe` : `ma${singular} ${belowThousand(count, 6)}`;
  if (rest === '') return head;
  return head + (count >= 10 && !restStartsGroup ? ' ane ' : ' ne') + rest;
}

/**
 * A whole number in words, 0 to LARGEST_CARDINAL, agreeing with the class of the noun in front of it.
 * Throws RangeError outside that range or for a fraction.
 */
export function cardinal(n: number, nounClass: NounClass = 'none'): string {
  if (!Number.isInteger(n) || n < 0 || n > LARGEST_CARDINAL) throw new RangeError(`no Shona words for ${n}`);
  if (n === 0) return 'ziro';
  const billions = Math.floor(n / 1_000_000_000);
  const millions = Math.floor((n % 1_000_000_000) / 1_000_000);
  const rest = n % 1_000_000;
  let words = rest === 0 ? '' : belowMillion(rest, nounClass);
  if (millions > 0) words = magnitude(millions, 'miriyoni', words, rest >= 1000);
  if (billions > 0) words = magnitude(billions, 'bhiriyoni', words, n % 1_000_000_000 >= 1000);
  return words;
}

/** The words of each digit in turn, `ziro imwe mbiri …`; anything that is not 0–9 is a short pause (a comma). */
export function digitByDigit(digits: string, numerals: Numerals = 'shona'): string {
  const word = (digit: string): string =>
    numerals === 'english' ? englishDigit(Number(digit)) : cardinal(Number(digit));
  const groups = digits.split(/\D+/u).filter((group) => group !== '');
  return groups.map((group) => Array.from(group, word).join(' ')).join(', ');
}

/** A decimal fraction: the whole part, `point`, then digit by digit; `fraction` is the digits behind the point. */
export function decimal(whole: number, fraction: string, nounClass: NounClass = 'none', point = 'poindi'): string {
  return `${cardinal(whole, nounClass)} ${point} ${digitByDigit(fraction)}`;
}

/** Possessive concords; without a noun the one of class 9, whose series unknown things are counted in. */
const POSSESSIVE: Readonly<Record<NounClass, string>> = {
  none: 'ye',
  1: 'we',
  2: 've',
  3: 'we',
  4: 'ye',
  5: 're',
  6: 'e',
  7: 'che',
  8: 'zve',
  9: 'ye',
  10: 'dze',
  11: 'rwe',
  12: 'ke',
  13: 'twe',
  14: 'hwe',
};

/**
 * What stands behind the possessive concord of an ordinal, 1 upwards: kutanga, chipiri … chipfumbamwe, gumi, gumi nechimwe,
 * and again with chi- from twenty on (attested: "musangano wechimakumi matatu").
 */
export function ordinalStem(n: number): string {
  if (n === 1) return 'kutanga';
  if (n < 10) return `chi${n === 2 ? 'piri' : (STEMS[n - 2] ?? '')}`;
  return `${n < 20 ? '' : 'chi'}${cardinal(n, 7)}`;
}

/** An ordinal, 1 upwards: wekutanga, wechipiri … wegumi, wegumi nechimwe, wechimakumi maviri. */
export function ordinal(n: number, nounClass: NounClass = 'none'): string {
  return POSSESSIVE[nounClass] + ordinalStem(n);
}

/** How often: kamwe, kaviri … kagumi, kagumi nekaviri. */
export function timesOver(n: number): string {
  const ones = n % 10;
  const last = ones === 0 ? '' : `ka${ones === 1 ? 'mwe' : (STEMS[ones - 2] ?? '')}`;
  if (n > 0 && n < 10) return last;
  return `ka${cardinal(n - ones)}${last === '' ? '' : ` ne${last}`}`;
}
