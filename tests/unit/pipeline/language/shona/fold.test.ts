import { describe, expect, test } from 'vitest';
import { confusion, fold, FOLD_ALPHABET, gap } from '#pipeline/language/shona/fold.ts';

describe('fold', () => {
  test.each([
    ['svondo', 'sondo'],
    ['svondo', 'shondo'],
    ['zvakanaka', 'zhakanaka'],
    ['tsvuku', 'tsuku'],
    ['dzvanya', 'dzania'],
    ['vhura', 'fura'],
    ['bhazi', 'bazi'],
    ['dhora', 'dora'],
    ['mhuri', 'muri'],
    ['nhanhatu', 'nanatu'],
    ["n'anga", 'nanga'],
    ['n’ombe', "ng'ombe"],
    ['tyaira', 'chaira'],
    ['dyara', 'jara'],
    ['pfupi', 'fupi'],
    ['bvunza', 'vunza'],
    ['hongu', 'ongu'],
    ['ehee', 'ehe'],
    ['iri ku famba', 'irikufamba'],
    ['Kílíníkí', 'kiriniki'],
  ])('%s sounds like %s', (a, b) => {
    expect(fold(a)).toBe(fold(b));
    expect(fold(a)).not.toBe('');
  });

  test.each([
    ['mari', 'mati'],
    ['gumi', 'kudzi'],
    ['vana', 'mana'],
  ])('%s is not %s', (a, b) => {
    expect(fold(a)).not.toBe(fold(b));
  });

  test('only the alphabet comes out', () => {
    const folded = fold("Quick BROWN fox, jümps 42 tsv dzv ng' n’ über привет!");
    expect(Array.from(folded).every((symbol) => FOLD_ALPHABET.includes(symbol))).toBe(true);
  });
});

test('a million letters are folded in their stride', () => {
  expect(fold('pfumbamwe '.repeat(100_000))).toHaveLength('fumbamue'.length * 100_000);
});

test('distances are symmetric, within bounds, and zero only for the same sound', () => {
  for (const a of FOLD_ALPHABET) {
    expect(gap(a)).toBeGreaterThan(0);
    expect(gap(a)).toBeLessThanOrEqual(1);
    for (const b of FOLD_ALPHABET) {
      expect(confusion(a, b)).toBe(confusion(b, a));
      expect(confusion(a, b) === 0).toBe(a === b);
      expect(confusion(a, b)).toBeLessThanOrEqual(1);
    }
  }
});
