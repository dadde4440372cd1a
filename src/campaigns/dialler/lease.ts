/** Who leads a trunk. One process does; what another one still believes is refused by the fence in every transaction. */
import { sql } from 'kysely';
import type { Records, RecordsTransaction } from '#src/records/records.ts';

/** So long nobody calls after the leader died without saying so. */
export const LEASE_MS = 10_000;

export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Goes up with every new holder. */
  readonly fence: number;
}

export function leaseName(trunk: string): string {
  return `trunk:${trunk}`;
}

/**
 * Claims on a trunk and changes of its leader, one at a time: counting calls and adding one is a single act then. SQLite has
 * one writer anyway.
 */
export async function lockTrunk(tx: RecordsTransaction, kind: Records['kind'], trunk: string): Promise<void> {
  if (kind === 'postgres')
    await sql`select pg_advisory_xact_lock(hashtextextended(${leaseName(trunk)}, 0))`.execute(tx);
}

/** Undefined: another process leads. A lease that runs out later than any can was given by a clock that was set back since. */
export async function takeLease(
  records: Records,
  { trunk, holder, at }: { readonly trunk: string; readonly holder: string; readonly at: number },
): Promise<Lease | undefined> {
  const name = leaseName(trunk);
  return records.transaction(async (tx) => {
    await lockTrunk(tx, records.kind, trunk);
    const held = await tx.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst();
    if (held === undefined) {
      await tx
        .insertInto('leases')
        .values({ name, holder, fence: 1, expires_at: at + LEASE_MS })
        .execute();
      return { name, holder, fence: 1 };
    }
    if (held.expires_at > at && held.expires_at <= at + 2 * LEASE_MS) return undefined;
    const fence = held.fence + 1;
    await tx
      .updateTable('leases')
      .set({ holder, fence, expires_at: at + LEASE_MS })
      .where('name', '=', name)
      .execute();
    return { name, holder, fence };
  });
}

/** False: it has been lost. */
export async function renewLease(records: Records, { name, holder, fence }: Lease, at: number): Promise<boolean> {
  const { numUpdatedRows } = await records.db
    .updateTable('leases')
    .set({ expires_at: at + LEASE_MS })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .where('fence', '=', fence)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Whoever waits may lead at once. */
export async function giveLeaseBack(records: Records, { name, holder, fence }: Lease): Promise<void> {
  await records.db
    .updateTable('leases')
    .set({ expires_at: 0 })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .where('fence', '=', fence)
    .execute();
}

/** Whether any process leads the campaign's trunk at `at`: without one nobody is called, whatever the campaign's state. */
export async function isLed(records: Records, campaignId: string, at: number): Promise<boolean> {
  const { trunk } = await records.db
    .selectFrom('campaigns')
    .select('trunk')
    .where('id', '=', campaignId)
    .executeTakeFirstOrThrow();
  const lease = await records.db
    .selectFrom('leases')
    .select('holder')
    .where('name', '=', leaseName(trunk))
    .where('expires_at', '>', at)
    .executeTakeFirst();
  return lease !== undefined;
}
