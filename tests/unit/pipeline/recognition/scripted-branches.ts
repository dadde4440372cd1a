import type { Branch, BranchingStream } from '#pipeline/recognition/beam-search.ts';

export const LETTERS = 'abcdefgh ?';
export const END = LETTERS.length;
export const VOCABULARY = END + 1;
/** Tokens fed before the text. */
export const START_LENGTH = 3;

export function decodeLetters(tokens: readonly number[]): string {
  return tokens.map((token) => LETTERS[token] ?? '').join('');
}

export function encodeLetters(text: string): readonly number[] {
  return Array.from(text, (letter) => LETTERS.indexOf(letter));
}

/** Log-probabilities by the text so far: `{ '': { a: -0.1 }, a: { '.': -0.2 } }`; '.' is the end, -20 what is not named. */
export class ScriptedBranches implements BranchingStream {
  /** The texts asked about, one list per step. */
  readonly asked: (readonly string[])[] = [];
  readonly #script: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly #texts: string[] = Array.from({ length: START_LENGTH }, () => '');

  constructor(script: Readonly<Record<string, Readonly<Record<string, number>>>>) {
    this.#script = script;
  }

  begin(): Float32Array {
    return this.#after('');
  }

  extend(branches: readonly Branch[]): Promise<readonly Float32Array[]> {
    const texts = branches.map(({ token, behind }) => {
      if (this.#texts[behind] === undefined) throw new RangeError(`slot ${behind} was never fed`);
      return this.#texts[behind] + decodeLetters([token]);
    });
    this.#texts.push(...texts);
    this.asked.push(texts);
    return Promise.resolve(texts.map((text) => this.#after(text)));
  }

  #after(text: string): Float32Array {
    const scores = new Float32Array(VOCABULARY).fill(-20);
    for (const [letter, logProb] of Object.entries(this.#script[text] ?? { '.': -0.1 })) {
      scores[letter === '.' ? END : LETTERS.indexOf(letter)] = logProb;
    }
    return scores;
  }
}
