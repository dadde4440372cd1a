import type { Meaning, ValueKind } from '../../spoken-value.ts';
import type { Atom } from './atom.ts';

/** What a grammar made of the atoms from where it was asked to before `end`. */
export interface Reading {
  readonly meaning: Meaning;
  readonly end: number;
  /** Could as well be ordinary words: counts only where it is expected or where it is all that was said. */
  readonly isWeak: boolean;
}

/** A grammar: reads one kind of value that begins at atom `at`; `expects` is what was asked for. */
export type Grammar = (atoms: readonly Atom[], at: number, expects: ValueKind | undefined) => Reading | undefined;
