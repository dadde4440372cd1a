import type { NounClass } from '../numbers.ts';

/** What a figure amounts to, which decides how one that follows it is read. */
export type FigureKind = 'count' | 'digits' | 'clock' | 'date' | 'measure';

/** Words for the text from the place up to `end`, the glue included. */
export interface Read {
  readonly words: string;
  readonly end: number;
  readonly kind: FigureKind;
  /** Of a count: the class it agrees with. */
  readonly nounClass?: NounClass;
  readonly isTemperature?: boolean;
}
