/**
 * Cuts text that is still being generated into pieces to be spoken. The first piece is cut early (at the first comma
 * once it is long enough), because the caller hears nothing until it exists; later pieces are whole sentences, cut at a
 * comma only when they grow long. Numbers are not read out here, they are only not torn apart.
 */
export interface SentenceSplitterOptions {
  /** A first clause shorter than this waits for the next boundary: very short clips sound clipped. @defaultValue 10 */
  readonly minFirstClauseChars?: number;
  /** After the first piece, a comma cuts only from this length on. @defaultValue 80 */
  readonly minLaterClauseChars?: number;
  /** Words that end in a full stop without ending a sentence, without the stop. @defaultValue ABBREVIATIONS */
  readonly abbreviations?: readonly string[];
}

/** Written with a full stop in Shona and English text about clinics and people. */
export const ABBREVIATIONS: readonly string[] = [
  'dr',
  'mr',
  'mrs',
  'ms',
  'prof',
  'rev',
  'st',
  'no',
  'nha',
  'tel',
  'nr',
];

const SENTENCE_END = /[.!?…]/;
const CLAUSE_END = /[,;:–—]/;
const CLOSING = /["'”’)\]]/;
const DIGIT = /\d/;
const SPACE = /\s/;
/** J. Moyo, VaT. Moyo, eU.S.: single capitals, the first with a Shona prefix. */
const INITIALS = /^(?:\p{Lu}?\p{Ll}{1,3})?(?:\p{Lu}\.)*\p{Lu}$/u;

/** One reply's text; make a new one for each reply. */
export class SentenceSplitter {
  readonly #minFirst: number;
  readonly #minLater: number;
  readonly #abbreviations: ReadonlySet<string>;
  #buffer = '';
  /** Everything before this index in the buffer is known to hold no boundary. */
  #scanned = 0;
  #pieces = 0;

  constructor(options: SentenceSplitterOptions = {}) {
    this.#minFirst = options.minFirstClauseChars ?? 10;
    this.#minLater = options.minLaterClauseChars ?? 80;
    this.#abbreviations = new Set((options.abbreviations ?? ABBREVIATIONS).map((word) => word.toLowerCase()));
  }

  /** Takes the next text as generated and returns the pieces that it completed, trimmed, in order. */
  push(text: string): string[] {
    this.#buffer += text;
    const pieces: string[] = [];
    for (let end = this.#nextBoundary(); end !== undefined; end = this.#nextBoundary()) {
      const piece = this.#buffer.slice(0, end).trim();
      this.#buffer = this.#buffer.slice(end);
      this.#scanned = 0;
      if (!hasWord(piece)) continue;
      pieces.push(piece);
      this.#pieces += 1;
    }
    return pieces;
  }

  /** The text is complete: what is left becomes the last piece. */
  flush(): string[] {
    // A boundary at the very end was undecided only because nothing followed it yet.
    const pieces = this.push(' ');
    const rest = this.#buffer.trim();
    this.#buffer = '';
    this.#scanned = 0;
    if (hasWord(rest)) {
      pieces.push(rest);
      this.#pieces += 1;
    }
    return pieces;
  }

  /** Index behind the next piece, or undefined when more text is needed to tell. */
  #nextBoundary(): number | undefined {
    const text = this.#buffer;
    for (let i = this.#scanned; i < text.length; i++) {
      const char = text.charAt(i);
      if (char === '\n') return i + 1;
      const isSentenceEnd = SENTENCE_END.test(char);
      if (!isSentenceEnd && !CLAUSE_END.test(char)) continue;
      let end = i + 1;
      while (end < text.length && (CLOSING.test(text.charAt(end)) || SENTENCE_END.test(text.charAt(end)))) end += 1;
      if (end >= text.length) {
        this.#scanned = i;
        return undefined;
      }
      // Decimals, thousands, 8:30 and web addresses have no space behind the mark.
      if (!SPACE.test(text.charAt(end))) continue;
      if (isSentenceEnd ? !this.#isAbbreviation(i) : this.#isLongEnough(i)) return end;
    }
    this.#scanned = text.length;
    return undefined;
  }

  #isLongEnough(markIndex: number): boolean {
    const length = this.#buffer.slice(0, markIndex).trim().length;
    return length >= (this.#pieces === 0 ? this.#minFirst : this.#minLater);
  }

  #isAbbreviation(stopIndex: number): boolean {
    if (this.#buffer.charAt(stopIndex) !== '.' || this.#buffer.charAt(stopIndex + 1) === '.') return false;
    const word = /[^\s("'“‘]*$/.exec(this.#buffer.slice(0, stopIndex))?.[0] ?? '';
    if (DIGIT.test(word)) return false;
    return INITIALS.test(word) || this.#abbreviations.has(word.toLowerCase());
  }
}

function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
