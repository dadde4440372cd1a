/**
 * Telephone and reference numbers: digits said one by one, Shona, English and mixed, in pairs ("seventy seven"), with
 * double and triple, or written by the recogniser in groups. A row of digits is told from a count by having no ne-.
 */
import type { Atom } from './atom.ts';
import { isNext } from './parts.ts';
import type { Grammar } from './reading.ts';
import { wholeAt } from './whole.ts';

/** More than any telephone or reference number has. */
const MOST_ATOMS = 64;
/** Words that people put between groups of digits, besides the polite ones. */
const BETWEEN = /^(?:then|ndokuti|ndobva|kozoti|kwoti|zvakare|futi|dash|slash|-|–|—|\/)$/u;

interface Piece {
  readonly digits: string;
  readonly end: number;
  /** One digit by a word of its own, or more by double and triple. */
  readonly isSpelled: boolean;
  readonly isFigure: boolean;
}

/** A digit word: counting forms and English; forms that agree with a noun only where digits are expected. */
function unitAt(atom: Atom | undefined, isLenient: boolean): number | undefined {
  return atom?.lexeme.series === 'agreeing' && !isLenient ? undefined : atom?.lexeme.unit;
}

function pieceAt(atoms: readonly Atom[], at: number, isLenient: boolean): Piece | undefined {
  const atom = atoms[at];
  if (atom === undefined) return undefined;
  if (atom.figure !== undefined) {
    const { digits, hasCommas } = atom.figure;
    return hasCommas && !isLenient ? undefined : { digits, end: at + 1, isSpelled: false, isFigure: true };
  }
  if (atom.lexeme.repeat !== undefined) {
    const next = atoms[at + 1];
    const written = next?.figure?.digits;
    const unit = isNext(next) ? (unitAt(next, isLenient) ?? (written?.length === 1 ? written : undefined)) : undefined;
    if (unit === undefined) return undefined;
    return { digits: String(unit).repeat(atom.lexeme.repeat), end: at + 2, isSpelled: true, isFigure: false };
  }
  const unit = unitAt(atom, isLenient);
  if (unit !== undefined) {
    const isHundreds = unit > 0 && isNext(atoms[at + 1]) && atoms[at + 1]?.lexeme.scale === 100;
    if (!isHundreds) return { digits: String(unit), end: at + 1, isSpelled: true, isFigure: false };
    return { digits: `${unit}00`, end: at + 2, isSpelled: false, isFigure: false };
  }
  const whole = wholeAt(atoms, at);
  if (whole === undefined || (whole.value > 99 && !isLenient)) return undefined;
  return { digits: String(whole.value), end: whole.end, isSpelled: false, isFigure: false };
}

/**
 * True when the row may go on at this atom: not behind ne-, and behind a full stop only where digits are expected. Figures
 * with commas between them are a list, unless the row is a telephone number already.
 */
function mayGoOn(atom: Atom, isLenient: boolean, isTelephone: boolean): boolean {
  if (isLenient) return true;
  if (atom.prefix !== '' || atom.pause === 'stop') return false;
  return atom.pause === 'none' || atom.figure === undefined || isTelephone;
}

/**
 * With digits expected, whatever digits there are. Without: a row of three or more digit words, or one that begins with
 * + or 0, or figures in groups that no count has (077 123 4567, 2-0-1-9), or any three digits behind nhamba or runhare.
 */
export const readDigits: Grammar = (atoms, at, expects) => {
  const isLenient = expects === 'digits';
  const first = atoms[at];
  if (first === undefined || (first.isCode && !isLenient)) return undefined;
  const hasPlus = first.lexeme.role === 'plus';
  const pieces: Piece[] = [];
  let digits = '';
  let next = hasPlus ? at + 1 : at;
  let end = at;
  let dashes = 0;
  while (next < atoms.length && next - at < MOST_ATOMS) {
    const atom = atoms[next];
    const isTelephone = hasPlus || digits.startsWith('0');
    if (atom === undefined || (next > at && !mayGoOn(atom, isLenient, isTelephone))) break;
    const piece = pieceAt(atoms, next, isLenient);
    if (piece !== undefined) {
      if (!isLenient && pieces.length > 0 && !piece.isSpelled && !piece.isFigure && !isTelephone) break;
      pieces.push(piece);
      digits += piece.digits;
      next = piece.end;
      end = next;
    } else if (pieces.length > 0 && (BETWEEN.test(atom.word) || atom.lexeme.role === 'polite')) {
      if (atom.word === '-' && atom.isStuck) dashes += 1;
      next += 1;
    } else break;
  }
  if (pieces.length === 0) return undefined;
  const meaning = { kind: 'digits', digits: hasPlus ? `+${digits}` : digits } as const;
  const areSpelled = pieces.every((piece) => piece.isSpelled);
  const areFigures = pieces.every((piece) => piece.isFigure);
  const areYears = pieces.every((piece) => piece.digits.length === 4);
  const cue = [1, 2, 3].some((back) => atoms[at - back]?.lexeme.role === 'number');
  const isNumber =
    (hasPlus && digits.length >= 7) ||
    (digits.startsWith('0') && digits.length >= 3) ||
    (areSpelled && pieces.length >= 3) ||
    (areFigures && !Number.isSafeInteger(Number(digits))) ||
    (areFigures && pieces.length >= 2 && digits.length >= 7 && !areYears) ||
    (areFigures && dashes >= 2 && pieces.length >= 3) ||
    ((areSpelled || areFigures) && cue && digits.length >= 3);
  if (isNumber) return { meaning, end, isWeak: false };
  const isShort = (areSpelled && digits.length >= 2) || isLenient;
  return isShort ? { meaning, end, isWeak: true } : undefined;
};
