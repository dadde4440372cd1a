/** Cuts speakable text where a speaker would breathe, so that the first piece can be heard while the next is synthesised. */

export interface Clause {
  readonly text: string;
  /** Silence that belongs after it, in milliseconds; 0 after the last. */
  readonly pauseMs: number;
}

/** Pauses of careful read speech on the telephone; judged by ear-less reading of VITS's own pauses (120-180 ms at commas). */
const PAUSE_MS: Readonly<Record<string, number>> = { ',': 140, ';': 220, ':': 200, '.': 300, '?': 320, '!': 300 };

/** Below this a clause joins its neighbour: two words alone get the melody of a list. */
const SHORTEST_CHARACTERS = 14;
/** A first clause longer than this is cut before a joining word, so that first audio does not wait for all of it. */
const LONGEST_FIRST_CHARACTERS = 70;

/** The gaps before a language's joining words (`Language.joiningWords`); undefined for none. */
export function joiningGaps(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined;
  const alternatives = words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&')).join('|');
  return new RegExp(`\\s(?=(?:${alternatives})\\s)`, 'giu');
}

/** The clauses of a text in order; none when it holds nothing to say. `gaps`: where a long first clause may be cut. */
export function splitClauses(text: string, gaps?: RegExp): Clause[] {
  const pieces = text
    .replace(/\s+/gu, ' ')
    .trim()
    .split(/(?<=[,;:.?!…])\s+/u)
    .filter((piece) => /\p{L}/u.test(piece));
  const joined: string[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    // The very first clause stays short on purpose: a greeting on its own is heard at once.
    const isShort = piece.length < SHORTEST_CHARACTERS || (last ?? '').length < SHORTEST_CHARACTERS;
    if (joined.length > 1 && isShort) {
      joined[joined.length - 1] = `${last ?? ''} ${piece}`;
    } else joined.push(piece);
  }
  const first = joined[0];
  if (first !== undefined && first.length > LONGEST_FIRST_CHARACTERS) joined.splice(0, 1, ...cutLong(first, gaps));
  return joined.map((piece, index) => ({
    text: piece,
    pauseMs: index === joined.length - 1 ? 0 : (PAUSE_MS[piece.at(-1) ?? ''] ?? 60),
  }));
}

function cutLong(piece: string, gaps: RegExp | undefined): string[] {
  for (const match of gaps === undefined ? [] : piece.matchAll(gaps)) {
    if (match.index >= SHORTEST_CHARACTERS && piece.length - match.index >= SHORTEST_CHARACTERS) {
      return [piece.slice(0, match.index), piece.slice(match.index + 1)];
    }
  }
  return [piece];
}
