/** How a Shona speaker names the letters of an English abbreviation, in Shona spelling (judgement, no corpus shows it). */
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

/** Abbreviations with vowels that are still spelled out; without a vowel every run of capitals is. */
const SPELLED = new Set(['AI', 'HIV', 'USA', 'EU', 'UN', 'AU', 'ID', 'SMS', 'OPD', 'ICU', 'ANC', 'ART', 'EPI', 'IUD']);

/** Written short, said whole. Keys in lower case, without the full stop. */
const SHORT_FORMS: Readonly<Record<string, string>> = {
  dr: 'Chiremba',
  mr: 'VaMu',
  mrs: 'Amai',
  st: 'Mutsvene',
  no: 'nhamba',
  aids: 'eidzi',
  covid: 'kovhidhi',
  tel: 'runhare',
  zig: 'zigi',
};

const spell = (letters: string): string =>
  Array.from(letters.toLowerCase(), (letter) => NAMES[letter] ?? letter).join(' ');

/** Abbreviations as they are said: HIV "eichi ai vhii", veMDC "veemu dhii sii", Dr. "Chiremba". Other words stay as they are. */
export function expandAbbreviations(text: string): string {
  return text
    .replace(
      /(?<![A-Za-z'])(Dr|Mr|Mrs|St|Tel|No)\.(?=\s)/gu,
      (_, word: string) => SHORT_FORMS[word.toLowerCase()] ?? word,
    )
    .replace(/(?<![A-Za-z'])(Dr|Mr|Mrs)(?=\s)/gu, (_, word: string) => SHORT_FORMS[word.toLowerCase()] ?? word)
    .replace(
      /([a-z]*)(AIDS|COVID|Covid|ZiG)(?![A-Za-z])/gu,
      (_, glue: string, word: string) => glue + (SHORT_FORMS[word.toLowerCase()] ?? word),
    )
    .replace(/(?<![A-Z'])([a-z]{0,4})([A-Z]{2,5})(?![A-Za-z'])/gu, (whole, glue: string, letters: string) =>
      SPELLED.has(letters) || !/[AEIOU]/u.test(letters) ? glue + spell(letters) : whole,
    );
}
