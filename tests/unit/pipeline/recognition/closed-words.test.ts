import { describe, expect, it } from 'vitest';
import { searchBeam } from '#pipeline/recognition/beam-search.ts';
import { ClosedWords } from '#pipeline/recognition/closed-words.ts';
import { END, START_LENGTH, ScriptedBranches, VOCABULARY, decodeLetters, encodeLetters } from './scripted-branches.ts';

const TEXTS = ['ab', 'abc', 'da', 'e f'];

/** Tokens allowed, after the model would have said `text`. */
function allowed(guide: ClosedWords, text: string): string {
  let state = guide.start;
  for (const token of encodeLetters(text)) state = guide.after(state, { token, logProb: 0, bonus: 0 });
  const steps = guide.steps(state, new Float32Array(VOCABULARY), VOCABULARY);
  return steps
    .map(({ token }) => (token === END ? '.' : decodeLetters([token])))
    .sort()
    .join('');
}

const open = (): ClosedWords => new ClosedWords({ texts: TEXTS, encode: encodeLetters, endOfText: END });

describe('ClosedWords', () => {
  it('begins every text with one of its words', () => {
    expect(allowed(open(), '')).toBe(' ');
    expect(allowed(open(), ' ')).toBe('ade');
  });

  it('ends and goes on to the next word only where one is complete', () => {
    expect(allowed(open(), ' a')).toBe('b');
    expect(allowed(open(), ' ab')).toBe(' .c');
    expect(allowed(open(), ' abc')).toBe(' .');
    expect(allowed(open(), ' e')).toBe(' ');
    expect(allowed(open(), ' abc da')).toBe(' .');
  });

  it('says nothing else, however much likelier it is', async () => {
    const guide = open();
    const script = { '': { h: -0.01 }, ' ': { h: -0.01, d: -9 }, ' d': { h: -0.01, a: -9 }, ' da': { h: -0.01 } };
    const [best] = await searchBeam(new ScriptedBranches(script), guide, {
      startLength: START_LENGTH,
      endOfText: END,
      decode: decodeLetters,
      width: 3,
      within: 1,
      endings: 3,
      speechMs: 400,
      maxTokens: 20,
      betweenSteps: () => Promise.resolve(),
    });
    expect(guide.said(best!.state!)).toEqual(['da']);
    expect(best!.avgLogProb).toBeCloseTo((-20 - 9 - 9 - 20) / 4, 5);
  });

  it('gives the texts back as they were written', () => {
    const guide = open();
    let state = guide.start;
    for (const token of encodeLetters(' abc e f ab')) state = guide.after(state, { token, logProb: 0, bonus: 0 });
    expect(guide.said(state)).toEqual(['abc', 'e f', 'ab']);
  });

  it('allows nothing when there are no words', () => {
    const guide = new ClosedWords({ texts: ['', ' - '], encode: encodeLetters, endOfText: END });
    expect(guide.steps(guide.start, new Float32Array(VOCABULARY), 5)).toEqual([]);
  });
});
