/** Amounts, and how a rule language says them: the class of the counted noun chooses the rule set. */
import type { NumbersDefinition } from '../definition.ts';
import type { CountClass } from '../language.ts';
import type { Speller } from './spell.ts';

/** A number as it was written: `digits` are those behind the point. */
export interface Amount {
  readonly whole: string;
  readonly digits: string;
}

export class Numerals {
  readonly #speller: Speller;
  readonly #definition: NumbersDefinition;
  readonly #classes = new Map<string, CountClass>();

  constructor(speller: Speller, definition: NumbersDefinition) {
    this.#speller = speller;
    this.#definition = definition;
    for (const [nounClass, nouns] of Object.entries(definition.nouns)) {
      const key = nounClass === 'none' ? 'none' : (Number(nounClass) as CountClass);
      for (const noun of nouns ?? []) this.#classes.set(noun, key);
    }
  }

  classOf(noun: string): CountClass | undefined {
    return this.#classes.get(noun.toLowerCase());
  }

  isDigitNoun(word: string): boolean {
    return this.#definition.digitNouns.includes(word.toLowerCase());
  }

  say({ whole, digits }: Amount, nounClass: CountClass = 'none', isNegative = false): string {
    const { cardinal, classes, largest } = this.#definition;
    const value = Number(whole);
    if (value > largest) return this.digits(whole + digits);
    const set = digits === '' ? (classes[nounClass] ?? cardinal) : cardinal;
    const words = digits === '' ? this.#speller.whole(value, set) : this.#speller.decimal(value, digits, cardinal);
    // Minus nought has no number of its own: −0.5.
    return isNegative ? this.#speller.whole(-1, cardinal).replace(this.#speller.whole(1, cardinal), words) : words;
  }

  year(year: string): string {
    return this.#speller.whole(Number(year), this.#definition.year);
  }

  /** Digit by digit; anything else is a short pause. */
  digits(written: string): string {
    const groups = written.split(/\D+/u).filter((group) => group !== '');
    return groups.map((group) => this.#speller.digitByDigit(group)).join(', ');
  }
}
