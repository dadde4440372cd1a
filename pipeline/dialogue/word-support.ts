/**
 * Whether every word of a question was heard, or all but one. "Zviratidzo zvekorera ndezvipi?" is as like to the question
 * about malaria as a badly heard caller of it, but for the one word that matters; a wrong card is worse than none.
 */
import type { Language } from '../language/language.ts';
import type { Choice } from './matching.ts';
import { SoundCosts } from './sound-costs.ts';

/** Shorter words are found in anything. */
const FEWEST_SOUNDS = 4;
/** Words of so many choices ask, and do not say what for ("inoita marii", "ndinoda"). */
const FRAME_CHOICES = 3;
/** What a missing word of the frame counts; 0.5 let a third more of 96 near questions through, 1 half of those worded otherwise. */
const FRAME_SHARE = 0.75;
/** Sounds at the end that two forms of one word share. */
const SAME_END = 5;

interface Word {
  readonly sounds: string;
  readonly isTelling: boolean;
}

export class WordSupport {
  readonly #language: Language;
  readonly #costs: SoundCosts;
  readonly #wordsOf = new Map<string, readonly Word[]>();

  constructor(choices: readonly Choice[], language: Language) {
    this.#language = language;
    this.#costs = new SoundCosts(language);
    const vocabularies = choices.map(({ questions }) => new Set(questions.flatMap((question) => this.#fold(question))));
    const choicesWith = memoized(
      (sounds: string): number =>
        vocabularies.filter((words) => [...words].some((word) => isSameWord(sounds, word))).length,
    );
    for (const { questions } of choices) {
      for (const question of questions) {
        const words = this.#fold(question).filter((sounds) => sounds.length >= FEWEST_SOUNDS);
        const fewest = Math.min(...words.map(choicesWith));
        // Where every word is of the frame, the rarest is what tells.
        const isTelling = (sounds: string): boolean => choicesWith(sounds) <= Math.max(fewest, FRAME_CHOICES - 1);
        this.#wordsOf.set(
          question,
          words.map((sounds) => ({ sounds, isTelling: isTelling(sounds) })),
        );
      }
    }
  }

  /**
   * How much worse the worst word of the question was heard than its other words together: mean cost per sound, 0
   * (all alike, be it well or badly) to 1. Of several readings the best counts. `question` is one that was given.
   */
  gapOf(question: string, readings: readonly string[]): number {
    const words = this.#wordsOf.get(question) ?? [];
    return Math.min(1, ...readings.map((reading) => this.#gapIn(words, this.#language.fold(reading))));
  }

  #gapIn(words: readonly Word[], heard: string): number {
    const costs = words.map(({ sounds }) => this.#costs.ofFinding(sounds, heard));
    let gap = 0;
    words.forEach(({ sounds, isTelling }, at) => {
      const share = isTelling ? 1 : FRAME_SHARE;
      const [own, length] = [costs[at] ?? 0, sounds.length];
      const otherSounds = words.reduce((sum, word) => sum + word.sounds.length, -length);
      const others = otherSounds === 0 ? 0 : (costs.reduce((sum, cost) => sum + cost, 0) - own) / otherSounds;
      gap = Math.max(gap, share * (own / length - others));
    });
    return gap;
  }

  #fold(question: string): readonly string[] {
    return question
      .split(/[\s,.?!]+/u)
      .map((word) => this.#language.fold(word))
      .filter((sounds) => sounds !== '');
  }
}

/** Bantu words carry their meaning at the end: "inoita", "chinoita" and "kunoita" are one word of the frame, as are "ndoda" and "ndinoda". */
function isSameWord(a: string, b: string): boolean {
  let shared = 0;
  while (shared < a.length && shared < b.length && a.at(-1 - shared) === b.at(-1 - shared)) shared += 1;
  return shared >= Math.min(SAME_END, a.length, b.length);
}

function memoized<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
