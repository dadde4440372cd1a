/**
 * How written Shona is read aloud where no source settles it: figures spoken in Shona or in English, and single words that
 * nobody has attested. A language pack may set any of them; a native speaker should confirm the defaults (shona.md §2, L).
 */

/** Figures by Shona numerals, or by English ones in Shona spelling (wani, tuu, thrii), as many people say them. */
export type Numerals = 'shona' | 'english';

/** One member for each reading that is a judgement; words are Shona, in lower case, ready for a voice. */
export interface ShonaReading {
  /** Telephone and reference numbers, which are said digit by digit. @defaultValue 'shona' */
  readonly digits: Numerals;
  /** The hour of a clock time: nguva dzasere, nguva dzaeiti. @defaultValue 'shona' */
  readonly hours: Numerals;
  /** Years: ra2018 is "razviuru zviviri negumi nesere" or "ratwendi eitini". @defaultValue 'shona' */
  readonly years: Numerals;
  /** Glued in front of a clock time that has no proclitic or lead of its own; '' says the bare numeral. */
  readonly clockLead: string;
  /** Half past, and the half of "2½". */
  readonly half: string;
  /** Minutes in the plural: maminitsi and maminetsi are both seen. */
  readonly minutes: string;
  /** Between a whole number and its decimals. */
  readonly point: string;
  /** Behind the number of a percentage. */
  readonly percent: string;
  /** A half behind the number of a percentage, as radio news says it. */
  readonly percentHalf: string;
  /** Between the ends of a range. */
  readonly upTo: string;
  /** Between the two numbers of a score or a ratio. */
  readonly score: string;
  /** Between the two numbers of a reading such as 140/90, and for ">"; glued to the number behind it. */
  readonly over: string;
  /** "<", glued to the number behind it. */
  readonly under: string;
  /** "~" in front of a number. */
  readonly about: string;
  /** The multiplication sign; the second number is glued to the last word. */
  readonly times: string;
  /** The division sign, as `times`. */
  readonly dividedBy: string;
  readonly plus: string;
  readonly minus: string;
  readonly equals: string;
  /** Behind a temperature below zero, instead of `minus`. */
  readonly belowZero: string;
  /** Behind a figure with a plus sign: 18+. */
  readonly andMore: string;
  /** The ZiG, which is younger than every corpus; said in front of the number. */
  readonly zig: string;
  /** Whose dollars, behind the number: one, and several. */
  readonly usDollar: readonly [one: string, many: string];
  /** Dr in front of a name. */
  readonly doctor: string;
  readonly at: string;
  readonly dot: string;
  readonly slash: string;
  readonly hash: string;
  readonly star: string;
  readonly underscore: string;
  /** A hyphen in an address. */
  readonly dash: string;
  /** 24/7. */
  readonly alwaysOpen: string;
  /**
   * Repeats a number digit by digit when leaving out one short word would make it another: 100,020 differs from 120,000
   * only by "zvine". @defaultValue false
   */
  readonly repeatsAmbiguous: boolean;
  /** Said where a text has nothing but signs that have no words (emoji), and for words in another alphabet. */
  readonly unreadable: string;
  /** Abbreviations and names with words of their own, as written (case matters): { POTRAZ: 'potirazi' }. */
  readonly said: Readonly<Record<string, string>>;
}

/** What a pack may set; what it leaves out is said as by default. */
export type ReadingChoices = { readonly [K in keyof ShonaReading]?: ShonaReading[K] | undefined };

/** What is said unless a pack says otherwise. */
export const DEFAULT_READING: ShonaReading = {
  digits: 'shona',
  hours: 'shona',
  years: 'shona',
  clockLead: 'nguva dza',
  half: 'nehafu',
  minutes: 'maminitsi',
  point: 'poindi',
  percent: 'kubva muzana',
  percentHalf: 'nechidimbu',
  upTo: 'kusvika',
  score: 'kuna',
  over: 'pamusoro pe',
  under: 'pasi pe',
  about: 'kanenge',
  times: 'kuwanza ne',
  dividedBy: 'kugovanisa ne',
  plus: 'kuwedzera',
  minus: 'mainasi',
  equals: 'zvinoita',
  belowZero: 'pasi peziro',
  andMore: 'zvichikwira',
  zig: 'zigi',
  usDollar: ['rekuAmerica', 'ekuAmerica'],
  doctor: 'Chiremba',
  at: 'at',
  dot: 'dhoti',
  slash: 'sireshi',
  hash: 'hashi',
  star: 'nyeredzi',
  underscore: 'andasikoo',
  dash: 'dheshi',
  alwaysOpen: 'zuva nezuva, usiku nesikati',
  repeatsAmbiguous: false,
  unreadable: 'chiratidzo',
  said: {},
};
