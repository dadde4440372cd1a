/** Signs that stand alone: what is said for them, and which are pauses. What depends on figures is in narration.ts. */
import { currencyNoun } from '../money.ts';
import type { ShonaReading } from '../reading.ts';
import type { Pause } from './composer.ts';
import { currencySigned } from './currencies.ts';

const PAUSES: Readonly<Record<string, Pause>> = {
  ',': ',',
  '.': '.',
  '!': '!',
  '?': '?',
  '…': 'soft',
  ';': ',',
  ':': ',',
  '(': 'soft',
  ')': 'soft',
  '[': 'soft',
  ']': 'soft',
  '{': 'soft',
  '}': 'soft',
  '–': 'soft',
  '—': 'soft',
  '|': 'soft',
  '•': 'soft',
  '·': 'soft',
  '→': 'soft',
  '/': 'soft',
  '\\': 'soft',
};

/** Nothing is lost when these are not said. */
const SILENT = new Set(['"', "'", '-', '_', '^', '~', '<', '>', '*', '“', '”', '„', '«', '»', '‹', '›', '‚', '‛', '″']);

/** The pause that a sign is. */
export function pauseOf(sign: string): Pause | undefined {
  return PAUSES[sign];
}

/** The words for a sign; '' when it is passed over, undefined when nobody can say it. */
export function signInWords(sign: string, reading: ShonaReading): string | undefined {
  const currency = currencySigned(sign);
  if (currency !== undefined) return currencyNoun(currency, reading);
  switch (sign) {
    case '&':
      return 'ne';
    case '@':
      return reading.at;
    case '#':
      return reading.hash;
    case '+':
      return reading.plus;
    case '=':
    case '≈':
      return reading.equals;
    case '×':
      return reading.times.replace(/ [a-z]*$/u, '');
    case '÷':
      return reading.dividedBy.replace(/ [a-z]*$/u, '');
    case '%':
      return 'muzana';
    case '°':
      return 'madhigirii';
    case '§':
      return 'ndima';
    default:
      return SILENT.has(sign) ? '' : undefined;
  }
}
