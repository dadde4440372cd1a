/** What it costs to hear one piece of speech in another, by the language's own confusions. */
import type { Language } from '../language/language.ts';

/** The language's confusions as a table: asked some ten thousand times a text. */
export class SoundCosts {
  readonly #indexOf = new Map<string, number>();
  readonly #confusion: Float32Array;
  readonly #gap: Float32Array;

  constructor(language: Language) {
    const alphabet = Array.from(language.foldAlphabet);
    alphabet.forEach((symbol, index) => this.#indexOf.set(symbol, index));
    this.#gap = Float32Array.from(alphabet, (symbol) => language.gap(symbol));
    this.#confusion = Float32Array.from(alphabet.flatMap((a) => alphabet.map((b) => language.confusion(a, b))));
  }

  /** Least cost of turning `sounds` into some part of `text`, the rest of which is free; both folded. */
  ofFinding(sounds: string, text: string): number {
    const wanted = this.#indices(sounds);
    const offered = this.#indices(text);
    let previous = new Float32Array(offered.length + 1);
    let current = new Float32Array(offered.length + 1);
    for (const sound of wanted) {
      const lost = this.#gap[sound] ?? 1;
      const row = sound * this.#gap.length;
      current[0] = (previous[0] ?? 0) + lost;
      for (let at = 1; at <= offered.length; at += 1) {
        const other = offered[at - 1] ?? 0;
        current[at] = Math.min(
          (previous[at] ?? 0) + lost,
          (current[at - 1] ?? 0) + (this.#gap[other] ?? 1),
          (previous[at - 1] ?? 0) + (this.#confusion[row + other] ?? 1),
        );
      }
      [previous, current] = [current, previous];
    }
    return previous.reduce((least, cost) => Math.min(least, cost), Infinity);
  }

  #indices(sounds: string): Uint8Array {
    return Uint8Array.from(Array.from(sounds, (symbol) => this.#indexOf.get(symbol) ?? 0));
  }
}
