import type { CurrencyCode, Duration } from '../../spoken-value.ts';

/** Which half or quarter of the day a word names; `am` and `pm` are the English halves. */
export type DayPart = 'morning' | 'afternoon' | 'evening' | 'night' | 'am' | 'pm';

/** What a word may contribute to a value. A homograph has several senses at once: `china` is four and Thursday. */
export interface Lexeme {
  /** 0–9. */
  readonly unit?: number;
  /** `agreeing` forms follow a counted noun, `counting` forms stand without one (hours, digits). */
  readonly series?: 'counting' | 'agreeing' | 'english';
  /** An ordinary word too (another, children, it has): alone it is a number only where one is expected. */
  readonly isWeak?: true;
  /** 10–19 in English, closed to a unit. */
  readonly teen?: number;
  /** gumi, twenty … ninety: open to a unit. */
  readonly ten?: number;
  /** Ten, hundred … whose count follows: makumi, mazana, zviuru, mamiriyoni. */
  readonly head?: number;
  /** One hundred, one thousand … in one word: zana, chiuru, miriyoni. */
  readonly single?: number;
  /** Hundred, thousand … whose count stands in front, the English way. */
  readonly scale?: number;
  readonly ordinal?: number;
  readonly currency?: CurrencyCode;
  readonly isCents?: true;
  /** A singular noun (dhora, awa): counts as one where the number is left out. */
  readonly isSingular?: true;
  readonly timeUnit?: keyof Duration;
  readonly month?: number;
  readonly weekday?: number;
  readonly dayPart?: DayPart;
  readonly daysFromToday?: number;
  /** 0.5 or 0.25. */
  readonly part?: number;
  /** Times that the digit behind it is said: double, triple. */
  readonly repeat?: number;
  readonly role?: Role;
}

/** What a word that carries no value does for those that do. */
export type Role =
  | 'only' // chete
  | 'having' // zvine, ane …: joins the parts of a number
  | 'point'
  | 'percent'
  | 'share' // zvikamu … kubva muzana
  | 'from' // kubva
  | 'plus'
  | 'minus'
  | 'clock' // nguva
  | 'oclock'
  | 'past'
  | 'to'
  | 'day' // musi
  | 'number' // nhamba, runhare
  | 'american'
  | 'local'
  | 'polite'
  | 'old'; // years old
