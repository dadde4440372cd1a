import { describe, expect, it } from 'vitest';
import { lexiconTrie, unprimedWords, wordsOf, type LexiconNode } from '#pipeline/recognition/lexicon-trie.ts';

const encode = (text: string): readonly number[] => Array.from(text, (letter) => letter.codePointAt(0) ?? 0);

function find(root: LexiconNode, text: string): LexiconNode | undefined {
  let node: LexiconNode | undefined = root;
  for (const token of encode(text)) node = node?.children.get(token);
  return node;
}

describe('lexiconTrie', () => {
  it('holds every word behind a space, in the capitals it may come with', () => {
    const trie = lexiconTrie(['kuHarare', 'moto'], encode);
    for (const form of [' kuHarare', ' KuHarare', ' kuharare', ' moto', ' Moto']) {
      expect(find(trie, form)?.isWordEnd, form).toBe(true);
    }
    expect(find(trie, 'moto')).toBeUndefined();
    expect(find(trie, ' mot')?.isWordEnd).toBe(false);
  });

  it('knows a word inside a longer one', () => {
    const trie = lexiconTrie(['mangwanani', 'mangwana'], encode);
    expect(find(trie, ' mangwana')?.isWordEnd).toBe(true);
    expect(find(trie, ' mangwanan')?.isWordEnd).toBe(false);
    expect(find(trie, ' mangwanani')?.isWordEnd).toBe(true);
  });

  it('is empty without words', () => {
    expect(lexiconTrie([], encode)).toEqual({ children: new Map(), isWordEnd: false });
  });
});

it('takes phrases apart at spaces, and leaves what stands inside words', () => {
  expect(wordsOf(" “N’anga” iri kupi? a-a, n'ombe… ")).toEqual(['N’anga', 'iri', 'kupi', 'a-a', "n'ombe"]);
  expect(wordsOf(' - ? ')).toEqual([]);
});

it('leaves out the words that the prompt has primed, whatever their capitals', () => {
  const words = unprimedWords(['Kiriniki iri kupi?', 'Mvura'], 'kiriniki inovhura. Iri');
  expect([...words]).toEqual(['kupi', 'Mvura']);
  expect([...unprimedWords(['iri'], undefined)]).toEqual(['iri']);
});
