import { cardinal, decimal, LARGEST_CARDINAL } from './numbers.ts';
import { DEFAULT_READING, type ShonaReading } from './reading.ts';

/**
 * The currencies heard on a Zimbabwean line. `USD` is said with "ekuAmerica", a bare `$` (`dollar`) without; `ZWL` is the
 * old Zimbabwean dollar.
 */
export type Currency = 'dollar' | 'USD' | 'ZWL' | 'ZiG' | 'ZAR' | 'BWP' | 'EUR' | 'GBP' | 'cent';

interface Coin {
  readonly one: string;
  readonly many: string;
  /** Said behind the number: which country's money it is. */
  readonly of?: readonly [one: string, many: string];
}

const COINS: Readonly<Record<Exclude<Currency, 'ZiG'>, Coin>> = {
  dollar: { one: 'dhora', many: 'madhora' },
  USD: { one: 'dhora', many: 'madhora' },
  ZWL: { one: 'dhora', many: 'madhora', of: ['reZimbabwe', 'eZimbabwe'] },
  ZAR: { one: 'randi', many: 'marandi' },
  BWP: { one: 'pura', many: 'mapura' },
  EUR: { one: 'yuro', many: 'mayuro' },
  GBP: { one: 'paundi', many: 'mapaundi' },
  cent: { one: 'sendi', many: 'masendi' },
};

/** The noun of a currency without an amount, as a lone sign is read. */
export function currencyNoun(currency: Currency, reading: ShonaReading = DEFAULT_READING): string {
  return currency === 'ZiG' ? reading.zig : COINS[currency].many;
}

function coins(count: number, currency: Currency, reading: ShonaReading): string {
  // Uninflected and counted without a class: no corpus is as young as the ZiG (April 2024).
  if (currency === 'ZiG') return `${reading.zig} ${cardinal(count)}`;
  const coin = COINS[currency];
  const [ofOne, ofMany] = (currency === 'USD' ? reading.usDollar : coin.of) ?? ['', ''];
  const behind = (of: string): string => (of === '' ? '' : ` ${of}`);
  if (count === 1) return `${coin.one} rimwe${behind(ofOne)}`;
  // "zviuru zvitatu zvemadhora": a round thing of thousands or millions is counted first, the money behind it.
  if (count >= 1000 && count % 1000 === 0) {
    const concord = count >= 2_000_000 ? 'e' : count >= 1_000_000 ? 'ye' : count >= 2000 ? 'zve' : 'che';
    return `${cardinal(count, 6)} ${concord}${coin.many}${behind(ofMany)}`;
  }
  return `${coin.many} ${cardinal(count, 6)}${behind(ofMany)}`;
}

/**
 * An amount in words, the noun first: 2.30 dollars is "madhora maviri nemasendi makumi matatu".
 * `whole` and `cents` (0–99) are counts; throws RangeError beyond LARGEST_CARDINAL.
 */
export function amount(
  whole: number,
  cents: number,
  currency: Currency,
  reading: ShonaReading = DEFAULT_READING,
): string {
  if (whole > LARGEST_CARDINAL) throw new RangeError(`no Shona words for ${whole}`);
  if (cents === 0) return coins(whole, currency, reading);
  const small = coins(cents, 'cent', reading);
  if (whole === 0) return small;
  // Attested: $1.10 is "dhora nemasendi gumi".
  const large = whole === 1 && currency === 'dollar' ? COINS.dollar.one : coins(whole, currency, reading);
  return `${large} ne${small}`;
}

/** A price with more decimals than there are coins for, or a part of a cent: 1.505 dollars. `fraction` is its digits. */
export function fineAmount(
  whole: number,
  fraction: string,
  currency: Currency,
  reading: ShonaReading = DEFAULT_READING,
): string {
  const words = decimal(whole, fraction, currency === 'ZiG' ? 'none' : 6, reading.point);
  const [, ofMany] = (currency === 'USD' ? reading.usDollar : undefined) ?? ['', ''];
  const noun = currency !== 'ZiG' && whole === 1 ? COINS[currency].one : currencyNoun(currency, reading);
  return `${noun} ${words}${ofMany === '' ? '' : ` ${ofMany}`}`;
}
