/** What was heard as a row of atoms for the grammars: one known word, figure or gap each, with its proclitic, hesitations left out. */
import { type Atom, isUnknown, NOTHING } from './atom.ts';
import { hitsOf } from './hearing.ts';
import type { Lexeme } from './lexeme.ts';
import { lookUp, prefixKind } from './lexicon.ts';
import { type Pause, type Token, tokenize } from './tokens.ts';

const HESITATION = /^(?:a{2,}h?|ah+|e{2,}h?|eh+|m{2,}|h+m+|u+h+m*|u+m+|erm?|i{2,}|ha{2,}|manje|saka)$/u;
/** English small words that only stand in the way of a value. */
const PASSED_OVER = new Set(['a', 'an', 'the', 'of', 'at', 'on', 'in']);
const AND = new Set(['and', 'uye']);
/** Two words that are one: key is both with a space. */
const PAIRS: Readonly<Record<string, Lexeme>> = {
  'per cent': { role: 'percent' },
  'o clock': { role: 'oclock' },
  'kuswera mangwana': { daysFromToday: 2 },
};
const MARKS: Readonly<Record<string, Lexeme>> = {
  '%': { role: 'percent' },
  '+': { role: 'plus' },
  '¢': { currency: 'USD', isCents: true },
  '½': { part: 0.5 },
  '¼': { part: 0.25 },
};
/** Letters that mean something only right beside a figure: R50, 25c, 5k, 27th. */
const ORDINAL_ENDING = /^(?:st|nd|rd|th)$/u;
const BESIDE_FIGURES_ONLY = new Set(['r', 'c', 'k', 'mn', 'bn']);

const isFigure = (token: Token | undefined): boolean => token?.type === 'figure';

class AtomRow {
  readonly atoms: Atom[] = [];
  readonly #byEar: boolean;
  #prefix: { readonly text: string; readonly start: number; readonly pause: Pause } | undefined;

  constructor(byEar: boolean) {
    this.#byEar = byEar;
  }

  push(token: Token, known: Omit<Partial<Atom>, 'start' | 'end'>, start = token.start, end = token.end): void {
    const prefix = known.prefix ? known.prefix : (this.#prefix?.text ?? '');
    const pause = this.#prefix?.pause ?? token.pause;
    this.#prefix = undefined;
    this.atoms.push({
      start,
      end,
      pause: known.pause ?? pause,
      word: known.word ?? '',
      prefix,
      lexeme: known.lexeme ?? NOTHING,
      isCapital: known.isCapital ?? false,
      isFolded: known.isFolded ?? false,
      isStuck: token.isStuck,
      figure: known.figure,
      isCode: known.isCode ?? false,
      clock: known.clock,
      date: known.date,
    });
  }

  /** "va viri", "ma zana": a prefix that was written apart from its stem. */
  #joined(token: Extract<Token, { type: 'word' }>): boolean {
    const pending = this.#prefix;
    if (pending !== undefined) {
      const word = pending.text + token.text;
      const hit = lookUp(token.text) === undefined ? lookUp(word) : undefined;
      if (hit === undefined) return false;
      this.#prefix = undefined;
      this.push({ ...token, pause: pending.pause }, { word, ...hit }, pending.start);
      return true;
    }
    const previous = this.atoms.at(-1);
    if (previous === undefined || !isUnknown(previous) || previous.word.length > 3 || token.pause !== 'none')
      return false;
    const word = previous.word + token.text;
    const hit = lookUp(word);
    if (hit === undefined) return false;
    this.atoms.pop();
    this.push(
      { ...token, pause: previous.pause },
      { word, ...hit, prefix: hit.prefix || previous.prefix },
      previous.start,
    );
    return true;
  }

  word(token: Extract<Token, { type: 'word' }>, next: Token | undefined): void {
    const { text, written } = token;
    const previous = this.atoms.at(-1);
    const pair = PAIRS[`${previous?.word ?? ''} ${text}`];
    if (previous !== undefined && pair !== undefined) {
      this.atoms[this.atoms.length - 1] = { ...previous, end: token.end, lexeme: pair };
      return;
    }
    if (previous?.figure && token.isStuck && ORDINAL_ENDING.test(text)) {
      const lexeme: Lexeme = { ordinal: previous.figure.whole };
      this.atoms[this.atoms.length - 1] = { ...previous, end: token.end, lexeme };
      return;
    }
    const isJoiner = AND.has(text);
    if (next !== undefined && (isJoiner || (prefixKind(text) ?? 'none') !== 'none')) {
      this.#prefix ??= { text: isJoiner ? 'ne' : text, start: token.start, pause: token.pause };
      return;
    }
    if (PASSED_OVER.has(text)) return;
    const isBeside = token.isStuck || (next !== undefined && next.isStuck && isFigure(next));
    // "$2m", but not the metres of "2m".
    if (text === 'm' && token.isStuck && this.atoms.at(-2)?.lexeme.currency !== undefined) {
      this.push(token, { word: text, lexeme: { scale: 1e6 } });
      return;
    }
    if (BESIDE_FIGURES_ONLY.has(text) && !isBeside) {
      this.push(token, { word: text });
      return;
    }
    if (this.#joined(token)) return;
    let at = token.start;
    const hits = hitsOf(token, this.atoms.at(-1), next?.type === 'word' ? next.text : '', this.#byEar);
    const isExact = token.end - token.start === text.length;
    for (const [index, hit] of hits.entries()) {
      const end = hit.length === undefined || !isExact ? token.end : at + hit.length;
      const isCapital = /\p{Lu}/u.test(written.charAt(hit.prefix.length));
      const known = { word: hit.length === undefined ? text : '', isCapital, isFolded: hit.isFolded ?? false };
      this.push(
        token,
        { ...known, lexeme: hit.lexeme, prefix: hit.prefix, ...(index > 0 ? { pause: 'none' } : {}) },
        at,
        end,
      );
      at = isExact ? end : token.start;
    }
  }
}

/** A figure that is stuck to letters which are neither a proclitic nor money, or that letters tie to another figure. */
function isCode(tokens: readonly Token[], at: number): boolean {
  const [before, after] = [tokens[at - 1], tokens[at + 1]];
  const ties = (token: Token | undefined, next: Token | undefined): boolean =>
    token?.type === 'word' && token.isStuck && isFigure(next) && next?.isStuck === true;
  if (ties(after, tokens[at + 2])) return true;
  if (tokens[at]?.isStuck !== true || before === undefined) return false;
  if (before.type === 'mark') return /[-–—]/u.test(before.text) && before.isStuck && tokens[at - 2]?.type === 'word';
  if (before.type !== 'word') return false;
  if (before.isStuck && isFigure(tokens[at - 2])) return true;
  return prefixKind(before.text) === undefined && lookUp(before.text)?.lexeme.currency === undefined;
}

/** Atoms of what was heard, in order; `byEar` also takes unknown words for known ones that sound alike. */
export function atomsOf(text: string, byEar: boolean): readonly Atom[] {
  const tokens = tokenize(text);
  const row = new AtomRow(byEar);
  let isAfterHesitation = false;
  for (const [at, read] of tokens.entries()) {
    if (read.type === 'word' && HESITATION.test(read.text)) {
      isAfterHesitation = true;
      continue;
    }
    // Recognisers put commas around a hesitation; they mean nothing.
    const token: Token = isAfterHesitation && read.pause === 'comma' ? { ...read, pause: 'none' } : read;
    isAfterHesitation = false;
    if (token.type === 'word') row.word(token, tokens[at + 1]);
    else if (token.type === 'figure') row.push(token, { figure: token.figure, isCode: isCode(tokens, at) });
    else if (token.type === 'clock') row.push(token, { clock: { hour: token.hour, minute: token.minute } });
    else if (token.type === 'date') {
      row.push(token, { date: { year: token.year, month: token.month, day: token.day } });
    } else {
      row.push(token, { word: token.text, lexeme: MARKS[token.text] ?? NOTHING });
    }
  }
  return row.atoms;
}
