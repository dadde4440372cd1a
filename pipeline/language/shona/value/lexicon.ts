/**
 * Looks words up as they are written: whole, behind a proclitic (ne-, dze-, zve- …), and glued to each other
 * (makumimaviri). By their confusable sounds: sounds.ts.
 */
import type { Lexeme } from './lexeme.ts';
import { NUMBER_WORDS } from './number-words.ts';
import { UNIT_WORDS } from './unit-words.ts';

/** A word of the lexicon with the proclitic it carried ('' for none). */
export interface Hit {
  readonly lexeme: Lexeme;
  readonly prefix: string;
}

/** Every word with all its senses. */
export const WORDS: ReadonlyMap<string, Lexeme> = gathered();

function gathered(): Map<string, Lexeme> {
  const all = new Map<string, Lexeme>();
  for (const [words, lexeme] of [...NUMBER_WORDS, ...UNIT_WORDS]) {
    for (const word of words.split(' ')) all.set(word, { ...all.get(word), ...lexeme });
  }
  return all;
}

/** "And" glued to what follows; the o-form is the older one. */
const JOINERS = new Set(['ne', 'na', 'no']);
/** "Of", by every class (e, we, ye, re …), its o-form, and the a-form that stands before names and figures (ra2018, wa27). */
const POSSESSIVES = new Set(
  (
    'e we wo wa ve vo va ye yo ya re ro ra che cho cha dze dzo dza zve zvo zva ke ko ka rwe rwo rwa twe twa ' +
    'hwe hwo hwa kwe kwo kwa pe po mwe mwo'
  ).split(' '),
);
/** wechimakumi maviri: the twentieth, whose chi- is not of the number. */
const ORDINAL_CONCORDS = new Set([...POSSESSIVES].filter((of) => !of.endsWith('a')).map((of) => `${of}chi`));
const LOCATIVES = new Set(['pa', 'ku', 'mu', 'muna', 'kuma', 'pamu', 'nepa', 'neku', 'nemu', 'dzekuma']);
/** In letters. */
export const LONGEST_PREFIX = 7;

/** What a proclitic does: `and` joins a number's parts, `of` makes an ordinal or ties a noun to its number. */
export type PrefixKind = 'none' | 'and' | 'of' | 'at';

/** The kind of a proclitic that stands alone or is glued to a word; undefined when it is none. */
export function prefixKind(prefix: string): PrefixKind | undefined {
  if (prefix === '') return 'none';
  if (JOINERS.has(prefix)) return 'and';
  if (POSSESSIVES.has(prefix) || ORDINAL_CONCORDS.has(prefix)) return 'of';
  return LOCATIVES.has(prefix) ? 'at' : undefined;
}

/** Senses that may stand behind "of" or "at"; any may stand behind "and". */
function mayFollow(kind: PrefixKind, prefix: string, lexeme: Lexeme): boolean {
  if (kind === 'and') return true;
  if (ORDINAL_CONCORDS.has(prefix)) return (lexeme.ten ?? lexeme.head ?? lexeme.single ?? 0) >= 10;
  if (lexeme.dayPart ?? lexeme.month ?? lexeme.weekday ?? lexeme.timeUnit ?? lexeme.currency) return true;
  if (lexeme.role !== undefined) return kind === 'at' && ['number', 'clock', 'day'].includes(lexeme.role);
  return lexeme.ordinal === undefined && lexeme.part === undefined && lexeme.repeat === undefined;
}

/** A word in lower case as the lexicon knows it, whole or behind one proclitic. */
export function lookUp(word: string): Hit | undefined {
  const whole = WORDS.get(word);
  if (whole !== undefined) return { lexeme: whole, prefix: '' };
  for (let length = 1; length <= Math.min(LONGEST_PREFIX, word.length - 3); length += 1) {
    const kind = prefixKind(word.slice(0, length));
    const lexeme = kind === undefined ? undefined : WORDS.get(word.slice(length));
    if (kind !== undefined && lexeme !== undefined && mayFollow(kind, word.slice(0, length), lexeme)) {
      return { lexeme, prefix: word.slice(0, length) };
    }
  }
  return undefined;
}

/** Words that may be found inside a longer one, by their first three letters. */
const PIECES = new Map<string, string[]>();
for (const [word, lexeme] of WORDS) {
  const isPiece = lexeme.role === undefined || ['only', 'clock', 'day', 'point', 'share'].includes(lexeme.role);
  // "ane", "ndi" and the like are in too many words.
  const isAsking = ['polite', 'having', 'american', 'local'].includes(lexeme.role ?? '') && word.length > 4;
  if (word.length < 3 || !(isPiece || isAsking) || lexeme.daysFromToday !== undefined) continue;
  const start = word.slice(0, 3);
  PIECES.set(start, [...(PIECES.get(start) ?? []), word]);
}

/** A piece of a glued word, `length` letters long with its proclitic. */
export interface Piece extends Hit {
  readonly length: number;
}

/** Pieces that begin at `at`: a word, or a proclitic and a word. */
function* piecesAt(text: string, at: number): Generator<Piece> {
  for (let skip = 0; skip <= LONGEST_PREFIX; skip += 1) {
    const prefix = text.slice(at, at + skip);
    const kind = prefixKind(prefix);
    if (kind === undefined || kind === 'at') continue;
    for (const word of PIECES.get(text.slice(at + skip, at + skip + 3)) ?? []) {
      const lexeme = WORDS.get(word);
      if (lexeme === undefined || !text.startsWith(word, at + skip)) continue;
      if (kind === 'none' || mayFollow(kind, prefix, lexeme)) yield { lexeme, prefix, length: skip + word.length };
    }
  }
}

/**
 * Cuts a word that was written without spaces ("zananemakumimaviri") into words of the lexicon, the fewest there are;
 * undefined unless all of it is used and at least two words are found. Linear in its length.
 */
export function segment(text: string): readonly Piece[] | undefined {
  const best: ({ readonly pieces: number; readonly last?: Piece } | undefined)[] = [{ pieces: 0 }];
  for (let at = 0; at < text.length; at += 1) {
    const here = best[at];
    if (here === undefined) continue;
    for (const piece of piecesAt(text, at)) {
      const end = at + piece.length;
      if (here.pieces + 1 < (best[end]?.pieces ?? Infinity)) best[end] = { pieces: here.pieces + 1, last: piece };
    }
  }
  if ((best[text.length]?.pieces ?? 0) < 2) return undefined;
  const pieces: Piece[] = [];
  for (let at = text.length; at > 0;) {
    const last = best[at]?.last;
    if (last === undefined) return undefined;
    pieces.push(last);
    at -= last.length;
  }
  return pieces.reverse();
}
