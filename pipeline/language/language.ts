import type { Abbreviations, CountClass, LanguageDefinition } from './definition.ts';
import type { Meaning, SpokenValue, ValueOptions } from './spoken-value.ts';

export type { Abbreviations, CountClass } from './definition.ts';

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

/** Which words state a fact. Words are given lower-case, with ' for every apostrophe. */
export interface Claims {
  /** Consonant clusters that may open a syllable; every syllable is one of them, or none, and a vowel. */
  readonly onsets: ReadonlySet<string>;
  isNumber(word: string): boolean;
  isMoney(word: string): boolean;
  isTime(word: string): boolean;
  isDose(word: string): boolean;
  isImpolite(word: string): boolean;
}

export interface SpeakableOptions {
  /** For figures whose noun is not found in the text; what has a noun of its own (money, times, units) keeps it. */
  readonly nounClass?: CountClass;
}

/** What the pipeline must know about a language; the text that callers hear lives in `prompts/`, not here. */
export interface Language {
  /** ISO 639-1 code, as the language pack writes it. */
  readonly code: string;
  /** What it was opened from: the way to another thread, which opens it again. */
  readonly definition: LanguageDefinition;
  /** Letters beside a–z, lower case. */
  readonly letters: string;
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
  /**
   * Words of a text that address one person, where the language owes strangers a plural of respect; absent: it knows none.
   * `allowed`: lower-case words that may stay.
   */
  readonly singularAddress?: (text: string, allowed?: ReadonlySet<string>) => readonly string[];
  /** Words and figures of a text in order, each with what it is: where the speaker switched language. */
  tokens(text: string): readonly Token[];
  /**
   * Speakable text -> IPA. For a voice: words joined, `ˈ` before a stressed syllable, `ː` behind a long vowel, pauses as
   * written. Separate: bare phonemes with one space between them, two between words. Figures have no phonemes.
   * @defaultValue 'voice'
   */
  phonemes(text: string, form?: 'voice' | 'separate'): string;
  /**
   * How a voice of another language says a phoneme, before what every such voice does: by the beginning of the voice's espeak
   * name ('' for any), phoneme -> symbols of the voice.
   */
  readonly accents: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Words that begin a clause without a comma. */
  readonly joiningWords: readonly string[];
  /** A sentence to warm a voice up with; nobody hears it. */
  readonly sample: string;
  readonly abbreviations: Abbreviations;
  /** What a language model must not say on its own. */
  readonly claims: Claims;
  /** Every word that numbers are said with, as a recogniser may write it; absent: it has no such list. */
  readonly numberWords?: readonly string[];
  /** Words that announce one: number, key. Lower case. */
  readonly numberLeads?: readonly string[];
  /** The value that spoken words carry, however a recogniser wrote them; undefined when none is heard. Never throws. */
  valueOf(words: string, options?: ValueOptions): SpokenValue | undefined;
  /** A value in one canonical line: 224, 3.5, 60%, USD 2.30, 18:30, 2019-08-27, PT2H30M, 3., 0771234567. */
  writeValue(value: Meaning): string;
}
