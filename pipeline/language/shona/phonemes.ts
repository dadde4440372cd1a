/**
 * Shona graphemes to phonemes: the 1967 spelling read by one table, longest match first. Words that are not spelt like
 * Shona (a final consonant, c, q or x, an onset that the language does not have) go to the loan-word reading.
 * Tone is unwritten and therefore not here; dialect hardening of Cw and Cy clusters is left as C + w, C + j.
 */
import { readLoanWord, spellOut } from './loan-words.ts';

/**
 * Spelling to IPA. Whistled s and z carry ᶲ and ᵝ, breathy voice the diaeresis below, prenasalised stops a raised nasal.
 * Glides after a consonant are phonemes of their own (`w` and `y` entries), so `mbw` is ᵐb + w.
 */
const GRAPHEMES: ReadonlyMap<string, string> = new Map([
  ['tsv', 't͡sᶲ'],
  ['dzv', 'd͡zᵝ'],
  ['nzv', 'ⁿzᵝ'],
  ['mbv', 'ᵐb͡v'],
  ["ng'", 'ŋ'],
  ['sv', 'sᶲ'],
  ['zv', 'zᵝ'],
  ['ts', 't͡s'],
  ['dz', 'd͡z'],
  ['ch', 't͡ʃ'],
  ['sh', 'ʃ'],
  ['zh', 'ʒ'],
  ['pf', 'p͡f'],
  ['bv', 'b͡v'],
  ['bh', 'b̤'],
  ['dh', 'd̤'],
  ['vh', 'v̤'],
  ['mh', 'm̤'],
  ['nh', 'n̤'],
  ['ny', 'ɲ'],
  ["n'", 'ŋ'],
  ['mb', 'ᵐb'],
  ['mv', 'ᶬv'],
  ['nd', 'ⁿd'],
  ['ng', 'ᵑɡ'],
  ['nj', 'ⁿd͡ʒ'],
  ['nz', 'ⁿz'],
  ['a', 'a'],
  ['e', 'e'],
  ['i', 'i'],
  ['o', 'o'],
  ['u', 'u'],
  ['b', 'ɓ'],
  ['d', 'ɗ'],
  ['f', 'f'],
  ['g', 'ɡ'],
  ['h', 'ɦ'],
  ['j', 'd͡ʒ'],
  ['k', 'k'],
  ['l', 'l'],
  ['m', 'm'],
  ['n', 'n'],
  ['p', 'p'],
  ['r', 'r'],
  ['s', 's'],
  ['t', 't'],
  ['v', 'ʋ'],
  ['w', 'w'],
  ['y', 'j'],
  ['z', 'z'],
]);

/** Onsets that a word spelt in Shona may have; `l` and the last row only come in names and settled loans. */
const ONSETS: ReadonlySet<string> = new Set(
  (
    'b bh bv bw ch d dh dy dz dzv dzw f g gw h hw j k kw m mb mbv mbw mh mv mw n nd ndw ng ngw nh nj nw ny nyw nz nzv ' +
    "nzw p pf pw r rw s sh shw sv svw sw t ts tsv tsw tw ty v vh w y z zh zhw zv zvw zw n' n'w ng' ng'w chw jw dw dhw " +
    'fw vw vhw bhw mhw pfw bvw bz ps mp nk nt ndy ' +
    'l lw mf nkw ntw mpw ns nts nch'
  ).split(' '),
);

const VOWELS = 'aeiou';
/** What phones type instead of the apostrophe of n' (the corpus has both). */
const APOSTROPHES = /[\u2019\u02bc\u2018\u0060\u00b4]/gu;

/** One spoken word: `syllables` are its phonemes in order, each syllable ending in its vowel (a loan may close one). */
export interface SpokenWord {
  readonly syllables: readonly (readonly string[])[];
  /** False when the word was not spelt like Shona and was read as a loan or letter by letter. */
  readonly isShona: boolean;
}

/** The written syllables of one word, split after every vowel: `mangwanani` -> ma, ngwa, na, ni. */
export function syllables(word: string): string[] {
  const found = normalise(word).match(/[^aeiou]*[aeiou]/gu) ?? [];
  const rest = normalise(word).slice(found.join('').length);
  const last = found.pop();
  return last === undefined ? (rest === '' ? [] : [rest]) : [...found, last + rest];
}

/** True when every onset is one that Shona spelling has and the word ends in a vowel. */
export function isShonaSpelling(word: string): boolean {
  const parts = syllables(word);
  return (
    parts.length > 0 &&
    parts.every((part) => VOWELS.includes(part.at(-1) ?? ' ') && (part.length === 1 || ONSETS.has(part.slice(0, -1))))
  );
}

/** Phonemes of one word as IPA symbols, without length: `n'anga` -> ŋ, a, ᵑɡ, a. */
export function phonemes(word: string): string[] {
  return readWord(word).flatMap((part) => part.syllables.flat());
}

/**
 * IPA of running text: phonemes joined, `ˈ` before and `ː` after the vowel of each lengthened penultimate syllable,
 * one space between words, and `, . ? ! ; :` kept where the writer put them.
 */
export function toIpa(text: string): string {
  let out = '';
  for (const [token] of text.replace(APOSTROPHES, "'").matchAll(/[\p{L}\p{M}']+|[,.?!;:…–—]/gu)) {
    if (/[\p{L}]/u.test(token)) {
      const ipa = readWord(token).map(wordIpa).join('');
      if (ipa !== '') out += (out === '' ? '' : ' ') + ipa;
    } else if (out !== '' && /[^,.?!;:]$/u.test(out)) {
      out += PAUSES.get(token) ?? token;
    }
  }
  return out;
}

const PAUSES: ReadonlyMap<string, string> = new Map([
  ['…', '.'],
  ['–', ','],
  ['—', ','],
]);

function wordIpa(word: SpokenWord): string {
  const long = word.syllables.length - 2;
  return word.syllables.map((phones, index) => (index === long ? `ˈ${phones.join('')}ː` : phones.join(''))).join('');
}

/** A written word can hold two: a Shona prefix glued to a name or abbreviation (`veMDC`, `neCovid`). */
function readWord(written: string): SpokenWord[] {
  const glued = /^(\p{Ll}*[aeiou])(\p{Lu}.*)$/u.exec(written.replace(APOSTROPHES, "'"));
  if (glued?.[1] !== undefined && glued[2] !== undefined && !isShonaSpelling(written)) {
    return [...readWord(glued[1]), ...readWord(glued[2])];
  }
  const letters = normalise(written);
  if (letters === '') return [];
  if (isShonaSpelling(letters)) return [{ syllables: syllables(letters).map(readSyllable), isShona: true }];
  const isAbbreviation = written === written.toUpperCase() && letters.length > 1 && letters.length <= 5;
  const phones = isAbbreviation || !/[aeiouy]/u.test(letters) ? spellOut(letters) : readLoanWord(letters);
  return [{ syllables: intoSyllables(phones), isShona: false }];
}

function readSyllable(part: string): string[] {
  const phones: string[] = [];
  for (let at = 0; at < part.length;) {
    const length = [3, 2, 1].find((size) => GRAPHEMES.has(part.slice(at, at + size))) ?? 1;
    const phone = GRAPHEMES.get(part.slice(at, at + length));
    if (phone !== undefined) phones.push(phone);
    at += length;
  }
  return phones;
}

function intoSyllables(phones: readonly string[]): string[][] {
  const out: string[][] = [];
  let current: string[] = [];
  for (const phone of phones) {
    current.push(phone);
    if (VOWELS.includes(phone)) {
      out.push(current);
      current = [];
    }
  }
  if (current.length > 0) {
    const last = out.at(-1);
    if (last) last.push(...current);
    else out.push(current);
  }
  return out;
}

function normalise(word: string): string {
  return word
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(APOSTROPHES, "'")
    .toLowerCase()
    .replace(/[^a-z']/gu, '')
    .replace(/^'+|(?<![ng])'+/gu, '');
}
