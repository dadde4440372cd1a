/** Random values as the language's own readers say them, for the way back: what is said, and the line it must become. */
import { amount, type Currency } from '#pipeline/language/shona/money.ts';
import { cardinal, decimal, digitByDigit, type NounClass, ordinal } from '#pipeline/language/shona/numbers.ts';
import { calendarDay, clockTime, dayPart } from '#pipeline/language/shona/times.ts';

/** One thing said and the canonical line of its value. */
export interface Said {
  readonly words: string;
  readonly line: string;
}

export const SAID_KINDS = ['number', 'decimal', 'money', 'time', 'date', 'telephone', 'reference', 'ordinal'] as const;
export type SaidKind = (typeof SAID_KINDS)[number];

/** Every series of concords. */
export const NOUN_CLASSES: readonly NounClass[] = ['none', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
const CURRENCIES: readonly (readonly [Currency, string])[] = [
  ['dollar', 'USD'],
  ['USD', 'USD'],
  ['ZAR', 'ZAR'],
  ['ZiG', 'ZiG'],
];

const pad = (n: number): string => String(n).padStart(2, '0');

/** Draws one of a kind; `random` gives [0, 1). Numbers of every length from one digit to twelve are equally frequent. */
export function draw(kind: SaidKind, random: () => number): Said {
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const anyLength = (digits: number): number => below(10 ** (1 + below(digits)));
  const digits = (count: number): string => Array.from({ length: count }, () => String(below(10))).join('');
  switch (kind) {
    case 'number': {
      const n = anyLength(12);
      return { words: cardinal(n, pick(NOUN_CLASSES)), line: String(n) };
    }
    case 'decimal': {
      const [whole, fraction] = [anyLength(5), digits(1 + below(4))];
      return { words: decimal(whole, fraction), line: `${whole}.${fraction}` };
    }
    case 'money': {
      const [currency, code] = pick(CURRENCIES);
      const [whole, cents] = [1 + anyLength(9), below(2) === 0 ? 0 : below(100)];
      return { words: amount(whole, cents, currency), line: `${code} ${whole}${cents === 0 ? '' : `.${pad(cents)}`}` };
    }
    case 'time': {
      const [hour, minute] = [below(24), below(60)];
      const lead = pick(['', 'nguva dza', 'nguva dze', 'na']);
      return { words: `${lead}${clockTime(hour, minute)} ${dayPart(hour)}`, line: `${pad(hour)}:${pad(minute)}` };
    }
    case 'date': {
      const [year, month, day] = [1900 + below(200), 1 + below(12), 1 + below(28)];
      const lead = pick(['', 'musi wa', 'musi we', 'neMuvhuro musi wa']);
      return {
        words: `${lead}${calendarDay(day, month)} ${cardinal(year)}`,
        line: `${year}-${pad(month)}-${pad(day)}`,
      };
    }
    case 'telephone': {
      const number = `07${digits(8)}`;
      const written = pick([number, `${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6)}`]);
      return { words: digitByDigit(written), line: number };
    }
    case 'reference': {
      const number = digits(4 + below(10));
      return { words: digitByDigit(number), line: number };
    }
    case 'ordinal': {
      const n = 1 + below(1000);
      return { words: ordinal(n, pick(NOUN_CLASSES)), line: `${n}.` };
    }
  }
}
