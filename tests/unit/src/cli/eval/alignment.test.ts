import { describe, expect, it } from 'vitest';
import { countEdits, spaceInsensitiveErrors } from '#src/cli/eval/alignment.ts';
import { seededRandom } from '#src/cli/bench/statistics.ts';

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
const edits = (reference: string, hypothesis: string): string => {
  const { substitutions, deletions, insertions } = countEdits(words(reference), words(hypothesis));
  return `${substitutions} ${deletions} ${insertions}`;
};

describe('edits', () => {
  it.each([
    ['mwana ari kupisa muviri', 'mwana ari kupisa muviri', '0 0 0'],
    ['mwana ari kupisa muviri', 'mwana ari kupisa', '0 1 0'],
    ['mwana ari kupisa muviri', 'mwana wangu ari kupisa muviri', '0 0 1'],
    ['mwana ari kupisa muviri', 'mwana ari kubisa muviri', '1 0 0'],
    ['mwana ari kupisa muviri', '', '0 4 0'],
    ['', 'mwana ari', '0 0 2'],
    ['', '', '0 0 0'],
    ['a b c d', 'b c d e', '0 1 1'],
    ['a b c', 'c b a', '2 0 0'],
    ['kiriniki iri kupi', 'kiri niki iri kupi kupi', '1 0 2'],
    ['a', 'b c d', '1 0 2'],
  ])('%j heard as %j: substitutions, deletions, insertions %s', (reference, hypothesis, expected) => {
    expect(edits(reference, hypothesis)).toBe(expected);
  });

  it('counts characters as well as words', () => {
    expect(countEdits(Array.from('nhatu'), Array.from('natu'))).toEqual({
      substitutions: 0,
      deletions: 1,
      insertions: 0,
    });
  });

  it('is a distance: nothing for the same, as far back as forth, no detour shorter', () => {
    const random = seededRandom(7);
    const sentence = (): string[] => Array.from({ length: Math.floor(random() * 9) }, () => 'abc'.charAt(random() * 3));
    const distance = (a: string[], b: string[]): number => {
      const { substitutions, deletions, insertions } = countEdits(a, b);
      expect(Math.min(substitutions, deletions, insertions)).toBeGreaterThanOrEqual(0);
      expect(a.length - deletions + insertions).toBe(b.length);
      return substitutions + deletions + insertions;
    };
    for (let round = 0; round < 500; round += 1) {
      const [a, b, c] = [sentence(), sentence(), sentence()];
      expect(distance(a, a)).toBe(0);
      expect(distance(a, b)).toBe(distance(b, a));
      expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c));
    }
  });
});

describe('word errors with joining and splitting free', () => {
  it.each([
    ['vari ku famba', 'varikufamba', 0],
    ['varikufamba', 'vari ku famba', 0],
    ['vari ku famba', 'variku famba', 0],
    ['vana ne vaviri vari ku famba', 'vana nevaviri variku famba', 0],
    ['vari ku famba zvakanaka', 'varikufamba zvakaipa', 1],
    ['vari ku famba', 'varikupamba', 3],
    ['mwana ari', 'mwana ari ari', 1],
    ['a b', 'c d', 2],
    ['', 'a b', 2],
    ['a b', '', 2],
    ['', '', 0],
    ['ab c', 'a bc d', 1],
  ])('%j heard as %j: %i', (reference, hypothesis, expected) => {
    expect(spaceInsensitiveErrors(words(reference), words(hypothesis))).toBe(expected);
  });

  it('never counts more than the plain distance, and none at all when only spaces differ', () => {
    const random = seededRandom(11);
    const letters = (): string =>
      Array.from({ length: 1 + Math.floor(random() * 12) }, () => 'ab'.charAt(random() * 2)).join('');
    const spaced = (text: string): string[] =>
      words(Array.from(text, (each) => (random() < 0.3 ? `${each} ` : each)).join(''));
    for (let round = 0; round < 500; round += 1) {
      const text = letters();
      expect(spaceInsensitiveErrors(spaced(text), spaced(text))).toBe(0);
      const [a, b] = [spaced(text), spaced(letters())];
      const { substitutions, deletions, insertions } = countEdits(a, b);
      expect(spaceInsensitiveErrors(a, b)).toBeLessThanOrEqual(substitutions + deletions + insertions);
    }
  });
});
