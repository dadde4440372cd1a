import { expect, it } from 'vitest';
import { withoutPromptPieces } from '#pipeline/dialogue/answerer-prompt.ts';
import { shona } from '#pipeline/language/shona/shona.ts';

const PROMPT = 'Ndinoda amburenzi. Pane njodzi, ndibatsireiwo nekukurumidza.';

it.each([
  ['Ndini, ndibatsireiwo nekukurumidza.', 'ndini'],
  ['ndibatsireiwo nekukurumidza', ''],
  ['mwana arwara', 'mwana arwara'],
  // One word of the prompt is anybody's.
  ['ndinoda mvura', 'ndinoda mvura'],
  ['ndinoda amburenzi nhasi', 'nhasi'],
])('of "%s" is left "%s"', (text, rest) => {
  expect(withoutPromptPieces(text, PROMPT, shona)).toBe(rest);
});
