/** Sound classes by the pack's table: what recognisers confuse is equal or near. See `Language.fold`. */
import type { FoldDefinition } from '../definition.ts';
import { plainApostrophes } from './orthography.ts';

const VOWEL_GAP = 0.6;
const OTHER_GAP = 0.8;
const SAME_KIND = 0.85;

/** Longest match first, by first letter. */
type Spellings = ReadonlyMap<string, readonly (readonly [written: string, sound: string])[]>;

/** A table of spellings, ready to be looked up at any place of a word. */
export function spellingsOf(table: Readonly<Record<string, string>>): Spellings {
  const byFirst = new Map<string, (readonly [string, string])[]>();
  for (const entry of Object.entries(table).sort(([a], [b]) => b.length - a.length)) {
    const first = entry[0].charAt(0);
    const known = byFirst.get(first);
    if (known === undefined) byFirst.set(first, [entry]);
    else known.push(entry);
  }
  return byFirst;
}

/** The table's entry at a place, or undefined for a letter that it does not have. */
export function spellingAt(spellings: Spellings, text: string, at: number): readonly [string, string] | undefined {
  return spellings.get(text.charAt(at))?.find(([written]) => text.startsWith(written, at));
}

export class Fold {
  readonly alphabet: string;
  readonly #spellings: Spellings;
  readonly #near: Readonly<Record<string, number>>;
  readonly #gaps: Readonly<Record<string, number>>;
  readonly #vowels: string;

  constructor({ classes, near, gaps }: FoldDefinition, vowels: string) {
    this.#spellings = spellingsOf(classes);
    this.alphabet = Array.from(new Set(Object.values(classes).join(''))).join('');
    this.#near = near;
    this.#gaps = gaps;
    this.#vowels = vowels;
  }

  fold(text: string): string {
    const letters = plainApostrophes(text.normalize('NFKC'))
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}']/gu, '');
    let folded = '';
    let last = '';
    for (let at = 0; at < letters.length;) {
      const spelling = spellingAt(this.#spellings, letters, at) ?? this.#withoutAccent(letters, at);
      // Doubled letters and vowels are length or hesitation, never a difference that survives a telephone.
      for (const symbol of spelling[1]) {
        if (symbol !== last) folded += symbol;
        last = symbol;
      }
      at += spelling[0].length;
    }
    return folded;
  }

  #withoutAccent(letters: string, at: number): readonly [string, string] {
    const letter = String.fromCodePoint(letters.codePointAt(at) ?? 0);
    const bare = letter.normalize('NFD').charAt(0);
    return [letter, spellingAt(this.#spellings, bare, 0)?.[1] ?? ''];
  }

  /** See `Language.confusion`. */
  confusion(a: string, b: string): number {
    if (a === b) return 0;
    const isSameKind = this.#vowels.includes(a) === this.#vowels.includes(b);
    return this.#near[a + b] ?? this.#near[b + a] ?? (isSameKind ? SAME_KIND : 1);
  }

  /** See `Language.gap`. */
  gap(symbol: string): number {
    return this.#gaps[symbol] ?? (this.#vowels.includes(symbol) ? VOWEL_GAP : OTHER_GAP);
  }
}
