/** Everything that is neither a letter nor a digit: signs of figures, dashes, pauses, and what stands alone. */
import { isProclitic } from '../nouns.ts';
import { isCalendarName } from '../times.ts';
import { unitNamed } from '../units.ts';
import { truncatedDate } from './calendar.ts';
import { currencyAt } from './currencies.ts';
import { readFigure } from './figure-readers.ts';
import { matchAt } from './place.ts';
import { pauseOf, signInWords } from './signs.ts';
import { telephone, ussd } from './telephone.ts';
import type { Teller } from './teller.ts';

const UP_TO = /[-–—] ?(?=\d|[$€£]\d|US\$\d|(?:na|dza|pa)\d)/y;
const NAME_BEHIND = /[-–—] ?([A-Z][a-z]+)/y;
const BELOW_ZERO = /(?:US\$|[$€£])?(?:[1-9]|0?[.,]\d|0(?!\d))/y;
const PER = /\/ ?([a-z]+)(?![A-Za-z])/y;
const TAG =
  /<\/?(?:a|b|i|u|p|br|hr|em|strong|small|sub|sup|span|div|h[1-6]|ul|ol|li|code|pre|img|table|t[rdh])(?:[ /][^<>]{0,80})?>/iy;
const EQUAL = /=?/y;
/** Keys of a telephone, and no markup around a word. */
const ALONE = /^(?:^|[ \n])?[*#](?=[ \n.,!?]|$)/u;
const HEADING = /^#*(?: |$)/u;
const LETTERS = /(?:(?![A-Za-z])\p{L})+/uy;

/** Says or passes over the sign where the teller stands. */
export function readSign(teller: Teller): void {
  const { text, at } = teller;
  const sign = String.fromCodePoint(text.codePointAt(at) ?? 0x20);
  const end = at + sign.length;
  if (ofFigure(teller, sign, end) || dash(teller, sign, end) || per(teller, sign)) return;
  const tag = sign === '<' ? matchAt(TAG, text, at) : undefined;
  const pause = pauseOf(sign);
  if (tag === undefined && pause === undefined) {
    alone(teller, sign, end);
    return;
  }
  teller.at = tag === undefined ? end : at + tag[0].length;
  // "muriwo we(cabbage)": the bracket stands inside a word.
  const isInside = '([{'.includes(sign) && /[a-z]/u.test(text.charAt(at - 1)) && isProclitic(teller.past.last);
  if (pause !== undefined && !isInside) teller.pause(pause);
}

/** Signs that belong to the figure behind them, or stand between two. */
function ofFigure(teller: Teller, sign: string, end: number): boolean {
  const { text, at, reading } = teller;
  const behindEqual = end + (matchAt(EQUAL, text, end)?.[0].length ?? 0);
  const isDigitNext = /\d/u.test(text.charAt(end));
  switch (sign) {
    case '$':
    case '€':
    case '£':
    case '¢':
      return currencyAt(text, at) !== undefined && teller.take(readFigure, '', at);
    case '.':
    case ',':
      return isDigitNext && /^$|[ \n(]/u.test(text.charAt(at - 1)) && teller.take(readFigure, '', at);
    case '+':
      return teller.take(telephone, '', at) || teller.between(reading.plus, end);
    case '(':
      return teller.take(telephone, '', at);
    case '*':
      return teller.take(ussd, '', at) || teller.between(reading.times, end);
    case '×':
      return teller.between(reading.times, end);
    case '÷':
      return teller.between(reading.dividedBy, end);
    case '<':
    case '≤':
      return teller.before(reading.under, behindEqual);
    case '>':
    case '≥':
      return teller.before(reading.over, behindEqual);
    case '~':
    case '≈':
    case '±':
      return teller.before(reading.about, end);
    case '#':
      if (teller.take(ussd, '', at)) return true;
      if (isDigitNext) teller.say('nhamba', end);
      return isDigitNext;
    default:
      return false;
  }
}

/** A range, a compound, a number below zero. */
function dash(teller: Teller, sign: string, end: number): boolean {
  if (sign !== '-' && sign !== '–' && sign !== '—') return false;
  const { text, at, past, reading } = teller;
  const upTo = past.lastFigure === undefined ? undefined : matchAt(UP_TO, text, at);
  const name = isCalendarName(past.last) ? matchAt(NAME_BEHIND, text, at)?.[1] : undefined;
  if (upTo !== undefined || (name !== undefined && isCalendarName(name))) {
    teller.say(reading.upTo, end, 'kusvika');
    return true;
  }
  if (sign !== '-') return false;
  const before = text.charAt(at - 1);
  if (!/[A-Za-z\d]/u.test(before)) {
    if (teller.take(truncatedDate, '', at)) return true;
    if (matchAt(BELOW_ZERO, text, end) !== undefined) return teller.take(readFigure, '', end, true);
  }
  teller.at = end;
  if (/[A-Za-z]/u.test(before) && /[A-Za-z]/u.test(text.charAt(end))) teller.hyphen();
  else if (before === ' ' && text.charAt(end) === ' ') teller.pause('soft');
  return true;
}

/** A measure and what it is for: 60 km/h "paawa", $5/kg "pakirogiramu". */
function per(teller: Teller, sign: string): boolean {
  const kind = sign === '/' ? teller.past.lastFigure : undefined;
  const match = kind === 'measure' || kind === 'count' ? matchAt(PER, teller.text, teller.at) : undefined;
  if (match === undefined) return false;
  const word = match[1] ?? '';
  const noun = word === 's' ? 'sekondi' : (unitNamed(word)?.one ?? (kind === 'measure' && word.length > 2 ? word : ''));
  if (noun === '') return false;
  teller.say(noun.startsWith('pa') ? noun : `pa${noun}`, teller.at + match[0].length);
  return true;
}

/** What stands alone is said by its name, passed over, or remembered as unreadable. */
function alone(teller: Teller, sign: string, end: number): void {
  const { text, at, reading } = teller;
  const letters = matchAt(LETTERS, text, at)?.[0];
  if (letters !== undefined) {
    teller.say(reading.unreadable, at + letters.length);
    return;
  }
  teller.at = end;
  const before = text.charAt(at - 1);
  const isKey = ALONE.test(text.slice(at, end + 1)) && /^$|[ \n]/u.test(before);
  const isHeading =
    sign === '#' && /^$|[\n#]/u.test(before) && HEADING.test(text.slice(at, at + 8)) && end < text.length;
  const words = sign === '*' && isKey ? reading.star : signInWords(sign, reading);
  if (words === undefined) teller.hasUnreadable = true;
  else if (words !== '' && !isHeading) teller.say(words, end, '');
}
