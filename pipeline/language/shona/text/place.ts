import type { CountClass } from '../../language.ts';
import type { ShonaReading } from '../reading.ts';
import type { Past } from './past.ts';
import type { Read } from './read.ts';

/** Where a figure stands. Readers look at it and change nothing. */
export interface Place {
  readonly text: string;
  /** Of the first digit, or of the sign or currency in front of it. */
  readonly at: number;
  /** Proclitics written onto the figure, as written; '' when it stands free. */
  readonly glue: string;
  readonly past: Past;
  /** For figures whose noun the text does not show. */
  readonly nounClass: CountClass | undefined;
  readonly reading: ShonaReading;
}

/** Undefined when the figure is not of the reader’s kind. Looks no further than what it takes and a bounded stretch beyond. */
export type FigureReader = (place: Place) => Read | undefined;

/** The match of a sticky pattern at a position. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** `na` + `masere`; a class prefix that is written in front of the figure is not said twice: `nema` + `maviri`. */
export function glued(glue: string, words: string): string {
  for (const prefix of ['ma', 'va', 'zvi', 'mi']) {
    if (glue.endsWith(prefix) && words.startsWith(prefix)) return glue.slice(0, -prefix.length) + words;
  }
  return glue + words;
}
