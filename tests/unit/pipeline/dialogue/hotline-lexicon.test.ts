import { expect, test } from 'vitest';
import { lexiconPrompt } from '#pipeline/dialogue/lexicon.ts';
import { loadHotline } from '#prompts/load.ts';

const hotline = loadHotline('kiriniki');
const words = (text: string): number => text.split(' ').length;

test('the prompt fits the tokens it was given', () => {
  for (const maxTokens of [20, 60, 180]) {
    const prompt = lexiconPrompt(hotline, { maxTokens });
    expect(words(prompt) * 3.3).toBeLessThanOrEqual(maxTokens);
    expect(prompt).not.toBe('');
  }
});

test('likely cards come first into the prompt and stand at its end', () => {
  const first = hotline.cards.find(({ id }) => id === 'tibhii')!.questions[0]!;
  expect(lexiconPrompt(hotline, { likely: ['tibhii'] }).endsWith(first)).toBe(true);
  expect(lexiconPrompt(hotline, { likely: ['tibhii'], maxTokens: 20 })).toContain(first);
});

test('most cards are represented when nothing is known', () => {
  const prompt = lexiconPrompt(hotline);
  const represented = hotline.cards.filter(({ questions }) => questions.some((question) => prompt.includes(question)));
  expect(represented.length).toBeGreaterThanOrEqual(10);
});
