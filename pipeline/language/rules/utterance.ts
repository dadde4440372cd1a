/** What was heard, word by word, in the form in which numbers and units are looked up. */
import type { Span } from '../spoken-value.ts';

export interface HeardWord extends Span {
  /** Lower case, synonyms replaced; figures as digits. May hold several words: "thenashara" is "kumi na mbili". */
  readonly text: string;
  /** Only its sounds were those of a known word. */
  readonly isFolded: boolean;
}

/** Longest utterance that is searched for a value: half a minute of fast speech, which is what a call keeps. */
const LONGEST = 600;
const WORD = /\p{Nd}+(?:[.,:]\p{Nd}+)*|[\p{L}\p{M}'’ʼ‘`´]+|%/gu;
/** Shorter words are too near to others to be taken by sound alone. */
const FOLDED_MIN_SYMBOLS = 4;

export class Vocabulary {
  readonly #words: ReadonlySet<string>;
  readonly #synonyms: ReadonlyMap<string, string>;
  readonly #byFold = new Map<string, string | undefined>();
  readonly #fold: (text: string) => string;

  constructor(words: Iterable<string>, synonyms: Readonly<Record<string, string>>, fold: (text: string) => string) {
    this.#synonyms = new Map(Object.entries(synonyms));
    this.#words = new Set([...words, ...this.#synonyms.keys()]);
    this.#fold = fold;
    for (const word of this.#words) {
      const folded = fold(word);
      // Two words that sound the same tell nothing.
      this.#byFold.set(folded, this.#byFold.has(folded) ? undefined : word);
    }
  }

  heard(text: string): readonly HeardWord[] {
    return Array.from(text.slice(0, LONGEST).matchAll(WORD), (match) => {
      const written = match[0].toLowerCase().replaceAll(/[’ʼ‘`´]/gu, "'");
      const span = { start: match.index, end: match.index + match[0].length };
      if (this.#words.has(written) || /\p{Nd}/u.test(written))
        return { ...span, text: this.#plain(written), isFolded: false };
      const folded = this.#fold(written);
      const near = folded.length < FOLDED_MIN_SYMBOLS ? undefined : this.#byFold.get(folded);
      return { ...span, text: this.#plain(near ?? written), isFolded: near !== undefined };
    });
  }

  #plain(word: string): string {
    return this.#synonyms.get(word) ?? word;
  }
}
