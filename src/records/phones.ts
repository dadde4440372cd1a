/** The one table that has numbers in clear. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { PhoneNumber } from '#telephony/trunk.ts';
import type { InstallationKeys } from './keys.ts';
import type { RecordsQueries } from './records.ts';

/** SQLite binds at most 32,766 values to a statement; four of each row. */
const ROWS_AT_ONCE = 500;

/** `+263…567`: enough to tell calls apart in a list, not enough to call. */
export function maskedNumber(number: PhoneNumber): string {
  const country = parsePhoneNumberFromString(number)?.countryCallingCode ?? '';
  return `+${country}…${number.slice(-3)}`;
}

export class Phones {
  readonly #keys: InstallationKeys;

  constructor(keys: InstallationKeys) {
    this.#keys = keys;
  }

  hash(number: PhoneNumber): string {
    return this.#keys.phoneHash(number);
  }

  /** Writes the numbers down where they are not yet; one that was erased is there again. Hashes in the order of the numbers. */
  async remember(db: RecordsQueries, numbers: readonly PhoneNumber[]): Promise<readonly string[]> {
    const hashes = numbers.map((number) => this.hash(number));
    // One statement must not meet the same row twice (PostgreSQL refuses that).
    const rows = [...new Map(numbers.map((number, index) => [hashes[index] ?? '', number]))].map(([hash, e164]) => ({
      hash,
      e164,
      masked: maskedNumber(e164),
      erased_at: null,
    }));
    for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
      await db
        .insertInto('phones')
        .values(rows.slice(first, first + ROWS_AT_ONCE))
        .onConflict((conflict) =>
          conflict
            .column('hash')
            .doUpdateSet((is) => ({
              e164: is.ref('excluded.e164'),
              masked: is.ref('excluded.masked'),
              erased_at: null,
            }))
            .where('phones.e164', 'is', null),
        )
        .execute();
    }
    return hashes;
  }

  /** Undefined when it was never there, or has been erased. */
  async numberOf(db: RecordsQueries, hash: string): Promise<PhoneNumber | undefined> {
    const row = await db.selectFrom('phones').select('e164').where('hash', '=', hash).executeTakeFirst();
    return (row?.e164 ?? undefined) as PhoneNumber | undefined;
  }
}
