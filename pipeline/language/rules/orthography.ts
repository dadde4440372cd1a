/** Which words can be a rule language's own by their syllables, and how a written word falls into syllables. */
import type { OrthographyDefinition } from '../definition.ts';

/** Longest run of letters that is looked at as one word; more is no word of any language. */
const LONGEST_WORD = 60;

/** ’ ʼ ‘ ` ´ as the typed one. */
export function plainApostrophes(text: string): string {
  return text.replace(/[\u2019\u02bc\u2018\u0060\u00b4]/gu, "'");
}

export class Orthography {
  /** Every cluster that may stand before a vowel, closing consonants of the syllable before it included. */
  readonly onsets: ReadonlySet<string>;
  readonly vowels: string;
  readonly #letters: ReadonlySet<string>;
  readonly #own: ReadonlySet<string>;
  readonly #syllabic: readonly string[];

  constructor(definition: OrthographyDefinition) {
    const { onsets, syllabic, codas, vowels, letters } = definition;
    this.#own = new Set(onsets);
    this.#syllabic = syllabic;
    this.vowels = vowels;
    this.#letters = new Set(`abcdefghijklmnopqrstuvwxyz'${letters}`);
    const closed = codas.flatMap((coda) =>
      onsets.filter((onset) => !onset.startsWith(coda)).map((onset) => coda + onset),
    );
    this.onsets = new Set([...onsets, ...closed, ...syllabic.flatMap((first) => onsets.map((onset) => first + onset))]);
  }

  /** Lower-case letters of a word as the language writes them: accents that are not its own are taken off. */
  lettersOf(word: string): string {
    const plain = plainApostrophes(word.normalize('NFC')).toLowerCase();
    return Array.from(plain, (letter) => {
      if (this.#letters.has(letter)) return letter;
      const [bare = ''] = letter.normalize('NFD');
      return this.#letters.has(bare) ? bare : '';
    }).join('');
  }

  /** A word as it may stand in speakable text: letters of the language and apostrophes, capitals kept. */
  spellable(word: string): string {
    return Array.from(plainApostrophes(word.normalize('NFC')), (letter) => {
      if (this.#letters.has(letter.toLowerCase())) return letter;
      const bare = letter.normalize('NFD').charAt(0);
      return this.#letters.has(bare.toLowerCase()) ? bare : '';
    }).join('');
  }

  /** See `Language.isNativeWord`. */
  isNativeWord(word: string): boolean {
    if (word.length > LONGEST_WORD || /[^\p{L}\p{M}'’ʼ‘`´-]/u.test(word)) return false;
    const parts = this.lettersOf(word);
    return (
      Array.from(word.replaceAll(/\P{L}/gu, '')).length === parts.replaceAll("'", '').length && this.#isSpelt(parts)
    );
  }

  #isSpelt(letters: string): boolean {
    let cluster = '';
    let isFirst = true;
    let isOpen = false;
    for (const letter of letters) {
      isOpen = this.vowels.includes(letter);
      if (!isOpen) {
        cluster += letter;
        continue;
      }
      // A closing consonant needs a syllable before it that it can close; a syllabic one may begin the word.
      const isOnset =
        cluster === '' ||
        this.#own.has(cluster) ||
        (isFirst
          ? this.#syllabic.some((first) => cluster.startsWith(first) && this.#own.has(cluster.slice(first.length)))
          : this.onsets.has(cluster));
      if (!isOnset) return false;
      cluster = '';
      isFirst = false;
    }
    return isOpen;
  }

  /** Written syllables: m·to·to, da·k·ta·ri; letters behind the last vowel stay with its syllable. */
  syllables(letters: string): string[] {
    const found: string[] = [];
    let cluster = '';
    for (const letter of letters) {
      cluster += letter;
      if (!this.vowels.includes(letter)) continue;
      found.push(...this.#withoutFirst(cluster));
      cluster = '';
    }
    const last = found.pop();
    if (last === undefined) return cluster === '' ? [] : [cluster];
    return [...found, last + cluster];
  }

  /** A syllabic consonant in front of an onset is a syllable: "mto" is m, to; "mba" stays, since mb is an onset. */
  #withoutFirst(cluster: string): string[] {
    const onset = cluster.slice(0, -1);
    if (onset === '' || this.#own.has(onset)) return [cluster];
    const first = this.#syllabic.find((part) => onset.startsWith(part) && this.#own.has(onset.slice(part.length)));
    return first === undefined ? [cluster] : [first, cluster.slice(first.length)];
  }
}
