import { describe, expect, it } from 'vitest';
import { seededRandom } from '#src/cli/bench/statistics.ts';
import { differenceOf, rateOf } from '#src/cli/eval/intervals.ts';
import type { Tally } from '#src/cli/eval/scoring.ts';

const EXPERIMENTS = 300;
const RESAMPLES = 300;

/** How often the interval of a drawn corpus holds the rate that it was drawn with. */
function coverage(draw: (random: () => number) => { tallies: Tally[]; clusters?: string[] }, truth: number): number {
  const random = seededRandom(20_261_126);
  let hits = 0;
  for (let experiment = 0; experiment < EXPERIMENTS; experiment += 1) {
    const { tallies, clusters } = draw(random);
    const { low, high } = rateOf(tallies, { seed: experiment + 1, resamples: RESAMPLES, clusters });
    if (low <= truth && truth <= high) hits += 1;
  }
  return hits / EXPERIMENTS;
}

function utterance(random: () => number, errorRate: number): Tally {
  const total = 5 + Math.floor(random() * 10);
  const errors = Array.from({ length: total }, () => random()).filter((value) => value < errorRate).length;
  return { errors, total };
}

describe('the interval of a rate', () => {
  it('holds the true rate about 95 times in 100 when utterances are independent', () => {
    const share = coverage((random) => ({ tallies: Array.from({ length: 60 }, () => utterance(random, 0.3)) }), 0.3);
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(0.985);
  });

  it('holds it as often over speakers who differ, where drawing utterances is far too sure', () => {
    const corpus = (random: () => number) => {
      const speakers = Array.from({ length: 25 }, () => (random() < 0.5 ? 0.1 : 0.5));
      return {
        tallies: speakers.flatMap((rate) => Array.from({ length: 10 }, () => utterance(random, rate))),
        clusters: speakers.flatMap((_, speaker) => Array.from({ length: 10 }, () => `${speaker}`)),
      };
    };
    const bySpeaker = coverage(corpus, 0.3);
    const byUtterance = coverage((random) => ({ tallies: corpus(random).tallies }), 0.3);
    expect(bySpeaker).toBeGreaterThan(0.88);
    expect(bySpeaker).toBeLessThan(0.985);
    expect(byUtterance).toBeLessThan(0.75);
  });

  it('is about a share of all words, not a mean of shares', () => {
    const rate = rateOf(
      [
        { errors: 1, total: 1 },
        { errors: 0, total: 9 },
      ],
      { seed: 1 },
    );
    expect(rate).toMatchObject({ value: 0.1, errors: 1, total: 10 });
  });

  it('is the same for the same seed, and a point when nothing varies', () => {
    const tallies = Array.from({ length: 20 }, (_, index) => ({ errors: index, total: 10 + index ** 2 }));
    expect(rateOf(tallies, { seed: 3 })).toEqual(rateOf(tallies, { seed: 3 }));
    expect(rateOf(tallies, { seed: 3 })).not.toEqual(rateOf(tallies, { seed: 4 }));
    expect(rateOf([{ errors: 2, total: 10 }], { seed: 1 })).toMatchObject({ low: 0.2, high: 0.2 });
  });

  it('is not a number without words', () => {
    expect(rateOf([], { seed: 1 }).value).toBeNaN();
    expect(rateOf([{ errors: 1, total: 0 }], { seed: 1 }).value).toBeNaN();
  });
});

describe('the difference of two engines', () => {
  it('is sure of a small but steady difference that two separate intervals would hide', () => {
    const random = seededRandom(5);
    const first = Array.from({ length: 50 }, () => ({ errors: Math.floor(random() * 10), total: 10 }));
    const second = first.map(({ errors, total }) => ({ errors: errors + 1, total }));
    const { value, low, high } = differenceOf(second, first, { seed: 1 });
    expect(value).toBeCloseTo(0.1, 9);
    expect([low, high]).toEqual([expect.closeTo(0.1, 9), expect.closeTo(0.1, 9)]);
    expect(rateOf(first, { seed: 1 }).high).toBeGreaterThan(rateOf(second, { seed: 1 }).low);
  });

  it('draws speakers whole when it is told who they are', () => {
    const first = Array.from({ length: 40 }, (_, index) => ({ errors: index < 20 ? 4 : 0, total: 10 }));
    const second = first.map(({ total }) => ({ errors: 2, total }));
    const clusters = first.map((_, index) => (index < 20 ? 'a' : 'b'));
    const whole = differenceOf(first, second, { seed: 1, clusters });
    const each = differenceOf(first, second, { seed: 1 });
    expect(whole.high - whole.low).toBeGreaterThan(2 * (each.high - each.low));
  });
});
