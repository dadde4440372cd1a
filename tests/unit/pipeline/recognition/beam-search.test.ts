import { describe, expect, it } from 'vitest';
import { searchBeam, type BeamOptions } from '#pipeline/recognition/beam-search.ts';
import { FREE, type TokenGuide } from '#pipeline/recognition/token-guide.ts';
import { END, START_LENGTH, ScriptedBranches, decodeLetters } from './scripted-branches.ts';

function options(change: Partial<BeamOptions> = {}): BeamOptions {
  return {
    startLength: START_LENGTH,
    endOfText: END,
    decode: decodeLetters,
    width: 2,
    within: 0,
    endings: 2,
    speechMs: 500,
    maxTokens: 30,
    betweenSteps: () => Promise.resolve(),
    ...change,
  };
}

/** Greedy decoding falls for "b", which leads to nothing good. */
const TRAP = {
  '': { a: -1.1, b: -0.5 },
  a: { c: -0.1 },
  ac: { '.': -0.1 },
  b: { d: -2, e: -2.1 },
  bd: { '.': -2 },
  be: { '.': -2 },
};

describe('searchBeam', () => {
  it('finds the text that begins badly and ends well', async () => {
    const [best] = await searchBeam(new ScriptedBranches(TRAP), FREE, options());
    expect(decodeLetters(best!.tokens)).toBe('ac');
    expect(best!.avgLogProb).toBeCloseTo((-1.1 - 0.1 - 0.1) / 3, 5);
    const [greedy] = await searchBeam(new ScriptedBranches(TRAP), FREE, options({ width: 1 }));
    expect(decodeLetters(greedy!.tokens)).toBe('bd');
  });

  it('tells other readings, best first, and never more than were kept', async () => {
    const readings = await searchBeam(
      new ScriptedBranches({
        '': { a: -0.5, b: -0.6, c: -0.7 },
        a: { '.': -0.1 },
        b: { '.': -0.1 },
        c: { '.': -0.1 },
      }),
      FREE,
      options({ width: 3, within: 1, endings: 3 }),
    );
    expect(readings.map(({ tokens }) => decodeLetters(tokens))).toEqual(['a', 'b', 'c']);
    const scores = readings.map(({ avgLogProb }) => avgLogProb);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it('tells of two texts that sound the same only the better one', async () => {
    const readings = await searchBeam(
      new ScriptedBranches({
        '': { a: -0.5, ' ': -0.6 },
        a: { '.': -0.1 },
        ' ': { a: -0.1 },
        ' a': { '.': -0.1 },
      }),
      FREE,
      options({ width: 2, within: 2, endings: 2 }),
    );
    expect(readings.map(({ tokens }) => decodeLetters(tokens))).toEqual([' a']);
  });

  it('takes the end of a sentence that fills the speech, though its repetition would be liked better', async () => {
    const branches = new ScriptedBranches({
      '': { a: -0.5 },
      a: { b: -0.5 },
      ab: { '?': -0.5 },
      'ab?': { '.': -1.2, ' ': -0.4 },
      'ab? ': { a: -0.01 },
      'ab? a': { c: -0.01 },
    });
    const readings = await searchBeam(branches, FREE, options({ speechMs: 250, within: 0.5, endings: 6 }));
    expect(readings.map(({ tokens }) => decodeLetters(tokens))).toEqual(['ab?']);
    expect(branches.asked.flat()).not.toContain('ab? ');
  });

  it('orders by what the guide likes, and reports what the model thinks', async () => {
    const liking: TokenGuide<undefined> = {
      ...FREE,
      steps: (state, logProbs, count) =>
        FREE.steps(state, logProbs, count).map((step) => (step.token === 1 ? { ...step, bonus: 3 } : step)),
    };
    const script = { '': { a: -0.5, b: -1.5 }, a: { '.': -0.1 }, b: { '.': -0.1 } };
    const [best] = await searchBeam(new ScriptedBranches(script), liking, options());
    expect(decodeLetters(best!.tokens)).toBe('b');
    expect(best!.avgLogProb).toBeCloseTo(-0.8, 5);
    expect(best!.liking).toBeCloseTo(0.7, 5);
  });

  it('cuts a restart in one hypothesis and goes on with the others', async () => {
    const once = 'abcdefg';
    const script: Record<string, Record<string, number>> = { '': { a: -0.2, h: -1.9 }, h: { h: -0.01 } };
    for (let at = 1; at < 40; at++) {
      const text = once.repeat(6).slice(0, at);
      script[text] = { [once[at % 7]!]: -0.4 };
    }
    script['hh'] = { '.': -0.01 };
    const stream = new ScriptedBranches(script);
    const readings = await searchBeam(stream, FREE, options({ width: 2, within: 1, endings: 2 }));
    expect(readings.map(({ tokens }) => decodeLetters(tokens))).toContain(once);
    expect(readings.every(({ isComplete }) => isComplete)).toBe(true);
    expect(stream.asked.length).toBeLessThan(15);
  });

  it('says when the limit stopped it', async () => {
    const script = { '': { a: -0.1 }, a: { b: -0.1 }, ab: { c: -0.1 }, abc: { d: -0.1 } };
    const [best] = await searchBeam(new ScriptedBranches(script), FREE, options({ width: 1, maxTokens: 3 }));
    expect(decodeLetters(best!.tokens)).toBe('abc');
    expect(best!.isComplete).toBe(false);
    expect(best!.avgLogProb).toBeCloseTo(-0.1, 5);
  });

  it('ends as soon as nothing that grows is as good as what has ended', async () => {
    const script = { '': { a: -0.1, b: -3 }, a: { '.': -0.1 }, b: { b: -0.1 }, bb: { b: -0.1 }, bbb: { '.': -0.1 } };
    const stream = new ScriptedBranches(script);
    await searchBeam(stream, FREE, options());
    expect(stream.asked).toHaveLength(1);
  });

  it('stops between steps when asked to', async () => {
    const stop = options({ betweenSteps: () => Promise.reject(new Error('stop')) });
    await expect(searchBeam(new ScriptedBranches(TRAP), FREE, stop)).rejects.toThrow('stop');
  });
});
