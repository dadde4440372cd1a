/** Signs, codes and words of money as written in front of a number or behind it. */
import type { Currency } from '../money.ts';
import { matchAt } from './place.ts';

const FRONT =
  /(?:(US\$|USD\$?|U\$)|(RTGS\$?|ZWL\$?|ZW\$|Z\$)|(ZiG|ZIG|Zig|ZWG)|(ZAR|R(?= ?[\d.]))|(BWP)|(EUR|€)|(GBP|£)|(\$)|¢) ?(?=\d|\.\d)/y;
const BEHIND =
  / ?(?:(US\$|USD|US dollars?)|(ZWL)|(ZiG|ZIG|ZWG)|(ZAR|rands?)|(BWP)|(EUR|€|euros?)|(GBP|£)|(\$(?! ?\d)|dollars?)|(cents?))(?![A-Za-z\d])|[c¢](?![A-Za-z\d])/y;
const IN_ORDER: readonly Currency[] = ['USD', 'ZWL', 'ZiG', 'ZAR', 'BWP', 'EUR', 'GBP', 'dollar', 'cent'];

interface Written {
  readonly currency: Currency;
  /** Behind the sign and its space. */
  readonly end: number;
}

function written(pattern: RegExp, text: string, at: number): Written | undefined {
  const match = matchAt(pattern, text, at);
  const which = match?.slice(1).findIndex((group: string | undefined) => group !== undefined) ?? -1;
  return match && { currency: IN_ORDER[which] ?? 'cent', end: at + match[0].length };
}

/** The currency at a position in front of a number, and where the number begins. */
export function currencyAt(text: string, at: number): Written | undefined {
  return written(FRONT, text, at);
}

/** The currency behind a number that ends at this position. */
export function currencyBehind(text: string, at: number): Written | undefined {
  return written(BEHIND, text, at);
}

/** The currency a lone sign stands for. */
export function currencySigned(sign: string): Currency | undefined {
  return sign === '$' ? 'dollar' : sign === '€' ? 'EUR' : sign === '£' ? 'GBP' : sign === '¢' ? 'cent' : undefined;
}
