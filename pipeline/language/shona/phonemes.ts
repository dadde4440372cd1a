/**
 * Shona graphemes to phonemes: the 1967 spelling read by one table, longest match first. Words that are not spelt like
 * Shona (a final consonant, c, q or x, an onset that the language does not have) go to the loan-word reading.
 * Tone is unwritten and therefore not here; dialect hardening of Cw and Cy clusters is left as C + w, C + j.
 */
import { readLoanWord, spellOut } from './loan-words.ts';
import { GLUED, isShonaSpelling, lettersOf, plainApostrophes, syllables, VOWELS } from './orthography.ts';

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

/** One spoken word: its phonemes in order, each syllable ending in its vowel (a loan may close one). */
type SpokenWord = readonly (readonly string[])[];

/** Phonemes of one word as IPA symbols, without length: `n'anga` -> ŋ, a, ᵑɡ, a. */
export function phonemes(word: string): string[] {
  return readWord(word).flat(2);
}

/**
 * IPA of running text: phonemes joined, `ˈ` before each word's penultimate syllable, `ː` behind its vowel where the phrase
 * ends (docs/shona.md: of a phrase, not of every word), one space between words, and `, . ? ! ; :` kept where the writer put
 * them.
 */
export function toIpa(text: string): string {
  let out = '';
  let word: readonly SpokenWord[] = [];
  const say = (isLast: boolean): void => {
    const ipa = word.map((part) => wordIpa(part, isLast)).join('');
    if (ipa !== '') out += (out === '' ? '' : ' ') + ipa;
    word = [];
  };
  for (const [token] of plainApostrophes(text).matchAll(/[\p{L}\p{M}']+|[,.?!;:…–—]/gu)) {
    if (/\p{L}/u.test(token)) {
      const next = readWord(token);
      if (next.length === 0) continue;
      say(false);
      word = next;
    } else {
      say(true);
      if (out !== '' && !',.?!;:'.includes(out.slice(-1))) out += PAUSES.get(token) ?? token;
    }
  }
  say(true);
  return out;
}

/** Bare phonemes of running text: one space between phonemes, two between words; neither length nor pauses. */
export function separatePhonemes(text: string): string {
  return Array.from(plainApostrophes(text).matchAll(/[\p{L}\p{M}']+/gu), ([word]) => phonemes(word).join(' '))
    .filter((word) => word !== '')
    .join('  ');
}

const PAUSES: ReadonlyMap<string, string> = new Map([
  ['…', '.'],
  ['–', ','],
  ['—', ','],
]);

function wordIpa(word: SpokenWord, isLast: boolean): string {
  const stressed = word.length - 2;
  return word
    .map((phones, index) => (index === stressed ? `ˈ${phones.join('')}${isLast ? 'ː' : ''}` : phones.join('')))
    .join('');
}

/** A written word can hold two: a Shona prefix glued to a name or abbreviation (`veMDC`, `VaObert`). */
function readWord(written: string): SpokenWord[] {
  if (isShonaSpelling(written)) return [readShona(written)];
  const { prefix, rest } = GLUED.exec(plainApostrophes(written))?.groups ?? {};
  return [prefix, rest ?? written].flatMap((part) => (part === undefined ? [] : readPart(part)));
}

function readShona(written: string): SpokenWord {
  return syllables(written).map(readSyllable);
}

function readPart(written: string): SpokenWord[] {
  const letters = lettersOf(written);
  if (letters === '') return [];
  if (isShonaSpelling(letters)) return [readShona(letters)];
  const isAbbreviation = written === written.toUpperCase() && letters.length > 1 && letters.length <= 5;
  const phones = isAbbreviation || !/[aeiouy]/u.test(letters) ? spellOut(letters) : readLoanWord(letters);
  return [intoSyllables(phones)];
}

/** Syllables read before: a few hundred, since only those of the spelling's own onsets come here. */
const READ = new Map<string, readonly string[]>();

function readSyllable(part: string): readonly string[] {
  const known = READ.get(part);
  if (known !== undefined) return known;
  const phones: string[] = [];
  for (let at = 0; at < part.length;) {
    const length = [3, 2, 1].find((size) => GRAPHEMES.has(part.slice(at, at + size))) ?? 1;
    const phone = GRAPHEMES.get(part.slice(at, at + length));
    if (phone !== undefined) phones.push(phone);
    at += length;
  }
  READ.set(part, phones);
  return phones;
}

/** Split behind every vowel; what follows the last one closes its syllable. */
function intoSyllables(phones: readonly string[]): string[][] {
  const vowels = phones.filter((phone) => VOWELS.includes(phone)).length;
  const out: string[][] = [[]];
  for (const phone of phones) {
    out.at(-1)?.push(phone);
    if (VOWELS.includes(phone) && out.length < vowels) out.push([]);
  }
  return out;
}
