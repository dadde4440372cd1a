import { describe, expect, it } from 'vitest';
import { decodeGreedily, startTokens } from '#pipeline/recognition/decoding.ts';
import type { TokenStream } from '#pipeline/recognition/decoding.ts';

const END = 9;
const LETTERS = 'abcdefghi';
const START = [100, 101];

/** Wants to say `script`, sure of each token by `logProb`. */
class Scripted implements TokenStream {
  readonly fed: (readonly number[])[] = [];
  readonly #script: readonly number[];
  readonly #logProb: number;

  constructor(script: readonly number[], logProb = -0.5) {
    this.#script = script;
    this.#logProb = logProb;
  }

  next(tokens: readonly number[]): Promise<Float32Array> {
    this.fed.push(tokens);
    const scores = new Float32Array(10).fill(-20);
    scores[this.#script[this.fed.length - 1] ?? END] = this.#logProb;
    return Promise.resolve(scores);
  }
}

function options(change: Partial<Parameters<typeof decodeGreedily>[1]> = {}): Parameters<typeof decodeGreedily>[1] {
  return {
    start: START,
    endOfText: END,
    decode: (tokens) => tokens.map((token) => LETTERS[token]).join(''),
    speechMs: 500,
    maxTokens: 30,
    betweenSteps: () => Promise.resolve(),
    ...change,
  };
}

describe('decodeGreedily', () => {
  it('feeds the start once and then token by token, until the end', async () => {
    const stream = new Scripted([1, 2, 3, END]);
    const result = await decodeGreedily(stream, options());
    expect(result).toEqual({ tokens: [1, 2, 3], avgLogProb: -0.5, isCut: false, isComplete: true });
    expect(stream.fed).toEqual([START, [1], [2], [3]]);
  });

  it('counts the end token into the mean', async () => {
    const result = await decodeGreedily(new Scripted([END], -3), options());
    expect(result).toMatchObject({ tokens: [], avgLogProb: -3 });
  });

  it('ends behind a sentence that fills the speech where the end is nearly as likely as going on', async () => {
    const texts = ['', 'ab', 'ab?'];
    const stream: TokenStream = {
      next: (tokens) => {
        const scores = new Float32Array(10).fill(-20);
        const isLast = tokens.at(-1) === 2;
        scores[isLast ? 1 : Math.min(2, (tokens.at(-1) ?? 0) < 100 ? (tokens.at(-1) ?? 0) + 1 : 1)] = -0.5;
        if (isLast) scores[END] = -1.4;
        return Promise.resolve(scores);
      },
    };
    const decode = (tokens: readonly number[]): string => texts[tokens.length] ?? 'ab? ab?';
    const result = await decodeGreedily(stream, options({ decode, speechMs: 250 }));
    expect(result).toMatchObject({ tokens: [1, 2], isCut: false, isComplete: true });
  });

  it('stops at a restart and cuts it, without decoding on', async () => {
    const once = [0, 1, 2, 3, 4, 5, 6];
    const stream = new Scripted([...once, ...once, ...once, ...once]);
    const result = await decodeGreedily(stream, options());
    expect(result).toMatchObject({ tokens: once, isCut: true, isComplete: true });
    expect(stream.fed).toHaveLength(14);
  });

  it('says when the limit stopped it', async () => {
    const result = await decodeGreedily(new Scripted([1, 2, 3, 4, 5, 6, 7, 8]), options({ maxTokens: 5 }));
    expect(result).toMatchObject({ tokens: [1, 2, 3, 4, 5], isComplete: false });
  });

  it('stops between steps when asked to', async () => {
    const stream = new Scripted([1, 2, 3, 4]);
    let steps = 0;
    const stop = options({
      betweenSteps: () => (++steps === 2 ? Promise.reject(new Error('stop')) : Promise.resolve()),
    });
    await expect(decodeGreedily(stream, stop)).rejects.toThrow('stop');
    expect(stream.fed).toHaveLength(2);
  });
});

describe('startTokens', () => {
  const special = {
    endOfText: 1,
    startOfTranscript: 2,
    transcribe: 3,
    noTimestamps: 4,
    startOfPrevious: 5,
    noSpeech: 6,
  };

  it('forces language and task, and puts the prompt before', () => {
    expect(startTokens(special, 7, [])).toEqual([2, 7, 3, 4]);
    expect(startTokens(special, 7, [20, 21])).toEqual([5, 20, 21, 2, 7, 3, 4]);
  });

  it('keeps the end of a prompt that is too long', () => {
    const prompt = Array.from({ length: 400 }, (_, i) => 1000 + i);
    const start = startTokens(special, 7, prompt);
    expect(start).toHaveLength(224 + 4);
    expect(start[223]).toBe(1399);
  });
});
