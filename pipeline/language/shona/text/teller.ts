import type { CountClass } from '../../language.ts';
import type { ShonaReading } from '../reading.ts';
import { Composer, type Pause } from './composer.ts';
import { readFigure } from './figure-readers.ts';
import { Past } from './past.ts';
import { matchAt, type FigureReader } from './place.ts';

const FIGURE = / ?(?=\d|[$€£]\d|US\$\d)/y;

/** Where the reading of one text stands, what has been said, and the steps that every reader takes. */
export class Teller {
  readonly text: string;
  readonly reading: ShonaReading;
  readonly past = new Past();
  /** Everything before this position has been read. Readers move it forward. */
  at = 0;
  /** A sign was met that has no words. */
  hasUnreadable = false;
  readonly #nounClass: CountClass | undefined;
  readonly #out = new Composer();

  constructor(text: string, nounClass: CountClass | undefined, reading: ShonaReading) {
    this.text = text;
    this.reading = reading;
    this.#nounClass = nounClass;
  }

  /** A word of the text as it is. */
  keep(word: string, end: number): void {
    this.#out.keep(word);
    this.past.word(word);
    this.at = end;
  }

  /** Words for something else; `heard` is what later figures see in front of them. */
  say(words: string, end: number, heard = words): void {
    this.#out.say(words);
    this.past.word(heard);
    this.at = end;
  }

  pause(pause: Pause): void {
    this.#out.pause(pause);
    this.past.pause(pause === ',' || pause === 'soft' ? ',' : '.');
  }

  /** A hyphen between two words of the text. */
  hyphen(): void {
    this.#out.hyphen();
  }

  /** What a reader makes of the figure at a position; false when it is none of its kind. */
  take(reader: FigureReader, glue: string, at: number, isNegative = false): boolean {
    const { text, past, reading } = this;
    const read = reader({ text, at, glue, past, nounClass: this.#nounClass, reading });
    if (read === undefined) return false;
    const below = read.isTemperature === true ? `${read.words} ${reading.belowZero}` : `${reading.minus} ${read.words}`;
    this.#out.say(isNegative ? below : read.words);
    past.figure(read);
    this.at = read.end;
    return true;
  }

  /** The figure at a position, whatever it is. */
  figure(glue: string, at: number): void {
    if (!this.take(readFigure, glue, at)) this.at = at + 1;
  }

  /** Words in front of a figure; the last of them is glued to it when it is a proclitic. False where no figure follows. */
  before(words: string, end: number): boolean {
    const figure = matchAt(FIGURE, this.text, end);
    if (figure === undefined) return false;
    const [, head = words, glue = ''] = /^(.*) (n?[aeo]|p[aeo])$/u.exec(words) ?? [];
    this.say(head, end, '');
    this.figure(glue, end + figure[0].length);
    return true;
  }

  /** As `before`, only between two figures. */
  between(words: string, end: number): boolean {
    return this.past.lastFigure !== undefined && this.before(words, end);
  }

  /** Everything said; a text of nothing but signs without words still says something. */
  told(): string {
    if (this.#out.isEmpty && this.hasUnreadable) this.#out.say(this.reading.unreadable);
    return this.#out.toString();
  }
}
