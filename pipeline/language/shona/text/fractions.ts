/** Figures with a stroke between them: parts of a whole, seasons, readings such as 140/90, and ratios. */
import { cardinal } from '../numbers.ts';
import type { ShonaReading } from '../reading.ts';
import { yearInWords } from '../times.ts';
import type { Figure } from './figures.ts';
import { glued, matchAt, type FigureReader } from './place.ts';
import type { Read } from './read.ts';

/** The numerator and the denominator. */
export type Part = readonly [part: number, of: number];

/** A whole number and a part: 2½, 2 1/2. */
interface Mixed {
  readonly first: Figure;
  readonly second: undefined;
  readonly part: Part;
  readonly end: number;
}

const MIXED = /(\d{1,6}) (\d{1,2})\/(\d{1,2})(?![\d/])/y;
const SLASHED = /(\d{1,4}) ?\/ ?(\d{1,4})(?![\d/]|[.,]\d)/y;
/** Half a date, or a date that cannot be: 27/13/2019. */
const CHAIN = /\d{1,6}(?:\/\d{1,6}){2,5}(?![\d/])/y;
const ALWAYS = /24\/7(?![\d/])/y;
const RATIO = /(\d{1,4}):(\d{1,4})(?![\d:])/y;

/** A mixed number at a position. */
export function mixedNumberAt(text: string, at: number): Mixed | undefined {
  const match = matchAt(MIXED, text, at);
  const [part, of] = [Number(match?.[2]), Number(match?.[3])];
  if (!match || part === 0 || part >= of) return undefined;
  const end = at + match[0].length;
  return {
    first: { whole: match[1] ?? '', fraction: '', isGrouped: false, end },
    second: undefined,
    part: [part, of],
    end,
  };
}

/** Two thirds are "zvikamu zviviri kubva muzvitatu", as percentages are said; a half has a word of its own. */
export function sayPart([part, of]: Part, reading: ShonaReading, isBehindWhole = false): string {
  if (part === 1 && of === 2) return isBehindWhole ? reading.half : reading.half.replace(/^ne/u, '');
  const noun = part === 1 ? 'chikamu' : 'zvikamu';
  return `${isBehindWhole ? 'ne' : ''}${noun} ${cardinal(part, 8)} kubva mu${cardinal(of, 8)}`;
}

/** 1/2, 2/3, 2023/24, 140/90, 24/7. */
export const slashed: FigureReader = ({ text, at, glue, reading }) => {
  const read = (words: string, written: string): Read => ({
    words: glued(glue, words),
    end: at + written.length,
    kind: 'measure',
  });
  const always = matchAt(ALWAYS, text, at);
  if (always) return read(reading.alwaysOpen, always[0]);
  const chain = matchAt(CHAIN, text, at);
  if (chain) {
    const parts = chain[0].split('/').map((part) => cardinal(Number(part)));
    return read(parts.join(', '), chain[0]);
  }
  const match = matchAt(SLASHED, text, at);
  if (!match) return undefined;
  const [first, second] = [Number(match[1]), Number(match[2])];
  if (first > 0 && first < second && second <= 100) return read(sayPart([first, second], reading), match[0]);
  const isSeason = first >= 1100 && (second === first + 1 || (match[2]?.length === 2 && second === (first + 1) % 100));
  if (!isSeason) return read(`${cardinal(first)} ${reading.over}${cardinal(second)}`, match[0]);
  return read(`${yearInWords(first, reading)} ${reading.upTo} ${yearInWords(first + 1, reading)}`, match[0]);
};

/** 2:1, and what looks like a clock time but is none. */
export const ratio: FigureReader = ({ text, at, glue, reading }) => {
  const match = matchAt(RATIO, text, at);
  if (!match) return undefined;
  const words = `${cardinal(Number(match[1]))} ${reading.score} ${cardinal(Number(match[2]))}`;
  return { words: glued(glue, words), end: at + match[0].length, kind: 'measure' };
};
