import type { Abbreviations, Language } from '../language.ts';
import { writeValue } from '../spoken-value.ts';
import { shonaClaims } from './claims.ts';
import { isForeignWord, tokens } from './code-switch.ts';
import { confusion, fold, FOLD_ALPHABET, gap } from './fold.ts';
import { singularAddress } from './honorific.ts';
import { isNativeWord } from './orthography.ts';
import { separatePhonemes, toIpa } from './phonemes.ts';
import { DEFAULT_READING, type ReadingChoices, type ShonaReading } from './reading.ts';
import { speakable } from './text.ts';
import { SPOKEN_NUMERALS } from './value/spoken-numerals.ts';
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
  definition: { code: 'sn', grammar: 'shona', recognisers: { whisper: 'sn' }, voices: [] },
  letters: '',
  speakable,
  fold,
  foldAlphabet: FOLD_ALPHABET,
  confusion,
  gap,
  isNativeWord,
  isForeignWord,
  singularAddress,
  tokens,
  phonemes: (text, form = 'voice') => (form === 'voice' ? toIpa(text) : separatePhonemes(text)),
  accents: {},
  joiningWords: ['kana', 'asi', 'kuti', 'nokuti', 'nekuti', 'uye', 'saka', 'apo', 'kubva', 'kusvika'],
  sample: 'Mangwanani, makadii henyu nhasi.',
  abbreviations: ABBREVIATIONS,
  claims: shonaClaims,
  numberWords: SPOKEN_NUMERALS,
  numberLeads: ['nhamba', 'namba', 'number', 'kiyi', 'key', 'dzvanya', 'dzvanyai', 'bhatani', 'pa', 'ndeye', 'pana'],
  valueOf,
  writeValue,
};

/** Shona as a pack wants it read: what it leaves out is said as by default. */
export function shonaWith(choices: ReadingChoices): Language {
  const set = Object.entries(choices).filter(([, choice]) => choice !== undefined);
  const reading = { ...DEFAULT_READING, ...(Object.fromEntries(set) as Partial<ShonaReading>) };
  return { ...shona, speakable: (text, options) => speakable(text, options, reading) };
}
