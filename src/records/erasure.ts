/**
 * One person asks for what is kept of them, or for its end. Found by the hash of their number, so it works also when the
 * number itself has gone already. Their do-not-call entry and the fact that they were called stay, under the hash.
 */
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { appendAudit } from './audit.ts';
import { assertNotOnTheLine } from './on-the-line.ts';
import type { Records, RecordsQueries } from './records.ts';
import { deleteRecordingFile } from './recording/recordings.ts';
import { scrub } from './scrub.ts';

export interface PersonRequest {
  readonly records: Records;
  readonly phoneHash: string;
  /** Who asked for it to be done, for the audit. */
  readonly actor: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Every row that is about one person, by table. */
export type PersonRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** Rows that were emptied; 0 of everything for somebody who was never there. */
export interface ErasureReport {
  readonly calls: number;
  readonly recordings: number;
  readonly contacts: number;
  readonly answers: number;
}

/** Undefined when nothing is known of them. Writes a line of audit. */
export async function exportPerson({ records, phoneHash, actor, at }: PersonRequest): Promise<PersonRows | undefined> {
  const rows = await rowsOf(records.db, phoneHash);
  const isKnown = Object.values(rows).some((found) => found.length > 0);
  await records.transaction((tx) => appendAudit(tx, { at, actor, action: 'privacy.export', object: phoneHash }));
  return isKnown ? rows : undefined;
}

export interface ErasureRequest extends PersonRequest {
  /** Undefined for a backup. */
  readonly recordingsFolder: string | undefined;
}

/**
 * Empties everything in one transaction, with a line of audit, then what was to be told of them, then the files. Safe to run
 * again when it broke off. Rejects with INZWA_ERASURE_WAITS, and has changed nothing, while they are on the telephone or are being called: what such a call
 * still writes would bring back what was erased. With INZWA_RECORDS_UNAVAILABLE it is to be run again.
 */
export async function erasePerson(request: ErasureRequest): Promise<ErasureReport> {
  const { records, phoneHash, actor, at, recordingsFolder } = request;
  const { report, paths, named } = await records.transaction(async (tx) => {
    // In a backup no call goes on.
    if (recordingsFolder !== undefined) await assertNotOnTheLine(tx, records.kind, phoneHash, at);
    const { attempts, calls, contacts } = await idsOf(tx, phoneHash);
    const recordings = await tx
      .selectFrom('recordings')
      .select(['id', 'path'])
      .where('call_id', 'in', orNone(calls))
      .execute();
    await tx
      .updateTable('recordings')
      .set({ wrapped_key: null, deleted_at: at })
      .where('call_id', 'in', orNone(calls))
      .where('deleted_at', 'is', null)
      .execute();
    await tx.updateTable('turns').set({ text: null }).where('call_id', 'in', orNone(calls)).execute();
    const answers = await tx
      .updateTable('answers')
      .set({ raw_text: null, value_json: 'null' })
      .where('campaign_contact_id', 'in', orNone(contacts))
      .executeTakeFirst();
    await tx
      .updateTable('campaign_contacts')
      .set({ vars_json: '{}', resume_json: null, consent_ref: null })
      .where('id', 'in', orNone(contacts))
      .execute();
    // Without a number nobody can be called.
    await tx
      .updateTable('campaign_contacts')
      .set({ state: 'skipped', disposition: 'cancelled' })
      .where('id', 'in', orNone(contacts))
      .where('state', 'in', ['pending', 'callback', 'dialing'])
      .execute();
    await tx
      .updateTable('attempt_events')
      .set({ payload_json: '{}' })
      .where('attempt_id', 'in', orNone(attempts))
      .execute();
    await tx.updateTable('opt_outs').set({ evidence: null }).where('phone_hash', '=', phoneHash).execute();
    await tx.updateTable('contacts').set({ erased_at: at }).where('phone_hash', '=', phoneHash).execute();
    await tx
      .updateTable('phones')
      .set({ e164: null, masked: null, erased_at: at })
      .where('hash', '=', phoneHash)
      .execute();
    const counts: ErasureReport = {
      calls: calls.length,
      recordings: recordings.length,
      contacts: contacts.length,
      answers: Number(answers.numUpdatedRows),
    };
    await appendAudit(tx, { at, actor, action: 'privacy.erase', object: phoneHash, detail: { ...counts } });
    return { report: counts, paths: recordings.map(({ path }) => path), named: [...contacts, ...attempts] };
  });
  await deleteEvents(records, named).catch((error: unknown) => {
    throw unfinished('no other row has anything of them any more, but events for other systems may name them', error);
  });
  // Its key is gone by now, so that a file which cannot be deleted is noise; it is still reported.
  if (recordingsFolder !== undefined) for (const path of paths) await deleteRecordingFile(recordingsFolder, path);
  await scrub(records).catch((error: unknown) => {
    throw unfinished('no row has anything of them any more, but the files of the database may', error);
  });
  return report;
}

/**
 * An event names nobody but by these (`CampaignEvent`). All of the table is read for it, so it is not part of the transaction
 * that holds calls off; and read before anything is deleted, so that SQLite keeps no other writer waiting meanwhile.
 */
async function deleteEvents({ db }: Records, named: readonly string[]): Promise<void> {
  for (const some of slices(named, MOST_NAMED)) {
    const found = await db
      .selectFrom('outbox')
      .select('id')
      .where((is) => is.or(some.map((id) => is('event_json', 'like', `%${id}%`))))
      .execute();
    const ids = found.map(({ id }) => id);
    for (const part of slices(ids, MOST_DELETED)) await db.deleteFrom('outbox').where('id', 'in', part).execute();
  }
}

/** SQLite takes an expression of 1,000 parts. */
const MOST_NAMED = 500;
const MOST_DELETED = 1_000;

function* slices<T>(items: readonly T[], most: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += most) yield items.slice(start, start + most);
}

function unfinished(what: string, error: unknown): InzwaError {
  return new InzwaError('INZWA_RECORDS_UNAVAILABLE', `${what} (${messageOf(error)}): erase once more.`, {
    retryable: true,
    cause: error,
  });
}

async function rowsOf(db: RecordsQueries, phoneHash: string): Promise<PersonRows> {
  const { attempts, calls, contacts } = await idsOf(db, phoneHash);
  const ofCalls = (table: 'turns' | 'legs' | 'recordings') =>
    db.selectFrom(table).selectAll().where('call_id', 'in', orNone(calls)).execute();
  return {
    phones: await db.selectFrom('phones').selectAll().where('hash', '=', phoneHash).execute(),
    contacts: await db.selectFrom('contacts').selectAll().where('phone_hash', '=', phoneHash).execute(),
    campaign_contacts: await db
      .selectFrom('campaign_contacts')
      .selectAll()
      .where('id', 'in', orNone(contacts))
      .execute(),
    attempts: await db.selectFrom('attempts').selectAll().where('id', 'in', orNone(attempts)).execute(),
    attempt_events: await db
      .selectFrom('attempt_events')
      .selectAll()
      .where('attempt_id', 'in', orNone(attempts))
      .execute(),
    calls: await db.selectFrom('calls').selectAll().where('id', 'in', orNone(calls)).execute(),
    legs: await ofCalls('legs'),
    turns: await ofCalls('turns'),
    recordings: await ofCalls('recordings'),
    answers: await db.selectFrom('answers').selectAll().where('campaign_contact_id', 'in', orNone(contacts)).execute(),
    opt_outs: await db.selectFrom('opt_outs').selectAll().where('phone_hash', '=', phoneHash).execute(),
  };
}

async function idsOf(
  db: RecordsQueries,
  phoneHash: string,
): Promise<{ readonly attempts: string[]; readonly calls: string[]; readonly contacts: string[] }> {
  const only = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
  const attempts = only(await db.selectFrom('attempts').select('id').where('phone_hash', '=', phoneHash).execute());
  const contacts = only(
    await db.selectFrom('campaign_contacts').select('id').where('phone_hash', '=', phoneHash).execute(),
  );
  const calls = await db
    .selectFrom('calls')
    .select('id')
    .where((is) =>
      is.or([is('from_hash', '=', phoneHash), is('to_hash', '=', phoneHash), is('attempt_id', 'in', orNone(attempts))]),
    )
    .execute();
  return { attempts, calls: only(calls), contacts };
}

/** `in ()` is no SQL; and nothing has an empty id. */
function orNone(ids: string[]): string[] {
  return ids.length === 0 ? [''] : ids;
}
