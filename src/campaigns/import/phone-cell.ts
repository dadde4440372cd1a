/** A cell that should hold one telephone number: the number, or what has happened to it. */
import { parseNumber, type AllowList, type CountryCode } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import type { FaultCode } from './verdict.ts';

export type PhoneCell =
  | { readonly ok: true; readonly number: PhoneNumber; readonly isRounded: boolean }
  | { readonly ok: false; readonly code: FaultCode };

export interface PhoneRules {
  /** Whose numbers are written without a country code. */
  readonly country: CountryCode;
  /** Undefined: every number that exists is taken. */
  readonly allowList: AllowList | undefined;
}

/** 2.63772E+11, with a decimal comma in other countries; also with all its digits, since nobody can tell whether they are. */
const SCIENTIFIC = /^[+-]?\d+(?:[.,]\d*)?\s*[eE]\s*[+\u2212-]?\s*\d+$/u;
/** 263772123456.0, 263772123456,00 */
const DECIMAL = /^\+?\d{6,}[.,]0{1,6}$/;
/** 2.63772E+11 that was opened and saved once more. */
const ROUNDED = /0{6}$/;
/** What people put between two numbers; a word is one when it stands alone. */
const BETWEEN = /[/\\,;|&\n\r\t]|\s(?:or|and|kana|ne|na|ou|e)\s|\s[-\u2013\u2014]\s/iu;

export function readPhoneCell(cell: string, { country, allowList }: PhoneRules): PhoneCell {
  const text = cell.replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|^'/g, '').trim();
  const refuse = (code: FaultCode): PhoneCell => ({ ok: false, code });
  if (SCIENTIFIC.test(text)) return refuse('number-destroyed');
  if (DECIMAL.test(text)) return refuse('number-decimal');
  const parsed = parseNumber(text, { defaultCountry: country });
  if (!parsed.ok) {
    if (holdsTwo(text, country)) return refuse('two-numbers');
    return refuse(parsed.reason === 'empty' ? 'no-number' : parsed.reason);
  }
  const verdict = allowList?.check(parsed.number) ?? 'allowed';
  if (verdict !== 'allowed') return refuse(verdict.refused);
  return { ok: true, number: parsed.number, isRounded: ROUNDED.test(parsed.number) };
}

function holdsTwo(text: string, country: CountryCode): boolean {
  if (text.length > 400) return false;
  const isNumber = (part: string): boolean => parseNumber(part, { defaultCountry: country }).ok;
  if (text.split(BETWEEN).filter(isNumber).length > 1) return true;
  // Only blanks, hyphens or nothing between them: some place must part it into two that both exist.
  const places = [...text.matchAll(/(?<=\d)(?=[\s\d+-])/gu)].map(({ index }) => index);
  return places.some((index) => isNumber(text.slice(0, index)) && isNumber(text.slice(index).replace(/^[\s-]+/u, '')));
}
