/** Whether somebody is on the telephone with us, or is being called: what is written of a call while it lasts cannot be erased yet. */
import { sql } from 'kysely';
import { lockTrunk } from '#src/campaigns/dialler/lease.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { Records, RecordsQueries, RecordsTransaction } from './records.ts';
import { OPEN_ATTEMPT_STATES } from './schema.ts';

/** No call lasts as long: what has no end by then lost its process, or a carrier that nobody asks any more. */
export const LONGEST_CALL_MS = 4 * 3_600_000;
/** An interview that has not said how it ended so long after its call never will. */
const LAST_WORDS_MS = 120_000;

/**
 * Also holds off every claim of a call until the transaction ends, so that nobody is called in between. Rejects with
 * INZWA_ERASURE_WAITS. `at`: epoch ms.
 */
export async function assertNotOnTheLine(
  tx: RecordsTransaction,
  kind: Records['kind'],
  phoneHash: string,
  at: number,
): Promise<void> {
  const trunks = await tx.selectFrom('trunks').select('name').orderBy('name').execute();
  for (const { name } of trunks) await lockTrunk(tx, kind, name);
  const since = (await callSince(tx, phoneHash, at)) ?? (await attemptSince(tx, phoneHash, at));
  if (since === undefined) return;
  const minutes = Math.max(1, Math.round((at - since) / 60_000));
  throw new InzwaError(
    'INZWA_ERASURE_WAITS',
    `nothing was erased: a call with that number is under way, or was ordered, for ${minutes} min. Erase again when it is over; ` +
      '"campaign dnc add" takes back one that still rings. The service writes down how a call ended, and ' +
      "settles an order that no carrier has confirmed by the carrier's own list, so let it run. What is never settled stands in " +
      `the way for ${LONGEST_CALL_MS / 3_600_000} hours from its order at the latest: erase again then.`,
    { retryable: true },
  );
}

async function callSince(db: RecordsQueries, phoneHash: string, at: number): Promise<number | undefined> {
  const call = await db
    .selectFrom('calls')
    .select('started_at')
    .where((is) => is.or([is('from_hash', '=', phoneHash), is('to_hash', '=', phoneHash)]))
    .where('ended_at', 'is', null)
    .where('started_at', '>', at - LONGEST_CALL_MS)
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return call?.started_at;
}

/** Open, or over and not yet written into its contact: then words may still come. */
async function attemptSince(db: RecordsQueries, phoneHash: string, at: number): Promise<number | undefined> {
  const attempt = await db
    .selectFrom('attempts as a')
    .innerJoin('campaign_contacts as cc', 'cc.id', 'a.campaign_contact_id')
    .select('a.intent_at')
    .where('a.phone_hash', '=', phoneHash)
    .where('a.intent_at', '>', at - LONGEST_CALL_MS)
    .where((is) =>
      is.or([
        is('a.state', 'in', OPEN_ATTEMPT_STATES),
        is.and([is('cc.state', '=', 'dialing'), is('a.ended_at', '>', at - LAST_WORDS_MS)]),
      ]),
    )
    .orderBy('a.intent_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return attempt?.intent_at;
}

/** True: what a call that began at `since` still has to say of them must not be kept. */
export async function isErasedSince(
  db: RecordsQueries,
  phoneHashes: readonly string[],
  since: number,
): Promise<boolean> {
  if (phoneHashes.length === 0) return false;
  const { rows } = await sql<{ readonly one: number }>`
    select 1 as one from phones where hash in (${sql.join(phoneHashes)}) and erased_at >= ${since}
    union all
    select 1 as one from contacts where phone_hash in (${sql.join(phoneHashes)}) and erased_at >= ${since}`.execute(db);
  return rows.length > 0;
}
