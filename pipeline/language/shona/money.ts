import { cardinal, LARGEST_CARDINAL } from './numbers.ts';

/** The currencies heard on a Zimbabwean line. `USD` is said with "ekuAmerica", a bare `$` (`dollar`) without. */
export type Currency = 'dollar' | 'USD' | 'ZiG' | 'ZAR' | 'cent';

interface Coin {
  readonly one: string;
  readonly many: string;
  /** Said behind the number: which country's money it is. */
  readonly ofOne: string;
  readonly ofMany: string;
}

const COINS: Readonly<Record<Currency, Coin>> = {
  dollar: { one: 'dhora', many: 'madhora', ofOne: '', ofMany: '' },
  USD: { one: 'dhora', many: 'madhora', ofOne: ' rekuAmerika', ofMany: ' ekuAmerika' },
  // No corpus is as young as the ZiG (April 2024); written as it is heard, uninflected.
  ZiG: { one: 'zigi', many: 'zigi', ofOne: '', ofMany: '' },
  ZAR: { one: 'randi', many: 'marandi', ofOne: '', ofMany: '' },
  cent: { one: 'sendi', many: 'masendi', ofOne: '', ofMany: '' },
};

function coins(count: number, currency: Currency): string {
  const coin = COINS[currency];
  if (currency === 'ZiG') return `zigi ${cardinal(count)}`;
  if (count === 1) return `${coin.one} rimwe${coin.ofOne}`;
  // "zviuru zvitatu zvemadhora": a round thing of thousands or millions is counted first, the money behind it.
  if (count >= 1000 && count % 1000 === 0) {
    const concord = count >= 2_000_000 ? 'e' : count >= 1_000_000 ? 'ye' : count >= 2000 ? 'zve' : 'che';
    return `${cardinal(count, 6)} ${concord}${coin.many}${coin.ofMany}`;
  }
  return `${coin.many} ${cardinal(count, 6)}${coin.ofMany}`;
}

/**
 * An amount in words, the noun first: 2.30 dollars is "madhora maviri nemasendi makumi matatu".
 * `whole` and `cents` (0–99) are counts; throws RangeError beyond LARGEST_CARDINAL.
 */
export function amount(whole: number, cents: number, currency: Currency): string {
  if (whole > LARGEST_CARDINAL) throw new RangeError(`no Shona words for ${whole}`);
  if (cents === 0) return coins(whole, currency);
  const small = coins(cents, 'cent');
  if (whole === 0) return small;
  const large = whole === 1 && currency === 'dollar' ? 'dhora' : coins(whole, currency);
  return `${large} ne${small}`;
}
