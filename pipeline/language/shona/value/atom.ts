import type { CalendarDate } from '../../spoken-value.ts';
import type { Lexeme } from './lexeme.ts';
import type { Figure, Pause } from './tokens.ts';

/** The smallest thing that a grammar looks at. */
export interface Atom {
  readonly start: number;
  readonly end: number;
  readonly pause: Pause;
  /** In lower case with its proclitic; '' for a figure. */
  readonly word: string;
  /** The proclitic, glued or standing alone in front: ne, dze, wa …; '' for none. */
  readonly prefix: string;
  readonly lexeme: Lexeme;
  /** The word itself, behind its proclitic, begins with a capital: neChina, China. */
  readonly isCapital: boolean;
  /** Known by its confusable sounds only. */
  readonly isFolded: boolean;
  readonly isStuck: boolean;
  readonly figure: Figure | undefined;
  /** The figure is part of a code (covid19, 1e9) and counts nothing. */
  readonly isCode: boolean;
  readonly clock: { readonly hour: number; readonly minute: number } | undefined;
  readonly date: CalendarDate | undefined;
}

/** What an unknown word means; compared by identity. */
export const NOTHING: Lexeme = {};

/** A word that the lexicon does not have. */
export const isUnknown = (atom: Atom): boolean => atom.lexeme === NOTHING && atom.word !== '';
