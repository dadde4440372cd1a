/** Spoken words to the value that they carry: see `Language.valueOf`. The number rules are read backwards (hear.ts). */
import type { RuleDefinition } from '../definition.ts';
import type { CalendarDate, Duration, Meaning, SpokenValue, ValueOptions } from '../spoken-value.ts';
import { Hearer } from './hear.ts';
import type { RuleSets } from './rbnf.ts';
import { plainName } from './rbnf.ts';
import { aroundGap } from './template.ts';
import { Vocabulary, type HeardWord } from './utterance.ts';
import { endOf, indexIn, isInCalendar, scalesOf, textsOf, wordsOf } from './value-words.ts';

/** A reading of the words `at` to before `end`. */
interface Found {
  readonly end: number;
  readonly meaning: Meaning;
  /** Words were understood, what they say cannot be: the 31st of February. */
  readonly isImpossible?: boolean;
}

interface Unit {
  readonly before: readonly string[];
  readonly behind: readonly string[];
}

interface NumberFound {
  readonly end: number;
  readonly value: number;
}

/** How many words a number may have. */
const LONGEST_NUMBER = 40;
const FEWEST_DIGITS = 3;

export class ValueReader {
  readonly #definition: RuleDefinition;
  readonly #hearer: Hearer;
  readonly #vocabulary: Vocabulary;
  readonly #cardinals: readonly string[];
  readonly #digits = new Map<string, number>();
  readonly #minus: readonly string[];
  readonly #point: readonly string[];
  readonly #percent: Unit;
  readonly #numberWords: ReadonlySet<string>;
  readonly #synonyms: ReadonlySet<string>;
  readonly #half: readonly string[];
  readonly #relative: ReadonlyMap<string, number>;
  /** Words that count in large units, and the unit: laki, 100000. */
  readonly #scales: ReadonlyMap<string, number>;
  /** See `Language.numberWords`. */
  readonly numberWords: readonly string[];
  readonly #known = new WeakMap<readonly HeardWord[], Map<string, NumberFound | undefined>>();

  constructor(
    definition: RuleDefinition,
    sets: RuleSets,
    digitWords: readonly string[],
    fold: (text: string) => string,
  ) {
    const { numbers, reading, clock, calendar } = definition;
    this.#definition = definition;
    this.#hearer = new Hearer(sets, numbers.largest);
    this.#cardinals = [numbers.cardinal, ...Object.values(numbers.classes), ...numbers.heard].filter(
      (set) => set !== undefined,
    );
    for (const [digit, word] of digitWords.entries()) this.#digits.set(word, digit);
    for (const words of numbers.borrowedDigits) words.forEach((word, digit) => this.#digits.set(word, digit));
    const cardinal = sets.get(plainName(numbers.cardinal));
    const wordsIn = (parts: readonly { kind: string; text?: string }[] | undefined): string[] =>
      (parts ?? []).flatMap(({ text }) => (text === undefined ? [] : wordsOf(text)));
    this.#minus = wordsIn(cardinal?.minus);
    this.#point = wordsIn(cardinal?.point);
    this.#percent = aroundGap(reading.percent);
    this.#numberWords = new Set(
      [...sets.values()].flatMap(({ rules }) => rules.flatMap(({ parts }) => textsOf(parts))),
    );
    this.#synonyms = new Set(Object.keys(numbers.synonyms));
    this.#half = wordsOf(clock.half);
    this.#relative = new Map(Object.entries(calendar.relative));
    this.#scales = scalesOf(sets, this.#cardinals);
    const ordinals = new Set(numbers.ordinals.map(plainName));
    const cardinals = [...sets].flatMap(([name, { rules }]) =>
      ordinals.has(name) ? [] : rules.flatMap(({ parts }) => textsOf(parts)),
    );
    const single = [...this.#synonyms].filter((word) => !word.includes(' '));
    this.numberWords = [...new Set([...this.#digits.keys(), ...cardinals, ...single, ...this.#minus, ...this.#point])];
    const others = [
      ...this.#digits.keys(),
      ...this.#minus,
      ...this.#point,
      ...[reading.percent, clock.hour, clock.half, clock.quarter, clock.quarterTo ?? '', calendar.date].flatMap(
        wordsOf,
      ),
      ...[...calendar.months, ...calendar.days].flat().flatMap(wordsOf),
      ...definition.units.flatMap(({ text, heard }) => [...wordsOf(text), ...heard.flatMap(wordsOf)]),
      ...definition.money.flatMap(({ unit, minor, heard }) => [unit, minor, ...heard].flatMap(wordsOf)),
      ...clock.parts.flatMap(({ text, heard }) => [text, ...heard]),
      ...Object.keys(calendar.relative),
      ...Object.values(calendar.dayWords),
    ];
    this.#vocabulary = new Vocabulary([...this.#numberWords, ...others], numbers.synonyms, fold);
  }

  /** True for a word that can be part of a number, synonyms included. */
  isNumberWord(word: string): boolean {
    return this.#numberWords.has(word) || this.#digits.has(word) || this.#synonyms.has(word);
  }

  valueOf(text: string, { expects }: ValueOptions = {}): SpokenValue | undefined {
    const words = this.#vocabulary.heard(text);
    let best: (Found & { readonly at: number }) | undefined;
    for (let at = 0; at < words.length; at += 1) {
      // What is left is shorter than what was found.
      if (best !== undefined && expects === undefined && words.length - at <= best.end - best.at) break;
      for (const found of this.#readings(words, at, expects)) {
        if (best === undefined || this.#rank(found, at, expects) > this.#rank(best, best.at, expects)) {
          best = { ...found, at };
        }
      }
    }
    const [first, last] = [words[best?.at ?? 0], words[(best?.end ?? 0) - 1]];
    if (best === undefined || first === undefined || last === undefined) return undefined;
    const isFolded = best.isImpossible === true || words.slice(best.at, best.end).some((word) => word.isFolded);
    return { ...best.meaning, confidence: isFolded ? 'folded' : 'exact', span: { start: first.start, end: last.end } };
  }

  /** What was asked for before anything else, then what takes most words, then what comes first. */
  #rank({ end, meaning }: Found, at: number, expects: ValueOptions['expects']): number {
    const isAsked = meaning.kind === expects || (expects === 'decimal' && meaning.kind === 'number');
    return (isAsked ? 1000 : 0) + (end - at) - at / 10_000;
  }

  *#readings(words: readonly HeardWord[], at: number, expects: ValueOptions['expects']): Generator<Found> {
    yield* this.#calendar(words, at);
    yield* this.#clock(words, at);
    yield* this.#money(words, at);
    yield* this.#measures(words, at);
    yield* this.#ordinal(words, at);
    yield* this.#digitRun(words, at);
    yield* this.#decimal(words, at);
    // "One" is a word of many languages: alone it is the English digit only where a number was asked for.
    const digit = expects === 'number' ? this.#digits.get(words[at]?.text ?? '') : undefined;
    if (digit !== undefined) yield { end: at + 1, meaning: { kind: 'number', value: digit } };
  }

  *#decimal(words: readonly HeardWord[], at: number): Generator<Found> {
    const minus = endOf(words, at, this.#minus);
    const isNegative = this.#minus.length > 0 && minus !== undefined;
    const found = this.#quantity(words, isNegative ? minus : at, true);
    if (found === undefined) return;
    const whole = isNegative ? -found.whole : found.whole;
    const isWhole = found.digits === '';
    const decimal = { kind: 'decimal', whole, digits: found.digits } as const;
    yield { end: found.end, meaning: isWhole ? { kind: 'number', value: whole } : decimal };
    const behind = endOf(words, found.end, this.#percent.behind);
    if (this.#percent.before.length === 0 && behind !== undefined && this.#percent.behind.length > 0) {
      yield { end: behind, meaning: { kind: 'percent', whole, digits: found.digits } };
    }
  }

  *#digitRun(words: readonly HeardWord[], at: number): Generator<Found> {
    const { double } = this.#definition.numbers;
    let digits = '';
    let end = at;
    for (; end < words.length; end += 1) {
      const word = words[end]?.text ?? '';
      const isDouble = double.includes(word);
      const digit = this.#digits.get(isDouble ? (words[end + 1]?.text ?? '') : word);
      if (digit !== undefined) digits += isDouble ? `${digit}${digit}` : String(digit);
      else if (/^\d+$/u.test(word)) digits += word;
      else break;
      if (isDouble) end += 1;
    }
    if (digits.length >= FEWEST_DIGITS && (end - at > 1 || digits.length > 6)) {
      yield { end, meaning: { kind: 'digits', digits } };
    }
  }

  *#ordinal(words: readonly HeardWord[], at: number): Generator<Found> {
    const found = this.#number(words, at, this.#definition.numbers.ordinals);
    if (found !== undefined && found.end - at > 0)
      yield { end: found.end, meaning: { kind: 'ordinal', value: found.value } };
  }

  *#money(words: readonly HeardWord[], at: number): Generator<Found> {
    for (const { code, unit, minor, heard } of this.#definition.money) {
      const cents = this.#around(words, at, [minor]);
      if (cents?.digits === '') yield amountOf(code, 0, cents.whole, cents.end);
      const major = this.#around(
        words,
        at,
        [unit, ...heard.map((word) => unit.replace(/^[^{]+|[^}]+$/u, ` ${word} `))],
        true,
      );
      if (major === undefined) continue;
      const direct = major.digits === '' ? 0 : Number(major.digits.padEnd(2, '0').slice(0, 2));
      yield amountOf(code, major.whole, direct, major.end);
      const joined = words[major.end]?.text === this.#definition.reading.and ? major.end + 1 : major.end;
      const rest = this.#around(words, joined, [minor]);
      if (rest?.digits === '' && rest.whole < 100) yield amountOf(code, major.whole, rest.whole, rest.end);
    }
  }

  *#measures(words: readonly HeardWord[], at: number): Generator<Found> {
    if (this.#percent.before.length > 0) {
      const percent = this.#around(words, at, [this.#definition.reading.percent], true);
      if (percent !== undefined) {
        yield { end: percent.end, meaning: { kind: 'percent', whole: percent.whole, digits: percent.digits } };
      }
    }
    let end = at;
    let duration: Duration = {};
    for (let isMore = true; isMore;) {
      isMore = false;
      for (const { text, heard, duration: name } of this.#definition.units) {
        if (name === undefined || duration[name] !== undefined) continue;
        const from = end > at && words[end]?.text === this.#definition.reading.and ? end + 1 : end;
        const templates = [text, ...heard.map((word) => text.replace(/^[^{]+|[^}]+$/u, ` ${word} `))];
        const found = this.#around(words, from, templates);
        if (found?.digits !== '') continue;
        duration = { ...duration, [name]: found.whole };
        end = found.end;
        isMore = true;
        break;
      }
    }
    if (end > at) yield { end, meaning: { kind: 'duration', duration } };
  }

  *#clock(words: readonly HeardWord[], at: number): Generator<Found> {
    const { clock } = this.#definition;
    const written = /^(\d{1,2}):([0-5]\d)$/u.exec(words[at]?.text ?? '');
    const lead = aroundGap(clock.hour);
    const from = endOf(words, at, lead.before);
    if (written === null && (from === undefined || lead.before.length === 0)) return;
    const hour =
      written === null ? this.#number(words, from ?? at, this.#cardinals) : { end: at + 1, value: Number(written[1]) };
    const figure = written === null ? undefined : Number(written[2]);
    if (hour === undefined || hour.value < 0 || hour.value > (figure === undefined ? 12 : 24)) return;
    let { end } = hour;
    let minute = figure ?? 0;
    const half = endOf(words, end, wordsOf(clock.half));
    const quarter = endOf(words, end, wordsOf(clock.quarter));
    if (figure === undefined && (half ?? quarter) !== undefined) {
      [minute, end] = half === undefined ? [15, quarter ?? end] : [30, half];
    } else if (figure === undefined) {
      const minutes = this.#around(words, end, [clock.minutes]);
      if (minutes?.digits === '' && minutes.whole < 60) [minute, end] = [minutes.whole, minutes.end];
    }
    const to = clock.quarterTo === undefined ? undefined : endOf(words, end, wordsOf(clock.quarterTo));
    if (figure === undefined && to !== undefined) yield this.#timeAt(words, to, (hour.value + 11) % 12, 45, false);
    else yield this.#timeAt(words, end, hour.value, minute, figure !== undefined);
  }

  #timeAt(words: readonly HeardWord[], end: number, said: number, minute: number, isFigure: boolean): Found {
    const { offsetHours, parts, fillers } = this.#definition.clock;
    const behind = fillers.includes(words[end]?.text ?? '') ? end + 1 : end;
    const name = words[behind]?.text ?? '';
    const part = parts.findIndex(({ text, heard }) => text === name || heard.includes(name));
    const hour = isFigure && part < 0 ? said : (said + offsetHours) % 12;
    const spans = parts.flatMap(({ text, heard, untilHour }, index) =>
      text === name || heard.includes(name) ? [[parts[index - 1]?.untilHour ?? 0, untilHour] as const] : [],
    );
    const fits = [hour, hour + 12].find((h) => spans.some(([from, until]) => h >= from && h < until));
    const isKnown = fits !== undefined || (isFigure && said > 12);
    const meaning = { kind: 'time', hour: (fits ?? hour) % 24, minute, isHalfOfDayKnown: isKnown } as const;
    return { end: part < 0 ? end : behind + 1, meaning };
  }

  *#calendar(words: readonly HeardWord[], at: number): Generator<Found> {
    const { calendar } = this.#definition;
    const relative = this.#relative.get(words[at]?.text ?? '');
    if (relative !== undefined) {
      yield { end: at + 1, meaning: { kind: 'date', date: { daysFromToday: relative } } };
    }
    const weekday = indexIn(calendar.days, words, at);
    const start = weekday === undefined ? at : weekday.end;
    const date = this.#date(words, start);
    const day: CalendarDate = weekday === undefined ? {} : { weekday: weekday.index + 1 };
    if (date !== undefined) {
      const isImpossible = !isInCalendar(date.date);
      yield { end: date.end, meaning: { kind: 'date', date: { ...date.date, ...day } }, isImpossible };
    }
    if (date === undefined && weekday !== undefined) yield { end: start, meaning: { kind: 'date', date: day } };
  }

  #date(words: readonly HeardWord[], at: number): { readonly end: number; readonly date: CalendarDate } | undefined {
    const { calendar } = this.#definition;
    const lead = aroundGap(calendar.dayAndMonth.replace('{month}', '')).before;
    const from = endOf(words, at, lead) ?? at;
    const dayWord = Object.entries(calendar.dayWords).find(
      ([, word]) => endOf(words, from, wordsOf(word)) !== undefined,
    );
    const day =
      dayWord === undefined ? this.#number(words, from, this.#cardinals) : { end: from + 1, value: Number(dayWord[0]) };
    const isDay = day !== undefined && day.value >= 1 && day.value <= 31;
    const beforeMonth = isDay ? day.end : at;
    const skipped = beforeMonth + (calendar.fillers.includes(words[beforeMonth]?.text ?? '') ? 1 : 0);
    const month = indexIn(calendar.months, words, beforeMonth) ?? indexIn(calendar.months, words, skipped);
    if (month === undefined) {
      return isDay && from > at && lead.length > 0 ? { end: day.end, date: { day: day.value } } : undefined;
    }
    const date: CalendarDate = isDay ? { month: month.index + 1, day: day.value } : { month: month.index + 1 };
    const yearFrom = month.end + (calendar.fillers.includes(words[month.end]?.text ?? '') ? 1 : 0);
    const year = this.#number(words, yearFrom, [this.#definition.numbers.year, ...this.#cardinals]);
    const isYear = year !== undefined && year.value >= 1000 && year.value <= 9999;
    return isYear ? { end: year.end, date: { ...date, year: year.value } } : { end: month.end, date };
  }

  /** A number inside one of the templates, which say what stands before and behind it. */
  #around(
    words: readonly HeardWord[],
    at: number,
    templates: readonly string[],
    mayBeHalf = false,
  ): Quantity | undefined {
    for (const template of templates) {
      const { before, behind } = aroundGap(template);
      const from = endOf(words, at, before);
      const found = from === undefined ? undefined : this.#quantity(words, from, mayBeHalf);
      const end = found === undefined ? undefined : endOf(words, found.end, behind);
      if (found !== undefined && end !== undefined) return { ...found, end };
    }
    return undefined;
  }

  /** A number with what may stand behind a point, or with "and a half" where that is no time. */
  #quantity(words: readonly HeardWord[], at: number, mayBeHalf = false): Quantity | undefined {
    const figure = /^(\d{1,15})\.(\d{1,15})$/u.exec(words[at]?.text ?? '');
    if (figure !== null) return { end: at + 1, whole: Number(figure[1]), digits: figure[2] ?? '' };
    const found = this.#number(words, at, this.#cardinals);
    if (found === undefined) return undefined;
    const half = mayBeHalf && this.#half.length > 0 ? endOf(words, found.end, this.#half) : undefined;
    if (half !== undefined) {
      // Half of what is counted: "laki mbili na nusu" is two lakhs and a half of one.
      const scale = this.#scales.get(words[at]?.text.split(' ')[0] ?? '');
      if (scale === undefined || found.value % 10 !== 0) return { end: half, whole: found.value, digits: '5' };
      if (found.value % scale === 0) return { end: half, whole: found.value + scale / 2, digits: '' };
    }
    let end = this.#point.length === 0 ? undefined : endOf(words, found.end, this.#point);
    let digits = '';
    for (; end !== undefined && end < words.length; end += 1) {
      const digit = this.#digits.get(words[end]?.text ?? '');
      if (digit === undefined) break;
      digits += String(digit);
    }
    return digits === '' || end === undefined
      ? { end: found.end, whole: found.value, digits: '' }
      : { end, whole: found.value, digits };
  }

  /** The longest number at a place; the same places are asked for again and again by what a number can be part of. */
  #number(words: readonly HeardWord[], at: number, sets: readonly string[]): NumberFound | undefined {
    let known = this.#known.get(words);
    if (known === undefined) this.#known.set(words, (known = new Map<string, NumberFound | undefined>()));
    const key = `${at} ${sets.join()}`;
    if (!known.has(key)) known.set(key, this.#parse(words, at, sets));
    return known.get(key);
  }

  #parse(words: readonly HeardWord[], at: number, sets: readonly string[]): NumberFound | undefined {
    const figure = words[at]?.text.replaceAll(',', '') ?? '';
    if (/^\d{1,15}$/u.test(figure)) return { end: at + 1, value: Number(figure) };
    const some = words.slice(at, at + LONGEST_NUMBER).map(({ text }) => text);
    const isBegun = some[0] !== undefined && this.#numberWords.has(some[0].split(' ')[0] ?? '');
    if (!isBegun) return undefined;
    const stop = some.findIndex((text) => text.split(' ').some((word) => !this.#numberWords.has(word)));
    const run = stop < 0 ? some : some.slice(0, stop);
    const heard = this.#hearer.longest(run.join(' '), sets);
    if (heard === undefined) return undefined;
    let length = 0;
    const count = run.findIndex((text) => (length += text.length + 1) > heard.end);
    return { end: at + (count < 0 ? run.length : count + 1), value: heard.value };
  }
}

interface Quantity {
  readonly end: number;
  readonly whole: number;
  readonly digits: string;
}

function amountOf(currency: string, major: number, cents: number, end: number): Found {
  return { end, meaning: { kind: 'money', currency, minorUnits: major * 100 + cents } };
}
