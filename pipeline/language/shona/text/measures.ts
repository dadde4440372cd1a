/** Figures that measure: money, percentages, units, durations. The noun is said in front of the number. */
import { amount, currencyNoun, fineAmount, type Currency } from '../money.ts';
import { cardinal, digitByDigit } from '../numbers.ts';
import type { ShonaReading } from '../reading.ts';
import { measure, unitNamed, type Unit } from '../units.ts';
import { currencyAt, currencyBehind } from './currencies.ts';
import { integerOf, wholeOf, type Figure } from './figures.ts';
import { mixedNumberAt, sayPart } from './fractions.ts';
import { glued, matchAt, type FigureReader } from './place.ts';
import { sayFigure, saySpan, spanAt } from './spans.ts';

function sayMoney(figure: Figure, currency: Currency, reading: ShonaReading): string {
  const value = integerOf(figure);
  if (value === undefined) return `${currencyNoun(currency, reading)} ${sayFigure(figure, 6, reading)}`;
  if (wholeOf(figure) !== undefined) return amount(value, 0, currency, reading);
  const { fraction } = figure;
  return currency === 'cent' || fraction.length > 2
    ? fineAmount(value, fraction, currency, reading)
    : amount(value, Number(fraction.padEnd(2, '0')), currency, reading);
}

/** $2.30, US$5, 250 ZiG, R50, 25c, $3-5 million. */
export const money: FigureReader = ({ text, at, glue, past, reading }) => {
  const front = currencyAt(text, at);
  const span = spanAt(text, front?.end ?? at, front !== undefined);
  if (span === undefined) return undefined;
  const behind = front === undefined ? currencyBehind(text, span.end) : undefined;
  const currency = (front ?? behind)?.currency;
  if (currency === undefined) return undefined;
  const words = saySpan(span, reading, (figure) => sayMoney(figure, currency, reading));
  const isSaid = glue === '' && past.last !== '' && words.startsWith(`${past.last} `);
  return {
    words: isSaid ? words.slice(past.last.length + 1) : glued(glue, words),
    end: behind?.end ?? span.end,
    kind: 'measure',
  };
};

const PERCENT = / ?(?:%|per ?cent(?![a-z])|pazana(?![a-z]))(?: kubva muzana(?![a-z]))?| kubva muzana(?![a-z])/y;

/** 30%, 12.5 per cent, 3-5%: "zvikamu … kubva muzana". */
export const percentage: FigureReader = ({ text, at, glue, past, reading }) => {
  const span = spanAt(text, at, false);
  const sign = span && matchAt(PERCENT, text, span.end);
  if (span === undefined || sign === undefined) return undefined;
  const say = (figure: Figure): string => {
    const value = integerOf(figure);
    const isHalf = /^50*$/u.test(figure.fraction) && value !== undefined && value > 0;
    return isHalf ? `${cardinal(value, 8)} ${reading.percentHalf}` : sayFigure(figure, 8, reading);
  };
  const isOne = span.second === undefined && integerOf(span.first) === 1;
  const isSaid = glue === '' && /(?:zvi|chi)kamu$/u.test(past.last.toLowerCase());
  const noun = isSaid ? '' : isOne ? 'chikamu ' : 'zvikamu ';
  const words = `${noun}${saySpan(span, reading, say)} ${reading.percent}`;
  return { words: glued(glue, words), end: span.end + sign[0].length, kind: 'measure' };
};

const UNIT = / ?(?:metric )?(° ?[CF]?|[A-Za-z]{1,11}(?:\^[23])?)(?:(?<=degrees) Celsius)?(?![A-Za-z\d^])/y;

interface Found {
  readonly unit: Unit;
  readonly written: string;
  readonly end: number;
}

function unitAt(text: string, at: number): Found | undefined {
  const match = matchAt(UNIT, text, at);
  const written = match?.[1]?.replace(' ', '') ?? '';
  const unit = unitNamed(written);
  return match && unit && { unit, written, end: at + match[0].length };
}

/** 5 kg, 38°C, 2½ hours, 100 metres, 5-10 km. */
export const measured: FigureReader = ({ text, at, glue, past, reading }) => {
  const mixed = mixedNumberAt(text, at);
  const span = mixed ?? spanAt(text, at, false);
  const found = span && unitAt(text, span.end);
  const value = span && integerOf(span.first);
  if (!found || value === undefined) return undefined;
  const { unit, written, end } = found;
  const isWhole = wholeOf(span.first) !== undefined;
  const decimals = isWhole ? '' : ` ${reading.point} ${digitByDigit(span.first.fraction)}`;
  const first = measure(value, unit, mixed ? ` ${sayPart(mixed.part, reading, true)}` : decimals);
  const second = span.second && sayFigure(span.second, unit.nounClass, reading);
  const words = second === undefined ? first : `${first} ${reading.upTo} ${second}`;
  const isSaid = glue === '' && (past.last === unit.many || past.last === unit.one);
  return {
    words: glued(glue, isSaid ? words.slice(words.indexOf(' ') + 1) : words),
    end,
    kind: 'measure',
    isTemperature: written.startsWith('°') || written === 'degrees',
  };
};

const DURATION = /(\d{1,3}) ?h(?:rs?|ours?)? ?(\d{1,2}) ?m(?:ins?|inutes?)?(?![A-Za-z])/y;

/** 2h30min, 1 hr 15 min. */
export const duration: FigureReader = ({ text, at, glue }) => {
  const match = matchAt(DURATION, text, at);
  if (match === undefined) return undefined;
  const words = sayDuration([
    [Number(match[1]), 'hours'],
    [Number(match[2]), 'minutes'],
  ]);
  return { words: glued(glue, words), end: at + match[0].length, kind: 'measure' };
};

const ISO_DURATION =
  /P(?=\d|T\d)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?(?![A-Za-z\d])/y;
const ISO_UNITS = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds'] as const;

/** PT2H30M, as values are written down (ISO 8601). */
export const isoDuration: FigureReader = ({ text, at, glue }) => {
  const match = matchAt(ISO_DURATION, text, at);
  const parts = ISO_UNITS.flatMap((unit, n): [number, string][] => {
    const count = match?.[n + 1];
    return count === undefined ? [] : [[Number(count), unit]];
  });
  if (match === undefined || parts.length === 0) return undefined;
  return { words: glued(glue, sayDuration(parts)), end: at + match[0].length, kind: 'measure' };
};

function sayDuration(parts: readonly (readonly [number, string])[]): string {
  const said = parts.map(([count, name]) => {
    const unit = unitNamed(name);
    return unit === undefined ? '' : measure(count, unit);
  });
  return said.filter((words) => words !== '').join(' ne');
}
