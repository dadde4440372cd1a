import { describe, expect, it } from 'vitest';
import { ctcBeam } from '#pipeline/recognition/ctc-decoding.ts';
import { ctcLogLikelihood, logAdd, logSoftmax, type CtcFrames } from '#pipeline/recognition/ctc-likelihood.ts';

const SYMBOLS = 4;

function randomFrames(seed: number, frames: number): CtcFrames {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const logits = Float32Array.from({ length: frames * SYMBOLS }, () => 6 * random() - 3);
  return { logProbs: logSoftmax(logits, SYMBOLS), frames, symbols: SYMBOLS, blank: 0 };
}

/** Log-probability of every text, by writing out every path. */
function enumerated({ logProbs, frames, blank }: CtcFrames): Map<string, number> {
  const texts = new Map<string, number>();
  for (let path = 0; path < SYMBOLS ** frames; path++) {
    const ids: number[] = [];
    let sum = 0;
    let last = blank;
    for (let t = 0, rest = path; t < frames; t++, rest = Math.floor(rest / SYMBOLS)) {
      const symbol = rest % SYMBOLS;
      sum += logProbs[t * SYMBOLS + symbol]!;
      if (symbol !== last && symbol !== blank) ids.push(symbol);
      last = symbol;
    }
    const key = ids.join(' ');
    texts.set(key, logAdd(texts.get(key) ?? -Infinity, sum));
  }
  return texts;
}

const idsOf = (key: string): number[] => (key === '' ? [] : key.split(' ').map(Number));

describe('ctcLogLikelihood', () => {
  it.each([1, 2, 3, 4])('sums over exactly the paths that write a text (seed %i)', (seed) => {
    const frames = randomFrames(seed, 6);
    const texts = enumerated(frames);
    for (const [key, logProb] of texts) expect(ctcLogLikelihood(frames, idsOf(key))).toBeCloseTo(logProb, 4);
    const all = [...texts.values()].reduce(logAdd, -Infinity);
    expect(all).toBeCloseTo(0, 4);
  });

  it('knows that equal letters need a blank between them', () => {
    const frames = randomFrames(5, 3);
    expect(ctcLogLikelihood(frames, [1, 1])).toBeGreaterThan(-Infinity);
    expect(ctcLogLikelihood(frames, [1, 2, 3])).toBeGreaterThan(-Infinity);
    expect(ctcLogLikelihood(frames, [1, 1, 2])).toBe(-Infinity);
    expect(ctcLogLikelihood({ ...frames, frames: 0 }, [1])).toBe(-Infinity);
    expect(ctcLogLikelihood({ ...frames, frames: 0 }, [])).toBe(0);
  });
});

describe('ctcBeam', () => {
  it.each([11, 12, 13, 14])('finds the likeliest text when its beam is wide (seed %i)', (seed) => {
    const frames = randomFrames(seed, 6);
    const texts = [...enumerated(frames)].sort(([, a], [, b]) => b - a);
    const [best] = ctcBeam(frames, { width: 400, delimiter: undefined });
    expect(best?.ids).toEqual(idsOf(texts[0]![0]));
    expect(best?.logProb).toBeCloseTo(texts[0]![1], 4);
  });

  it('writes nothing but the only words, in any order and number', () => {
    const words = [[1, 2], [2]];
    for (let seed = 20; seed < 40; seed++) {
      const beam = ctcBeam(randomFrames(seed, 8), {
        width: 50,
        delimiter: 3,
        words: { words, isOnly: true, bonus: 0 },
      });
      expect(beam.length, `seed ${seed}`).toBeGreaterThan(0);
      for (const { ids } of beam) expect(` ${ids.join(' ')} 3`, `seed ${seed}`).toMatch(/^(?: 1 2 3| 2 3)+$|^ {2}3$/);
    }
  });

  it('prefers a likely word when the audio leaves it open, and not against the audio', () => {
    const rows = (a: number, b: number): CtcFrames => ({
      logProbs: logSoftmax(Float32Array.from([-9, a, b, -9, 9, -9, -9, -9]), SYMBOLS),
      frames: 2,
      symbols: SYMBOLS,
      blank: 0,
    });
    const options = { width: 10, delimiter: 3, words: { words: [[2]], isOnly: false, bonus: 0.4 } };
    expect(ctcBeam(rows(1, 0.8), { width: 10, delimiter: 3 })[0]?.ids).toEqual([1]);
    expect(ctcBeam(rows(1, 0.8), options)[0]?.ids).toEqual([2]);
    expect(ctcBeam(rows(1, 0.2), options)[0]?.ids).toEqual([1]);
  });
});
