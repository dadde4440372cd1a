import type { Abbreviations, Language } from '../language.ts';
import { writeValue } from '../spoken-value.ts';
import { isForeignWord, tokens } from './code-switch.ts';
import { confusion, fold, FOLD_ALPHABET, gap } from './fold.ts';
import { isNativeWord } from './orthography.ts';
import { separatePhonemes, toIpa } from './phonemes.ts';
import { speakable } from './text.ts';
import { valueOf } from './value/value-of.ts';

/** Titles and short forms of Shona and of the English in it; "Nha." is nhamba. */
const ABBREVIATIONS: Abbreviations = {
  titles: ['dr', 'mr', 'mrs', 'ms', 'prof', 'rev', 'st', 'sr', 'fr', 'hon', 'capt', 'col', 'gen', 'sgt', 'adv', 'eng'],
  beforeFigures: ['no', 'nha', 'nr', 'tel', 'cell', 'fig', 'vol', 'p', 'pp', 'ext'],
  inside: ['a.m', 'p.m', 'am', 'pm', 'etc', 'e.g', 'i.e', 'vs', 'approx', 'ltd', 'co', 'inc', 'pvt', 'jr'],
};

/** What is particular to Shona (chiShona, sn). */
export const shona: Language = {
  code: 'sn',
  speakable,
  fold,
  foldAlphabet: FOLD_ALPHABET,
  confusion,
  gap,
  isNativeWord,
  isForeignWord,
  tokens,
  phonemes: (text, form = 'voice') => (form === 'voice' ? toIpa(text) : separatePhonemes(text)),
  abbreviations: ABBREVIATIONS,
  valueOf,
  writeValue,
};
