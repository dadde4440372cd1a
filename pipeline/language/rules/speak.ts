/**
 * Written text to words that a voice can say, by the pack's tables: see `Language.speakable`. One pass from left to right;
 * nothing is looked for further than a few dozen characters ahead, so the cost is linear.
 */
import type { RuleDefinition } from '../definition.ts';
import type { CountClass } from '../language.ts';
import { Figures } from './figures.ts';
import type { Numerals } from './numerals.ts';
import type { Orthography } from './orthography.ts';
import { plainText } from './plain-text.ts';
import { kindOf } from './tokens.ts';
import { TimeRanges, type ClockKind } from './time-ranges.ts';

/** A word, a run of figures, or any other character. Runs are bounded: longer ones are read in pieces. */
const PIECE =
  /(?<word>[\p{L}\p{M}][\p{L}\p{M}']{0,63}(?:-[\p{L}\p{M}][\p{L}\p{M}']{0,63}){0,4})|(?<run>\p{Nd}{1,40}(?:(?:[.,:/-]| (?=\p{Nd}{2,4}(?!\p{Nd})))\p{Nd}{1,40}){0,6})|(?<other>.)/gsu;
/** Nearly every word of running text: nothing to look up, nothing to take off. */
const PLAIN_WORD = /^[a-z]{2,}$/u;
/** How far behind a run of figures its unit, month or currency can stand. */
const LOOK_AHEAD = 32;
const PAUSE: Readonly<Record<string, string>> = {
  ',': ',',
  ';': ',',
  ':': ',',
  '–': ',',
  '—': ',',
  '.': '.',
  '…': '.',
  '?': '?',
  '!': '!',
};

export class Narrator {
  readonly #definition: RuleDefinition;
  readonly #orthography: Orthography;
  readonly #figures: Figures;
  readonly #numerals: Numerals;
  readonly #currencySigns: readonly string[];
  readonly #timeRanges: TimeRanges;

  constructor(definition: RuleDefinition, orthography: Orthography, numerals: Numerals) {
    this.#definition = definition;
    this.#orthography = orthography;
    this.#numerals = numerals;
    this.#figures = new Figures(definition, numerals);
    this.#timeRanges = new TimeRanges(definition);
    this.#currencySigns = definition.money.flatMap(({ signs }) => signs).sort((a, b) => b.length - a.length);
  }

  speakable(text: string, nounClass: CountClass | undefined): string {
    const plain = plainText(text);
    const isCased = /\p{Ll}/u.test(plain);
    const out = new Words();
    let signs = '';
    for (let at = 0; at < plain.length;) {
      PIECE.lastIndex = at;
      const match = PIECE.exec(plain);
      if (match === null) break;
      const { word, run } = match.groups ?? {};
      const behind = plain.slice(at + match[0].length, at + match[0].length + LOOK_AHEAD);
      at += match[0].length;
      if (run !== undefined) {
        const said = this.#run(run, { word: out.last, behind, signs, nounClass, clock: out.clock });
        out.say(said.words, 'figure');
        out.clock = said.clock;
        out.isTelephone = said.isTelephone ?? false;
        at += said.used;
        // "5km" and "12h30" are two words, "1e9" is three.
        signs = '';
      } else if (word !== undefined) {
        const { clock } = out;
        signs = this.#word(word, behind, isCased, out);
        if (this.#timeRanges.isBetween(word)) out.clock = clock;
      } else if (this.#isRange(match[0], plain, at, out)) {
        const { clock } = out;
        out.say(this.#timeRanges.joint, 'word');
        [out.clock, signs] = [clock, ''];
      } else signs = this.#sign(match[0], signs, plain.charAt(at - match[0].length - 1), plain.charAt(at), out);
    }
    const said = out.toString();
    return said === '' && /[^\s\p{C}\p{P}]/u.test(text) ? this.#definition.reading.unreadable : said;
  }

  #run(run: string, around: Parameters<Figures['read']>[1]): ReturnType<Figures['read']> {
    if (!run.includes(' ') || /^(?:0|\d{1,3}(?: \d{3})+$)/u.test(run) || around.signs.endsWith('+')) {
      return this.#figures.read(run, around);
    }
    if (this.#numerals.isDigitNoun(around.word)) return this.#figures.read(run, around);
    // "chumba 5 2024": neighbours, not one number.
    const [first = '', ...rest] = run.split(' ');
    const tail = ` ${rest.join(' ')}${around.behind}`;
    const said = this.#figures.read(first, { ...around, behind: tail });
    return { ...said, used: said.used - (tail.length - around.behind.length) };
  }

  /** A dash between two figures, alike on both sides; `at`: behind it. A telephone number goes on behind it. */
  #isRange(sign: string, plain: string, at: number, out: Words): boolean {
    if (!/[-–—]/u.test(sign) || !out.isBehindFigure || out.isTelephone || this.#timeRanges.joint === '') return false;
    const isSpaced = plain.charAt(at - 2) === ' ';
    if (isSpaced !== (plain.charAt(at) === ' ') || (isSpaced && sign === '—')) return false;
    const behind = plain.slice(at, at + LOOK_AHEAD).trimStart();
    const currency = this.#currencySigns.find((known) => behind.startsWith(known)) ?? '';
    return /^ ?\d/u.test(behind.slice(currency.length)) && !/^0\d+(?![\d:])/u.test(behind);
  }

  /** A word as it is said; what comes back are the signs that it leaves for a figure behind it ("TSh5,000"). */
  #word(word: string, behind: string, isCased: boolean, out: Words): string {
    const sign = this.#currencySigns.find((known) => known.startsWith(word) && (word + behind).startsWith(known));
    if (sign !== undefined && /^\.? ?\d/u.test((word + behind).slice(sign.length))) return word;
    const { said } = this.#definition.reading;
    if (PLAIN_WORD.test(word) && !Object.hasOwn(said, word)) {
      out.say(word, 'word');
      if (this.#isShort(word, behind)) out.skipStop();
      return '';
    }
    const known = Object.hasOwn(said, word) ? said[word] : undefined;
    if (known !== undefined) out.say(known, 'word');
    else out.say(this.#spoken(word, isCased), 'word');
    if (this.#isShort(word, behind)) out.skipStop();
    return '';
  }

  #spoken(word: string, isCased: boolean): string {
    const spelt = hyphened(word, this.#orthography);
    if (spelt === '') return this.#definition.reading.unreadable;
    const isShort = kindOf(spelt, this.#orthography, isCased) === 'abbreviation';
    return isShort && !this.#orthography.isNativeWord(spelt) ? this.#letters(spelt) : spelt;
  }

  /** The full stop behind the word belongs to it: Dk. Juma, no. 5. */
  #isShort(word: string, behind: string): boolean {
    if (!behind.startsWith('.')) return false;
    const { titles, beforeFigures } = this.#definition.abbreviations;
    const list = /^\. ?\p{Lu}/u.test(behind) ? titles : /^\. ?\d/u.test(behind) ? beforeFigures : [];
    return list.includes(word.toLowerCase());
  }

  #letters(word: string): string {
    const { letters, unreadable } = this.#definition.reading;
    const names = Array.from(
      word.toLowerCase().replaceAll("'", ''),
      (letter) => (Object.hasOwn(letters, letter) ? letters[letter] : undefined) ?? this.#orthography.spellable(letter),
    );
    return names.filter((name) => name !== '').join(' ') || unreadable;
  }

  #sign(sign: string, before: string, previous: string, next: string, out: Words): string {
    if (sign === ' ') return /\p{L}$/u.test(before) || this.#currencySigns.includes(before) ? before : '';
    if (sign === '.' && /\p{L}$/u.test(before)) return before;
    if (/[⁰¹²³⁴-⁹]/u.test(sign)) {
      out.say(this.#definition.reading.signs[sign] ?? this.#numerals.digits(sign.normalize('NFKC')), 'figure');
      return '';
    }
    if (/[½¼¾]/u.test(sign)) {
      out.say(this.#fraction(sign, out.isBehindFigure), 'figure');
      return '';
    }
    const signs = before + sign;
    if (/\d/u.test(next) || next === ' ') {
      if (this.#currencySigns.some((known) => signs.endsWith(known))) return signs;
      if (/\d/u.test(next) && (sign === '+' || (sign === '-' && !/[\p{L}\p{N}]/u.test(previous)))) return signs;
    }
    if (Object.hasOwn(PAUSE, sign)) out.pause(PAUSE[sign] ?? ',');
    else {
      const words = Object.hasOwn(this.#definition.reading.signs, sign)
        ? this.#definition.reading.signs[sign]
        : undefined;
      if (words !== undefined && sign !== '-') out.say(words, 'word');
    }
    return this.#currencySigns.some((known) => known.startsWith(signs)) ? signs : '';
  }

  #fraction(sign: string, isBehindFigure: boolean): string {
    const { clock, reading } = this.#definition;
    if (sign === '½') return isBehindFigure ? clock.half : reading.half;
    const [over, under] = sign === '¼' ? ['1', '4'] : ['3', '4'];
    return this.#figures.read(`${over}/${under}`, { word: '', behind: '', signs: '', nounClass: undefined }).words;
  }
}

function hyphened(word: string, orthography: Orthography): string {
  return word
    .split('-')
    .map((part) => orthography.spellable(part).replaceAll(/^'+|'+$/gu, ''))
    .filter((part) => part !== '')
    .join('-');
}

/** What has been said so far: words with single spaces, pauses never doubled. */
class Words {
  /** Of the time that was said, until another word or a pause. */
  clock: ClockKind | undefined;
  isTelephone = false;
  readonly #pieces: string[] = [];
  #pause = '';
  #last = '';
  #isFigure = false;
  #skipsStop = false;

  say(words: string, kind: 'word' | 'figure'): void {
    if (words === '') return;
    if (this.#pieces.length > 0) this.#pieces.push(this.#pause === '' ? ' ' : `${this.#pause} `);
    this.#pause = '';
    this.#pieces.push(words);
    this.#last = words;
    this.#isFigure = kind === 'figure';
    this.#skipsStop = false;
    this.clock = undefined;
    this.isTelephone = false;
  }

  /** The stronger of two pauses stays. */
  pause(mark: string): void {
    if (this.#skipsStop && mark === '.') {
      this.#skipsStop = false;
      return;
    }
    this.clock = undefined;
    if (this.#pieces.length > 0 && (this.#pause === '' || this.#pause === ',')) this.#pause = mark;
  }

  /** The next full stop belongs to the word. */
  skipStop(): void {
    this.#skipsStop = true;
  }

  /** The last word, lower case; '' behind a pause. */
  get last(): string {
    return this.#pause === '' ? (this.#last.split(' ').at(-1) ?? '').toLowerCase() : '';
  }

  get isBehindFigure(): boolean {
    return this.#isFigure && this.#pause === '';
  }

  toString(): string {
    return this.#pieces.join('') + this.#pause;
  }
}
