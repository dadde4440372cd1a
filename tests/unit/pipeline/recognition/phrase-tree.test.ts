import { expect, it } from 'vitest';
import { phraseTree } from '#pipeline/recognition/phrase-tree.ts';

const END = 99;

it('shares beginnings, and lets every token see its own ancestors only', () => {
  const tree = phraseTree(
    [1, 2],
    [
      [10, 11],
      [10, 12],
      [10, 11],
    ],
    END,
  );
  expect(tree.tokens).toEqual([1, 2, 10, 11, 12]);
  expect(tree.positions).toEqual([0, 1, 2, 3, 3]);
  const seen = tree.tokens.map((_, row) =>
    tree.tokens.filter((__, column) => tree.mask[row * tree.tokens.length + column] === 0),
  );
  expect(seen).toEqual([[1], [1, 2], [1, 2, 10], [1, 2, 10, 11], [1, 2, 10, 12]]);
});

it('asks each question once and the end of every phrase', () => {
  const tree = phraseTree([1], [[10, 11], [10], [10, 11]], END);
  const questions = tree.phrases.map((phrase) => phrase.map((index) => tree.targets[index]));
  expect(questions).toEqual([
    [
      [0, 10],
      [1, 11],
      [2, END],
    ],
    [
      [0, 10],
      [1, END],
    ],
    [
      [0, 10],
      [1, 11],
      [2, END],
    ],
  ]);
  expect(tree.targets).toHaveLength(4);
});

it('asks for the end alone when a phrase has no tokens', () => {
  expect(phraseTree([1, 2], [[]], END).targets).toEqual([[1, END]]);
});

it('goes on behind what was fed before, and sees all of it', () => {
  const tree = phraseTree([2], [[10], [11]], END, 3);
  expect(tree.positions).toEqual([3, 4, 4]);
  const seen = tree.tokens.map((_, row) =>
    Array.from(tree.mask.subarray(row * 6, (row + 1) * 6), (value) => value === 0),
  );
  expect(seen).toEqual([
    [true, true, true, true, false, false],
    [true, true, true, true, true, false],
    [true, true, true, true, false, true],
  ]);
});
