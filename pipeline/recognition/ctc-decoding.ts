/**
 * Prefix beam search over CTC output (Hannun et al. 2014), with words that are likely now, or with words that are the only
 * ones: both are one tree of letters, as a bonus in one case and as a fence in the other.
 */
import { logAdd, type CtcFrames } from './ctc-likelihood.ts';

/** A letter's place in the tree of words. */
interface WordNode {
  readonly next: Map<number, WordNode>;
  isWord: boolean;
}

export interface CtcWords {
  readonly words: readonly (readonly number[])[];
  /** True: nothing but these words is written. False: each letter of one is worth `bonus` more. */
  readonly isOnly: boolean;
  /** In nats per letter of a finished word; not used when `isOnly`. */
  readonly bonus: number;
}

export interface CtcBeamOptions {
  readonly width: number;
  /** Id of the space between words. */
  readonly delimiter: number | undefined;
  readonly words?: CtcWords | undefined;
}

export interface CtcHypothesis {
  readonly ids: readonly number[];
  /** log P of all alignments that the beam kept, without bonus. */
  readonly logProb: number;
}

interface Prefix {
  readonly ids: readonly number[];
  /** Where in the tree the word in hand stands; undefined: it is none of the words. */
  readonly node: WordNode | undefined;
  readonly depth: number;
  /** Of finished words. */
  readonly bonus: number;
  blank: number;
  symbol: number;
}

/** Symbols less likely than this in a frame begin nothing new: e^-9 is 0.01 %. */
const LEAST_LOG_PROB = -9;

/** Best first, at most `width`; the empty hypothesis is among them when nothing better is. */
export function ctcBeam(frames: CtcFrames, options: CtcBeamOptions): readonly CtcHypothesis[] {
  const { words, delimiter, width } = options;
  const root = treeOf(words?.words ?? []);
  const bonus = words === undefined || words.isOnly ? 0 : words.bonus;
  let beam: Prefix[] = [{ ids: [], node: root, depth: 0, bonus: 0, blank: 0, symbol: -Infinity }];
  const rank = ({ blank, symbol, node, depth, bonus: earned }: Prefix): number =>
    logAdd(blank, symbol) + earned + (node === undefined ? 0 : depth * bonus);
  for (let t = 0; t < frames.frames; t++) {
    const row = frames.logProbs.subarray(t * frames.symbols, (t + 1) * frames.symbols);
    const live = liveSymbols(row, frames.blank);
    const next = new Map<string, Prefix>();
    const at = (prefix: Pick<Prefix, 'ids' | 'node' | 'depth' | 'bonus'>): Prefix => {
      const key = prefix.ids.join(' ');
      const known = next.get(key);
      if (known !== undefined) return known;
      const { ids, node, depth, bonus: earned } = prefix;
      const made: Prefix = { ids, node, depth, bonus: earned, blank: -Infinity, symbol: -Infinity };
      next.set(key, made);
      return made;
    };
    for (const prefix of beam) {
      const total = logAdd(prefix.blank, prefix.symbol);
      const same = at(prefix);
      same.blank = logAdd(same.blank, total + (row[frames.blank] ?? -Infinity));
      const last = prefix.ids.at(-1);
      if (last !== undefined) same.symbol = logAdd(same.symbol, prefix.symbol + (row[last] ?? -Infinity));
      for (const id of live) {
        const grown = grow(prefix, id, { root, delimiter, bonus, isOnly: words?.isOnly === true });
        if (grown === undefined) continue;
        // The same symbol again is a second one only after a blank.
        const from = id === last ? prefix.blank : total;
        if (from === -Infinity) continue;
        const longer = at(grown);
        longer.symbol = logAdd(longer.symbol, from + (row[id] ?? -Infinity));
      }
    }
    beam = [...next.values()].sort((a, b) => rank(b) - rank(a)).slice(0, width);
  }
  return beam
    .filter((prefix) => words?.isOnly !== true || prefix.ids.length === 0 || prefix.node?.isWord === true)
    .sort((a, b) => finalRank(b, bonus) - finalRank(a, bonus))
    .map(({ ids, blank, symbol }) => ({ ids, logProb: logAdd(blank, symbol) }));
}

/** The word in hand counts only when it is whole. */
function finalRank({ blank, symbol, node, depth, bonus: earned }: Prefix, bonus: number): number {
  return logAdd(blank, symbol) + earned + (node?.isWord === true ? depth * bonus : 0);
}

interface Fence {
  readonly root: WordNode;
  readonly delimiter: number | undefined;
  readonly bonus: number;
  readonly isOnly: boolean;
}

function grow(
  prefix: Prefix,
  id: number,
  { root, delimiter, bonus, isOnly }: Fence,
): Pick<Prefix, 'ids' | 'node' | 'depth' | 'bonus'> | undefined {
  const ids = [...prefix.ids, id];
  if (id === delimiter) {
    const isWhole = prefix.node?.isWord === true;
    if (isOnly && !isWhole) return undefined;
    return { ids, node: root, depth: 0, bonus: prefix.bonus + (isWhole ? prefix.depth * bonus : 0) };
  }
  const node = prefix.node?.next.get(id);
  if (node === undefined && isOnly) return undefined;
  return { ids, node, depth: node === undefined ? 0 : prefix.depth + 1, bonus: prefix.bonus };
}

function liveSymbols(row: Float32Array, blank: number): readonly number[] {
  const live: number[] = [];
  row.forEach((logProb, id) => {
    if (id !== blank && logProb > LEAST_LOG_PROB) live.push(id);
  });
  return live;
}

function treeOf(words: readonly (readonly number[])[]): WordNode {
  const root: WordNode = { next: new Map(), isWord: false };
  for (const word of words) {
    let node = root;
    for (const id of word) {
      const next: WordNode = node.next.get(id) ?? { next: new Map(), isWord: false };
      node.next.set(id, next);
      node = next;
    }
    if (word.length > 0) node.isWord = true;
  }
  return root;
}
