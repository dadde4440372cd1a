/**
 * Words that a caller said, as a recogniser wrote them -> the value they carry.
 *
 * Which one, when several readings are possible: what was asked for, in its longest reading; else, from the left, the
 * reading that takes most words (the more particular kind when two take as many), passing over those that could as well
 * be ordinary words ("imwe", "vana", a month's name) unless they are all that was said.
 */
import type { Meaning, SpokenValue, ValueKind, ValueOptions } from '../../spoken-value.ts';
import { type Atom, isUnknown } from './atom.ts';
import { atomsOf } from './atoms.ts';
import { readDate } from './calendar.ts';
import { readTime } from './clock.ts';
import { readDigits } from './digit-run.ts';
import { readDuration } from './duration.ts';
import { readMoney } from './money.ts';
import { isDoubtful } from './hearing.ts';
import { readNumber, readOrdinal, readShare } from './quantity.ts';
import type { Grammar, Reading } from './reading.ts';

type Atoms = readonly Atom[];

interface Found extends Reading {
  readonly from: number;
}

/** The more particular kind first: it wins when two readings take the same words. */
const GRAMMARS: readonly Grammar[] = [
  readDate,
  readTime,
  readMoney,
  readShare,
  readDuration,
  readOrdinal,
  readDigits,
  readNumber,
];
const BY_KIND: Readonly<Record<ValueKind, readonly Grammar[]>> = {
  // A row of digits is not the first digit's number.
  number: [readDigits, readNumber],
  decimal: [readNumber],
  fraction: [readShare],
  percent: [readShare],
  ordinal: [readOrdinal],
  money: [readMoney],
  time: [readTime],
  date: [readDate],
  duration: [readDuration],
  digits: [readDigits],
};

/** A word that no value begins with. */
const isSilent = (atom: Atom | undefined): boolean =>
  atom === undefined || isUnknown(atom) || atom.lexeme.role === 'polite';

function longestAt(atoms: Atoms, at: number, grammars: readonly Grammar[], expects?: ValueKind): Found | undefined {
  let longest: Found | undefined;
  for (const read of grammars) {
    const reading = read(atoms, at, expects);
    if (reading === undefined || reading.end <= at) continue;
    if (longest === undefined || reading.end > longest.end) longest = { ...reading, from: at };
  }
  return longest;
}

const lengthOf = ({ from, end }: Found): number => end - from;

/** Readings from left to right, none over another. */
function* readingsOf(atoms: Atoms, grammars: readonly Grammar[], expects?: ValueKind): Generator<Found> {
  for (let at = 0; at < atoms.length;) {
    const found = isSilent(atoms[at]) ? undefined : longestAt(atoms, at, grammars, expects);
    if (found !== undefined) yield found;
    at = found?.end ?? at + 1;
  }
}

/** True when everything outside the reading is politeness. */
function isAllSaid(atoms: Atoms, { from, end }: Found): boolean {
  const isPolite = ({ lexeme }: Atom): boolean => lexeme.role === 'polite' || lexeme.role === 'only';
  // Weak readings are many in a long text, and a long text is never all politeness.
  return atoms.length - (end - from) < 12 && atoms.slice(0, from).every(isPolite) && atoms.slice(end).every(isPolite);
}

/** A word known by its sound alone ("mavhiri", wheels, is not maviri) needs company that is known for certain. */
function isOnlyHeard(atoms: Atoms, { from, end }: Found): boolean {
  return atoms.slice(from, end).every((atom) => atom.isFolded || atom.lexeme.role === 'only');
}

function unasked(atoms: Atoms): Found | undefined {
  for (const found of readingsOf(atoms, GRAMMARS)) {
    if ((!found.isWeak && !isOnlyHeard(atoms, found)) || isAllSaid(atoms, found)) return found;
  }
  return undefined;
}

function asked(atoms: Atoms, expects: ValueKind): Found | undefined {
  let longest: Found | undefined;
  for (const found of readingsOf(atoms, BY_KIND[expects], expects)) {
    if (found.meaning.kind !== expects) continue;
    const isBetter =
      longest === undefined ||
      (longest.isWeak && !found.isWeak) ||
      (longest.isWeak === found.isWeak && lengthOf(found) > lengthOf(longest));
    if (isBetter) longest = found;
  }
  return longest;
}

interface Heard {
  readonly meaning: Meaning;
  readonly isFolded: boolean;
  readonly start: number;
  readonly end: number;
}

function hear(atoms: Atoms, expects: ValueKind | undefined): Heard | undefined {
  const wanted = expects === undefined ? undefined : asked(atoms, expects);
  const other = wanted?.isWeak === false ? undefined : unasked(atoms);
  // "na8 mangwanani" is no day of the month, even where one was asked for.
  const isPart = wanted !== undefined && other !== undefined && lengthOf(other) > lengthOf(wanted);
  const found = isPart && other.from <= wanted.from && other.end >= wanted.end ? other : (wanted ?? other);
  if (found === undefined) return undefined;
  const used = atoms.slice(found.from, found.end);
  const isFolded = used.some((atom) => atom.isFolded);
  return { meaning: found.meaning, isFolded, start: used[0]?.start ?? 0, end: used.at(-1)?.end ?? 0 };
}

/** See `Language.valueOf`. Linear in the length of the text; never throws. */
export function valueOf(text: string, { expects }: ValueOptions = {}): SpokenValue | undefined {
  const atoms = atomsOf(text, false);
  const exact = hear(atoms, expects);
  const byEar = atoms.some(isDoubtful) ? atomsOf(text, true) : [];
  const folded = byEar.some((atom) => atom.isFolded) ? hear(byEar, expects) : undefined;
  // Half a number heard exactly is worse than the whole of it heard roughly.
  const isWider =
    folded !== undefined && (exact === undefined || (folded.start <= exact.start && folded.end >= exact.end));
  const heard = isWider ? folded : exact;
  if (heard === undefined) return undefined;
  const { meaning, isFolded, start, end } = heard;
  return { ...meaning, confidence: isFolded ? 'folded' : 'exact', span: { start, end } };
}
