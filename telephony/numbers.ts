/** Telephone numbers: what people, carriers and spreadsheets write, as E.164; and which of them may ever be dialled. */
import { parsePhoneNumberFromString, validatePhoneNumberLength, type CountryCode } from 'libphonenumber-js/max';
import { InzwaError } from '#kernel/errors.ts';
import type { PhoneNumber } from './trunk.ts';

export type { CountryCode };

/** Why a text is no number that could be dialled; a label, so the set stays small. */
export type NotANumberReason = 'empty' | 'withheld' | 'not-a-number' | 'too-short' | 'too-long' | 'invalid';

export type ParsedNumber =
  { readonly ok: true; readonly number: PhoneNumber } | { readonly ok: false; readonly reason: NotANumberReason };

const DEFAULT_COUNTRY: CountryCode = 'ZW';

/** 15 digits (ITU-T E.164) with every separator doubled are far below this; what is longer is not read at all. */
const MAX_TEXT_LENGTH = 64;

/** What exchanges and SIP stacks send for a caller who does not show a number. */
const WITHHELD = /^(?:anonymous|unknown|unavailable|private|restricted|withheld|blocked)$/i;

/** Invisible marks that copying from a web page or a chat leaves, and the apostrophe that makes a spreadsheet keep a text. */
const LITTER = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|^'/g;

/** No letters: libphonenumber would read CALL-ME as a keypad, and half of 2.63772E+11 as a number. */
const NUMBER_SHAPE = /^[+\uff0b]?(?=.*\p{Nd})[\p{Nd}\s.()\u2010-\u2015\u2212-]+$/u;

/** ITU-T E.164: at most 15 digits. Fewer than 8 are nobody’s telephone, though some countries’ numbering plans admit them. */
const E164 = /^\+\d{8,15}$/;

/**
 * Reads a number as it is written in Zimbabwe or comes from a carrier: 0771…, 771…, 263771…, 00263…, +263…, also with
 * the zero that does not belong in +2630771…, in digits of any script. Never throws.
 */
export function parseNumber(
  text: string,
  { defaultCountry = DEFAULT_COUNTRY }: { readonly defaultCountry?: CountryCode } = {},
): ParsedNumber {
  if (text.length > MAX_TEXT_LENGTH) return { ok: false, reason: 'too-long' };
  const written = text.replaceAll(LITTER, '').trim();
  if (written === '') return { ok: false, reason: 'empty' };
  if (WITHHELD.test(written)) return { ok: false, reason: 'withheld' };
  if (!NUMBER_SHAPE.test(written)) return { ok: false, reason: 'not-a-number' };
  const parsed = parsePhoneNumberFromString(written, defaultCountry);
  // 263772123456.0 is read as a number of 13 digits; only isValid finds out.
  if (parsed?.isValid() === true) {
    return E164.test(parsed.number)
      ? { ok: true, number: parsed.number as PhoneNumber }
      : { ok: false, reason: 'too-short' };
  }
  switch (validatePhoneNumberLength(written, defaultCountry)) {
    case 'TOO_SHORT':
      return { ok: false, reason: 'too-short' };
    case 'TOO_LONG':
      return { ok: false, reason: 'too-long' };
    case 'NOT_A_NUMBER':
      return { ok: false, reason: 'not-a-number' };
    case 'INVALID_COUNTRY':
    case 'INVALID_LENGTH':
    case undefined:
      return { ok: false, reason: 'invalid' };
  }
}

/** How a carrier wants numbers: +263771234567, 263771234567, or 0771234567 (and 0027… for another country's). */
export type NumberFormat = 'e164' | 'e164-without-plus' | 'national';

/** The number as a carrier of `country` wants it: only digits, at most one leading `+`. */
export function writeNumber(
  number: PhoneNumber,
  format: NumberFormat,
  { country = DEFAULT_COUNTRY }: { readonly country?: CountryCode } = {},
): string {
  switch (format) {
    case 'e164':
      return number;
    case 'e164-without-plus':
      return number.slice(1);
    case 'national': {
      const parsed = parsePhoneNumberFromString(number);
      if (parsed?.country !== country) return `00${number.slice(1)}`;
      return parsed.formatNational().replaceAll(/\D/g, '');
    }
  }
}

/** Why a number is not dialled; a label, so the set stays small. */
export type Refusal = 'outside-list' | 'premium-rate' | 'satellite' | 'other-kind' | 'invalid';

/**
 * Calling codes that belong to no country: Inmarsat, satellite and global networks, and the international freephone,
 * shared-cost and premium ranges (ITU-T E.164 annex D). Some are dollars a minute, and libphonenumber calls them MOBILE.
 */
const SATELLITE_CODES: ReadonlySet<string> = new Set(['870', '878', '881', '882', '883', '888', '979', '800', '808']);

const PEOPLE = ['MOBILE', 'FIXED_LINE', 'FIXED_LINE_OR_MOBILE'];
const COSTLY = ['PREMIUM_RATE', 'SHARED_COST'];

/**
 * The prefixes that may be dialled, for calls and transfers alike. Under a prefix only mobile and fixed lines are; an
 * internet or freephone range is when a prefix longer than the calling code names it (+2638644). Premium rate, shared
 * cost and satellites never are, whatever the list says.
 */
export class AllowList {
  readonly #prefixes: readonly string[];

  /** Throws INZWA_CONFIG_INVALID when there is no prefix, or one that is not `+` and 1 to 15 digits. */
  constructor(prefixes: readonly string[] = ['+263']) {
    if (prefixes.length === 0) {
      throw new InzwaError(
        'INZWA_CONFIG_INVALID',
        'the list of prefixes that may be dialled is empty; name at least one, such as +263',
      );
    }
    const wrong = prefixes.find((prefix) => !/^\+[1-9]\d{0,14}$/.test(prefix));
    if (wrong !== undefined) {
      throw new InzwaError(
        'INZWA_CONFIG_INVALID',
        `the prefix ${JSON.stringify(wrong)} of numbers that may be dialled is not + and digits, such as +263`,
      );
    }
    this.#prefixes = prefixes;
  }

  /** Reads a setting such as `+263,+27`; spaces are ignored. */
  static parse(setting: string): AllowList {
    return new AllowList(
      setting
        .split(',')
        .map((prefix) => prefix.replaceAll(/\s/g, ''))
        .filter((prefix) => prefix !== ''),
    );
  }

  check(number: PhoneNumber): 'allowed' | { readonly refused: Refusal } {
    const parsed = parsePhoneNumberFromString(number);
    if (parsed?.number !== number || !E164.test(number) || !parsed.isValid()) return { refused: 'invalid' };
    if (SATELLITE_CODES.has(parsed.countryCallingCode)) return { refused: 'satellite' };
    const kind = parsed.getType() ?? '';
    if (COSTLY.includes(kind)) return { refused: 'premium-rate' };
    const admitting = this.#prefixes.filter((prefix) => number.startsWith(prefix));
    if (admitting.length === 0) return { refused: 'outside-list' };
    const isNamed = admitting.some((prefix) => prefix.length > 1 + parsed.countryCallingCode.length);
    if (PEOPLE.includes(kind) || (isNamed && (kind === 'VOIP' || kind === 'TOLL_FREE'))) return 'allowed';
    return { refused: 'other-kind' };
  }
}
