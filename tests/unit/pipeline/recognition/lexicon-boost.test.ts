import { describe, expect, it } from 'vitest';
import { searchBeam } from '#pipeline/recognition/beam-search.ts';
import { LexiconBoost, TOKEN_ROLE, tokenRoles, type BoostState } from '#pipeline/recognition/lexicon-boost.ts';
import { lexiconTrie } from '#pipeline/recognition/lexicon-trie.ts';
import type { Step } from '#pipeline/recognition/token-guide.ts';
import { END, START_LENGTH, ScriptedBranches, VOCABULARY, decodeLetters, encodeLetters } from './scripted-branches.ts';

const ROLES = tokenRoles((tokens) => (tokens[0] === END ? '' : decodeLetters(tokens)), VOCABULARY);
const STRENGTH = 2;

function boost(words: readonly string[], strength = STRENGTH): LexiconBoost {
  return new LexiconBoost({ trie: lexiconTrie(words, encodeLetters), strength, roles: ROLES });
}

/** Even chances for every token. */
const EVEN = new Float32Array(VOCABULARY).fill(Math.log(1 / VOCABULARY));

function stepOn(guide: LexiconBoost, state: BoostState, letter: string): Step {
  const token = letter === '.' ? END : encodeLetters(letter)[0]!;
  return guide.steps(state, EVEN, VOCABULARY).find((step) => step.token === token)!;
}

/** The state behind `text`, and all that was given on the way. */
function walk(guide: LexiconBoost, text: string): { readonly state: BoostState; readonly given: number } {
  let state = guide.start;
  let given = 0;
  for (const letter of text) {
    const step = stepOn(guide, state, letter);
    given += step.bonus;
    state = guide.after(state, step);
  }
  return { state, given };
}

describe('LexiconBoost', () => {
  it('raises the odds of a token of a lexicon word by its strength', () => {
    const guide = boost(['ab']);
    const { state } = walk(guide, ' ');
    expect(stepOn(guide, state, 'a').bonus - stepOn(guide, state, 'c').bonus).toBeCloseTo(STRENGTH, 5);
  });

  it('takes from competitors what it gives, and leaves endings alone', () => {
    const guide = boost(['ab']);
    for (const text of ['', ' ', ' ab', ' c']) {
      const steps = guide.steps(walk(guide, text).state, EVEN, VOCABULARY);
      const sum = steps
        .filter(({ token }) => ROLES[token] === TOKEN_ROLE.continues)
        .reduce((total, { logProb, bonus }) => total + Math.exp(logProb + bonus), 0);
      if (text === ' ') expect(sum).toBeCloseTo(8 / VOCABULARY, 5);
      if (text !== ' ') expect(steps.find(({ token }) => token === END)!.bonus, text).toBeCloseTo(0, 9);
    }
  });

  it('gives nothing to a word that is certain anyway', () => {
    const guide = boost(['ab']);
    const scores = new Float32Array(VOCABULARY).fill(-30);
    scores[encodeLetters('a')[0]!] = -0.001;
    const [first] = guide.steps(walk(guide, ' ').state, scores, 1);
    expect(first!.bonus).toBeCloseTo(0, 5);
  });

  it('takes the bonus back from a word that is left before its end', () => {
    const guide = boost(['abc']);
    const begun = walk(guide, ' ab');
    expect(begun.given).toBeGreaterThan(1);
    const plain = walk(boost(['ggg']), ' ab');
    for (const letter of [' ', '.']) {
      const left = begun.given + stepOn(guide, begun.state, letter).bonus;
      expect(left).toBeCloseTo(0, 5);
    }
    // Going on with another letter costs no more than never having had the bonus.
    expect(begun.given + stepOn(guide, begun.state, 'd').bonus).toBeLessThanOrEqual(plain.given);
  });

  it('lets a complete word keep it', () => {
    const guide = boost(['abc']);
    const done = walk(guide, ' abc');
    const after = guide.after(done.state, stepOn(guide, done.state, '.'));
    expect(done.given).toBeGreaterThan(1);
    expect(stepOn(guide, done.state, '.').bonus).toBeCloseTo(0, 9);
    expect(after).toEqual(guide.start);
  });

  it('takes it back from a complete word that goes on into another', () => {
    const guide = boost(['ab']);
    const { state, given } = walk(guide, ' ab');
    expect(given + stepOn(guide, state, 'c').bonus).toBeCloseTo(0, 5);
  });

  it('does not help inside words of no lexicon', () => {
    const guide = boost(['ab', 'cd']);
    const { state } = walk(guide, ' g');
    expect(stepOn(guide, state, 'a').bonus).toBeCloseTo(0, 9);
    expect(stepOn(guide, state, 'h').bonus).toBeCloseTo(0, 9);
  });

  it('turns a near miss into the word of the lexicon, and reports the model’s own score of it', async () => {
    const script = {
      '': { ' ': -0.01 },
      ' ': { a: -0.01 },
      ' a': { b: -1, c: -0.6 },
      ' ab': { '.': -0.2 },
      ' ac': { '.': -0.2 },
    };
    const read = async (words: readonly string[], strength: number) => {
      const [best] = await searchBeam(new ScriptedBranches(script), boost(words, strength), {
        startLength: START_LENGTH,
        endOfText: END,
        decode: decodeLetters,
        width: 3,
        within: 0,
        endings: 3,
        speechMs: 300,
        maxTokens: 9,
        betweenSteps: () => Promise.resolve(),
      });
      return { text: decodeLetters(best!.tokens), avgLogProb: best!.avgLogProb };
    };
    expect((await read(['ab'], 0)).text).toBe(' ac');
    const boosted = await read(['ab'], 2);
    expect(boosted.text).toBe(' ab');
    expect(boosted.avgLogProb).toBeCloseTo((-0.01 - 0.01 - 1 - 0.2) / 4, 5);
    expect((await read(['gh'], 2)).text).toBe(' ac');
  });
});

it('tells by its text whether a token goes on with a word', () => {
  const texts = ['a', ' a', "'", ' ', '.', ' .', '', '\uFFFD', '7', ' 7', '-'];
  expect([...tokenRoles(([token]) => texts[token!]!, texts.length)]).toEqual([2, 1, 2, 1, 0, 0, 0, 2, 2, 1, 0]);
});
