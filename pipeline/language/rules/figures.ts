/**
 * What a run of figures with what is written around it says: a date, a time, money, a telephone number, a measure. One run
 * at a time; the text around it is speak.ts.
 */
import type { CurrencyDefinition, RuleDefinition } from '../definition.ts';
import type { CountClass } from '../language.ts';
import type { Amount, Numerals } from './numerals.ts';
import { escapedForRegExp, fill } from './template.ts';
import { TimeRanges, type ClockKind } from './time-ranges.ts';

/** What stands around a run of figures. */
export interface Around {
  /** The word said just before, lower case; '' at the beginning. */
  readonly word: string;
  /** The text behind the run, from its first character. */
  readonly behind: string;
  /** Signs directly before the run: a minus, a plus, a currency's. */
  readonly signs: string;
  readonly nounClass: CountClass | undefined;
  /** The clock of the time at the other end of a range: this one is told by the same. */
  readonly clock?: ClockKind | undefined;
}

export interface Said {
  readonly words: string;
  /** How many characters of `behind` are said with it. */
  readonly used: number;
  /** Of a time: how it was told. */
  readonly clock?: ClockKind;
  /** A telephone number: what follows a dash belongs to it. */
  readonly isTelephone?: boolean;
}

/** Six-figure amounts are often written in one run; those with more are grouped, or end in noughts. */
const UNROUNDED = /^\d{5,}(?:\d[1-9]|[1-9]\d)$/u;
const YEAR = /^(?:1[5-9]|20|21)\d\d$/u;
const MINUTES_PER_DAY = 24 * 60;

export class Figures {
  readonly #definition: RuleDefinition;
  readonly #numerals: Numerals;
  readonly #months: ReadonlyMap<string, number>;
  readonly #units: ReadonlyMap<string, RuleDefinition['units'][number]>;
  readonly #longestUnit: number;
  /** Longest first. */
  readonly #signs: readonly (readonly [sign: string, currency: CurrencyDefinition])[];
  readonly #signBehind: RegExp;
  readonly #timeRanges: TimeRanges;

  constructor(definition: RuleDefinition, numerals: Numerals) {
    this.#definition = definition;
    this.#numerals = numerals;
    this.#timeRanges = new TimeRanges(definition);
    this.#months = new Map(
      definition.calendar.months.flatMap((names, index) =>
        names.map((name) => [name.toLowerCase(), index + 1] as const),
      ),
    );
    this.#units = new Map(definition.units.flatMap((unit) => unit.signs.map((sign) => [sign, unit] as const)));
    this.#signs = definition.money
      .flatMap((currency) => currency.signs.map((sign) => [sign, currency] as const))
      .sort(([a], [b]) => b.length - a.length);
    const signs = this.#signs.map(([sign]) => escapedForRegExp(sign)).join('|');
    this.#signBehind = signs === '' ? /(?!)/u : new RegExp(`^ ?(${signs})(?!\\p{L})`, 'u');
    this.#longestUnit = Math.max(0, ...Array.from(this.#units.keys(), (sign) => sign.length));
  }

  /** `run`: digits with single separators between them. */
  read(run: string, around: Around): Said {
    return (
      this.#date(run, around) ??
      this.#time(run, around) ??
      this.#telephone(run, around) ??
      this.#range(run, around) ??
      this.#amount(run, around) ?? { words: this.#numerals.digits(run), used: 0 }
    );
  }

  #date(run: string, { behind, word }: Around): Said | undefined {
    const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/u.exec(run);
    const numeric = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d\d)$/u.exec(run);
    const [year, month, day] = iso ? iso.slice(1) : [numeric?.[4], numeric?.[3], numeric?.[1]];
    if (month !== undefined && day !== undefined && isDay(day) && Number(month) >= 1 && Number(month) <= 12) {
      return { words: this.#dateWords(day, Number(month), year, word), used: 0 };
    }
    if (!/^\d{1,2}$/u.test(run) || !isDay(run)) return undefined;
    const named = /^ ?(\p{L}{3,12})(?:,? (\d{4})(?![\p{N}.,:/]\p{N}|\p{N}))?/u.exec(behind);
    const index = this.#months.get(named?.[1]?.toLowerCase() ?? '');
    if (named === null || index === undefined) return undefined;
    return { words: this.#dateWords(run, index, named[2], word), used: named[0].length };
  }

  #dateWords(day: string, month: number, year: string | undefined, word: string): string {
    const { date, dayAndMonth, months, dayWords } = this.#definition.calendar;
    const template = year === undefined ? dayAndMonth : date;
    const said = fill(template, {
      day: dayWords[String(Number(day))] ?? this.#numerals.say({ whole: day, digits: '' }),
      month: months[month - 1]?.[0] ?? '',
      year: year === undefined ? '' : this.#numerals.year(year.length === 2 ? `20${year}` : year),
    });
    return withoutEcho(said, word);
  }

  #time(run: string, { behind, word, clock }: Around): Said | undefined {
    const match = /^(\d{1,2}):([0-5]\d)(?::[0-5]\d)?$/u.exec(run);
    const half = /^ ?(?:([ap])\.?m\b\.?)/iu.exec(behind);
    const [hour, minute] = match ? [Number(match[1]), Number(match[2])] : [Number(run), 0];
    if ((match === null && (half === null || !/^\d{1,2}$/u.test(run))) || hour > 24) return undefined;
    const isOwn = clock === 'own' || (word === this.#timeRanges.lead && clock === undefined);
    // "saa 2:30" is told by the language's own clock already.
    if (isOwn && half === null && hour >= 1 && hour <= 12 && !this.#timeRanges.isWrittenAhead(behind)) {
      return { words: withoutEcho(this.#clockWords(hour, minute), word), used: 0, clock: 'own' };
    }
    const at = half === null || hour > 12 ? hour : (hour % 12) + (half[1]?.toLowerCase() === 'p' ? 12 : 0);
    return this.#timeOfDay(at * 60 + minute, behind.slice(half?.[0].length ?? 0), word, half?.[0].length ?? 0);
  }

  #timeOfDay(minutes: number, behind: string, word: string, used: number): Said {
    const { offsetHours, parts, fillers } = this.#definition.clock;
    const hourOfDay = Math.floor(minutes / 60) % 24;
    const shown = (Math.floor(minutes / 60) + 24 - offsetHours) % 12;
    const words = withoutEcho(this.#clockWords(shown === 0 ? 12 : shown, minutes % 60), word);
    const next = (behind.toLowerCase().match(/\p{L}+/gu) ?? []).find((name) => !fillers.includes(name)) ?? '';
    const isSaid = /^ ?\p{L}/u.test(behind) && parts.some(({ text, heard }) => text === next || heard.includes(next));
    const part = parts.find(({ untilHour }) => hourOfDay < untilHour)?.text ?? '';
    return { words: isSaid || minutes > MINUTES_PER_DAY ? words : `${words} ${part}`, used, clock: 'written' };
  }

  #clockWords(hour: number, minute: number): string {
    const { clock } = this.#definition;
    const whole = fill(clock.hour, { hour: this.#numerals.say({ whole: String(hour), digits: '' }) });
    if (minute === 0) return whole;
    if (minute === 45 && clock.quarterTo !== undefined) {
      const next = this.#numerals.say({ whole: String((hour % 12) + 1), digits: '' });
      return `${fill(clock.hour, { hour: next })} ${clock.quarterTo}`;
    }
    if (minute === 30) return `${whole} ${clock.half}`;
    if (minute === 15) return `${whole} ${clock.quarter}`;
    return `${whole} ${fill(clock.minutes, { n: this.#numerals.say({ whole: String(minute), digits: '' }) })}`;
  }

  /**
   * Begins with 0 or +, stands behind a word that numbers are called by, or has seven digits and more in one run: people
   * group such figures when they count, or round them. What is money, a measure or counted by a noun is an amount.
   */
  #telephone(run: string, around: Around): Said | undefined {
    const { signs, word } = around;
    const digits = run.replaceAll(/\D/gu, '');
    const isPlus = signs.endsWith('+') && digits.length >= 7;
    const isGrouped = /^\d+(?:[- ]\d+)*$/u.test(run);
    const isNumbered = this.#numerals.isDigitNoun(word) && digits.length >= 3;
    const isZeroLed = /^0\d/u.test(run) && digits.length >= 3;
    const isLong = UNROUNDED.test(run) && !this.#isCounted(around);
    if (!isGrouped || !(isPlus || isZeroLed || isNumbered || isLong)) return undefined;
    const plus = isPlus ? `${this.#definition.reading.signs['+'] ?? ''} ` : '';
    return { words: (plus + this.#numerals.digits(run)).trim(), used: 0, isTelephone: true };
  }

  #isCounted({ signs, behind, word, nounClass }: Around): boolean {
    const next = /^ (\p{L}+)/u.exec(behind)?.[1] ?? '';
    const noun = this.#numerals.classOf(word) ?? this.#numerals.classOf(next) ?? nounClass;
    const isMoney = this.#signs.some(([text]) => signs.endsWith(text)) || this.#signBehind.test(behind);
    return noun !== undefined || isMoney || /^ ?%/u.test(behind) || this.#unitAt(behind) !== undefined;
  }

  #range(run: string, around: Around): Said | undefined {
    const match = /^(\d+(?:[.,]\d+)*|\d{1,2}:\d\d)-(\d+(?:[.,]\d+)*|\d{1,2}:\d\d)$/u.exec(run);
    if (match === null) return undefined;
    const [begin = '', end = ''] = match.slice(1);
    const isWritten = this.#timeRanges.isWritten(end);
    const from = this.read(begin, { ...around, behind: '', clock: isWritten ? 'written' : around.clock });
    const nounClass = this.#numerals.classOf(around.word) ?? around.nounClass;
    const to = this.read(end, { ...around, word: '', signs: '', nounClass, clock: from.clock });
    return { ...to, words: fill(this.#definition.reading.range, { from: from.words, to: to.words }) };
  }

  #amount(run: string, { signs, behind, word, nounClass }: Around): Said | undefined {
    const amount = amountOf(run);
    if (amount === undefined) return this.#fraction(run);
    const isNegative = /-$/u.test(signs) || /^-/u.test(signs);
    const money = this.#money(amount, signs, behind, word);
    if (money !== undefined) return money;
    const percent = /^ ?%/u.exec(behind);
    if (percent !== null) {
      const said = fill(this.#definition.reading.percent, { n: this.#numerals.say(amount, 'none', isNegative) });
      return { words: withoutEcho(said, word), used: percent[0].length };
    }
    const unit = this.#unitAt(behind);
    if (unit !== undefined) {
      const said = fill(unit.unit.text, { n: this.#numerals.say(amount, unit.unit.class, isNegative) });
      return { words: withoutEcho(said, word), used: unit.length };
    }
    const isYear = YEAR.test(run) && this.#months.has(word);
    if (isYear) return { words: this.#numerals.year(run), used: 0 };
    const next = /^ (\p{L}+)/u.exec(behind)?.[1] ?? '';
    const own = this.#numerals.classOf(word) ?? this.#numerals.classOf(next) ?? nounClass;
    return { words: this.#numerals.say(amount, own, isNegative), used: 0 };
  }

  #money(amount: Amount, signs: string, behind: string, word: string): Said | undefined {
    const sign = signs === '' ? undefined : this.#signs.find(([text]) => signs.endsWith(text));
    const after = sign === undefined ? this.#signBehind.exec(behind) : null;
    const currency = sign?.[1] ?? this.#signs.find(([text]) => text === after?.[1])?.[1];
    if (currency === undefined) return undefined;
    const isCents = amount.digits.length === 2;
    const major = fill(currency.unit, { n: this.#numerals.say(isCents ? { ...amount, digits: '' } : amount) });
    const cents = isCents && Number(amount.digits) > 0 ? this.#numerals.say({ whole: amount.digits, digits: '' }) : '';
    const minor = cents === '' ? '' : ` ${this.#definition.reading.and} ${fill(currency.minor, { n: cents })}`;
    return { words: withoutEcho(major + minor, word), used: after?.[0].length ?? 0 };
  }

  #fraction(run: string): Said | undefined {
    const match = /^(\d+)\/(\d+)$/u.exec(run);
    if (match === null) return undefined;
    const [over, under] = [match[1] ?? '', match[2] ?? ''];
    const sign = this.#definition.reading.signs['/'] ?? ',';
    if (over === '1' && under === '2') return { words: this.#definition.reading.half, used: 0 };
    const [n, d] = [over, under].map((digits) => this.#numerals.say({ whole: digits, digits: '' }));
    return { words: `${n ?? ''} ${sign} ${d ?? ''}`, used: 0 };
  }

  #unitAt(behind: string): { readonly unit: RuleDefinition['units'][number]; readonly length: number } | undefined {
    const space = behind.startsWith(' ') ? 1 : 0;
    for (let length = this.#longestUnit; length > 0; length -= 1) {
      const unit = this.#units.get(behind.slice(space, space + length));
      const next = behind.charAt(space + length);
      if (unit !== undefined && !/[\p{L}\p{N}]/u.test(next)) return { unit, length: space + length };
    }
    return undefined;
  }
}

/** "1,000.50", "3.5", "3,5", "1 000 000", "42"; undefined for what is none of these. */
function amountOf(run: string): Amount | undefined {
  const grouped = /^\d{1,3}(?:([, ])\d{3})(?:\1\d{3})*(?:\.(\d+))?$/u.exec(run);
  if (grouped !== null) {
    const [whole = ''] = run.split('.');
    return { whole: whole.replaceAll(/\D/gu, ''), digits: grouped[2] ?? '' };
  }
  const plain = /^(\d+)(?:[.,](\d+))?$/u.exec(run);
  return plain === null ? undefined : { whole: plain[1] ?? '', digits: plain[2] ?? '' };
}

const isDay = (day: string): boolean => Number(day) >= 1 && Number(day) <= 31;

/** "tarehe 5/6/2024" has said its first word already. */
function withoutEcho(said: string, word: string): string {
  const [first = ''] = said.split(' ');
  return word !== '' && first.toLowerCase() === word ? said.slice(first.length + 1) : said;
}
