import { expect, it } from 'vitest';
import { measureNonSpeech } from '#src/cli/bench/non-speech.ts';

/** Half of it is of the kinds that open the ear at all. */
const SOURCES = ['noise', 'hold music', 'singing', 'coughs', 'babble', 'English', 'Swahili and Ndebele', 'echo'];

it('acts on nothing in two minutes of noise, music, coughs, other languages and its own echo, and still hears its callers', async () => {
  const { signal } = new AbortController();
  const figures = await measureNonSpeech({ minutes: 2, seed: 11, sources: SOURCES, signal });
  expect(figures.minutes).toBeCloseTo(2, 2);
  expect(figures.acted).toEqual([]);
  // Other languages are speech: the ear opens, and it is what comes behind it that must not act.
  expect(figures.bySource['English']?.transcripts).toBeGreaterThan(1);
  expect(Object.values(figures.doubts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  expect(figures.control.answered / figures.control.asked).toBeGreaterThan(0.8);
}, 300_000);
