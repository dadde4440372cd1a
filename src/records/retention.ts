/**
 * What is kept for how long. Each class goes by itself: sound first, then words and numbers, then the bare facts. Hashes of
 * phones, do-not-call entries and counts stay. Safe to run again at any time, and over a backup.
 */
import { sql } from 'kysely';
import { LONGEST_CALL_MS } from './on-the-line.ts';
import type { Records, RecordsQueries } from './records.ts';
import { deleteRecordingFile } from './recording/recordings.ts';
import { settleRecordings } from './recording/settle.ts';
import { scrub } from './scrub.ts';

export interface RetentionPeriods {
  readonly recordingsMs: number;
  /** What was heard and said, words behind answers, what carriers told; and the numbers of callers. */
  readonly wordsMs: number;
  /** From a campaign's end: the numbers and columns of its contacts. */
  readonly contactsMs: number;
  /** Calls without words; from a campaign's end its attempts and answers. */
  readonly callsMs: number;
  /** What was delivered to other systems, and jobs that are done. */
  readonly deliveriesMs: number;
  readonly auditMs: number;
  readonly backupsMs: number;
}

const DAY_MS = 86_400_000;

/** An answer can be asked about for three months; a bill for a year and a month; what was done for seven years. */
export const RETENTION: RetentionPeriods = {
  recordingsMs: 30 * DAY_MS,
  wordsMs: 90 * DAY_MS,
  contactsMs: 90 * DAY_MS,
  callsMs: 400 * DAY_MS,
  deliveriesMs: 30 * DAY_MS,
  auditMs: 7 * 365 * DAY_MS,
  backupsMs: 30 * DAY_MS,
};

export interface RetentionOptions {
  readonly records: Records;
  /** Epoch ms. */
  readonly now: number;
  readonly periods: RetentionPeriods;
  /** Undefined for a backup: its recordings' files are those of the records themselves. */
  readonly recordingsFolder: string | undefined;
}

/** Rows of each class that were emptied or deleted. */
export type RetentionReport = Readonly<
  Record<'recordings' | 'words' | 'numbers' | 'contacts' | 'calls' | 'attempts' | 'deliveries' | 'audit', number>
>;

/** Short transactions: calls that go on are written in between. */
const BATCH = 500;

export async function applyRetention(options: RetentionOptions): Promise<RetentionReport> {
  const { records, now, periods } = options;
  await settleLostCalls(records, now);
  if (options.recordingsFolder !== undefined) {
    await settleRecordings(records, options.recordingsFolder, now - LONGEST_CALL_MS);
  }
  const report = {
    recordings: await forgetRecordings(options),
    words: await forgetWords(records, now - periods.wordsMs),
    contacts: await forgetContacts(records, now - periods.contactsMs),
    attempts: await forgetAttempts(records, now - periods.callsMs),
    calls: await forgetCalls(records, now),
    numbers: await forgetNumbers(records, now, periods),
    deliveries: await forgetDeliveries(records, now - periods.deliveriesMs),
    audit: await forgetAudit(records, now - periods.auditMs),
  };
  await scrub(records);
  return report;
}

async function settleLostCalls({ db }: Records, now: number): Promise<void> {
  await db
    .updateTable('calls')
    .set((is) => ({ ended_at: is.ref('started_at'), result: 'indeterminate', reason: 'record-broke-off' }))
    .where('ended_at', 'is', null)
    .where('started_at', '<', now - LONGEST_CALL_MS)
    .execute();
}

async function forgetRecordings({ records, now, recordingsFolder }: RetentionOptions): Promise<number> {
  return inBatches(
    () =>
      records.db
        .selectFrom('recordings')
        .select(['id', 'path'])
        .where('deleted_at', 'is', null)
        .where('retain_until', '<=', now)
        .limit(BATCH)
        .execute(),
    async (rows) => {
      // The file first: a row without a file is tried again, a file without a row would stay for ever.
      if (recordingsFolder !== undefined) {
        for (const { path } of rows) await deleteRecordingFile(recordingsFolder, path);
      }
      await records.db
        .updateTable('recordings')
        .set({ wrapped_key: null, deleted_at: now })
        .where('id', 'in', idsOf(rows))
        .execute();
    },
  );
}

async function forgetWords(records: Records, before: number): Promise<number> {
  const { db } = records;
  const turns = await inBatches(
    () =>
      db
        .selectFrom('calls')
        .select('id')
        .where('started_at', '<=', before)
        .where((is) =>
          is.exists(
            is
              .selectFrom('turns')
              .select('turns.seq')
              .whereRef('turns.call_id', '=', 'calls.id')
              .where('turns.text', 'is not', null),
          ),
        )
        .limit(BATCH)
        .execute(),
    (rows) => db.updateTable('turns').set({ text: null }).where('call_id', 'in', idsOf(rows)).execute(),
  );
  const answers = await db
    .updateTable('answers')
    .set({ raw_text: null })
    .where('at', '<=', before)
    .where('raw_text', 'is not', null)
    .executeTakeFirst();
  await db
    .updateTable('opt_outs')
    .set({ evidence: null })
    .where('at', '<=', before)
    .where('evidence', 'is not', null)
    .execute();
  await db.deleteFrom('attempt_events').where('at', '<=', before).execute();
  return turns + Number(answers.numUpdatedRows);
}

/** Columns that were imported with a contact, and where its interview stood. */
async function forgetContacts({ db }: Records, before: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('campaign_contacts')
    .set({ vars_json: '{}', resume_json: null, consent_ref: null })
    .where('campaign_id', 'in', endedCampaigns(db, before))
    .where((is) =>
      is.or([is('vars_json', '<>', '{}'), is('resume_json', 'is not', null), is('consent_ref', 'is not', null)]),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

async function forgetAttempts(records: Records, before: number): Promise<number> {
  return inBatches(
    () =>
      records.db
        .selectFrom('attempts')
        .select('id')
        .where('campaign_id', 'in', endedCampaigns(records.db, before))
        .limit(BATCH)
        .execute(),
    (rows) =>
      records.transaction(async (tx) => {
        await tx.deleteFrom('answers').where('attempt_id', 'in', idsOf(rows)).execute();
        await tx.deleteFrom('attempt_events').where('attempt_id', 'in', idsOf(rows)).execute();
        await tx.deleteFrom('attempts').where('id', 'in', idsOf(rows)).execute();
      }),
  );
}

async function forgetCalls(records: Records, now: number): Promise<number> {
  return inBatches(
    () =>
      records.db
        .selectFrom('calls')
        .select('id')
        .where('retain_until', '<=', now)
        // One whose recording is to be kept for longer is kept as well.
        .where((is) =>
          is.not(
            is.exists(
              is
                .selectFrom('recordings')
                .select('recordings.id')
                .whereRef('recordings.call_id', '=', 'calls.id')
                .where('recordings.deleted_at', 'is', null),
            ),
          ),
        )
        .limit(BATCH)
        .execute(),
    (rows) =>
      records.transaction(async (tx) => {
        for (const table of ['turns', 'legs', 'recordings'] as const) {
          await tx.deleteFrom(table).where('call_id', 'in', idsOf(rows)).execute();
        }
        await tx.deleteFrom('calls').where('id', 'in', idsOf(rows)).execute();
      }),
  );
}

/** Of whom no campaign that goes on wants anything, and who has not called or been called of late. */
async function forgetNumbers({ db }: Records, now: number, periods: RetentionPeriods): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('phones')
    .set({ e164: null, masked: null, erased_at: now })
    .where('e164', 'is not', null)
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('campaign_contacts')
            .innerJoin('campaigns', 'campaigns.id', 'campaign_contacts.campaign_id')
            .select('campaign_contacts.id')
            .whereRef('campaign_contacts.phone_hash', '=', 'phones.hash')
            .where((or) =>
              or.or([
                or('campaigns.state', 'not in', ['stopped', 'completed']),
                or('campaigns.state_at', '>', now - periods.contactsMs),
              ]),
            ),
        ),
      ),
    )
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('calls')
            .select('calls.id')
            .where((or) =>
              or.or([
                or('calls.from_hash', '=', or.ref('phones.hash')),
                or('calls.to_hash', '=', or.ref('phones.hash')),
              ]),
            )
            .where('calls.started_at', '>', now - periods.wordsMs),
        ),
      ),
    )
    .executeTakeFirst();
  await db
    .updateTable('contacts')
    .set({ erased_at: now })
    .where('erased_at', 'is', null)
    .where('phone_hash', 'in', db.selectFrom('phones').select('hash').where('e164', 'is', null))
    .execute();
  return Number(numUpdatedRows);
}

async function forgetDeliveries({ db }: Records, before: number): Promise<number> {
  const outbox = await db.deleteFrom('outbox').where('created_at', '<=', before).executeTakeFirst();
  const jobs = await db.deleteFrom('jobs').where('done_at', '<=', before).executeTakeFirst();
  return Number(outbox.numDeletedRows + jobs.numDeletedRows);
}

async function forgetAudit({ db }: Records, before: number): Promise<number> {
  // From the beginning only, and never the last: what is left is still a chain.
  const oldestKept = db
    .selectFrom('audit')
    .select(sql<number>`coalesce(min(seq), (select max(seq) from audit))`.as('seq'))
    .where('at', '>', before);
  const { numDeletedRows } = await db.deleteFrom('audit').where('seq', '<', oldestKept).executeTakeFirst();
  return Number(numDeletedRows);
}

function endedCampaigns(db: RecordsQueries, before: number) {
  return db
    .selectFrom('campaigns')
    .select('campaigns.id')
    .where('campaigns.state', 'in', ['stopped', 'completed'])
    .where('campaigns.state_at', '<=', before);
}

/** Until `find` finds nothing; `forget` must make what it was given not be found again. */
async function inBatches<T>(find: () => Promise<T[]>, forget: (rows: T[]) => Promise<unknown>): Promise<number> {
  let count = 0;
  for (;;) {
    const rows = await find();
    if (rows.length === 0) return count;
    await forget(rows);
    count += rows.length;
  }
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
