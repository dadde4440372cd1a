/** What the pipeline must know about a language; the text that callers hear lives in `prompts/`, not here. */
export interface Language {
  /** ISO 639-1 code, as the language pack writes it. */
  readonly code: string;
  /** Text as a person writes it -> words only: no digit, no symbol, no control character is left. Idempotent. */
  speakable(text: string): string;
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
}
