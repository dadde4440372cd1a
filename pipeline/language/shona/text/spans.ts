/** One number or the two ends of a range, as written and as said. */
import { cardinal, decimal, digitByDigit, type NounClass } from '../numbers.ts';
import type { ShonaReading } from '../reading.ts';
import { currencyAt } from './currencies.ts';
import { figureAt, integerOf, wholeOf, withScale, type Figure } from './figures.ts';
import { matchAt } from './place.ts';
import { inGroups, sayGroups } from './telephone.ts';

/** Multipliers ("million") are taken in. */
export interface Span {
  readonly first: Figure;
  readonly second: Figure | undefined;
  readonly end: number;
}

const DASH = / ?[-–—] ?(?=[\d$€£]|US\$\d)/y;
const CHAINED = /^(?:-\d|[:/]\d)/u;

/** The number or range at a position; undefined when no number stands there. */
export function spanAt(text: string, at: number, isMoney: boolean): Span | undefined {
  const first = figureAt(text, at);
  if (first === undefined) return undefined;
  const alone = withScale(text, first, isMoney);
  const dash = matchAt(DASH, text, alone.end);
  const behindDash = dash && alone.end + dash[0].length;
  const from = behindDash === undefined || !isMoney ? behindDash : (currencyAt(text, behindDash)?.end ?? behindDash);
  const other = from === undefined ? undefined : figureAt(text, from);
  if (other === undefined || CHAINED.test(text.slice(other.end, other.end + 2))) {
    return { first: alone, second: undefined, end: alone.end };
  }
  const second = withScale(text, other, isMoney);
  // "3-5 million": the word multiplies both.
  const isShared = second !== other && alone === first;
  return { first: isShared ? withScale(text, { ...first, end: other.end }, isMoney) : alone, second, end: second.end };
}

/** A number that agrees with a class; one that is too large for words digit by digit. */
export function sayFigure(figure: Figure, nounClass: NounClass, reading: ShonaReading): string {
  const { whole, fraction } = figure;
  const value = integerOf(figure);
  if (value === undefined) {
    const digits = sayGroups(inGroups(whole), reading);
    return fraction === '' ? digits : `${digits} ${reading.point} ${digitByDigit(fraction)}`;
  }
  return wholeOf(figure) === undefined
    ? decimal(value, fraction, nounClass, reading.point)
    : cardinal(value, nounClass);
}

/** Both ends of a range, or the one number. */
export function saySpan({ first, second }: Span, reading: ShonaReading, say: (figure: Figure) => string): string {
  return second === undefined ? say(first) : `${say(first)} ${reading.upTo} ${say(second)}`;
}
