import type { Language } from '../language.ts';
import { confusion, fold, FOLD_ALPHABET, gap, isNativeWord } from './fold.ts';
import { speakable } from './text.ts';

/** What is particular to Shona (chiShona, sn). */
export const shona: Language = {
  code: 'sn',
  speakable,
  fold,
  foldAlphabet: FOLD_ALPHABET,
  confusion,
  gap,
  isNativeWord,
};
