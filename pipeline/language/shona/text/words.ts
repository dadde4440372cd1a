/** Words that are not said as they are written: titles, short forms, initials, abbreviations, Roman numerals. */
import { letterNames, readCapitals, romanNumeral } from '../letters.ts';
import { cardinal, ordinal } from '../numbers.ts';
import type { ShonaReading } from '../reading.ts';
import { calendarAbbreviation } from '../times.ts';
import { unitNamed } from '../units.ts';
import type { Past } from './past.ts';
import { matchAt } from './place.ts';

/** Where a word stands: from `at` to before `end`. */
export interface WordPlace {
  readonly text: string;
  readonly at: number;
  readonly end: number;
  readonly word: string;
  readonly past: Past;
  readonly reading: ShonaReading;
}

/** Words instead of the text up to `end`; `isKept` when a word of the text is among them, unchanged. */
export interface WordRead {
  readonly words: string;
  readonly end: number;
  readonly isKept?: boolean;
}

/** Written in lower case without a full stop of their own. */
const LOWER: Readonly<Record<string, string>> = { etc: 'nezvimwewo', vs: 'na' };
const LATIN: Readonly<Record<string, string>> = {
  'e.g': 'semuenzaniso',
  'i.e': 'kureva kuti',
  'a.m': 'mangwanani',
  'p.m': 'masikati',
};
const TITLES: Readonly<Record<string, string>> = {
  Mrs: 'Amai',
  Ms: 'Muzvare',
  Miss: 'Muzvare',
  Prof: 'Purofesa',
  Rev: 'Mufundisi',
  Hon: 'Anokudzwa',
  St: 'Mutsvene',
};
const TITLE = /^([a-z]{0,4}|V[ae])(Mr|Mrs|Ms|Miss|Dr|Prof|Rev|Hon|St)$/u;
const NAME = /\.? ?(?!(?:Mrs|Miss|Prof|Rev|Hon)(?![a-z]))([A-Z][a-z]{2,}(?:'[a-z]+)?)(?![A-Za-z'])/y;
const CAPITAL = /\.? ?(?=[A-Z])/y;
const STOP_INSIDE = /\.(?= ?[a-z,;)\d])/y;
const BEFORE_FIGURE = /\.? ?(?=\d)/y;
const TELEPHONE = /[.:]{0,2} ?(?=[+(\d])/y;
/** "Cell", "Prof", "Gumi": longer words with one capital in front are names. */
const LONGEST_SHORT_FORM = 4;
const NAME_ALONE = /^[A-Z][a-z]+$/u;
/** Labels behind which a single capital or a Roman numeral is a letter or a number in a series. */
const LABEL =
  /^(?:vitamin|hepatitis|group|grade|class|section|chapter|part|phase|form|type|level|volume|schedule|boka|chikamu|chitsauko|war|act|page|zone|block|plan|team|unit|ward)s?$/iu;

/** A word that is written with a capital somewhere, or is very short; undefined when it stays as it is. */
export function readWord(place: WordPlace): WordRead | undefined {
  const { word, end, reading } = place;
  if (word.length === 1) return readLetter(place);
  if (!/[A-Z]/u.test(word)) return readLower(place);
  if (word.length > LONGEST_SHORT_FORM && NAME_ALONE.test(word)) return capitals(readCapitals(word, reading), end);
  return (
    readTitle(place) ??
    readShortForm(place) ??
    readInitial(place) ??
    readRoman(place) ??
    capitals(readCapitals(word, reading), end)
  );
}

const capitals = (words: string | undefined, end: number): WordRead | undefined =>
  words === undefined ? undefined : { words, end };

/** A full stop that belongs to the short form: not one that ends the sentence. */
const behindStop = (text: string, end: number): number => end + (matchAt(STOP_INSIDE, text, end)?.[0].length ?? 0);

/** Whether a word in lower case stands for another. */
export function isShortForm(word: string): boolean {
  return Object.hasOwn(LOWER, word);
}

function readLower({ text, end, word }: WordPlace): WordRead | undefined {
  const known = Object.hasOwn(LOWER, word) ? LOWER[word] : undefined;
  if (known !== undefined) return { words: known, end: behindStop(text, end) };
  // "mm" is what people say while they listen.
  const unit = word.length <= 3 && word !== 'mm' && !/[aeiou]/u.test(word) ? unitNamed(word) : undefined;
  return unit && { words: unit.many, end };
}

function readTitle({ text, end, word, reading }: WordPlace): WordRead | undefined {
  const [, glue = '', title = ''] = TITLE.exec(word) ?? [];
  if (title === '') return undefined;
  const name = matchAt(NAME, text, end);
  if (title === 'Mr') {
    // Respect is part of the name: VaMoyo.
    if (name) return { words: `${glue}Va${name[1] ?? ''}`, end: end + name[0].length, isKept: true };
    return { words: `${glue}VaMu`, end: behindStop(text, end) };
  }
  const isTitle = matchAt(CAPITAL, text, end) !== undefined;
  const needsName = title === 'Miss' || title === 'St' || title === 'Hon';
  if (needsName && !isTitle) return undefined;
  const said = title === 'Dr' ? reading.doctor : (TITLES[title] ?? title);
  return { words: glue + said, end: isTitle && text.charAt(end) === '.' ? end + 1 : behindStop(text, end) };
}

function readShortForm({ text, end, word, past }: WordPlace): WordRead | undefined {
  if (/^(?:No|Nos|Nr|Nha)$/u.test(word)) {
    const figure = matchAt(BEFORE_FIGURE, text, end);
    return figure && { words: 'nhamba', end: end + figure[0].length };
  }
  if (/^(?:Tel|Cell|Fax)$/u.test(word)) {
    const figure = matchAt(TELEPHONE, text, end);
    return figure && { words: 'runhare', end: end + figure[0].length };
  }
  const name = calendarAbbreviation(word);
  if (name === undefined) return undefined;
  const isBeside = past.lastFigure !== undefined || matchAt(BEFORE_FIGURE, text, end) !== undefined;
  return isBeside || /^(?:Muv|Ch[pnts])$/u.test(word) ? { words: name, end: behindStop(text, end) } : undefined;
}

/** J. M. Nkomo, naJ. Moyo, U.S.A.: the stop is no end. */
function readInitial({ text, end, word, past }: WordPlace): WordRead | undefined {
  const [, glue = '', letter = ''] = /^([A-Z]?[a-z]{1,4})?([A-Z])$/u.exec(word) ?? [];
  if (letter === '' || LABEL.test(past.last)) return undefined;
  const isInitial = text.charAt(end) === '.' && /^\.(?: ?[A-Z]|[a-z])/u.test(text.slice(end, end + 3));
  if (!isInitial) return undefined;
  return { words: glue + letterNames(letter), end: end + 1 };
}

const isDigit = (text: string, at: number): boolean => /\d/u.test(text.charAt(at));

function readLetter(place: WordPlace): WordRead | undefined {
  const { text, at, end, word, past } = place;
  const latin = LATIN[`${word.toLowerCase()}${text.slice(end, end + 2)}`];
  if (latin !== undefined && !/[A-Za-z]/u.test(text.charAt(end + 2))) {
    return { words: latin, end: behindStop(text, end + 2) };
  }
  const initial = readInitial(place);
  if (initial !== undefined) return initial;
  const isVowel = /[aeiou]/iu.test(word);
  const before = text.slice(Math.max(0, at - 2), at);
  const isLabelled =
    /[A-Z]/u.test(word) &&
    (LABEL.test(past.last) || /[A-Z][.-]$/u.test(before) || /^-?\d/u.test(text.slice(end, end + 2)));
  if (!isVowel || isLabelled || isDigit(text, at - 1)) return { words: letterNames(word), end };
  // "A, handizive": in lower case it is nobody's initial, whatever comes next.
  return /[A-Z]/u.test(word) ? { words: word.toLowerCase(), end, isKept: true } : undefined;
}

/** Only behind a name (Charles III wechitatu) or a label (Phase II piri is a number in a series). */
function readRoman({ end, word, past }: WordPlace): WordRead | undefined {
  const value = romanNumeral(word);
  const before = past.last;
  if (value === undefined || before === '') return undefined;
  if (LABEL.test(before)) return { words: cardinal(value), end };
  return /^[A-Z][a-z]+$/u.test(before) ? { words: ordinal(value, 1), end } : undefined;
}
