/**
 * What a language pack says about its language: plain data that survives structured cloning, read and checked by
 * `prompts/`, opened by `openLanguage`. The words that callers hear stand in the pack, none of them here.
 */
import type { ReadingChoices } from './shona/reading.ts';

/** Words whose full stop ends no sentence; lower case, without the last stop. */
export interface Abbreviations {
  /** In front of a name: Dr. */
  readonly titles: readonly string[];
  /** Only in front of a figure: No. 5 */
  readonly beforeFigures: readonly string[];
  /** Unless a capital follows: a.m. */
  readonly inside: readonly string[];
}

/** The noun class that a figure agrees with where the text shows no noun; `none` counts without one. */
export type CountClass = 'none' | 2 | 4 | 6 | 8 | 10;

interface Common {
  /** ISO 639-1 code, or 639-3 where there is none. */
  readonly code: string;
  readonly recognisers: {
    /** The language token of Whisper: a code of its vocabulary, which need not be the pack's. */
    readonly whisper: string;
    /** What an OpenAI-compatible server is told, mostly ISO 639-1. @defaultValue `whisper` */
    readonly openai?: string | undefined;
    /** The alphabet of a CTC model that has several: MMS's adapters go by ISO 639-3. @defaultValue `code` */
    readonly ctc?: string | undefined;
  };
  /** Voices that can say it, best first: for people who set up a hotline. */
  readonly voices: readonly VoiceNote[];
}

export interface VoiceNote {
  readonly name: string;
  /** Where it comes from and what it may be used for, in words. */
  readonly note: string;
}

/** A language whose grammar is written in TypeScript. */
export interface BuiltInDefinition extends Common {
  readonly grammar: 'shona';
  /** Where no source settles how figures and signs are said: what is said instead of the default. */
  readonly reading?: ReadingChoices | undefined;
}

/** A language that is all tables and number rules. */
export interface RuleDefinition extends Common {
  readonly grammar: 'rules';
  /** A sentence that warms a voice up; nobody hears it. */
  readonly sample: string;
  /** Words that begin a clause without a comma: a long first sentence is cut before them. */
  readonly joiningWords: readonly string[];
  readonly orthography: OrthographyDefinition;
  readonly sounds: SoundsDefinition;
  readonly fold: FoldDefinition;
  readonly numbers: NumbersDefinition;
  readonly reading: ReadingDefinition;
  readonly calendar: CalendarDefinition;
  readonly clock: ClockDefinition;
  readonly money: readonly CurrencyDefinition[];
  readonly units: readonly UnitDefinition[];
  readonly abbreviations: Abbreviations;
  readonly claims: ClaimsDefinition;
}

export type LanguageDefinition = BuiltInDefinition | RuleDefinition;

/** A syllable is an onset and a vowel; before it may stand a consonant that is a syllable of its own or closes a loan's. */
export interface OrthographyDefinition {
  /** Letters beside a–z, lower case: 'ŋɓɗ'. */
  readonly letters: string;
  readonly vowels: string;
  readonly onsets: readonly string[];
  /** Consonants that are a syllable before another onset: m of mtoto. */
  readonly syllabic: readonly string[];
  /** Consonants that may close a syllable inside a loan: k of daktari. */
  readonly codas: readonly string[];
}

export interface SoundsDefinition {
  readonly stress: 'penultimate' | 'none';
  /** Spelling -> IPA, one phoneme or several with spaces between; the longest match counts. */
  readonly graphemes: Readonly<Record<string, string>>;
  /**
   * How a voice of another language says a phoneme, by the beginning of the voice's espeak name (`en`, or '' for any voice):
   * phoneme -> symbols of the voice. Before the tables that every voice has.
   */
  readonly accents: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface FoldDefinition {
  /** Spelling -> sound classes, '' for a sound that is often lost; the longest match counts. One character is one class. */
  readonly classes: Readonly<Record<string, string>>;
  /** Two classes -> how unlike they sound, below the general cost: `bp: 0.25`. */
  readonly near: Readonly<Record<string, number>>;
  /** A class -> what it costs to miss or add it, where it is not the general 0.6 for vowels and 0.8 for others. */
  readonly gaps: Readonly<Record<string, number>>;
}

/** Rules in the notation of CLDR's RBNF (UTS 35 part 3), and which rule set says what; the cardinals say what is below zero (-x) and behind a point (x.x). */
export interface NumbersDefinition {
  readonly rules: string;
  readonly cardinal: string;
  readonly year: string;
  /** Rule sets that are heard as ordinals. */
  readonly ordinals: readonly string[];
  /** Rule sets that agree with a noun class. */
  readonly classes: Readonly<Partial<Record<CountClass, string | undefined>>>;
  /** Rule sets that are heard as numbers besides all of these: freer forms, tried last. */
  readonly heard: readonly string[];
  /** Spoken forms for one another, before parsing: `sufuri: sifuri`, `nane: nane`. */
  readonly synonyms: Readonly<Record<string, string>>;
  /** The largest number with words; beyond it digits are read one by one. */
  readonly largest: number;
  /** Nouns by the class that their number takes; they stand before or behind it. */
  readonly nouns: Readonly<Partial<Record<CountClass, readonly string[] | undefined>>>;
  /** Behind these words a figure is read digit by digit, however short. */
  readonly digitNouns: readonly string[];
  /** Words that announce a number as one of a menu: number, key, press. Lower case. */
  readonly leads: readonly string[];
  /** Words for 0 to 9 of another language that callers use for figures: English, mostly. */
  readonly borrowedDigits: readonly (readonly string[])[];
  /** Before a digit word: it is said twice. */
  readonly double: readonly string[];
}

/** Words for signs. Templates hold {n}, or {from} and {to}. */
export interface ReadingDefinition {
  /** {n}. */
  readonly percent: string;
  readonly range: string;
  /** Other words that stand between the two ends of a range: until. */
  readonly rangeWords: readonly string[];
  /** A sign -> its words: `&: na`, powers among them: ². */
  readonly signs: Readonly<Record<string, string>>;
  /** Names of a–z, for abbreviations. */
  readonly letters: Readonly<Record<string, string>>;
  /** Abbreviations and names with words of their own, as written. */
  readonly said: Readonly<Record<string, string>>;
  /** Where a text has only signs without words, and for words in another alphabet. */
  readonly unreadable: string;
  /** Between an amount and its hundredths, and between the parts of a duration. */
  readonly and: string;
  /** A half that stands alone; behind a number it is the clock's. */
  readonly half: string;
}

export interface CalendarDefinition {
  /** 1 January to 12, the name that is said first, then others that are heard. */
  readonly months: readonly (readonly string[])[];
  /** Monday to Sunday, as `months`. */
  readonly days: readonly (readonly string[])[];
  /** {day} {month} {year}. */
  readonly date: string;
  /** {day} {month}. */
  readonly dayAndMonth: string;
  /** Days of the month that are not the cardinal: `1: mosi`. */
  readonly dayWords: Readonly<Record<string, string>>;
  /** Spoken between month and year, or before a month's number. */
  readonly fillers: readonly string[];
  /** Words for so many days from today: `jana: -1`. */
  readonly relative: Readonly<Record<string, number>>;
}

export interface ClockDefinition {
  /** What a clock shows less what is said: 6 where the day begins at dawn (8:00 is the second hour). */
  readonly offsetHours: number;
  /** {hour}: the whole hour; stands before what follows. */
  readonly hour: string;
  /** Behind the hour. */
  readonly half: string;
  readonly quarter: string;
  /** Behind the next hour; without it the quarter is said in minutes. */
  readonly quarterTo?: string | undefined;
  /** {n} minutes. */
  readonly minutes: string;
  /** Words that may stand between the time and the part of the day. */
  readonly fillers: readonly string[];
  /** Parts of the day by the hour (0–24) before which they are said, ascending, and other words that are heard for them. */
  readonly parts: readonly { readonly untilHour: number; readonly text: string; readonly heard: readonly string[] }[];
}

export interface CurrencyDefinition {
  /** ISO 4217. */
  readonly code: string;
  /** As written before or behind the figure: $, TSh, /=. */
  readonly signs: readonly string[];
  /** {n}. */
  readonly unit: string;
  /** {n}; said behind the unit. */
  readonly minor: string;
  /** Other words for the unit, heard only. */
  readonly heard: readonly string[];
}

export interface UnitDefinition {
  /** As written behind the figure: km, °C; none for a unit that is only heard. */
  readonly signs: readonly string[];
  /** {n}. */
  readonly text: string;
  readonly class: CountClass;
  /** What it measures when it is a duration. */
  readonly duration?: undefined | 'years' | 'months' | 'weeks' | 'days' | 'hours' | 'minutes' | 'seconds';
  /** Other words for the unit, heard only. */
  readonly heard: readonly string[];
}

/** Words that state a fact, which a language model must not make up; lower case, stems with a hyphen in front. */
export interface ClaimsDefinition {
  readonly money: readonly string[];
  readonly time: readonly string[];
  readonly dose: readonly string[];
  readonly impolite: readonly string[];
  /** Words that only look like numerals. */
  readonly notNumbers: readonly string[];
}

/** The codes that a pack's recognisers know the language by, those left out filled in. */
export function recogniserCodes({
  code,
  recognisers,
}: LanguageDefinition): Readonly<Record<'whisper' | 'openai' | 'ctc', string>> {
  const { whisper, openai = whisper, ctc = code } = recognisers;
  return { whisper, openai, ctc };
}
