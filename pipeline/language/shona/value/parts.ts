/** The parts of a whole number below a thousand, and where a number goes on behind one. */
import type { Atom } from './atom.ts';
import { prefixKind } from './lexicon.ts';

/** A whole number that ends before atom `end`. */
export interface Whole {
  readonly value: number;
  readonly end: number;
  /** A single word that is an ordinary word as well. */
  readonly isWeak: boolean;
  /** How its last word counts; a figure has no series. */
  readonly series: 'counting' | 'agreeing' | 'english' | 'figure';
  /** True for one word below ten or one figure. */
  readonly isSingle: boolean;
}

/** `top` is the power of ten that the part reaches, `level` the lowest one that it fills. */
export interface Part extends Whole {
  readonly top: number;
  readonly level: number;
}

export type Atoms = readonly Atom[];

export const isJoined = (atom: Atom | undefined): boolean => atom !== undefined && prefixKind(atom.prefix) === 'and';

/** True when nothing stands between this atom and the one before it, neither a pause nor a proclitic. */
export const isNext = (atom: Atom | undefined): atom is Atom =>
  atom !== undefined && atom.pause === 'none' && atom.prefix === '';

const isWholeFigure = ({ figure, isCode }: Atom): boolean =>
  figure !== undefined && !isCode && figure.fraction === '' && Number.isSafeInteger(figure.whole);

/** One to nine behind the word that it counts: makumi maviri, mazana 3. */
function countAt(atoms: Atoms, at: number): number | undefined {
  const atom = atoms[at];
  if (!isNext(atom)) return undefined;
  const count = atom.lexeme.unit ?? (isWholeFigure(atom) ? atom.figure?.whole : undefined);
  return count !== undefined && count > 0 && count < 10 ? count : undefined;
}

function partAt(atoms: Atoms, at: number): Part | undefined {
  const atom = atoms[at];
  if (atom === undefined) return undefined;
  const { lexeme, figure } = atom;
  const next = atoms[at + 1];
  const series = lexeme.series ?? 'counting';
  const part = (value: number, top: number, level: number, end: number, more: Partial<Part> = {}): Part => ({
    ...{ value, top, level, end, series, isWeak: false, isSingle: false },
    ...more,
  });
  if (figure !== undefined) {
    if (!isWholeFigure(atom) || lexeme.ordinal !== undefined) return undefined;
    const isHundreds = figure.whole < 100 && isNext(next) && next.lexeme.scale === 100;
    if (isHundreds) return part(figure.whole * 100, 3, 2, at + 2, { series: 'english' });
    return part(figure.whole, String(figure.whole).length - 1, 0, at + 1, { series: 'figure', isSingle: true });
  }
  if (lexeme.single === 100) {
    return part(100, 2, 2, countAt(atoms, at + 1) === 1 ? at + 2 : at + 1);
  }
  if (lexeme.head === 100 || lexeme.head === 10) {
    const isStutter = isNext(atoms[at + 1]) && atoms[at + 1]?.lexeme.head === lexeme.head;
    const count = countAt(atoms, isStutter ? at + 2 : at + 1);
    const power = lexeme.head === 100 ? 2 : 1;
    return count === undefined ? undefined : part(count * lexeme.head, power, power, at + (isStutter ? 3 : 2));
  }
  const isHundreds = isNext(next) && next.lexeme.scale === 100;
  if (lexeme.teen !== undefined) {
    if (isHundreds) return part(lexeme.teen * 100, 3, 2, at + 2);
    return part(lexeme.teen, 1, 0, at + 1);
  }
  if (lexeme.ten !== undefined) return part(lexeme.ten, 1, 1, at + 1, { isWeak: lexeme.isWeak ?? false });
  if (lexeme.unit !== undefined && lexeme.unit > 0) {
    if (isHundreds) return part(lexeme.unit * 100, 2, 2, at + 2, { series: 'english' });
    return part(lexeme.unit, 0, 0, at + 1, { isWeak: lexeme.isWeak ?? false, isSingle: true });
  }
  return lexeme.scale === 100 ? part(100, 2, 2, at + 1, { series: 'english' }) : undefined;
}

/** Where a number of `value` so far goes on behind atom `at`: behind ne-, zvine …, or nothing where ne- was not heard. */
export function goesOnAt(atoms: Atoms, at: number, value: number): number | undefined {
  const isClosed = atoms[at]?.lexeme.role === 'only';
  const here = isClosed ? at + 1 : at;
  const atom = atoms[here];
  if (atom === undefined || atom.pause === 'stop') return undefined;
  if (isJoined(atom)) return here;
  const next = atoms[here + 1];
  if (atom.lexeme.role === 'having' && value >= 100 && next?.pause === 'none') {
    return next.prefix === '' || isJoined(next) ? here + 1 : undefined;
  }
  if (isClosed || !isNext(atom) || atom.figure !== undefined || atom.lexeme.isWeak === true) return undefined;
  return here;
}

/** Tens with a unit in class 6 or 8, which is how thousands are counted; behind "ane" any class was heard. */
function agreesWithThousands(atoms: Atoms, at: number, isAne: boolean): boolean {
  const tens = partAt(atoms, at);
  const unit = tens?.top === 1 && tens.level === 1 ? atoms[tens.end] : undefined;
  return (
    unit?.lexeme.unit !== undefined && isJoined(unit) && (isAne || /^(?:n[aeo])?(?:ma|zvi|ri|chi)/u.test(unit.word))
  );
}

/** The thousands' count goes on only behind ne-, or behind zvine when round hundreds are followed by tens and units. */
export function countGoesOnAt(atoms: Atoms, at: number, value: number, isThousands: boolean): number | undefined {
  const atom = atoms[at];
  if (atom === undefined || atom.pause !== 'none' || atom.lexeme.role === 'only') return undefined;
  if (atom.lexeme.role !== 'having') return goesOnAt(atoms, at, value);
  if (!isThousands || value % 100 !== 0) return undefined;
  const next = goesOnAt(atoms, at, value);
  return next !== undefined && agreesWithThousands(atoms, next, atom.word === 'ane') ? next : undefined;
}

/** Parts that fall in size, from `at`: up to 999, or 9,999 in "nineteen hundred". */
export function partsAt(
  atoms: Atoms,
  at: number,
  goesOn: (end: number, value: number) => number | undefined,
): Part | undefined {
  let sum = partAt(atoms, at);
  while (sum !== undefined && sum.level > 0) {
    const here = goesOn(sum.end, sum.value);
    const part = here === undefined ? undefined : partAt(atoms, here);
    if (part === undefined || part.top >= sum.level || part.series === 'figure') break;
    const { level, end, series } = part;
    sum = { value: sum.value + part.value, top: sum.top, level, end, series, isWeak: false, isSingle: false };
  }
  return sum;
}
