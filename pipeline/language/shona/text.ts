/**
 * Written Shona -> words that a voice can say. Figures agree with the noun in front of them and keep the proclitic that is
 * glued to them (na8, ra2018, ye$150). Deliberately not here: how words are pronounced (phonemes.ts).
 */
import { expandAbbreviations } from './letters.ts';
import { amount, type Currency } from './money.ts';
import { nounClassOf } from './nouns.ts';
import { cardinal, decimal, digitByDigit, LARGEST_CARDINAL, type NounClass } from './numbers.ts';
import { calendarDay, clockTime, DAY_PARTS, dayPart } from './times.ts';

type Groups = Readonly<Record<string, string | undefined>>;
interface Found {
  readonly groups: Groups;
  readonly before: string;
  readonly after: string;
}

/** `String.replace` with named groups and the text on both sides. */
function rewrite(text: string, pattern: RegExp, say: (found: Found) => string | undefined): string {
  return text.replace(pattern, (...args: unknown[]) => {
    const groups = args.at(-1) as Groups;
    const whole = args.at(-2) as string;
    const at = args.at(-3) as number;
    const match = args[0] as string;
    return say({ groups, before: whole.slice(0, at), after: whole.slice(at + match.length) }) ?? match;
  });
}

const GLUE = String.raw`(?<glue>(?<![A-Za-z'])[A-Za-z']{1,6})?`;
const NUMBER = String.raw`(?<n>\d{1,3}(?:(?:,\s?|\s)\d{3}(?!\d))+(?:\.\d+)?|\d+(?:[.,]\d+)?)`;
const NOT_IN_NUMBER = String.raw`(?<![\d.,:])`;
const SCALES: Readonly<Record<string, number>> = {
  thousand: 1e3,
  million: 1e6,
  miriyoni: 1e6,
  billion: 1e9,
  bhiriyoni: 1e9,
};
const SCALE = String.raw`(?:\s?(?:ma)?(?<scale>thousand|million|miriyoni|billion|bhiriyoni)\b)?`;

/** "1,858" "36, 052" "6 292" are thousands; "3,7" "3.7" are decimals. */
function parseNumber(written: string): { whole: number; fraction: string } {
  if (/^\d{1,3}(?:(?:,\s?|\s)\d{3})+(?:\.\d+)?$/u.test(written)) {
    const [whole = '', fraction = ''] = written.replaceAll(/[,\s]/gu, '').split('.');
    return { whole: Number(whole), fraction };
  }
  const [whole = '', fraction = ''] = written.split(/[.,]/u);
  return { whole: Number(whole), fraction };
}

function sayNumber(written: string, nounClass: NounClass, scale?: string): string {
  const { whole, fraction } = parseNumber(written);
  const factor = scale === undefined ? 1 : (SCALES[scale] ?? 1);
  if (factor > 1) {
    const scaled = Math.round(Number(`${whole}.${fraction === '' ? '0' : fraction}`) * factor);
    if (scaled <= LARGEST_CARDINAL) return cardinal(scaled, nounClass);
  }
  if (whole > LARGEST_CARDINAL || /^0\d/u.test(written)) return digitByDigit(written);
  if (fraction === '' || /^0+$/u.test(fraction)) return cardinal(whole, nounClass);
  return decimal(whole, fraction, nounClass);
}

/** The class of the noun that a figure follows; looks past "3 kusvika" and "3 kana" to the noun in front of them. */
function classBefore(before: string): NounClass {
  const noun = before.replace(/(?:\d[\d.,]*\s*(?:kusvika|kana|kana kuti|ne)\s*)+$/u, '');
  const word = /([A-Za-z']+)\s+$/u.exec(noun)?.[1];
  return word === undefined ? 'none' : nounClassOf(word.toLowerCase());
}

const pair = (text: string): string => {
  if (text.length === 10) return `${text.slice(0, 3)} ${text.slice(3, 6)} ${text.slice(6)}`;
  return text.length > 6 ? text.replaceAll(/(\d{3})(?=\d{3})/gu, '$1 ') : text;
};

function phones(text: string): string {
  const long = new RegExp(String.raw`${GLUE}(?<!\d)(?<n>(?:\+\s?\d{1,3}|0)(?:[\s()-]{0,2}\d){6,12})(?!\d)`, 'gu');
  const dashed = new RegExp(String.raw`${GLUE}(?<!\d)(?<n>\d(?:-\d){2,})(?!\d)`, 'gu');
  const short =
    /(?<cue>\b(?:fone\w*|fonai|kufon\w*|\w*nhamba|\w*runhare)\s(?:dzinoti |inoti |iri |dze|ye|pa|ku)?)(?<n>\d{3,4}(?:\s(?:kana|na)\s\d{3,4})*)(?![\d.,:]*\d)/giu;
  let said = rewrite(text, long, ({ groups }) => {
    const written = (groups['n'] ?? '').replace('+', '').trim();
    return ` ${groups['glue'] ?? ''} ${digitByDigit(/\D/u.test(written) ? written : pair(written))}`;
  });
  said = rewrite(
    said,
    dashed,
    ({ groups }) => ` ${groups['glue'] ?? ''} ${digitByDigit((groups['n'] ?? '').replaceAll('-', ''))}`,
  );
  return rewrite(
    said,
    short,
    ({ groups }) => (groups['cue'] ?? '') + (groups['n'] ?? '').replaceAll(/\d+/gu, (run) => digitByDigit(run)),
  );
}

function dates(text: string): string {
  const iso = new RegExp(String.raw`${GLUE}(?<!\d)(?<y>\d{4})-(?<m>\d{2})-(?<d>\d{2})(?!\d)`, 'gu');
  const slashed = new RegExp(String.raw`${GLUE}(?<!\d)(?<d>\d{1,2})[/.](?<m>\d{1,2})[/.](?<y>\d{4})(?!\d)`, 'gu');
  const say = ({ groups }: Found): string | undefined => {
    const [day, month, year] = [Number(groups['d']), Number(groups['m']), Number(groups['y'])];
    if (day < 1 || day > 31 || month < 1 || month > 12) return undefined;
    return `${groups['glue'] ?? ''}${calendarDay(day, month)} ${cardinal(year)}`;
  };
  return rewrite(rewrite(text, iso, say), slashed, say);
}

function times(text: string): string {
  const clock = new RegExp(
    String.raw`${GLUE}(?<![\d:.])(?<h>\d{1,2})(?:(?<sep>[:.h])(?<m>\d{2}))?(?::\d{2})?(?:\s?(?<half>[ap]\.?m\b\.?))?(?![\d:]|[.,]\d)`,
    'giu',
  );
  return rewrite(text, clock, ({ groups, before, after }) => {
    const hour = Number(groups['h']);
    const minute = Number(groups['m'] ?? 0);
    const half = groups['half']?.toLowerCase().charAt(0);
    const isClock = half !== undefined || groups['sep'] === ':' || groups['sep']?.toLowerCase() === 'h';
    const isNamed = groups['m'] !== undefined && (DAY_PARTS.test(after) || /nguva\s+dza?\s?$/iu.test(before));
    if ((!isClock && !isNamed) || hour > 24 || minute > 59) return undefined;
    const of24 = half === 'p' ? (hour % 12) + 12 : half === 'a' ? hour % 12 : hour;
    const part = DAY_PARTS.test(after) || (half === undefined && hour < 13 && hour > 0) ? '' : ` ${dayPart(of24 % 24)}`;
    return `${groups['glue'] ?? ''}${clockTime(hour, minute)}${part}`;
  });
}

const CURRENCIES: readonly (readonly [RegExp, Currency])[] = [
  [/^(?:us\$|usd)$/iu, 'USD'],
  [/^(?:\$|dollars?)$/iu, 'dollar'],
  [/^(?:zig|zwg)$/iu, 'ZiG'],
  [/^(?:r|zar|rand)$/iu, 'ZAR'],
  [/^(?:c|¢|cents?)$/iu, 'cent'],
];

function money(text: string): string {
  const front = new RegExp(
    String.raw`(?<glue>(?<![A-Za-z'])[a-z']{1,5})?(?<![A-Z])(?<unit>US\$|USD|\$|ZiG|ZIG|ZWG|ZAR|R(?=\d))\s?${NUMBER}${SCALE}`,
    'gu',
  );
  const back = new RegExp(
    String.raw`${GLUE}${NOT_IN_NUMBER}${NUMBER}${SCALE}\s?(?<unit>US\$|USD\b|\$|ZiG\b|ZWG\b|ZAR\b|rand\b|c\b|¢|cents?\b|dollars?\b)`,
    'gu',
  );
  const say = ({ groups }: Found): string | undefined => {
    const unit = groups['unit'] ?? '';
    const currency = CURRENCIES.find(([pattern]) => pattern.test(unit))?.[1];
    if (currency === undefined) return undefined;
    const { whole, fraction } = parseNumber(groups['n'] ?? '');
    const factor = groups['scale'] === undefined ? 1 : (SCALES[groups['scale']] ?? 1);
    const value = Math.round(Number(`${whole}.${fraction === '' ? '0' : fraction}`) * factor * 100) / 100;
    if (value > LARGEST_CARDINAL) return undefined;
    const cents = Math.round((value % 1) * 100);
    return `${groups['glue'] ?? ''}${amount(Math.floor(value), currency === 'cent' ? 0 : cents, currency)}`;
  };
  return rewrite(rewrite(text, front, say), back, say);
}

function percents(text: string): string {
  const pattern = new RegExp(String.raw`${GLUE}${NOT_IN_NUMBER}${NUMBER}\s?(?:%|per\s?cent\b|pazana\b)`, 'gu');
  return rewrite(text, pattern, ({ groups }) => {
    const { whole, fraction } = parseNumber(groups['n'] ?? '');
    if (whole > LARGEST_CARDINAL) return undefined;
    const isHalf = /^50*$/u.test(fraction);
    const number = isHalf || fraction === '' ? cardinal(whole, 8) : decimal(whole, fraction, 8);
    const noun = whole === 1 && fraction === '' ? 'chikamu' : 'zvikamu';
    return `${groups['glue'] ?? ''}${noun} ${number}${isHalf ? ' nechidimbu' : ''} kubva muzana`;
  });
}

const UNITS: Readonly<Record<string, string>> = {
  km: 'makiromita',
  m: 'mamita',
  cm: 'masendimita',
  mm: 'mamirimita',
  kg: 'makirogiramu',
  g: 'magiramu',
  mg: 'mamirigiramu',
  ml: 'mamiririta',
  l: 'marita',
  '°c': 'madhigirii',
  '°': 'madhigirii',
};

function units(text: string): string {
  const pattern = new RegExp(
    String.raw`${GLUE}${NOT_IN_NUMBER}${NUMBER}\s?(?<unit>km|cm|mm|kg|mg|ml|°C|°|m|g|l)(?![A-Za-z])`,
    'giu',
  );
  return rewrite(text, pattern, ({ groups, before }) => {
    const unit = UNITS[(groups['unit'] ?? '').toLowerCase()] ?? '';
    const isSaid = new RegExp(String.raw`${unit}\s+$`, 'u').test(before);
    return `${groups['glue'] ?? ''}${isSaid ? '' : `${unit} `}${sayNumber(groups['n'] ?? '', 6)}`;
  });
}

function numbers(text: string): string {
  const pattern = new RegExp(String.raw`${GLUE}${NOT_IN_NUMBER}${NUMBER}${SCALE}`, 'gu');
  const said = rewrite(text, pattern, ({ groups, before }) => {
    const glue = groups['glue'] ?? '';
    const words = sayNumber(groups['n'] ?? '', glue === '' ? classBefore(before) : 'none', groups['scale']);
    return ` ${glue}${words} `;
  });
  // Whatever no rule took (a digit inside a code, a third decimal point): digit by digit, never silence.
  return said.replaceAll(/\d+/gu, (digits) => ` ${digitByDigit(digits)} `);
}

const SYMBOLS: readonly (readonly [RegExp, string])[] = [
  [/24\/7/gu, 'zuva nezuva, usiku nesikati'],
  [/[½]/gu, ' nehafu '],
  [/(\d)\s?[–—-]\s?(?=[$\d])/gu, '$1 kusvika '],
  [/(\d)\s?\/\s?(?=\d)/gu, '$1 pamusoro pe'],
  [/\s*&\s*/gu, ' na '],
  [/@/gu, ' at '],
  [/#/gu, ' hashi '],
  [/\*/gu, ' nyeredzi '],
  [/\+/gu, ' kuwedzera '],
  [/\s?=\s?/gu, ' zvinoita '],
];

/** Control characters, other scripts, quotation marks: nothing a voice could say. Dashes and brackets become pauses. */
function plain(text: string): string {
  return text
    .replaceAll(/[()[\]{}:;–—…|\u2022]+|\s-\s/gu, ', ')
    .replaceAll(/[^A-Za-z'\-.,?!\s]/gu, ' ')
    .replaceAll(/(?<![A-Za-z])['-]+|['-]+(?![A-Za-z])/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/\s+(?=[.,?!])/gu, '')
    .replaceAll(/,(?=[.,?!])/gu, '')
    .replaceAll(/([.?!])[.,]+/gu, '$1')
    .replaceAll(/([.,?!])(?=[A-Za-z])/gu, '$1 ')
    .replace(/^[\s.,]+/u, '')
    .trim();
}

/** A digit of another script as 0–9: each script's ten stand in a row, and none stands right before its zero. */
function latinDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}

/** See `Language.speakable`; the result holds only A–Z, a–z, ' - . , ? ! and single spaces. */
export function speakable(text: string): string {
  let said = text
    .replaceAll('½', ' ½ ')
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/[’ʼ‘`´]/gu, "'")
    .replaceAll('1⁄2', '½')
    .replaceAll(/[^\P{Nd}0-9]/gu, latinDigit)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  said = phones(said);
  said = dates(said);
  said = said.replaceAll(/(\d)\s?[–—]\s?(?=[$\d])|(\d)-(?=\$?\d)/gu, '$1$2 kusvika ');
  said = times(said);
  for (const [pattern, words] of SYMBOLS.slice(0, 3)) said = said.replaceAll(pattern, words);
  said = money(said);
  said = percents(said);
  said = units(said);
  for (const [pattern, words] of SYMBOLS.slice(3)) said = said.replaceAll(pattern, words);
  said = numbers(said);
  return plain(expandAbbreviations(said));
}
