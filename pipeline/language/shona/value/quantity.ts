/** Numbers with what may follow the whole: a decimal point, a half, "of a hundred"; ordinals and fractions too. */
import { prefixKind } from './lexicon.ts';
import { type Atoms, isNext, type Whole } from './parts.ts';
import type { Grammar, Reading } from './reading.ts';
import { wholeAt } from './whole.ts';

/** A whole number and the digits behind its point ('' for none). */
export interface Quantity extends Whole {
  readonly digits: string;
}

/** Digits said one by one, or once as a number below a hundred ("point twenty-five"); '' when there are none. */
function decimalsAt(atoms: Atoms, at: number): { readonly digits: string; readonly end: number } {
  let digits = '';
  let end = at;
  for (; digits.length < 12; end += 1) {
    const atom = atoms[end];
    if (!isNext(atom)) break;
    if (atom.figure !== undefined && !atom.isCode) digits += atom.figure.digits;
    else if (atom.lexeme.unit !== undefined) digits += String(atom.lexeme.unit);
    else break;
  }
  if (digits !== '') return { digits, end };
  const whole = isNext(atoms[at]) ? wholeAt(atoms, at) : undefined;
  return whole !== undefined && whole.value < 100 ? { digits: String(whole.value), end: whole.end } : { digits, end };
}

const PARTS: Readonly<Record<number, string>> = { 0.5: '5', 0.25: '25' };

/** A number that may have decimals, from atom `at`. */
export function quantityAt(atoms: Atoms, at: number): Quantity | undefined {
  const whole = wholeAt(atoms, at);
  const written = atoms[at]?.figure;
  if (whole === undefined) {
    if (written === undefined || written.fraction === '' || atoms[at]?.isCode) return undefined;
    if (!Number.isSafeInteger(written.whole)) return undefined;
    const value = written.whole;
    return { value, digits: written.fraction, end: at + 1, isWeak: false, series: 'figure', isSingle: true };
  }
  const next = atoms[whole.end];
  if (next === undefined || next.pause === 'stop') return { ...whole, digits: '' };
  if (next.lexeme.role === 'point' && next.pause === 'none') {
    const { digits, end } = decimalsAt(atoms, whole.end + 1);
    if (digits !== '') return { ...whole, digits, end, isWeak: false, isSingle: false };
  }
  const part = prefixKind(next.prefix) === 'and' ? PARTS[next.lexeme.part ?? 0] : undefined;
  if (part === undefined) return { ...whole, digits: '' };
  return { ...whole, digits: part, end: whole.end + 1, isWeak: false, isSingle: false };
}

/** zvikamu makumi matanhatu kubva muzana, 60 pazana, sixty percent; "1 kubva muzvina" is a quarter. */
export const readShare: Grammar = (atoms, at, expects) => {
  const isShare = atoms[at]?.lexeme.role === 'share';
  const quantity = quantityAt(atoms, isShare ? at + 1 : at);
  if (quantity === undefined || (isShare && !isNext(atoms[at + 1]))) return undefined;
  const { value: whole, digits, end } = quantity;
  const isFrom = atoms[end]?.lexeme.role === 'from';
  const of = atoms[isFrom ? end + 1 : end];
  const after = isFrom ? end + 2 : end + 1;
  const isOfHundred = of?.lexeme.single === 100 && prefixKind(of.prefix) === 'at';
  if (of?.pause === 'none' && (of.lexeme.role === 'percent' || isOfHundred)) {
    return { meaning: { kind: 'percent', whole, digits }, end: after, isWeak: false };
  }
  if (isShare && isFrom && digits === '' && prefixKind(of?.prefix ?? '') === 'at') {
    const denominator = wholeAt(atoms, end + 1);
    if (denominator === undefined || denominator.value === 0) return undefined;
    return {
      meaning: { kind: 'fraction', numerator: whole, denominator: denominator.value },
      end: denominator.end,
      isWeak: false,
    };
  }
  return expects === 'percent' ? { meaning: { kind: 'percent', whole, digits }, end, isWeak: true } : undefined;
};

/** A bare number, whole or with decimals; hafu and kota alone are 0.5 and 0.25. */
export const readNumber: Grammar = (atoms, at): Reading | undefined => {
  const atom = atoms[at];
  const part = PARTS[atom?.lexeme.part ?? 0];
  if (part !== undefined) return { meaning: { kind: 'decimal', whole: 0, digits: part }, end: at + 1, isWeak: true };
  if (atom?.lexeme.role === 'point') {
    const { digits, end } = decimalsAt(atoms, at + 1);
    return digits === '' ? undefined : { meaning: { kind: 'decimal', whole: 0, digits }, end, isWeak: true };
  }
  const isNegative = atom?.lexeme.role === 'minus' && isNext(atoms[at + 1]);
  const quantity = quantityAt(atoms, isNegative ? at + 1 : at);
  if (quantity === undefined) return undefined;
  const { digits } = quantity;
  const behind = atoms[quantity.end]?.word === 'degrees' ? quantity.end + 1 : quantity.end;
  const isBelow = !isNegative && isBelowZero(atoms, behind);
  const end = isBelow ? behind + 2 : quantity.end;
  const value = isNegative || isBelow ? -quantity.value : quantity.value;
  const isWeak = quantity.isWeak && !isNegative && !isBelow && !followsItsNoun(atoms, at, end);
  if (digits === '') return { meaning: { kind: 'number', value }, end, isWeak };
  return { meaning: { kind: 'decimal', whole: value, digits }, end, isWeak };
};

/** "Madhigirii mashanu pasi peziro": how temperatures under the freezing point are read out here. */
function isBelowZero(atoms: Parameters<Grammar>[0], at: number): boolean {
  const [below, zero] = [atoms[at], atoms[at + 1]];
  if (below === undefined || below.pause !== 'none' || zero?.pause !== 'none') return false;
  return (below.word === 'pasi' && zero.word === 'peziro') || (below.word === 'below' && zero.word === 'zero');
}

/** "vanhu vana" at the end of what was said, "migwagwa miviri": agreeing with the noun before it, not "children" or "bodies". */
function followsItsNoun(atoms: Atoms, at: number, end: number): boolean {
  const [before, atom, after] = [atoms[at - 1], atoms[at], atoms[end]];
  if (before === undefined || atom?.lexeme.series !== 'agreeing' || atom.lexeme.unit === 1 || !isNext(atom))
    return false;
  if (atom.lexeme.unit === 4 && after !== undefined && after.pause === 'none') return false;
  const concord = /^(?:va|ma|mi|zvi|tu)/u.exec(atom.word)?.[0];
  return (
    concord !== undefined && before.word.startsWith(concord) && before.word.length > 4 && !before.word.endsWith('mwe')
  );
}

/** wechipiri, first, 27th, twenty-first; "wegumi nechimwe" is the eleventh, since "of eleven" names what it counts. */
export const readOrdinal: Grammar = (atoms, at) => {
  const atom = atoms[at];
  if (atom === undefined) return undefined;
  if (atom.lexeme.ordinal !== undefined && !atom.isCode) {
    return { meaning: { kind: 'ordinal', value: atom.lexeme.ordinal }, end: at + 1, isWeak: false };
  }
  const next = atoms[at + 1];
  if (atom.lexeme.ten !== undefined && isNext(next) && next.lexeme.ordinal !== undefined && next.lexeme.ordinal < 10) {
    const value = atom.lexeme.ten + next.lexeme.ordinal;
    return { meaning: { kind: 'ordinal', value }, end: at + 2, isWeak: false };
  }
  if (prefixKind(atom.prefix) !== 'of' || atom.prefix.endsWith('a') || atom.figure !== undefined) return undefined;
  const whole = wholeAt(atoms, at);
  if (whole === undefined || whole.value < 10 || whole.series === 'english') return undefined;
  return { meaning: { kind: 'ordinal', value: whole.value }, end: whole.end, isWeak: false };
};
