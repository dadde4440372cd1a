/** The words of a text, each with what it is by its shape. See `Language.tokens`. */
import type { Token, TokenKind } from '../language.ts';
import { plainApostrophes, type Orthography } from './orthography.ts';

const TOKEN = /[$€£]?[\p{L}\p{M}\p{N}'’ʼ‘`´]+(?:(?:-|(?<=\p{N})[.,:/](?=\p{N}))[\p{L}\p{M}\p{N}'’ʼ‘`´]+)*%?/gu;
/** Longer runs of capitals are headlines, not abbreviations. */
const LONGEST_ABBREVIATION = 5;

export function tokensOf(text: string, orthography: Orthography): readonly Token[] {
  const isCased = /\p{Ll}/u.test(text);
  return Array.from(text.matchAll(TOKEN)).flatMap((match) => {
    const written = match[0].replace(/^['’ʼ‘`´]+/u, '').replace(/['’ʼ‘`´]+$/u, '');
    if (written === '') return [];
    const start = match.index + match[0].indexOf(written);
    const kind = kindOf(written, orthography, isCased);
    return [{ text: written, start, end: start + written.length, kind, prefix: '' }];
  });
}

export function kindOf(written: string, orthography: Orthography, isCased: boolean): TokenKind {
  if (/\p{N}/u.test(written)) return 'number';
  const parts = plainApostrophes(written).split('-');
  if (parts.some((part) => isAbbreviation(part, orthography, isCased))) return 'abbreviation';
  return parts.every((part) => part === '' || orthography.isNativeWord(part)) ? 'native' : 'foreign';
}

function isAbbreviation(word: string, orthography: Orthography, isCased: boolean): boolean {
  const lower = word.toLowerCase();
  if (Array.from(word).length === 1) return !orthography.vowels.includes(lower);
  const isShort = word.length <= LONGEST_ABBREVIATION && /^\p{Lu}+$/u.test(word);
  return isShort && (isCased || !Array.from(lower).some((letter) => orthography.vowels.includes(letter)));
}
