/** In the middle of the run an operator imports a list of people who want no calls, most of whom are waiting for theirs. */
import type { Clock } from '#kernel/clock.ts';
import { addToDoNotCall } from '#src/campaigns/do-not-call/list.ts';
import { installationKeys } from '#src/records/keys.ts';
import { Phones } from '#src/records/phones.ts';
import type { Records } from '#src/records/records.ts';
import { parseNumber } from '#telephony/numbers.ts';
import { MADE_UP_KEYS } from '../write-campaign.ts';

/** Who was put on the list, and when that was certain, in epoch ms of the run's clock. */
export interface MidRunList {
  readonly numbers: ReadonlySet<string>;
  readonly at: number;
}

export interface MidRunListOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly people: number;
  /** Aborts a wait for a run that has failed. */
  readonly signal: AbortSignal;
}

/** By then, of as many people, one has been called: others queue, ring, talk, and wait to be called again. */
const CALLED_SHARE = 1 / 4;
const LISTED_SHARE = 1 / 10;
const LOOK_MS = 1_000;

/** As another process would: whatever becomes of the dialler meanwhile. Rejects with INZWA_CANCELLED. */
export async function listInTheMiddle({ records, clock, people, signal }: MidRunListOptions): Promise<MidRunList> {
  const { db } = records;
  for (;;) {
    const { calls } = await db
      .selectFrom('attempts')
      .select(({ fn }) => fn.countAll<number>().as('calls'))
      .executeTakeFirstOrThrow();
    if (calls >= people * CALLED_SHARE) break;
    await clock.sleep(LOOK_MS, { signal });
  }
  const waiting = await db
    .selectFrom('campaign_contacts')
    .innerJoin('phones', 'phones.hash', 'campaign_contacts.phone_hash')
    .select('phones.e164')
    .where('state', '=', 'pending')
    // Whose turn is last, and who have been called and are to be called again.
    .orderBy('next_at', 'desc')
    .orderBy('ordinal', 'desc')
    .limit(Math.ceil(people * LISTED_SHARE))
    .execute();
  const numbers = waiting.flatMap(({ e164 }) => {
    const parsed = parseNumber(e164 ?? '');
    return parsed.ok ? [parsed.number] : [];
  });
  const room = { records, clock, phones: new Phones(installationKeys(MADE_UP_KEYS)) };
  await addToDoNotCall(room, numbers, { scope: '*', source: 'import', evidence: 'list', actor: 'operator' });
  return { numbers: new Set(numbers), at: clock.wallMs() };
}
