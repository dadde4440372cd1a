import { agreesAlready, isSingular, nounClassOf } from '../nouns.ts';
import type { NounClass } from '../numbers.ts';
import type { FigureKind, Read } from './read.ts';

/** How many words and figures back a reader can look. */
const REACH = 8;
/** Words between a noun and a second figure that counts it too: "vana 3 kusvika 5", "vanhu makumi mana, kana kuti 42". */
const LINKS = new Set(['kusvika', 'kana', 'kuti', 'na', 'ne', 'uye', 'to', 'or', 'and', 'chete', 'dzinoti', 'inoti']);

interface Heard {
  /** As written; '' for a figure. */
  readonly word: string;
  readonly figure: Read | undefined;
  /** A pause behind it: ',' may be looked across at a link, '.' never. */
  pause: '' | ',' | '.';
}

/** What stands in front of the place where the reading is. */
export class Past {
  readonly #heard: Heard[] = [];

  word(word: string): void {
    this.#push({ word, figure: undefined, pause: '' });
  }

  figure(figure: Read): void {
    this.#push({ word: '', figure, pause: '' });
  }

  #push(heard: Heard): void {
    this.#heard.push(heard);
    if (this.#heard.length > 4 * REACH) this.#heard.splice(0, 3 * REACH);
  }

  pause(pause: ',' | '.'): void {
    const last = this.#heard.at(-1);
    if (last !== undefined && last.pause !== '.') last.pause = pause;
  }

  /** The word right in front, as written; '' when a figure, a pause or nothing stands there. */
  get last(): string {
    const last = this.#heard.at(-1);
    return last === undefined || last.pause !== '' ? '' : last.word;
  }

  /** The kind of the figure right in front, if it is one. */
  get lastFigure(): FigureKind | undefined {
    const last = this.#heard.at(-1);
    return last?.pause === '' ? last.figure?.kind : undefined;
  }

  /** The last words of the sentence, joined, in lower case. */
  get recent(): string {
    const words: string[] = [];
    for (const { word, pause } of this.#heard.slice(-REACH).reverse()) {
      if (pause === '.') break;
      words.unshift(word.toLowerCase());
    }
    return words.join(' ');
  }

  /** What the figure here hangs on: the nearest word that is no link, or the figure that a link or a comma joins it to. */
  anchor(): { readonly word: string } | { readonly figure: Read } | undefined {
    for (let back = 1, isLinked = false; back <= REACH; back += 1) {
      const heard = this.#heard.at(-back);
      if (heard === undefined || heard.pause === '.') return undefined;
      if (heard.figure !== undefined) return isLinked || heard.pause === ',' ? { figure: heard.figure } : undefined;
      // "vanhu gumi nevatanhatu (16)": the same number again.
      if (heard.pause === ',' && !isLinked && !agreesAlready(heard.word)) return undefined;
      const isLink = LINKS.has(heard.word.toLowerCase());
      if (!isLink) return { word: heard.word };
      isLinked = true;
    }
    return undefined;
  }

  #isFirst(): boolean {
    const before = this.#heard.at(-2);
    return before === undefined || before.pause === '.';
  }

  /**
   * The class of the noun in front that the figure here counts; 'name' when the word in front makes the figure a name
   * (Studio 7, wadhi 41), undefined when nothing is known.
   */
  nounClass(count: number): NounClass | 'name' | undefined {
    const anchor = this.anchor();
    if (anchor === undefined || 'figure' in anchor) return undefined;
    const { word } = anchor;
    if (/^[a-z]*[A-Z][a-z]+[A-Z]/u.test(word)) return 'name';
    const nounClass = nounClassOf(word.toLowerCase());
    // A capital inside a sentence is a name (neStudio 7); at its beginning nobody knows.
    if (nounClass === 'none') return /[A-Z]/u.test(word) && !this.#isFirst() ? 'name' : undefined;
    if (count !== 1 && isSingular(nounClass)) return 'name';
    return nounClass;
  }

  /** The figure that this one continues: "3 kana 4", "994, 995". */
  get joined(): Read | undefined {
    const anchor = this.anchor();
    return anchor !== undefined && 'figure' in anchor ? anchor.figure : undefined;
  }
}
