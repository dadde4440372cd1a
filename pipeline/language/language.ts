import type { Meaning, SpokenValue, ValueOptions } from './spoken-value.ts';

/** `foreign`: English, another language, or a name that is not spelt like the language. */
export type TokenKind = 'native' | 'foreign' | 'abbreviation' | 'number';

/** One word or figure of a text, `start` to before `end` in UTF-16 units, punctuation left out. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly kind: TokenKind;
  /** What the language has put in front of a token that is not its own: "ku" of kuHospital, "ra" of ra2018; else ''. */
  readonly prefix: string;
}

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

export interface SpeakableOptions {
  /** For figures whose noun is not found in the text; what has a noun of its own (money, times, units) keeps it. */
  readonly nounClass?: CountClass;
}

/** What the pipeline must know about a language; the text that callers hear lives in `prompts/`, not here. */
export interface Language {
  /** ISO 639-1 code, as the language pack writes it. */
  readonly code: string;
  /** Text as a person writes it -> words only: no digit, no symbol, no control character is left. Idempotent. Throws never. */
  speakable(text: string, options?: SpeakableOptions): string;
  /**
   * Text -> one string of sound classes without spaces, in which what a recogniser often confuses is equal.
   * '' when nothing of the text is a sound of the language.
   */
  fold(text: string): string;
  /** Every symbol that `fold` may emit. */
  readonly foldAlphabet: string;
  /** How unlike two symbols of `fold` sound: 0 (the same) to 1 (never confused). Symmetric. */
  confusion(a: string, b: string): number;
  /** What it costs to miss or to add this symbol of `fold`, in (0, 1]. */
  gap(symbol: string): number;
  /** True when a single word (letters and apostrophes) can be a word of the language by its syllables. */
  isNativeWord(word: string): boolean;
  /** True when a single word is neither the language's own by its shape nor an abbreviation nor a figure. */
  isForeignWord(word: string): boolean;
  /** Words and figures of a text in order, each with what it is: where the speaker switched language. */
  tokens(text: string): readonly Token[];
  /**
   * Speakable text -> IPA. For a voice: words joined, `ˈ` before a stressed syllable, `ː` behind a long vowel, pauses as
   * written. Separate: bare phonemes with one space between them, two between words. Figures have no phonemes.
   * @defaultValue 'voice'
   */
  phonemes(text: string, form?: 'voice' | 'separate'): string;
  readonly abbreviations: Abbreviations;
  /** The value that spoken words carry, however a recogniser wrote them; undefined when none is heard. Never throws. */
  valueOf(words: string, options?: ValueOptions): SpokenValue | undefined;
  /** A value in one canonical line: 224, 3.5, 60%, USD 2.30, 18:30, 2019-08-27, PT2H30M, 3., 0771234567. */
  writeValue(value: Meaning): string;
}
