/** Every reader of figures, in the order in which they are asked: what is sure by its form first, counts last. */
import { namedDate, numericDate, year } from './calendar.ts';
import { clock } from './clock.ts';
import { count, gluedCount, mixedCount, ordinalFigure, timesFigure } from './counts.ts';
import { ratio, slashed } from './fractions.ts';
import { duration, measured, money, percentage } from './measures.ts';
import { matchAt, type FigureReader } from './place.ts';
import { announcedDigits, code, dashedDigits, looseDigits, telephone } from './telephone.ts';

/** Each reader, and what may follow the first run of digits of its figures, where that rules most figures out. */
const READERS: readonly (readonly [reader: FigureReader, next?: RegExp])[] = [
  [numericDate, /[-/.]/u],
  [telephone],
  [dashedDigits, /-/u],
  [code, /[-A-Z]/u],
  [clock],
  [duration, /[h ]/u],
  [namedDate],
  [announcedDigits],
  [looseDigits],
  [year],
  [money],
  [percentage],
  [ordinalFigure, /[snrt]/u],
  [timesFigure, /[xX ]/u],
  [measured],
  [mixedCount, / /u],
  [slashed, /[/ ]/u],
  [gluedCount],
  [ratio, /:/u],
  [count],
];

const DIGITS = /\d+/y;

/** Never undefined where a digit stands, or a currency in front of one. */
export const readFigure: FigureReader = (place) => {
  const run = matchAt(DIGITS, place.text, place.at)?.[0];
  const next = run === undefined ? undefined : place.text.charAt(place.at + run.length);
  for (const [reader, may] of READERS) {
    if (next !== undefined && may?.test(next) === false) continue;
    const read = reader(place);
    if (read !== undefined) return read;
  }
  return undefined;
};
