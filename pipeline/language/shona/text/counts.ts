/** Figures that count: agreement with the noun, ranges, scores, ordinals, and whatever no other reader took. */
import { countedClassOf } from '../nouns.ts';
import { cardinal, ordinalStem, timesOver, type NounClass } from '../numbers.ts';
import { yearInWords } from '../times.ts';
import { wholeOf, type Figure } from './figures.ts';
import { mixedNumberAt, sayPart } from './fractions.ts';
import { glued, matchAt, type FigureReader, type Place } from './place.ts';
import type { Read } from './read.ts';
import { sayFigure, saySpan, spanAt, type Span } from './spans.ts';
import { inGroups, sayGroups } from './telephone.ts';

const ORDINAL = /(\d{1,12})(?:st|nd|rd|th)(?![A-Za-z])/y;
const POSSESSIVE = /^(?:we|ve|ye|re|e|che|zve|dze|rwe|ke|twe|hwe|kwe|pe|mwe)$/u;

/** English ordinals: 30th "yechimakumi matatu". */
export const ordinalFigure: FigureReader = ({ text, at, glue }) => {
  const match = matchAt(ORDINAL, text, at);
  const n = Number(match?.[1] ?? 0);
  if (!match || n === 0) return undefined;
  const words = POSSESSIVE.test(glue) ? ordinalStem(n) : `ye${ordinalStem(n)}`;
  return { words: glued(glue, words), end: at + match[0].length, kind: 'date' };
};

const NEXT_WORD = / (?:(?:kana|kusvika|uye|na|ne) ?\d[\d,]{0,12} )?([a-z']{3,24})(?![A-Za-z])/y;

/**
 * The class that a count agrees with: of the noun in front, of the noun behind, of the figure that this one continues, as
 * given. Names agree with nothing.
 */
function classOf({ text, past, nounClass = 'none' }: Place, count: number, end: number): NounClass {
  const before = past.nounClass(count);
  if (before === 'name') return 'none';
  if (before !== undefined) return before;
  const behind = matchAt(NEXT_WORD, text, end)?.[1];
  const counted = behind === undefined ? 'none' : countedClassOf(behind);
  return counted === 'none' ? (past.joined?.nounClass ?? nounClass) : counted;
}

/** A class prefix that was written in front of the figure is the figure's own: nema20, zvi5. */
const CONCORDS: readonly (readonly [RegExp, NounClass])[] = [
  [/^(n[ae])?ma$/u, 6],
  [/^(n[ae])?va$/u, 2],
  [/^(n[ae])?zvi$/u, 8],
  [/^(n[ae])?mi$/u, 4],
];

/** What "chi" and a figure make: wechi3 is "wechitatu", pechi10 "pechigumi". */
function chiOrdinal(n: number): string {
  const stem = n === 0 ? cardinal(0) : ordinalStem(n);
  return n === 1 || stem.startsWith('chi') ? stem : `chi${stem}`;
}

/** Figures that a proclitic makes an ordinal or an adverb: pechi10, ka20. */
export const gluedCount: FigureReader = ({ text, at, glue }) => {
  const isOrdinal = /(?:^|[a-z])chi$/u.test(glue);
  if (!isOrdinal && !/^(?:na|ne)?ka$/u.test(glue)) return undefined;
  const span = spanAt(text, at, false);
  const value = span?.second === undefined ? span && wholeOf(span.first) : undefined;
  if (span === undefined || value === undefined) return undefined;
  if (isOrdinal) return { words: glue.slice(0, -3) + chiOrdinal(value), end: span.end, kind: 'date' };
  return { words: glue.slice(0, -2) + timesOver(value), end: span.end, kind: 'measure' };
};

const isYear = ({ whole, fraction, isGrouped }: Figure): boolean =>
  whole.length === 4 && fraction === '' && !isGrouped && whole >= '1100' && whole < '2200';

/** 2010–2015 and 2010-12. */
function yearsOf(first: Figure, second: Figure): readonly [from: number, to: number] | undefined {
  if (!isYear(first) || second.fraction !== '' || second.isGrouped) return undefined;
  const from = Number(first.whole);
  const to = second.whole.length === 2 ? from - (from % 100) + Number(second.whole) : Number(second.whole);
  return to > from && to < 2200 ? [from, to] : undefined;
}

const CONTEST = /kund|kurova|rohw|rov[aeo]|hwin|mangange|zvibodzwa|chibodzwa|dashur|penar/u;

/** A score has no order, a range has: 2-1, 0-0; "yakarohwa 1-2" is known by its verb. */
function isScore({ past }: Place, { first, second }: Span): boolean {
  if (second === undefined || first.whole.length > 3 || second.whole.length > 3) return false;
  if (first.fraction !== '' || second.fraction !== '' || first.isGrouped || second.isGrouped) return false;
  return Number(first.whole) >= Number(second.whole) || CONTEST.test(past.recent);
}

/** Between 100,020 and 120,000, or 120,005 and 125,000, stands one short word. */
function isAmbiguous(value: number): boolean {
  const [thousands, rest] = [Math.floor(value / 1000), value % 1000];
  return thousands >= 20 && rest > 0 && (thousands % 100 === 0 ? rest < 100 : thousands % 10 === 0 && rest < 10);
}

/** A decade's s is not said (1990s); a plus sign is. */
const TAIL = /'?s(?![A-Za-z])|(\+)(?! ?\d)/y;

const TIMES = /(\d{1,3}) ?[xX](?![A-Za-z\d]| ?\d)/y;

/** 3x is "katatu". */
export const timesFigure: FigureReader = ({ text, at, glue }) => {
  const match = matchAt(TIMES, text, at);
  if (match === undefined) return undefined;
  return { words: glued(glue, timesOver(Number(match[1]))), end: at + match[0].length, kind: 'measure' };
};

/** 2½ without a unit. */
export const mixedCount: FigureReader = (place) => {
  const mixed = mixedNumberAt(place.text, place.at);
  if (mixed === undefined) return undefined;
  const whole = Number(mixed.first.whole);
  const words = `${cardinal(whole, classOf(place, whole, mixed.end))} ${sayPart(mixed.part, place.reading, true)}`;
  return { words: glued(place.glue, words), end: mixed.end, kind: 'measure' };
};

/** Every other figure. */
export const count: FigureReader = (place) => {
  const { text, at, glue, reading } = place;
  const span = spanAt(text, at, false);
  if (span === undefined) return undefined;
  const { first, second } = span;
  const tail = matchAt(TAIL, text, span.end);
  const end = span.end + (tail?.[0].length ?? 0);
  const read = (words: string, kind: Read['kind']): Read => ({ words: glued(glue, words), end, kind });
  const years = second && yearsOf(first, second);
  if (years !== undefined) {
    const [from, to] = years;
    return read(`${yearInWords(from, reading)} ${reading.upTo} ${yearInWords(to, reading)}`, 'date');
  }
  if (second !== undefined && isScore(place, span)) {
    return read(
      `${sayFigure(first, 'none', reading)} ${reading.score} ${sayFigure(second, 'none', reading)}`,
      'measure',
    );
  }
  const value = wholeOf(first);
  const concord = CONCORDS.find(([prefix]) => prefix.test(glue));
  const nounClass = glue === '' ? classOf(place, value ?? 2, span.end) : (concord?.[1] ?? place.nounClass ?? 'none');
  const words = saySpan(span, reading, (figure) => sayFigure(figure, nounClass, reading));
  const repeats = reading.repeatsAmbiguous && second === undefined && value !== undefined && isAmbiguous(value);
  const again = repeats ? `, ${sayGroups(inGroups(first.whole), reading)}` : '';
  const more = tail?.[1] === undefined ? '' : ` ${reading.andMore}`;
  const own = concord === undefined ? glue : (concord[0].exec(glue)?.[1] ?? '');
  return { words: glued(own, words) + again + more, end, kind: 'count', nounClass };
};
