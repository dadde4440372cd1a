/**
 * Which card (or intent) a transcript asks for, even when the recogniser heard it badly. Compared are sound classes without spaces
 * (Language.fold), in two ways that fail differently: an alignment whose costs are the language's confusions, and shared
 * pairs of sounds weighted by how few choices have them. Pure and synchronous; about 1 ms for 100 questions.
 */
import type { Language } from '../language/language.ts';

/** Something a caller may mean, with the ways of saying it: a card, or an intent of the pack (`intent:human`). */
export interface Choice {
  readonly id: string;
  readonly questions: readonly string[];
}

/** How well one choice was hit, by its best way of asking. */
export interface ChoiceMatch {
  readonly choiceId: string;
  readonly question: string;
  /** 0 (nothing in common) to 1 (the same sounds). */
  readonly score: number;
}

/** How well one way of asking was hit. */
export interface QuestionMatch extends ChoiceMatch {
  /** Length in sounds, for comparing with how long was spoken. */
  readonly sounds: number;
}

export interface Matches {
  /** One per way of asking, best first. */
  readonly questions: readonly QuestionMatch[];
  /** One per choice, best first. */
  readonly ranked: readonly ChoiceMatch[];
  /** Score of the best choice minus that of the best other choice; 0 when nothing was said. */
  readonly margin: number;
}

export const MATCHING = {
  /** Share of the alignment in the score; the rest is shared pairs. Fitted with tests/bench/card-fit.ts. */
  alignmentShare: 0.6,
  /** What a sound before or behind the question costs, as a share of its gap: callers greet and explain first. */
  leadInCost: 0.35,
  /** A sound that stands in every choice's questions still counts this much, one that is unique counts 1. */
  commonWeight: 0.45,
} as const;

interface Asked {
  readonly choiceId: string;
  readonly question: string;
  readonly symbols: Uint8Array;
  /** How telling each symbol is, in [commonWeight, 1]. */
  readonly weights: Float32Array;
  readonly totalWeight: number;
  readonly pairs: ReadonlySet<number>;
  readonly pairWeight: number;
}

/** Longest transcript that is compared, in folded symbols: about 30 s of fast speech. */
const MAX_SYMBOLS = 400;

/** Built once per hotline; `match` reuses its buffers and is not re-entrant (it never waits). */
export class ChoiceMatcher {
  readonly #language: Language;
  readonly #asked: readonly Asked[];
  readonly #idf: Float32Array;
  readonly #size: number;
  readonly #indexOf = new Map<string, number>();
  readonly #confusion: Float32Array;
  readonly #gap: Float32Array;
  #previous = new Float32Array(MAX_SYMBOLS + 1);
  #current = new Float32Array(MAX_SYMBOLS + 1);

  constructor(choices: readonly Choice[], language: Language) {
    this.#language = language;
    const alphabet = Array.from(language.foldAlphabet);
    this.#size = alphabet.length;
    alphabet.forEach((symbol, index) => this.#indexOf.set(symbol, index));
    this.#gap = Float32Array.from(alphabet, (symbol) => language.gap(symbol));
    this.#confusion = new Float32Array(this.#size * this.#size);
    alphabet.forEach((a, row) => {
      alphabet.forEach((b, column) => (this.#confusion[row * this.#size + column] = language.confusion(a, b)));
    });
    this.#idf = this.#inverseFrequencies(choices);
    this.#asked = choices.flatMap(({ id, questions }) => questions.map((question) => this.#prepare(id, question)));
  }

  /** Every choice with its best question, best first; all scores 0 when the text holds no sound of the language. */
  match(text: string): Matches {
    return matchesOf(this.#scores(text));
  }

  /** The same over several readings of one utterance, the likeliest first: the best score counts, less `discount` for the others. */
  matchAny(texts: readonly string[], discount: number): Matches {
    const [first = '', ...others] = texts;
    const questions = this.#scores(first);
    for (const text of others) {
      this.#scores(text).forEach((other, at) => {
        const best = questions[at];
        if (best && other.score - discount > best.score) questions[at] = { ...other, score: other.score - discount };
      });
    }
    return matchesOf(questions);
  }

  /** In the order of the choices. */
  #scores(text: string): QuestionMatch[] {
    const heard = this.#symbols(text).subarray(0, MAX_SYMBOLS);
    const heardPairs = pairsOf(heard, this.#size);
    let heardWeight = 0;
    for (const pair of heardPairs) heardWeight += this.#idf[pair] ?? 0;
    return this.#asked.map((asked): QuestionMatch => {
      const score = heard.length === 0 ? 0 : this.#score(asked, heard, heardPairs, heardWeight);
      return { choiceId: asked.choiceId, question: asked.question, score, sounds: asked.symbols.length };
    });
  }

  #score(asked: Asked, heard: Uint8Array, heardPairs: ReadonlySet<number>, heardWeight: number): number {
    let shared = 0;
    for (const pair of heardPairs) if (asked.pairs.has(pair)) shared += this.#idf[pair] ?? 0;
    // Dice over weighted pairs, with a lead-in of the caller counting for less than what the question lacks.
    const extra = Math.max(0, heardWeight - shared) * (heardWeight > asked.pairWeight ? MATCHING.leadInCost * 2 : 1);
    const overlap = (2 * shared) / (asked.pairWeight + shared + extra);
    const alignment = Math.max(0, 1 - this.#align(asked, heard) / asked.totalWeight);
    return MATCHING.alignmentShare * alignment + (1 - MATCHING.alignmentShare) * overlap;
  }

  /** Cost of turning the question into what was heard; sounds in front of it and behind it are cheap. */
  #align({ symbols, weights }: Asked, heard: Uint8Array): number {
    let previous = this.#previous;
    let current = this.#current;
    previous[0] = 0;
    for (let j = 1; j <= heard.length; j += 1) {
      previous[j] = (previous[j - 1] ?? 0) + this.#gapOf(heard[j - 1]) * MATCHING.leadInCost;
    }
    for (let i = 1; i <= symbols.length; i += 1) {
      const symbol = symbols[i - 1] ?? 0;
      const weight = weights[i - 1] ?? 1;
      const lost = this.#gapOf(symbol) * weight;
      const row = symbol * this.#size;
      const added = i === symbols.length ? MATCHING.leadInCost : weight;
      current[0] = (previous[0] ?? 0) + lost;
      for (let j = 1; j <= heard.length; j += 1) {
        const other = heard[j - 1] ?? 0;
        const swapped = (previous[j - 1] ?? 0) + (this.#confusion[row + other] ?? 1) * weight;
        const missing = (previous[j] ?? 0) + lost;
        const extra = (current[j - 1] ?? 0) + this.#gapOf(other) * added;
        current[j] = Math.min(swapped, missing, extra);
      }
      [previous, current] = [current, previous];
    }
    this.#previous = previous;
    this.#current = current;
    return previous[heard.length] ?? 0;
  }

  #gapOf(symbol: number | undefined): number {
    return this.#gap[symbol ?? 0] ?? 1;
  }

  #symbols(text: string): Uint8Array {
    return Uint8Array.from(this.#language.fold(text), (symbol) => this.#indexOf.get(symbol) ?? 0);
  }

  /** Per pair of sounds: log(choices / choices that have it), scaled to (0, 1]; pairs in no choice count as the rarest. */
  #inverseFrequencies(choices: readonly Choice[]): Float32Array {
    const counts = new Uint16Array(this.#size * this.#size);
    for (const { questions } of choices) {
      const here = new Set<number>();
      for (const question of questions) for (const pair of pairsOf(this.#symbols(question), this.#size)) here.add(pair);
      for (const pair of here) counts[pair] = (counts[pair] ?? 0) + 1;
    }
    const rarest = Math.log(choices.length + 1);
    return Float32Array.from(counts, (count) => Math.log((choices.length + 1) / Math.max(1, count)) / rarest);
  }

  #prepare(choiceId: string, question: string): Asked {
    const symbols = this.#symbols(question);
    const pairs = pairsOf(symbols, this.#size);
    let pairWeight = 0;
    for (const pair of pairs) pairWeight += this.#idf[pair] ?? 0;
    const weights = new Float32Array(symbols.length);
    let totalWeight = 0;
    for (let index = 0; index < symbols.length; index += 1) {
      const symbol = symbols[index] ?? 0;
      const left = index > 0 ? (this.#idf[(symbols[index - 1] ?? 0) * this.#size + symbol] ?? 0) : 0;
      const right = index + 1 < symbols.length ? (this.#idf[symbol * this.#size + (symbols[index + 1] ?? 0)] ?? 0) : 0;
      const telling = MATCHING.commonWeight + (1 - MATCHING.commonWeight) * Math.max(left, right);
      weights[index] = telling;
      totalWeight += telling * 0.8;
    }
    return { choiceId, question, symbols, weights, totalWeight, pairs, pairWeight };
  }
}

/** Puts matches of questions in order; the array itself is sorted. */
export function matchesOf(questions: QuestionMatch[]): Matches {
  questions.sort((a, b) => b.score - a.score);
  const best = new Map<string, ChoiceMatch>();
  for (const { choiceId, question, score } of questions) {
    if (!best.has(choiceId)) best.set(choiceId, { choiceId, question, score });
  }
  const choices = [...best.values()];
  return { questions, ranked: choices, margin: (choices[0]?.score ?? 0) - (choices[1]?.score ?? 0) };
}

/** Each neighbouring pair of sounds once, as a number below size². */
function pairsOf(symbols: Uint8Array, size: number): Set<number> {
  const pairs = new Set<number>();
  for (let index = 1; index < symbols.length; index += 1) {
    pairs.add((symbols[index - 1] ?? 0) * size + (symbols[index] ?? 0));
  }
  return pairs;
}
