/**
 * Sums of money: the noun first (madhora maviri nemasendi makumi matatu), the count first with "of" (zviuru zvitatu
 * zvemadhora), or the English way (two dollars fifty). A dollar without a country is American.
 */
import type { CurrencyCode } from '../../spoken-value.ts';
import { prefixKind } from './lexicon.ts';
import { type Atoms, isNext } from './parts.ts';
import type { Grammar } from './reading.ts';
import { quantityAt, type Quantity } from './quantity.ts';

interface Sum {
  readonly currency: CurrencyCode;
  readonly isCents: boolean;
  readonly minorUnits: number;
  readonly end: number;
  /** A lone singular noun: "dhora". */
  readonly isBare: boolean;
}

const minor = (value: number, digits: string, isCents: boolean): number =>
  isCents ? value : value * 100 + Math.round(Number(`0.${digits || '0'}`) * 100);

/** "ekuAmerica", "eZimbabwe" behind the sum. */
function countryAt(atoms: Atoms, at: number, currency: CurrencyCode): readonly [CurrencyCode, number] {
  const atom = atoms[at];
  if (currency !== 'USD' || atom?.pause !== 'none') return [currency, at];
  if (atom.lexeme.role === 'american') return ['USD', at + 1];
  return atom.lexeme.role === 'local' ? ['ZWL', at + 1] : [currency, at];
}

function currencyAt(atoms: Atoms, at: number): { currency: CurrencyCode; isCents: boolean; end: number } | undefined {
  const isUs = atoms[at]?.lexeme.role === 'american' && isNext(atoms[at + 1]);
  const lexeme = atoms[isUs ? at + 1 : at]?.lexeme;
  if (lexeme?.currency === undefined) return undefined;
  const [currency, end] = countryAt(atoms, isUs ? at + 2 : at + 1, lexeme.currency);
  return { currency, isCents: lexeme.isCents ?? false, end };
}

/** madhora maviri, $2.30, dhora, dhora nehafu. */
function nounFirst(atoms: Atoms, at: number): Sum | undefined {
  const noun = currencyAt(atoms, at);
  if (noun === undefined) return undefined;
  const { isCents } = noun;
  const number = isNext(atoms[noun.end]) ? quantityAt(atoms, noun.end) : undefined;
  if (number !== undefined && !(isCents && number.digits !== '')) {
    const [currency, end] = countryAt(atoms, number.end, noun.currency);
    return { currency, isCents, end, isBare: false, minorUnits: minor(number.value, number.digits, isCents) };
  }
  if (atoms[at]?.lexeme.isSingular !== true) return undefined;
  const next = atoms[noun.end];
  const part = next !== undefined && prefixKind(next.prefix) === 'and' ? (next.lexeme.part ?? 0) : 0;
  const end = part > 0 ? noun.end + 1 : noun.end;
  return { currency: noun.currency, isCents, end, isBare: part === 0, minorUnits: isCents ? 1 : 100 + part * 100 };
}

/** hafu yedhora. */
function partFirst(atoms: Atoms, at: number): Sum | undefined {
  const part = atoms[at]?.lexeme.part;
  const link = atoms[at + 1];
  if (part === undefined || link?.pause !== 'none' || link.lexeme.isSingular !== true) return undefined;
  const noun = prefixKind(link.prefix) === 'and' ? undefined : currencyAt(atoms, at + 1);
  if (noun === undefined || noun.isCents) return undefined;
  return { currency: noun.currency, isCents: false, minorUnits: part * 100, end: noun.end, isBare: false };
}

/** zana remadhora, two dollars, 25c. A Shona count without "of" belongs to the noun before it, unless nothing else does. */
function countFirst(atoms: Atoms, at: number): Sum | undefined {
  const number = quantityAt(atoms, at);
  const noun = number === undefined ? undefined : currencyAt(atoms, number.end);
  const link = number === undefined ? undefined : atoms[number.end];
  if (number === undefined || noun === undefined || link?.pause !== 'none') return undefined;
  const { currency, isCents, end } = noun;
  const isOf = prefixKind(link.prefix) === 'of';
  if (!isOf && link.prefix !== '') return undefined;
  const isForeign = number.series === 'english' || number.series === 'figure';
  if (!isOf && !isForeign && isNext(atoms[end]) && quantityAt(atoms, end) !== undefined) return undefined;
  if (isCents && number.digits !== '') return undefined;
  return { currency, isCents, end, isBare: false, minorUnits: minor(number.value, number.digits, isCents) };
}

const asCents = (number: Quantity | undefined): number | undefined =>
  number !== undefined && number.digits === '' && number.value < 100 ? number.value : undefined;

/** nemasendi makumi matatu, "and fifty cents", and the bare fifty of "two dollars fifty". */
function centsAt(atoms: Atoms, at: number): { readonly cents: number; readonly end: number } | undefined {
  const atom = atoms[at];
  if (atom === undefined || atom.pause === 'stop') return undefined;
  if (prefixKind(atom.prefix) === 'and' && atom.lexeme.isCents === true) {
    const sum = nounFirst(atoms, at);
    return sum === undefined || sum.minorUnits > 99 ? undefined : { cents: sum.minorUnits, end: sum.end };
  }
  const number = quantityAt(atoms, at);
  const cents = asCents(number);
  if (number === undefined || cents === undefined || atom.pause !== 'none') return undefined;
  const isNamed = isNext(atoms[number.end]) && atoms[number.end]?.lexeme.isCents === true;
  if (isNamed) return { cents, end: number.end + 1 };
  const isBare = number.series === 'english' ? !number.isWeak : atom.figure?.digits.length === 2;
  return atom.prefix === '' && isBare ? { cents, end: number.end } : undefined;
}

/** A bare number where money was asked for: dollars, and "two fifty" with its cents. */
function bareSum(atoms: Atoms, at: number): Sum | undefined {
  const number = quantityAt(atoms, at);
  if (number === undefined) return undefined;
  const minorUnits = minor(number.value, number.digits, false);
  return { currency: 'USD', isCents: false, minorUnits, end: number.end, isBare: true };
}

/** Money of every way of saying it; only what has a currency, unless money is expected. */
export const readMoney: Grammar = (atoms, at, expects) => {
  const named = nounFirst(atoms, at) ?? countFirst(atoms, at) ?? partFirst(atoms, at);
  const sum = named ?? (expects === 'money' ? bareSum(atoms, at) : undefined);
  if (sum === undefined) return undefined;
  const cents = sum.isCents || sum.minorUnits % 100 !== 0 ? undefined : centsAt(atoms, sum.end);
  const minorUnits = sum.minorUnits + (cents?.cents ?? 0);
  if (!Number.isSafeInteger(minorUnits)) return undefined;
  const [currency, end] = countryAt(atoms, cents?.end ?? sum.end, sum.currency);
  return { meaning: { kind: 'money', currency, minorUnits }, end, isWeak: sum.isBare && cents === undefined };
};
