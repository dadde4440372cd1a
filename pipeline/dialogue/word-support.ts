/**
 * Whether another word was heard where a question has one of its own. "Zviratidzo zvekorera ndezvipi?" is as like to the
 * question about malaria as a badly heard caller of it, but for the one word that matters; a wrong card is worse than none.
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
/** Bantu words carry their meaning at the end: "inoita", "chinoita" and "kunoita" are one word, as are "ndoda" and "ndinoda". */
const SAME_END = 5;
/** Mean cost per sound up to which a word that was said is one of the question's. */
const OWN_WORD_COST = 0.12;

interface Word {
  readonly sounds: string;
  readonly isTelling: boolean;
}

interface Prepared {
  readonly words: readonly Word[];
  /** All of the question. */
  readonly sounds: string;
}

export class WordSupport {
  readonly #language: Language;
  readonly #costs: SoundCosts;
  readonly #prepared = new Map<string, Prepared>();

  constructor(choices: readonly Choice[], language: Language) {
    this.#language = language;
    this.#costs = new SoundCosts(language);
    const vocabulary = new Vocabulary();
    choices.forEach(({ questions }, index) => {
      for (const question of questions) for (const sounds of this.#words(question)) vocabulary.add(sounds, index);
    });
    for (const question of choices.flatMap(({ questions }) => questions)) {
      const words = this.#words(question);
      const fewest = Math.min(...words.map((sounds) => vocabulary.choicesWith(sounds)));
      // Where every word is of the frame, the rarest is what tells.
      const limit = Math.max(fewest, FRAME_CHOICES - 1);
      this.#prepared.set(question, {
        sounds: language.fold(question),
        words: words.map((sounds) => ({ sounds, isTelling: vocabulary.choicesWith(sounds) <= limit })),
      });
    }
  }

  /**
   * How much worse the worst word of the question was heard than its other words together: mean cost per sound, from 0 (all
   * alike, be it well or badly, or nothing was said that the question does not have) to 1. Of several readings the one counts
   * that holds most of the question. `question` is one that was given.
   */
  gapOf(question: string, readings: readonly string[]): number {
    const prepared = this.#prepared.get(question);
    if (prepared === undefined || prepared.words.length === 0) return 0;
    let best: { readonly total: number; readonly costs: readonly number[]; readonly reading: string } | undefined;
    for (const reading of readings) {
      const heard = this.#language.fold(reading);
      const costs = prepared.words.map(({ sounds }) => this.#costs.ofFinding(sounds, heard));
      const total = costs.reduce((sum, cost) => sum + cost, 0);
      if (best === undefined || total < best.total) best = { total, costs, reading };
    }
    if (best === undefined || this.#isPartOf(prepared, best.reading)) return 0;
    return Math.min(1, gapIn(prepared.words, best.costs));
  }

  /** Who leaves words of a question out has not said others. */
  #isPartOf({ sounds: question }: Prepared, reading: string): boolean {
    const said = this.#words(reading);
    return (
      said.length > 0 && said.every((word) => this.#costs.ofFinding(word, question) <= OWN_WORD_COST * word.length)
    );
  }

  #words(text: string): readonly string[] {
    return text
      .split(/[\s,.?!]+/u)
      .map((word) => this.#language.fold(word))
      .filter((sounds) => sounds.length >= FEWEST_SOUNDS);
  }
}

function gapIn(words: readonly Word[], costs: readonly number[]): number {
  const allCosts = costs.reduce((sum, cost) => sum + cost, 0);
  const allSounds = words.reduce((sum, { sounds }) => sum + sounds.length, 0);
  let gap = 0;
  words.forEach(({ sounds: { length }, isTelling }, at) => {
    const own = costs[at] ?? 0;
    const others = allSounds === length ? 0 : (allCosts - own) / (allSounds - length);
    gap = Math.max(gap, (isTelling ? 1 : FRAME_SHARE) * (own / length - others));
  });
  return gap;
}

/** In how many choices a word occurs, whatever stands before its end. */
class Vocabulary {
  /** By the last SAME_END sounds, by the last FEWEST_SOUNDS, and whole words that are no longer than those. */
  readonly #byEnd = new Map<string, Set<number>>();
  readonly #byShortEnd = new Map<string, Set<number>>();
  readonly #short = new Map<string, Set<number>>();

  add(sounds: string, choice: number): void {
    note(this.#byShortEnd, sounds.slice(-FEWEST_SOUNDS), choice);
    if (sounds.length >= SAME_END) note(this.#byEnd, sounds.slice(-SAME_END), choice);
    else note(this.#short, sounds, choice);
  }

  choicesWith(sounds: string): number {
    if (sounds.length < SAME_END) return this.#byShortEnd.get(sounds)?.size ?? 0;
    const alike = this.#byEnd.get(sounds.slice(-SAME_END)) ?? [];
    return new Set([...alike, ...(this.#short.get(sounds.slice(-FEWEST_SOUNDS)) ?? [])]).size;
  }
}

function note(map: Map<string, Set<number>>, key: string, choice: number): void {
  const known = map.get(key);
  if (known) known.add(choice);
  else map.set(key, new Set([choice]));
}
