/** The lexicon's words as paths of tokens from one root. */

export interface LexiconNode {
  readonly children: ReadonlyMap<number, LexiconNode>;
  /** A word of the lexicon is complete here, if the next token does not go on with it. */
  readonly isWordEnd: boolean;
}

interface GrowingNode extends LexiconNode {
  readonly children: Map<number, GrowingNode>;
  isWordEnd: boolean;
}

/** Whisper sets a capital at the start of a sentence, and names have theirs: a word may come in each of these. */
function formsOf(word: string): ReadonlySet<string> {
  return new Set([word, word.toLowerCase(), capitalised(word)]);
}

/** With its first letter as a capital. */
export function capitalised(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length);
}

/** Words of a text without the punctuation around them; what stands inside ("n'anga", "a-a") stays. */
export function wordsOf(text: string): readonly string[] {
  return text
    .split(/\s+/u)
    .map((word) => word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter(Boolean);
}

/** `encode` turns text into tokens; it is given every word with a space in front, as it stands in a transcript. */
export function lexiconTrie(words: Iterable<string>, encode: (text: string) => readonly number[]): LexiconNode {
  const root: GrowingNode = { children: new Map(), isWordEnd: false };
  for (const word of words) {
    for (const form of formsOf(word)) {
      let node = root;
      for (const token of encode(` ${form}`)) {
        let child = node.children.get(token);
        if (child === undefined) {
          child = { children: new Map(), isWordEnd: false };
          node.children.set(token, child);
        }
        node = child;
      }
      node.isWordEnd = node !== root;
    }
  }
  return root;
}

/**
 * The words of a lexicon, phrases taken apart, that the prompt does not hold. What stands in the prompt is likely already:
 * boosted as well, it was heard everywhere.
 */
export function unprimedWords(lexicon: readonly string[], prompt: string | undefined): ReadonlySet<string> {
  const primed = new Set(wordsOf(prompt ?? '').map((word) => word.toLowerCase()));
  return new Set(lexicon.flatMap(wordsOf).filter((word) => !primed.has(word.toLowerCase())));
}
