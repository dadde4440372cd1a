/** Do-not-call lists: numbers that nobody calls again, whatever a campaign holds. Kept as keyed hashes, so that they outlive an erasure. */
import type { Clock } from '#kernel/clock.ts';
import { appendAudit } from '#src/records/audit.ts';
import type { Phones } from '#src/records/phones.ts';
import type { Records } from '#src/records/records.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { recordOptOut } from '../dialler/opt-outs.ts';
import type { TellOthers } from '../dialler/events.ts';
import { csvRow } from '../spreadsheet.ts';

export interface DoNotCallRoom {
  readonly records: Records;
  readonly phones: Phones;
  readonly clock: Clock;
  /** @defaultValue nobody is told */
  readonly tellOthers?: TellOthers | undefined;
}

/** What all numbers of one addition have in common. */
export interface Addition {
  /** `*`: every campaign there will ever be; else a campaign's id. */
  readonly scope: string;
  readonly source: 'import' | 'operator';
  /** What shows it: a letter's date, the name of a list; never a number. */
  readonly evidence: string | undefined;
  readonly actor: string;
}

/** Numbers that are written in one transaction. */
const BATCH = 200;
const PAGE = 1_000;

/** Durable when it resolves, to how many were not on the list before. Contacts who wait for a call are taken out of the queue. */
export async function addToDoNotCall(
  room: DoNotCallRoom,
  numbers: readonly PhoneNumber[],
  { scope, source, evidence, actor }: Addition,
): Promise<number> {
  let added = 0;
  for (let first = 0; first < numbers.length; first += BATCH) {
    const batch = numbers.slice(first, first + BATCH);
    added += await room.records.transaction(async (tx) => {
      const at = room.clock.wallMs();
      const hashes = await room.phones.remember(tx, batch);
      let written = 0;
      for (const phoneHash of hashes) {
        if (await recordOptOut(tx, { phoneHash, scope, source, at, evidence }, room.tellOthers)) written += 1;
      }
      await appendAudit(tx, {
        at,
        actor,
        action: 'do-not-call.add',
        object: batch.length === 1 ? (hashes[0] ?? '') : scope,
        detail: { scope, source, evidence, numbers: batch.length, added: written },
      });
      return written;
    });
  }
  return added;
}

/** Takes one number off a list; the audit keeps who did it and why. False: it was not on it. */
export async function removeFromDoNotCall(
  { records, phones, clock }: DoNotCallRoom,
  number: PhoneNumber,
  { scope, actor, why }: { readonly scope: string; readonly actor: string; readonly why: string },
): Promise<boolean> {
  const hash = phones.hash(number);
  return records.transaction(async (tx) => {
    const removed = await tx
      .deleteFrom('opt_outs')
      .where('phone_hash', '=', hash)
      .where('scope', '=', scope)
      .returning(['source', 'at'])
      .executeTakeFirst();
    if (removed === undefined) return false;
    const detail = { scope, why, was: removed };
    await appendAudit(tx, { at: clock.wallMs(), actor, action: 'do-not-call.remove', object: hash, detail });
    return true;
  });
}

export interface DoNotCallEntry {
  /** `*`, or the name of a campaign. */
  readonly scope: string;
  readonly source: string;
  /** Epoch ms. */
  readonly at: number;
  readonly evidence: string | null;
}

/** On which lists a number is; empty: on none. */
export async function checkDoNotCall(
  { records, phones }: Pick<DoNotCallRoom, 'records' | 'phones'>,
  number: PhoneNumber,
): Promise<readonly DoNotCallEntry[]> {
  const rows = await records.db
    .selectFrom('opt_outs as o')
    .leftJoin('campaigns as c', 'c.id', 'o.scope')
    .select(['o.scope', 'c.name', 'o.source', 'o.at', 'o.evidence'])
    .where('o.phone_hash', '=', phones.hash(number))
    .orderBy('o.at')
    .execute();
  return rows.map(({ scope, name, source, at, evidence }) => ({ scope: name ?? scope, source, at, evidence }));
}

/** The lists as CSV, a page at a time; a number that was erased is there by its hash only. */
export async function* exportDoNotCall({ records }: Pick<DoNotCallRoom, 'records'>): AsyncGenerator<string> {
  yield csvRow(['phone', 'scope', 'source', 'at', 'evidence', 'phone_hash']);
  let after = { phone_hash: '', scope: '' };
  for (;;) {
    const { phone_hash: hash, scope: last } = after;
    const rows = await records.db
      .selectFrom('opt_outs as o')
      .leftJoin('phones as p', 'p.hash', 'o.phone_hash')
      .leftJoin('campaigns as c', 'c.id', 'o.scope')
      .select(['o.phone_hash', 'o.scope', 'o.source', 'o.at', 'o.evidence', 'p.e164', 'c.name'])
      .where((is) =>
        is.or([is('o.phone_hash', '>', hash), is.and([is('o.phone_hash', '=', hash), is('o.scope', '>', last)])]),
      )
      .orderBy('o.phone_hash')
      .orderBy('o.scope')
      .limit(PAGE)
      .execute();
    const end = rows.at(-1);
    if (end === undefined) return;
    after = end;
    yield rows
      .map(({ phone_hash, scope, source, at, evidence, e164, name }) =>
        csvRow([e164 ?? '', name ?? scope, source, new Date(at).toISOString(), evidence ?? '', phone_hash]),
      )
      .join('');
  }
}
