/**
 * Packs candidate phrases into one decoder run. Phrases that begin alike share their tokens (a trie), and an attention mask
 * lets each token see just its own ancestors: no padding, no copy of the audio per phrase, one batch row.
 */
import { MASKED } from './whisper-sessions.ts';

export interface PhraseTree {
  readonly tokens: readonly number[];
  readonly positions: readonly number[];
  /** shape [tokens, past + tokens]; 0 for what was fed before, for a token and for its ancestors, MASKED elsewhere */
  readonly mask: Float32Array;
  /** What the decoder is asked: the log-likelihood of `token` after the tree's token `row`; no question twice. */
  readonly targets: readonly (readonly [row: number, token: number])[];
  /** For each phrase the indices into `targets` of its tokens, the end token last. */
  readonly phrases: readonly (readonly number[])[];
}

/**
 * `start` is the common beginning (the special tokens), at least its last token: `past` tokens of it were fed before. `end` is
 * asked for after every phrase but never fed.
 */
export function phraseTree(
  start: readonly number[],
  phrases: readonly (readonly number[])[],
  end: number,
  past = 0,
): PhraseTree {
  const tokens: number[] = [];
  const parents: number[] = [];
  const positions: number[] = [];
  const children: Map<number, number>[] = [];
  const targets: [number, number][] = [];
  const targetOf: Map<number, number>[] = [];
  const child = (parent: number, token: number): number => {
    const known = children[parent]?.get(token);
    if (known !== undefined) return known;
    const node = tokens.push(token) - 1;
    parents.push(parent);
    positions.push(parent < 0 ? past : (positions[parent] ?? 0) + 1);
    children.push(new Map());
    targetOf.push(new Map());
    children[parent]?.set(token, node);
    return node;
  };
  const ask = (row: number, token: number): number => {
    const known = targetOf[row]?.get(token);
    if (known !== undefined) return known;
    const index = targets.push([row, token]) - 1;
    targetOf[row]?.set(token, index);
    return index;
  };
  let root = -1;
  for (const token of start) root = child(root, token);
  const asked = phrases.map((phrase) => {
    let node = root;
    const indices = phrase.map((token) => {
      const index = ask(node, token);
      node = child(node, token);
      return index;
    });
    return [...indices, ask(node, end)];
  });
  const columns = past + tokens.length;
  const mask = new Float32Array(tokens.length * columns).fill(MASKED);
  for (let row = 0; row < tokens.length; row++) {
    mask.fill(0, row * columns, row * columns + past);
    for (let at = row; at >= 0; at = parents[at] ?? -1) mask[row * columns + past + at] = 0;
  }
  return { tokens, positions, mask, targets, phrases: asked };
}
