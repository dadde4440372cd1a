import { expect, test } from 'vitest';
import { measureBaseline } from '#pipeline/dialogue/answerer-baseline.ts';
import type { Recognizer, Transcript, Utterance } from '#pipeline/ports.ts';

/** Keeps one utterance, like an engine under load, and scores a phrase by its length. */
function forgetful(): Recognizer & { readonly heard: Utterance[] } {
  const heard: Utterance[] = [];
  return {
    name: 'forgetful',
    canScore: true,
    heard,
    transcribe: (utterance) => {
      heard.push(utterance);
      return Promise.resolve({ utteranceId: utterance.id, text: '' } as Transcript);
    },
    score: (id, phrases) =>
      heard.at(-1)?.id === id
        ? Promise.resolve(phrases.map((phrase) => -phrase.length))
        : Promise.reject(new Error('forgotten')),
  };
}

test('every phrase is scored once against digital silence, a few at a time', async () => {
  const recognizer = forgetful();
  const phrases = Array.from({ length: 30 }, (_, at) => 'a'.repeat(at + 1));
  const baseline = await measureBaseline(recognizer, phrases, { signal: new AbortController().signal });
  expect([...baseline]).toEqual(phrases.map((phrase) => [phrase, -phrase.length]));
  expect(recognizer.heard.length).toBeGreaterThan(1);
  expect(recognizer.heard.every(({ pcm }) => pcm.length >= 8000 && pcm.every((sample) => sample === 0))).toBe(true);
});
