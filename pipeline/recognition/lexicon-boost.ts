/**
 * Contextual biasing in the manner of shallow fusion, kept within its bounds: a token that goes on with a word of the lexicon
 * is made likelier at the cost of those it competes with (other beginnings of words, or other ways to go on with one), and a
 * word that is left before its end gives back what it got. Whether a word or the text ends is not for the lexicon to say:
 * with a bare bonus per token the decoder went on with the lexicon's words behind the end of the speech.
 */
import { BestSteps } from './token-guide.ts';
import type { LexiconNode } from './lexicon-trie.ts';
import type { Step, TokenGuide } from './token-guide.ts';

/** What a token does to the word before it. */
export const TOKEN_ROLE = {
  /** Ends it and begins none: punctuation, the end of the text. */
  ends: 0,
  /** Ends it and begins another. */
  begins: 1,
  continues: 2,
} as const;

export interface BoostState {
  /** Undefined inside a word that is not of the lexicon. */
  readonly node: LexiconNode | undefined;
  /** Got within the word that is being said, and owed until it is complete. */
  readonly owed: number;
}

export interface LexiconBoostOptions {
  readonly trie: LexiconNode;
  /** Natural logarithm of the factor on the odds of a token that goes on with a lexicon word, against its competitors. */
  readonly strength: number;
  /** shape [vocabulary]; a TOKEN_ROLE each */
  readonly roles: Uint8Array;
}

/** Less likely tokens do not count in a sum of probabilities. */
const NEGLIGIBLE = -14;

export class LexiconBoost implements TokenGuide<BoostState> {
  readonly start: BoostState;
  readonly #trie: LexiconNode;
  readonly #strength: number;
  readonly #roles: Uint8Array;

  constructor({ trie, strength, roles }: LexiconBoostOptions) {
    this.#trie = trie;
    this.#strength = strength;
    this.#roles = roles;
    this.start = { node: trie, owed: 0 };
  }

  steps({ node, owed }: BoostState, logProbs: Float32Array, count: number): readonly Step[] {
    const { begins, continues } = TOKEN_ROLE;
    const liked = new Set([...(node?.children.keys() ?? []), ...this.#trie.children.keys()]);
    // What a class of competitors loses to those of it that are liked, so that its sum stays what it was.
    const lost = this.#lost(liked, logProbs);
    const leaving = node === undefined || node.isWordEnd ? 0 : -owed;
    const others = [leaving, leaving - (lost[begins] ?? 0), -owed - (lost[continues] ?? 0)];
    const best = new BestSteps(count);
    for (const token of liked) {
      const role = this.#roles[token] ?? 0;
      const left = role === continues ? 0 : leaving;
      best.offer(token, logProbs[token] ?? -Infinity, left + this.#strength - (lost[role] ?? 0));
    }
    for (let token = 0; token < logProbs.length; token++) {
      const logProb = logProbs[token] ?? -Infinity;
      const bonus = others[this.#roles[token] ?? 0] ?? 0;
      if (logProb + bonus > best.least && !liked.has(token)) best.offer(token, logProb, bonus);
    }
    return best.steps;
  }

  after({ node, owed }: BoostState, { token, bonus }: Step): BoostState {
    if (this.#roles[token] === TOKEN_ROLE.continues) {
      const child = node?.children.get(token);
      return child === undefined ? { node: undefined, owed: 0 } : { node: child, owed: owed + bonus };
    }
    const leaving = node === undefined || node.isWordEnd ? 0 : -owed;
    const first = this.#trie.children.get(token);
    return first === undefined ? this.start : { node: first, owed: bonus - leaving };
  }

  #lost(liked: ReadonlySet<number>, logProbs: Float32Array): readonly number[] {
    const sums = [0, 0, 0];
    const likedSums = [0, 0, 0];
    for (let token = 0; token < logProbs.length; token++) {
      const logProb = logProbs[token] ?? -Infinity;
      if (logProb < NEGLIGIBLE) continue;
      const role = this.#roles[token] ?? 0;
      const probability = Math.exp(logProb);
      sums[role] = (sums[role] ?? 0) + probability;
      if (liked.has(token)) likedSums[role] = (likedSums[role] ?? 0) + probability;
    }
    const factor = Math.exp(this.#strength) - 1;
    return sums.map((sum, role) => (sum === 0 ? 0 : Math.log(1 + (factor * (likedSums[role] ?? 0)) / sum)));
  }
}

/** shape [vocabulary]; by how the text of each token begins. */
export function tokenRoles(decode: (tokens: readonly number[]) => string, vocabulary: number): Uint8Array {
  return Uint8Array.from({ length: vocabulary }, (_, token) => {
    const text = decode([token]);
    // U+FFFD: half of a letter that takes more than one byte. An apostrophe stands inside words.
    if (/^[\p{L}\p{N}\uFFFD'’]/u.test(text)) return TOKEN_ROLE.continues;
    return /^\s+(?:[\p{L}\p{N}\uFFFD'’]|$)/u.test(text) ? TOKEN_ROLE.begins : TOKEN_ROLE.ends;
  });
}
