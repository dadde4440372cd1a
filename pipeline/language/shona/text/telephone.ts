/** Telephone numbers, emergency numbers, reference numbers and codes: digit by digit, a pause between groups. */
import { letterNames } from '../letters.ts';
import { digitByDigit } from '../numbers.ts';
import type { ShonaReading } from '../reading.ts';
import { figureAt } from './figures.ts';
import { glued, matchAt, type FigureReader, type Place } from './place.ts';
import type { Read } from './read.ts';

const INTERNATIONAL = /(?:\+ ?|00(?=263))[1-9]\d{0,14}/y;
const BARE_ZIMBABWEAN = /2637[1378]\d{7}(?!\d)/y;
const NATIONAL = /\(?0\d{1,14}\)?/y;
const NEXT_GROUP = /[ ()\-/]{1,3}(\d{2,8})(?!\d)(?![:.,]\d)/y;
const MAX_GROUPS = 6;
/** ITU-T E.164: at most 15 digits; nothing shorter than 7 is taken for a telephone number without a word that says so. */
const LEAST_DIGITS = 7;

/** Groups for digits that were written in one run: 077 345 6789, and threes with no single digit left over. */
export function inGroups(run: string): string[] {
  if (run.startsWith('263') && run.length === 12) return ['263', ...inGroups(run.slice(3))];
  if (/^7\d{8}$/u.test(run)) return [run.slice(0, 2), run.slice(2, 5), run.slice(5)];
  const groups = run.match(/\d{1,3}/gu) ?? [];
  const last = groups.at(-1);
  if (groups.length < 2 || last?.length !== 1) return groups;
  return [...groups.slice(0, -2), (groups.at(-2) ?? '') + last];
}

/** Digits in words, as groups with a comma between. */
export function sayGroups(groups: readonly string[], reading: ShonaReading): string {
  return digitByDigit(groups.join(' '), reading.digits);
}

const read = ({ glue, reading }: Place, groups: readonly string[], end: number): Read => ({
  words: glued(glue, sayGroups(groups, reading)),
  end,
  kind: 'digits',
});

/** A number with an international or trunk prefix, in one run or in groups. */
export const telephone: FigureReader = (place) => {
  const { text, at } = place;
  if (!/[+(02]/u.test(text.charAt(at))) return undefined;
  const bare = matchAt(BARE_ZIMBABWEAN, text, at)?.[0];
  if (bare !== undefined) return read(place, inGroups(bare), at + bare.length);
  const international = matchAt(INTERNATIONAL, text, at)?.[0];
  const start = international ?? matchAt(NATIONAL, text, at)?.[0];
  if (start === undefined) return undefined;
  const groups = [start.replace(/\D/gu, '').replace(/^00(?=263)/u, '')];
  const enough = international === undefined ? 9 : groups[0]?.startsWith('263') === true ? 12 : 11;
  let end = at + start.length;
  let count = groups[0]?.length ?? 0;
  while (count < enough && groups.length < MAX_GROUPS) {
    const next = matchAt(NEXT_GROUP, text, end);
    if (next === undefined) break;
    groups.push(next[1] ?? '');
    count += next[1]?.length ?? 0;
    end += next[0].length;
  }
  if (count < LEAST_DIGITS || count > 15 || /\d/u.test(text.charAt(end))) return undefined;
  return read(place, groups.length === 1 ? inGroups(groups[0] ?? '') : groups, end);
};

const DASHED = /\d{1,12}(?:-\d{1,12}){2,8}(?![\d-])/y;

/** 2-0-1-9 is one run; 263-77-345-6789 and 10-20-30 are groups. */
export const dashedDigits: FigureReader = (place) => {
  const written = matchAt(DASHED, place.text, place.at)?.[0];
  if (written === undefined) return undefined;
  const groups = written.split('-');
  const isSpelt = groups.every((group) => group.length === 1);
  return read(place, isSpelt ? inGroups(groups.join('')) : groups, place.at + written.length);
};

/** Words behind which digits are dialled, typed or quoted: fonerai 994, panhamba 112, kodhi 4821. */
const CUE =
  /(?:^|^[a-z]{1,4})(?:fon(?:a|e|ai|era|erai|ererai|ere|i)|runhare|nhamba|nhare|whatsapp|ecocash|telephone|phone|call|tel|cell|sms|pin|pini|kodhi|code|otp|akaunti|akaundi|account|reference|referensi|ref|invoice|risiti|tiketi|ticket|dzvanyai|dial)$/iu;
const SHORT_NUMBER = /\d{3,15}(?![\d:]|[.,]\d)/y;
const MORE_DIGITS = / (\d{2,8})(?![\d:]|[.,]\d)/y;

/** Digits behind a word that announces them, or behind other such digits ("994 kana 112"). */
export const announcedDigits: FigureReader = (place) => {
  const { text, at, past, glue } = place;
  const run = matchAt(SHORT_NUMBER, text, at)?.[0];
  if (run === undefined) return undefined;
  const anchor = glue === '' ? past.anchor() : { word: past.last };
  const isAnnounced =
    anchor !== undefined && ('word' in anchor ? CUE.test(anchor.word) : anchor.figure.kind === 'digits');
  if (!isAnnounced) return undefined;
  const groups = [run];
  let end = at + run.length;
  for (let next = matchAt(MORE_DIGITS, text, end); next && groups.length < MAX_GROUPS;) {
    groups.push(next[1] ?? '');
    end += next[0].length;
    next = matchAt(MORE_DIGITS, text, end);
  }
  return read(place, groups.length === 1 ? inGroups(run) : groups, end);
};

const CODE = /\d{1,12}(?:-\d{1,12}){0,3}-?[A-Z]{1,3}(?:-?\d{1,12})(?:-?[A-Z]{0,2}\d{0,12}){0,2}(?![A-Za-z\d])/y;
const LEADING_ZEROS = /0\d{1,15}(?![\d:]|[.,-]\d)/y;
const DOTTED = /\d{1,15}(?:\.\d{1,15}){2,8}(?![\d])/y;

/** National identity numbers and the like: 63-1234567X42. */
export const code: FigureReader = (place) => {
  const written = matchAt(CODE, place.text, place.at)?.[0];
  if (written === undefined) return undefined;
  const parts = (written.match(/\d+|[A-Z]+/gu) ?? []).map((part) =>
    /\d/u.test(part) ? sayGroups(inGroups(part), place.reading) : letterNames(part),
  );
  return { words: glued(place.glue, parts.join(', ')), end: place.at + written.length, kind: 'digits' };
};

const LETTERED = /[A-Z]{1,5}[-/]?\d{3,12}(?:[-/]?[A-Z\d]{1,12}){0,4}(?![A-Za-z\d])/y;

/** Codes that begin with capitals, from three digits on: AB-1234-CD, INV-00123. Fewer digits are a name: COVID-19. */
export function letteredCode(text: string, at: number, reading: ShonaReading): Read | undefined {
  const written = matchAt(LETTERED, text, at)?.[0];
  if (written === undefined) return undefined;
  const parts = (written.match(/\d+|[A-Z]+/gu) ?? []).map((part) =>
    /\d/u.test(part) ? sayGroups(inGroups(part), reading) : letterNames(part),
  );
  return { words: parts.join(', '), end: at + written.length, kind: 'digits' };
}

const USSD = /\*\d{1,12}(?:\*\d{1,12}){0,6}#|\*\d{1,12}(?:\*\d{1,12}){1,6}|#\d{1,12}#/y;

/** *151*200#, as it is keyed in. */
export const ussd: FigureReader = ({ text, at, reading }) => {
  const written = matchAt(USSD, text, at)?.[0];
  if (written === undefined) return undefined;
  const words = (written.match(/\d+|[*#]/gu) ?? []).map((part) => {
    if (part === '*') return reading.star;
    return part === '#' ? reading.hash : digitByDigit(part, reading.digits);
  });
  return { words: words.join(' '), end: at + written.length, kind: 'digits' };
};

/** 007 and 3.4.5, which are no quantities. */
export const looseDigits: FigureReader = (place) => {
  const { text, at, reading, glue } = place;
  const zeros = matchAt(LEADING_ZEROS, text, at)?.[0];
  if (zeros !== undefined) return read(place, inGroups(zeros), at + zeros.length);
  const dotted = matchAt(DOTTED, text, at)?.[0];
  if (dotted === undefined || figureAt(text, at)?.isGrouped === true) return undefined;
  const parts = dotted.split('.').map((part) => digitByDigit(part, reading.digits));
  return { words: glued(glue, parts.join(` ${reading.point} `)), end: at + dotted.length, kind: 'digits' };
};
