/** Web and e-mail addresses, which are said piece by piece: letters without a vowel by name, digits one by one. */
import { letterNames } from '../letters.ts';
import { digitByDigit } from '../numbers.ts';
import type { ShonaReading } from '../reading.ts';
import { matchAt } from './place.ts';
import { isShortForm } from './words.ts';

const EMAIL = /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}/y;
const URL = /(?:https?:\/\/|www\.)[A-Za-z0-9][^\s<>"']{0,200}/iy;
const DOMAIN =
  /(?:[A-Za-z0-9-]{1,63}\.){1,5}(?:com|org|net|info|zw|za|zm|mw|africa|gov|edu)(?![A-Za-z0-9@-])(?:\/[^\s<>"']{0,200})?/y;
const CLOSING = /[.,;:!?)\]]+$/u;

/** Where the address that begins at this position ends; undefined when none does. */
export function addressEnd(text: string, at: number): number | undefined {
  const match = matchAt(EMAIL, text, at) ?? matchAt(URL, text, at) ?? matchAt(DOMAIN, text, at);
  return match && at + match[0].replace(CLOSING, '').length;
}

const isSpoken = (piece: string): boolean => piece.length > 6 || (/[aeiou]/u.test(piece) && !isShortForm(piece));

/** An address in words; what cannot be said (a query's signs) is passed over. */
export function sayAddress(address: string, reading: ShonaReading): string {
  const signs: Readonly<Record<string, string>> = {
    '@': reading.at,
    '.': reading.dot,
    '/': reading.slash,
    '-': reading.dash,
    _: reading.underscore,
  };
  const pieces =
    address
      .toLowerCase()
      .replace(/^https?:\/\//u, '')
      .match(/[a-z]+|\d+|[@./_-]/gu) ?? [];
  const words = pieces.map((piece) => {
    if (/\d/u.test(piece)) return digitByDigit(piece, reading.digits);
    if (/[a-z]/u.test(piece)) return isSpoken(piece) ? piece : letterNames(piece);
    return signs[piece] ?? '';
  });
  return words.filter((word) => word !== '').join(' ');
}
