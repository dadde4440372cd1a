/** The words that cardinals and digits are said with: what a question for a number can be answered with. */
import type { Lexeme } from './lexeme.ts';
import { NUMBER_WORDS } from './number-words.ts';

/** Written like letters or abbreviations: nobody says them, and a decoder that may use them prefers them to words. */
const NOT_SAID = new Set(['k', 'mn', 'bn', 'o', 'ou', 'tu', 'fo', 'tete']);
/** Said of a digit that comes twice or three times, and a plus before a country's code. */
const BESIDE_DIGITS = ['double', 'dhabhuru', 'triple', 'plus'];

/** Shona joins the parts of a number with a glued ne-; English numerals stand apart. */
const isJoined = ({ series, head, single }: Lexeme): boolean =>
  series === undefined ? head !== undefined || single !== undefined : series !== 'english';

/** As written by a recogniser: Shona in every class with its joiner, English, and English as Shona says it; no ordinals. */
export const SPOKEN_NUMERALS: readonly string[] = [
  ...new Set([
    ...NUMBER_WORDS.filter(([, { ordinal }]) => ordinal === undefined).flatMap(([words, lexeme]) =>
      words
        .split(' ')
        .filter((word) => !NOT_SAID.has(word))
        .flatMap((word) => (isJoined(lexeme) ? [word, `ne${word}`] : [word])),
    ),
    'zvine',
    'ane',
    ...BESIDE_DIGITS,
  ]),
];
