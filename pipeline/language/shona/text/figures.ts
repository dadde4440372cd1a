/** How numbers are written: thousands set apart by a comma, a comma and a space, a space or points; decimals by either. */
import { LARGEST_CARDINAL } from '../numbers.ts';
import { matchAt } from './place.ts';

/** A number as written. */
export interface Figure {
  /** Digits of the whole part without separators; leading zeros are kept. */
  readonly whole: string;
  /** Digits behind the decimal sign; '' for none. */
  readonly fraction: string;
  readonly isGrouped: boolean;
  readonly end: number;
}

/** Radio news writes all of these: 1,858 · 36, 052 · 6 292 · 4 630,095. */
const GROUPED = /[1-9]\d{0,2}(?:(?:, ?| )\d{3}(?!\d)){1,6}(?:\.\d+)?/y;
const EUROPEAN = /([1-9]\d{0,2}(?:\.\d{3}){1,5}),(\d{1,2})(?![\d.,]\d|\d)/y;
const POINTED = /[1-9]\d{0,2}(?:\.\d{3}){2,5}(?![.\d])/y;
/** "1, 5 million", "35, 53%": a decimal comma with a space, which only what follows can tell. */
const SPACED_DECIMAL = /(\d{1,3}), (\d{1,2})(?= ?(?:%|per ?cent|mi{1,2}l|miri|bi{1,2}l|bh?iri))/y;
const DECIMAL = /(\d+)[.,](\d+)(?![.,]?\d)/y;
const WHOLE = /\d+/y;
const POINT_FIRST = /[.,](\d+)(?![.,]?\d)/y;
const SCIENTIFIC = /(\d{1,12})(?:\.(\d{1,12}))?[eE]\+?(\d{1,2})(?![A-Za-z\d])/y;

const figure = (whole: string, fraction: string, end: number, isGrouped = false): Figure => ({
  whole,
  fraction,
  isGrouped,
  end,
});

/** The number that is written at a position; undefined when no digit (nor a decimal sign and a digit) stands there. */
export function figureAt(text: string, at: number): Figure | undefined {
  const first = text.charCodeAt(at);
  if (first === 0x2e || first === 0x2c) {
    const short = matchAt(POINT_FIRST, text, at);
    return short && figure('0', short[1] ?? '', at + short[0].length);
  }
  const whole = matchAt(WHOLE, text, at)?.[0];
  if (whole === undefined) return undefined;
  const end = at + whole.length;
  const next = text.charAt(end);
  if (next === 'e' || next === 'E') return scientificAt(text, at) ?? figure(whole, '', end);
  if (next !== ',' && next !== '.' && next !== ' ') return figure(whole, '', end);
  const spaced = next === ',' ? matchAt(SPACED_DECIMAL, text, at) : undefined;
  if (spaced) return figure(spaced[1] ?? '', spaced[2] ?? '', at + spaced[0].length);
  if (next === '.') {
    const european = matchAt(EUROPEAN, text, at);
    if (european) {
      return figure((european[1] ?? '').replaceAll('.', ''), european[2] ?? '', at + european[0].length, true);
    }
    const pointed = matchAt(POINTED, text, at)?.[0];
    if (pointed !== undefined) return figure(pointed.replaceAll('.', ''), '', at + pointed.length, true);
  } else {
    const grouped = matchAt(GROUPED, text, at)?.[0];
    if (grouped !== undefined) {
      const [digits = '', fraction = ''] = grouped.replace(/[, ]/gu, '').split('.');
      return figure(digits, fraction, at + grouped.length, true);
    }
  }
  // 1,2,3 is a list.
  const isListed = text.charAt(at - 1) === ',' && /\d/u.test(text.charAt(at - 2));
  const decimal = next === ' ' || isListed ? undefined : matchAt(DECIMAL, text, at);
  if (decimal && /[eE]/u.test(text.charAt(at + decimal[0].length))) {
    const scientific = scientificAt(text, at);
    if (scientific) return scientific;
  }
  if (decimal) return figure(decimal[1] ?? '', decimal[2] ?? '', at + decimal[0].length);
  return figure(whole, '', end);
}

function scientificAt(text: string, at: number): Figure | undefined {
  const [written, whole = '', fraction = '', power = ''] = matchAt(SCIENTIFIC, text, at) ?? [];
  if (written === undefined) return undefined;
  const digits = scaled(whole, fraction, Number(power));
  return digits === undefined ? undefined : figure(String(digits), '', at + written.length);
}

/** whole.fraction × 10^power where that is a whole number with words; undefined otherwise. */
function scaled(whole: string, fraction: string, power: number): number | undefined {
  if (whole.length + power > 15) return undefined;
  const shifted = fraction.replace(/0+$/u, '');
  if (shifted.length > power) return undefined;
  const value = Number(whole + shifted.padEnd(power, '0'));
  return value <= LARGEST_CARDINAL ? value : undefined;
}

/** The number a figure stands for, when it is whole and has words; "3.00" is whole. */
export function wholeOf({ whole, fraction }: Figure): number | undefined {
  return /[1-9]/u.test(fraction) || whole.length > 15 ? undefined : withinReach(Number(whole));
}

/** The whole part as a number, when it has words. */
export function integerOf({ whole }: Figure): number | undefined {
  return whole.length > 15 ? undefined : withinReach(Number(whole));
}

function withinReach(value: number): number | undefined {
  return value <= LARGEST_CARDINAL ? value : undefined;
}

const SCALE_WORD = / ?(?:e?ma)?(thousand|mi{1,2}l{1,2}ions?|miriy?oni|bi{1,2}l{1,2}ions?|bh?iriy?oni)(?![A-Za-z])/y;
const SCALE_LETTER = / ?(?:(m|mn|M)|(bn|B)|(k|K))(?![A-Za-z\d])/y;

/**
 * A figure and the word behind it that multiplies it: "3,7 million" is 3,700,000. The letters of "$2m", "$3bn", "$5k" count
 * only behind money. Unchanged when there is no such word, or the product has no words.
 */
export function withScale(text: string, written: Figure, isMoney: boolean): Figure {
  const word = matchAt(SCALE_WORD, text, written.end);
  const letter = word === undefined && isMoney ? matchAt(SCALE_LETTER, text, written.end) : undefined;
  const power = word ? powerOf(word[1] ?? '') : letter?.[1] !== undefined ? 6 : letter?.[2] !== undefined ? 9 : 3;
  const match = word ?? letter;
  if (match === undefined) return written;
  const value = scaled(written.whole, written.fraction, power);
  return value === undefined ? written : figure(String(value), '', written.end + match[0].length);
}

function powerOf(word: string): 3 | 6 | 9 {
  if (word.startsWith('t')) return 3;
  return word.startsWith('m') ? 6 : 9;
}
