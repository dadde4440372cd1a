/**
 * Tells Shona from English, names, abbreviations and numbers, word by word, from the shape of syllables: no native word ends
 * in a consonant or has c, l, q, x (docs/shona.md). It needs no word list, so a settled loan counts as Shona as soon as it is
 * spelt so (foni, bhazi, vhiki), and an English word that happens to be open ("hope") does too, unless its neighbours are
 * English. A misspelt word can look foreign.
 */
import type { Token, TokenKind } from '../language.ts';
import { GLUED, isNativeWord, plainApostrophes, VOWELS } from './orthography.ts';

/** Letters, digits and apostrophes, hyphens between them, and what stands inside and before figures: 3.5, 18:30, ye$150. */
const TOKEN =
  /(?:\p{L}*[$€£])?[\p{L}\p{M}\p{N}'’ʼ‘`´]+(?:(?:-|(?<=\p{N})[.,:/](?=\p{N}))[\p{L}\p{M}\p{N}'’ʼ‘`´]+)*%?/gu;

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** The commonest English words whose letters could be Shona syllables: English only beside a word that certainly is not. */
const OPEN_ENGLISH = words(
  'are before do fine gone have home june made make maybe minute more name note page rate same she sure take time to use ' +
    'were wine you',
);
/** Those that are Shona words too (of, in, and, question): English only between English words. */
const OPEN_BOTH = words('a be go he here i me no one we');

/** "Aah", "mm", "hmm", "oh": spoken in every language. */
const INTERJECTION = /^(?:[aeiou]+h+|h*m+h*m*)$/u;
/** What stands in front of the first digit: ra2018, cheCovid-19, ye$150. */
const FIGURE = /^(?<head>[\p{L}\p{M}'-]*)[$€£]?\p{N}/u;
/** Longer runs of capitals are headlines, not abbreviations. */
const LONGEST_ABBREVIATION = 5;
const LONGEST_PREFIX = 5;

interface Judged {
  readonly kind: TokenKind;
  readonly prefix: string;
}

const plainly = (kind: TokenKind): Judged => ({ kind, prefix: '' });

/** See `Language.tokens`. */
export function tokens(text: string): readonly Token[] {
  // In a text of capitals, capitals say nothing.
  const isCased = /\p{Ll}/u.test(text);
  const found: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const written = match[0].replace(/^['’ʼ‘`´]+|(?<![nNgG])['’ʼ‘`´]+$/gu, '');
    if (written === '') continue;
    const start = match.index + match[0].indexOf(written);
    found.push({ text: written, start, end: start + written.length, ...judge(plainApostrophes(written), isCased) });
  }
  return found.map((token, at) => {
    const lower = token.text.toLowerCase();
    if (token.kind !== 'native' || !(OPEN_ENGLISH.has(lower) || OPEN_BOTH.has(lower))) return token;
    const beside = [found[at - 1], found[at + 1]].filter((other) => other !== undefined).map(isEnglish);
    const isForeign = OPEN_BOTH.has(lower) ? !beside.includes(false) : beside.includes(true);
    return isForeign && beside.length > 0 ? { ...token, kind: 'foreign' } : token;
  });
}

/** See `Language.isForeignWord`. */
export function isForeignWord(word: string): boolean {
  return judge(plainApostrophes(word), true).kind === 'foreign';
}

/** A foreign word without a Shona prefix: behind "VaEmmerson" stands Shona, behind "because" hardly. */
function isEnglish({ kind, prefix, text }: Token): boolean {
  const isWord = kind === 'foreign' && prefix === '' && /^\p{Ll}/u.test(text);
  return isWord || OPEN_ENGLISH.has(text.toLowerCase());
}

function judge(written: string, isCased: boolean): Judged {
  const head = FIGURE.exec(written)?.groups?.['head']?.replace(/-+$/u, '');
  if (head !== undefined) {
    const isPrefix = head.length <= LONGEST_PREFIX && head === head.toLowerCase() && isNativeWord(head);
    return head === '' || isPrefix ? { kind: 'number', prefix: head } : judge(head, isCased);
  }
  if (/\p{N}/u.test(written)) return plainly('number');
  if (written.includes('-')) return judgeCompound(written, isCased);
  const { prefix, rest } = GLUED.exec(written)?.groups ?? {};
  if (isCased && prefix !== undefined && rest !== undefined) {
    const { kind } = judgeWord(rest, isCased);
    return kind === 'native' ? plainly('native') : { kind, prefix };
  }
  return plainly(judgeWord(written, isCased).kind);
}

/** siyana-siyana is Shona, Zanu-PF an abbreviation, motor-cross foreign. */
function judgeCompound(written: string, isCased: boolean): Judged {
  const parts = written
    .split('-')
    .filter((part) => part !== '')
    .map((part) => judge(part, isCased));
  const worst =
    parts.find(({ kind }) => kind === 'foreign') ?? parts.find(({ kind }) => kind === 'abbreviation') ?? parts[0];
  return { kind: worst?.kind ?? 'native', prefix: parts[0]?.prefix ?? '' };
}

function judgeWord(word: string, isCased: boolean): { readonly kind: TokenKind } {
  const lower = word.toLowerCase();
  if (word.replaceAll("'", '').length === 1) return { kind: VOWELS.includes(lower) ? 'native' : 'abbreviation' };
  const isShort = word.length <= LONGEST_ABBREVIATION && /^\p{Lu}+$/u.test(word);
  if (isShort && (isCased || !/[aeiou]/u.test(lower))) return { kind: 'abbreviation' };
  if (INTERJECTION.test(lower) || isNativeWord(word)) return { kind: 'native' };
  return { kind: isLoan(word, lower) ? 'native' : 'foreign' };
}

/**
 * "greyi", "mawhindo", "silabhu", and slips of the pen ("dzkamira"): open syllables whose onsets are not all Shona's. English
 * words seldom end in a, i, o or u; with l and a capital it is a name (Bulawayo).
 */
function isLoan(word: string, lower: string): boolean {
  const isOpen = /^(?:[bdfghjklmnprstvwyz']{0,3}[aeiou])+$/u.test(lower.replaceAll('ch', 'j')) && !lower.endsWith('e');
  const isName = lower.includes('l') && word !== lower;
  return isOpen && !isName && !/([^aeiou])\1/u.test(lower);
}
