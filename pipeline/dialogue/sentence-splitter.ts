/**
 * Cuts text that is still being generated into pieces to be spoken. The first piece is cut early (at the first comma
 * once it is long enough), because the caller hears nothing until it exists; later pieces are whole sentences, cut at a
 * comma only when they grow long. Numbers are not read out here, they are only not torn apart. However the text arrives,
 * the pieces are the same.
 */
import type { Abbreviations } from '../language/language.ts';

export interface SentenceSplitterOptions {
  /** A first clause shorter than this waits for the next boundary: very short clips sound clipped. @defaultValue 10 */
  readonly minFirstClauseChars?: number;
  /** After the first piece, a comma cuts only from this length on. @defaultValue 80 */
  readonly minLaterClauseChars?: number;
  /** A piece without any boundary is cut at a space here: a voice's memory grows with its input. @defaultValue 400 */
  readonly maxPieceChars?: number;
  /** The language's. @defaultValue none */
  readonly abbreviations?: Abbreviations;
}

const SENTENCE_END = /[.!?…]/u;
const CLAUSE_END = /[,;:–—]/u;
const CLOSING = /["'”’»)\]]/u;
const QUOTE = /["'”’»]/u;
const SPACE = /\s/u;
const LOWER = /\p{Ll}/u;
const UPPER = /\p{Lu}/u;
const DIGIT = /\p{Nd}/u;
const WORD = /[\p{L}\p{M}'’-]/u;
/** J. Moyo, VaT. Moyo, eU.S.: single capitals, the first with a prefix. */
const INITIALS = /^(?:\p{Lu}?\p{Ll}{1,3})?(?:\p{Lu}\.)*\p{Lu}$/u;
/** "1." in front of what it numbers, at the beginning of a piece or behind "matanho maviri:". */
const LIST_NUMBER = /(?:^|[:;])\s*\(?\p{Nd}{1,3}$/u;
/** Longest word worth looking up as an abbreviation, with its prefix. */
const LONGEST_WORD = 24;
const NO_ABBREVIATIONS: Abbreviations = { titles: [], beforeFigures: [], inside: [] };

/** What a mark is: 'unknown' until more text has come. */
type Verdict = 'sentence' | 'clause' | 'none' | 'unknown';

/** A run of marks with the quotes and brackets that close behind it: `start` to before `end`. */
interface Marks {
  readonly start: number;
  readonly end: number;
}

/** One reply's text; make a new one for each reply. */
export class SentenceSplitter {
  readonly #minFirst: number;
  readonly #minLater: number;
  readonly #max: number;
  readonly #titles: ReadonlySet<string>;
  readonly #beforeFigures: ReadonlySet<string>;
  readonly #inside: ReadonlySet<string>;
  #buffer = '';
  /** Everything before this index in the buffer is known to hold no boundary. */
  #scanned = 0;
  #pieces = 0;
  #isComplete = false;

  constructor(options: SentenceSplitterOptions = {}) {
    const { titles, beforeFigures, inside } = options.abbreviations ?? NO_ABBREVIATIONS;
    this.#minFirst = options.minFirstClauseChars ?? 10;
    this.#minLater = options.minLaterClauseChars ?? 80;
    this.#max = options.maxPieceChars ?? 400;
    this.#titles = new Set(titles);
    this.#beforeFigures = new Set(beforeFigures);
    this.#inside = new Set(inside);
  }

  /** Takes the next text as generated and returns the pieces that it completed, trimmed, in order. */
  push(text: string): string[] {
    this.#buffer += text;
    const pieces: string[] = [];
    let start = 0;
    for (let end = this.#boundary(start); end !== undefined; end = this.#boundary(start)) {
      const piece = this.#buffer.slice(start, end).trim();
      start = end;
      this.#scanned = end;
      if (!hasWord(piece)) continue;
      pieces.push(piece);
      this.#pieces += 1;
    }
    this.#buffer = this.#buffer.slice(start);
    this.#scanned -= start;
    return pieces;
  }

  /** The text is complete: what is left becomes the last pieces. */
  flush(): string[] {
    this.#isComplete = true;
    const pieces = this.push('');
    const rest = this.#buffer.trim();
    this.#buffer = '';
    this.#scanned = 0;
    this.#isComplete = false;
    if (hasWord(rest)) {
      pieces.push(rest);
      this.#pieces += 1;
    }
    return pieces;
  }

  /** Index behind the piece that begins at `start`, or undefined when more text is needed to tell. */
  #boundary(start: number): number | undefined {
    const text = this.#buffer;
    const limit = start + this.#max;
    let at = this.#scanned;
    while (at < text.length) {
      if (at >= limit) return cutBefore(text, start, limit);
      const char = text.charAt(at);
      if (char === '\n') return at + 1;
      const isSentenceMark = SENTENCE_END.test(char);
      if (!isSentenceMark && !CLAUSE_END.test(char)) {
        at += 1;
        continue;
      }
      let end = at + 1;
      while (
        end < text.length &&
        end <= limit &&
        (CLOSING.test(text.charAt(end)) || SENTENCE_END.test(text.charAt(end)))
      )
        end += 1;
      const marks = { start: at, end };
      const verdict = isSentenceMark ? this.#sentence(start, marks) : this.#clause(marks);
      this.#scanned = at;
      if (verdict === 'unknown') return undefined;
      if (verdict === 'sentence' || (verdict === 'clause' && this.#isLongEnough(start, at))) return end;
      at = end;
    }
    this.#scanned = at;
    return undefined;
  }

  #sentence(start: number, marks: Marks): Verdict {
    const text = this.#buffer;
    const behind = this.#charAt(marks.end);
    if (behind === undefined) return 'unknown';
    if (behind !== '' && !SPACE.test(behind)) return this.#withoutSpace(marks);
    const written = text.slice(marks.start, marks.end);
    const isEllipsis = /^(?:\.[.…]|…)/u.test(written);
    const verdict = written.startsWith('.') && !isEllipsis ? this.#fullStop(start, marks) : 'sentence';
    if (verdict !== 'sentence' || (!isEllipsis && !QUOTE.test(written))) return verdict;
    // "Regai nditarise... ndawana", '"Uyai!" akadaro': a pause, the sentence goes on.
    const next = this.#visibleFrom(marks.end);
    return next === undefined ? 'unknown' : LOWER.test(next) ? 'clause' : 'sentence';
  }

  /** One full stop with a space behind it. */
  #fullStop(start: number, marks: Marks): Verdict {
    const text = this.#buffer;
    const word = wordBefore(text, start, marks.start);
    const near = text.slice(Math.max(start, marks.start - LONGEST_WORD), marks.start);
    if (LIST_NUMBER.test(near)) return this.#ending('none', marks);
    // A prefix is glued to the abbreviation and leaves it its capital (naDr., kuSt.), a figure too (8a.m.).
    const lower = word.replace(/^(?:.*\p{Nd}|\p{Ll}+(?=\p{Lu}))/u, '').toLowerCase();
    if (this.#inside.has(lower)) {
      const next = this.#visibleFrom(marks.end);
      return next === undefined ? 'unknown' : next === '' || UPPER.test(next) ? 'sentence' : 'none';
    }
    if (this.#beforeFigures.has(lower)) {
      const next = this.#visibleFrom(marks.end);
      return next === undefined ? 'unknown' : /[\p{Nd}+]/u.test(next) ? 'none' : 'sentence';
    }
    return INITIALS.test(word) || this.#titles.has(lower) ? this.#ending('none', marks) : 'sentence';
  }

  /** At the very end of the text there is nothing that an abbreviation could stand before. */
  #ending(verdict: Verdict, { end }: Marks): Verdict {
    return this.#isComplete && end >= this.#buffer.length ? 'sentence' : verdict;
  }

  /** "yakanaka.Parutivi": a forgotten space; 3.5, 8.30, e.g., www.health.gov.zw are not. */
  #withoutSpace({ start, end }: Marks): Verdict {
    const text = this.#buffer;
    if (!UPPER.test(text.charAt(end)) || !LOWER.test(text.charAt(start - 1))) return 'none';
    let after = end + 1;
    while (after < text.length && after <= end + LONGEST_WORD && WORD.test(text.charAt(after))) after += 1;
    const [mark, next] = [this.#charAt(after), this.#charAt(after + 1)];
    if (mark === undefined || (mark === '.' && next === undefined)) return 'unknown';
    const isAddress = /[@/_\p{Nd}]/u.test(mark) || (mark === '.' && LOWER.test(next ?? ''));
    const word = /[^\s("“‘]*$/u.exec(text.slice(Math.max(0, start - LONGEST_WORD), start))?.[0] ?? '';
    const isWord = /^[\p{L}\p{M}'’-]{2,}$/u.test(word) && LOWER.test(text.charAt(end + 1));
    return isWord && !isAddress ? 'sentence' : 'none';
  }

  #clause({ start, end }: Marks): Verdict {
    const text = this.#buffer;
    const behind = this.#charAt(end);
    if (behind === undefined) return 'unknown';
    // 3,000 and 18:30 have no space behind the mark.
    if (behind !== '' && !SPACE.test(behind)) return 'none';
    const before = text.slice(Math.max(0, start - 4), start).trimEnd();
    if (!DIGIT.test(before.slice(-1))) return 'clause';
    const next = this.#visibleFrom(end);
    if (next === undefined) return 'unknown';
    if (!DIGIT.test(next)) return 'clause';
    // "8:00 – 16:30" is one thing to say, and so is "36, 052".
    if (text.charAt(start) !== ',') return 'none';
    const at = this.#indexOfVisible(end);
    const digits = text.slice(at, at + 4);
    if (digits.length < 4 && !this.#isComplete && /^\p{Nd}*$/u.test(digits)) return 'unknown';
    return /^\p{Nd}{3}(?!\p{Nd})/u.test(digits) ? 'none' : 'clause';
  }

  /** The character there, '' at the end of a complete text, undefined when it has not come yet. */
  #charAt(index: number): string | undefined {
    return index < this.#buffer.length ? this.#buffer.charAt(index) : this.#isComplete ? '' : undefined;
  }

  /** The first character behind spaces, '' at a line's or the text's end, undefined when it has not come yet. */
  #visibleFrom(index: number): string | undefined {
    const at = this.#indexOfVisible(index);
    const code = at < this.#buffer.length ? this.#buffer.codePointAt(at) : undefined;
    if (code === undefined) return this.#charAt(at);
    return code === 10 ? '' : String.fromCodePoint(code);
  }

  #indexOfVisible(index: number): number {
    let at = index;
    while (at < this.#buffer.length && this.#buffer.charAt(at) !== '\n' && SPACE.test(this.#buffer.charAt(at))) at += 1;
    return at;
  }

  #isLongEnough(start: number, markIndex: number): boolean {
    const length = this.#buffer.slice(start, markIndex).trim().length;
    return length >= (this.#pieces === 0 ? this.#minFirst : this.#minLater);
  }
}

/** The word that ends at `end`, brackets and quotes in front of it left out; '' when it is too long to be looked up. */
function wordBefore(text: string, start: number, end: number): string {
  const near = text.slice(Math.max(start, end - LONGEST_WORD), end);
  const word = /[^\s("'“‘]*$/u.exec(near)?.[0] ?? '';
  return word.length === LONGEST_WORD ? '' : word;
}

/** The last space before `limit`, or `limit` itself, but not inside a character. */
function cutBefore(text: string, start: number, limit: number): number {
  for (let at = limit; at > start; at -= 1) if (SPACE.test(text.charAt(at - 1))) return at;
  return (text.codePointAt(limit - 1) ?? 0) > 0xffff ? limit - 1 : limit;
}

function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
