/** Contacts into the records, a few hundred at a time, so that a running dialler never waits long for its turn. */
import { sql, type RawBuilder } from 'kysely';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { newId } from '#src/records/ids.ts';
import type { Phones } from '#src/records/phones.ts';
import type { Records, RecordsQueries, RecordsTransaction } from '#src/records/records.ts';
import type { ContactDraft } from './check-row.ts';

/** What the records know of a number before it is imported. */
export interface KnownContact {
  /** The import that brought it into this campaign; undefined: it is in none of this campaign's. */
  readonly importId: string | null | undefined;
  readonly isOptedOut: boolean;
}

/** Who of these is in the campaign already, or has said no to it; in the order of the hashes. */
export async function lookUp(
  db: RecordsQueries,
  campaignId: string,
  hashes: readonly string[],
): Promise<readonly KnownContact[]> {
  if (hashes.length === 0) return [];
  const members = await db
    .selectFrom('campaign_contacts')
    .select(['phone_hash', 'import_id'])
    .where('campaign_id', '=', campaignId)
    .where('phone_hash', 'in', hashes)
    .execute();
  const optOuts = await db
    .selectFrom('opt_outs')
    .select('phone_hash')
    .where('scope', 'in', ['*', campaignId])
    .where('phone_hash', 'in', hashes)
    .execute();
  const importIds = new Map(members.map(({ phone_hash, import_id }) => [phone_hash, import_id]));
  const saidNo = new Set(optOuts.map(({ phone_hash }) => phone_hash));
  return hashes.map((hash) => ({ importId: importIds.get(hash), isOptedOut: saidNo.has(hash) }));
}

export interface ContactBatch {
  readonly campaignId: string;
  readonly importId: string;
  readonly contacts: readonly ContactDraft[];
  /** Of the first; the others follow. */
  readonly firstOrdinal: number;
  /** Epoch ms. */
  readonly at: number;
}

/** Adds what is not there yet; the numbers' hashes of those that were added. No number may be in the batch twice. */
export async function addContacts(
  tx: RecordsTransaction,
  { kind, phones }: { readonly kind: Records['kind']; readonly phones: Phones },
  { campaignId, importId, contacts, firstOrdinal, at }: ContactBatch,
): Promise<ReadonlySet<string>> {
  if (contacts.length === 0) return new Set();
  const hashes = await phones.remember(
    tx,
    contacts.map(({ number }) => number),
  );
  // What an older list said of a person stands where this one says nothing.
  const people = contacts.map(({ tz, language }, index) => ({ id: newId(at), hash: hashes[index], tz, language }));
  const { rows: stored } = await sql<{ id: string; phone_hash: string }>`
    insert into contacts (id, phone_hash, tz, language, created_at)
    select value ->> 'id', value ->> 'hash', value ->> 'tz', value ->> 'language', ${sql.lit(at)}
    from ${rowsOf(kind, people)} where true
    on conflict (phone_hash) do update set tz = coalesce(excluded.tz, contacts.tz),
      language = coalesce(excluded.language, contacts.language), erased_at = null
    returning id, phone_hash`.execute(tx);
  const personOf = new Map(stored.map(({ id, phone_hash }) => [phone_hash, id]));
  const members = contacts.map(({ vars, consent }, index) => ({
    id: newId(at),
    person: personOf.get(hashes[index] ?? ''),
    hash: hashes[index],
    ordinal: firstOrdinal + index,
    vars: JSON.stringify(vars),
    basis: consent?.basis,
    basisAt: consent?.at,
    ref: consent?.ref,
  }));
  // Due since long ago (next_at is the ordinal): at once, and in the order of the file.
  const { rows: added } = await sql<{ phone_hash: string }>`
    insert into campaign_contacts (id, campaign_id, contact_id, phone_hash, import_id, ordinal, vars_json,
      consent_basis, consent_at, consent_ref, state, tries, reached, next_at, priority)
    select value ->> 'id', ${campaignId}, value ->> 'person', value ->> 'hash', ${importId},
      cast(value ->> 'ordinal' as bigint), value ->> 'vars', value ->> 'basis', cast(value ->> 'basisAt' as bigint),
      value ->> 'ref', 'pending', 0, 0, cast(value ->> 'ordinal' as bigint), 0
    from ${rowsOf(kind, members)} where true
    on conflict (campaign_id, contact_id) do nothing
    returning phone_hash`.execute(tx);
  return new Set(added.map(({ phone_hash }) => phone_hash));
}

/** Rows as one value of a statement: to build thousands of placeholders for each batch costs more than to store it. */
function rowsOf(kind: Records['kind'], rows: readonly object[]): RawBuilder<unknown> {
  const json = JSON.stringify(rows);
  return kind === 'postgres'
    ? sql`jsonb_array_elements(${json}::jsonb) as row (value)`
    : sql`json_each(${json}) as row`;
}

/** The ordinal for the next contact of the campaign. */
export async function nextOrdinal(db: RecordsQueries, campaignId: string): Promise<number> {
  const row = await db
    .selectFrom('campaign_contacts')
    .select(({ fn }) => fn.max('ordinal').as('last'))
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst();
  return (row?.last ?? 0) + 1;
}

/** Numbers that stand in more than one row of a file, by the line of the first. */
export class SeenNumbers {
  /** By the digits as a number (at most 15 are exact): half of the memory that texts would take. */
  readonly #lines = new Map<number, number>();

  /** Line of the row that had it before; undefined: this is the first. */
  firstLineOf(number: PhoneNumber): number | undefined {
    return this.#lines.get(Number(number));
  }

  add(number: PhoneNumber, line: number): void {
    this.#lines.set(Number(number), line);
  }
}
