/** A pause behind a word: `soft` is a comma that vanishes at the end (a bracket, a dash). */
export type Pause = 'soft' | ',' | '.' | '!' | '?';

const STRENGTH: Readonly<Record<Pause, number>> = { soft: 0, ',': 1, '.': 2, '!': 3, '?': 4 };

/**
 * Puts spoken words together: one space between words, one sign between a word and its pause, none at the beginning. What
 * it makes, read again, comes out the same.
 */
export class Composer {
  #out = '';
  #pause: Pause | undefined;
  #mayJoin = false;
  #isJoining = false;

  /** Words that were found in the text as they are: a hyphen may hold two of them together. */
  keep(words: string): void {
    if (this.#isJoining && this.#pause === undefined) this.#out += `-${words}`;
    else this.say(words);
    this.#isJoining = false;
    this.#mayJoin = true;
  }

  /** Words that stand for something else. '' says nothing. */
  say(words: string): void {
    this.#isJoining = false;
    this.#mayJoin = false;
    if (words === '') return;
    if (this.#out !== '')
      this.#out += this.#pause === undefined ? ' ' : `${this.#pause === 'soft' ? ',' : this.#pause} `;
    this.#out += words;
    this.#pause = undefined;
  }

  /** A hyphen directly behind a word, with a letter directly behind the hyphen. */
  hyphen(): void {
    this.#isJoining = this.#mayJoin;
  }

  /** The strongest of several pauses counts. */
  pause(pause: Pause): void {
    this.#isJoining = false;
    this.#mayJoin = false;
    if (this.#out === '') return;
    if (this.#pause === undefined || STRENGTH[pause] > STRENGTH[this.#pause]) this.#pause = pause;
  }

  /** Whether nothing has been said. */
  get isEmpty(): boolean {
    return this.#out === '';
  }

  /** Everything said so far; pauses at the end are kept as they were written. */
  toString(): string {
    return this.#pause === undefined || this.#pause === 'soft' ? this.#out : this.#out + this.#pause;
  }
}
