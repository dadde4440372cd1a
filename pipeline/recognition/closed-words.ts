/** Decoding where nothing but some words can be said, in any order and number. */
import { capitalised, wordsOf } from './lexicon-trie.ts';
import { BestSteps } from './token-guide.ts';
import type { Step, TokenGuide } from './token-guide.ts';

interface WordNode {
  readonly children: Map<number, WordNode>;
  /** The text that is complete here, as the caller of the recogniser wrote it. */
  text: string | undefined;
}

export interface ClosedWordsState {
  /** Undefined behind the closing full stop: only the end may follow. */
  readonly node: WordNode | undefined;
  /** Texts that are complete, the one being said left out. */
  readonly said: readonly string[];
}

export interface ClosedWordsOptions {
  readonly texts: readonly string[];
  readonly encode: (text: string) => readonly number[];
  readonly endOfText: number;
}

/**
 * The automaton of `(text)+ "."? end`, over the tokens of the texts. The first may begin with a capital and the last may be
 * followed by a full stop, as Whisper writes sentences: without that it would have to pay for its habits.
 */
export class ClosedWords implements TokenGuide<ClosedWordsState> {
  readonly start: ClosedWordsState;
  readonly #first: WordNode = newNode();
  readonly #later: WordNode = newNode();
  readonly #endOfText: number;
  readonly #fullStop: number | undefined;

  constructor({ texts, encode, endOfText }: ClosedWordsOptions) {
    this.#endOfText = endOfText;
    [this.#fullStop] = encode('.');
    for (const text of texts) {
      const plain = wordsOf(text).join(' ');
      if (plain === '') continue;
      grow(this.#first, encode(` ${plain}`), text);
      grow(this.#first, encode(` ${capitalised(plain)}`), text);
      grow(this.#later, encode(` ${plain}`), text);
    }
    this.start = { node: this.#first, said: [] };
  }

  steps({ node }: ClosedWordsState, logProbs: Float32Array, count: number): readonly Step[] {
    const best = new BestSteps(count);
    const offer = (token: number): void => {
      best.offer(token, logProbs[token] ?? -Infinity, 0);
    };
    for (const token of node?.children.keys() ?? []) offer(token);
    if (node?.text !== undefined) {
      for (const token of this.#later.children.keys()) if (!node.children.has(token)) offer(token);
      if (this.#fullStop !== undefined) offer(this.#fullStop);
    }
    if (node === undefined || node.text !== undefined) offer(this.#endOfText);
    return best.steps;
  }

  after({ node, said }: ClosedWordsState, { token }: Step): ClosedWordsState {
    const child = node?.children.get(token);
    if (child !== undefined) return { node: child, said };
    const complete = node?.text === undefined ? said : [...said, node.text];
    const next = token === this.#fullStop ? undefined : this.#later.children.get(token);
    return { node: next, said: complete };
  }

  /** The texts said, as they were given, in a state that the end may follow; an unfinished one is left out. */
  said({ node, said }: ClosedWordsState): readonly string[] {
    return node?.text === undefined ? said : [...said, node.text];
  }
}

function newNode(): WordNode {
  return { children: new Map(), text: undefined };
}

/** The first of several texts with the same tokens keeps its place. */
function grow(root: WordNode, tokens: readonly number[], text: string): void {
  let node = root;
  for (const token of tokens) {
    const child = node.children.get(token) ?? newNode();
    node.children.set(token, child);
    node = child;
  }
  node.text ??= text;
}
