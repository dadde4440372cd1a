/**
 * Capital letters as they are said: abbreviations letter by letter or as words, initials, Roman numerals. Letter names are
 * the English ones in Shona spelling (judgement, no corpus shows them).
 */
import { isNativeWord } from './orthography.ts';
import type { ShonaReading } from './reading.ts';

const NAMES: Readonly<Record<string, string>> = {
  a: 'ei',
  b: 'bhii',
  c: 'sii',
  d: 'dhii',
  e: 'ii',
  f: 'efu',
  g: 'jii',
  h: 'eichi',
  i: 'ai',
  j: 'jei',
  k: 'kei',
  l: 'eru',
  m: 'emu',
  n: 'eni',
  o: 'ou',
  p: 'pii',
  q: 'kiu',
  r: 'ara',
  s: 'esi',
  t: 'tii',
  u: 'yuu',
  v: 'vhii',
  w: 'dhabhuru yuu',
  x: 'ekisi',
  y: 'wai',
  z: 'zedhi',
};

/** The names of letters A–Z in turn, whatever their case. */
export function letterNames(letters: string): string {
  return Array.from(letters.toLowerCase(), (letter) => NAMES[letter] ?? '').join(' ');
}

/** Could be said as a word, but is spelled out. */
const SPELLED = new Set(
  (
    'AI HIV USA UK EU UN AU ID SMS OPD ICU ANC ART EPI IUD UAE ICT IVF OTP ATM GPS USB WHO CIO NGO AFM CEO MP IMF ICC UZ ' +
    'AZT ARV ARVS PEP ECD ZEP'
  ).split(' '),
);

/** Said as a word in Shona spelling, whatever their case: keys in lower case. */
const WORDS: Readonly<Record<string, string>> = {
  aids: 'eidzi',
  covid: 'kovhidhi',
};

// Which consonants English lets stand in front of the first vowel and behind the last: else capitals are an abbreviation.
const EDGES =
  /^(?:[^AEIOU]|[BCFGPSK]L|[BCDFGKPT]R|[DST]W|S[CKMNPTV]|S[CPT]R|[CGKPSTWZBDVNM]H|KN|WR|QU|N[DGJYZ]|M[BPVW]|Z[VW]|D[ZY]|TS|TY|BV|PF|[BGKNRTV]W)?[AEIOU](?:.*[AEIOU])?(?:[^AEIOUHJQVW]|Y|[CS]K|CT|[FLNPRSX]T|[LNR][DK]|LL|SS|FF|ZZ|NG|[LMRS]P|[SCTGNP]H|GHT|LM|RM|RN|[A-Z]S|[LR]F|[NTR]CH)?$/u;
/** English words of two letters, and interjections, that look like abbreviations. */
const SHORT_WORDS = new Set('AM AN AS AT IF IN IS IT OF OH OK ON OR UP US AH EH OO EE AA'.split(' '));
/** Two capitals together, one at the end, or a word below: most names (muZimbabwe, VaMoyo) are settled by this. */
const ABBREVIATED = /[A-Z]{2}|[A-Z]$|ZiG|Covid|Aids/u;
const VOWEL = /^[AEIOU]$/u;

function isSpelled(letters: string): boolean {
  if (SPELLED.has(letters)) return true;
  if (letters.length === 2 && VOWEL.test(letters.charAt(0))) return !SHORT_WORDS.has(letters);
  return letters.length <= 8 && !EDGES.test(letters) && !isNativeWord(letters);
}

/**
 * A word with capitals inside as it is said: HIV "eichi ai vhii", veMDC "veemu dhii sii", cheCOVID "chekovhidhi". Undefined
 * when it stays as it is: a name, an English word, a word in capitals (NHASI).
 */
export function readCapitals(word: string, reading: ShonaReading): string | undefined {
  const known = Object.hasOwn(reading.said, word) ? reading.said[word] : undefined;
  if (known !== undefined) return known;
  if (!ABBREVIATED.test(word)) return undefined;
  if (word.endsWith('ZiG')) return word.slice(0, -3) + reading.zig;
  const parts = /^([A-Z]?[a-z]{1,5}(?=[A-Z]))?(.+)$/u.exec(word);
  const glue = parts?.[1] ?? '';
  const rest = parts?.[2] ?? word;
  const inside = Object.hasOwn(reading.said, rest) ? reading.said[rest] : WORDS[rest.toLowerCase()];
  if (inside !== undefined) return glue + inside;
  // T20, weT20: a capital behind a proclitic is a letter.
  if (glue !== '' && rest.length === 1) return glue + letterNames(rest);
  const capitals = /^([A-Z]{2,})(?:s|'s)?$/u.exec(rest)?.[1];
  return capitals !== undefined && isSpelled(capitals) ? glue + letterNames(capitals) : undefined;
}

/** A Roman numeral of at least two signs and at most 39, which no Shona or English word looks like. */
export function romanNumeral(word: string): number | undefined {
  const parts = /^(X{0,3})(IX|IV|VI{0,3}|I{1,3})$/u.exec(word);
  if (parts === null || word.length < 2) return undefined;
  const ones: Readonly<Record<string, number>> = { I: 1, II: 2, III: 3, IV: 4, V: 5, VI: 6, VII: 7, VIII: 8, IX: 9 };
  return (parts[1] ?? '').length * 10 + (ones[parts[2] ?? ''] ?? 0);
}
