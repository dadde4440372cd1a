/** After rows were emptied or deleted: sees to it that the files hold no copy of what they were. */
import { sql } from 'kysely';
import { recordsError } from './failures.ts';
import type { Records, RecordsQueries } from './records.ts';

const SQLITE_BUSY = 5;
/** Tables that had words or numbers in them. */
const TABLES = [
  'phones',
  'contacts',
  'campaign_contacts',
  'turns',
  'answers',
  'recordings',
  'attempt_events',
  'opt_outs',
  'outbox',
] as const;

/**
 * SQLite: the log is emptied into the file, where deleted rows are zeros (`secure_delete`). PostgreSQL: dead rows are made
 * free space; their bytes go as the space is used again, and from its own log and backups by its operator's rules. Rejects
 * with INZWA_RECORDS_UNAVAILABLE when that could not be finished (somebody reads for so long that the log cannot be emptied):
 * what is forgotten is then still in the files, so do it again.
 */
export async function scrub({ kind, db }: Pick<Records, 'kind' | 'db'>): Promise<void> {
  if (kind === 'postgres') {
    await vacuum(db);
    return;
  }
  const { rows } = await sql<{ readonly busy: number }>`pragma wal_checkpoint(truncate)`.execute(db);
  if (rows[0]?.busy === 1) throw recordsError({ sqliteCode: SQLITE_BUSY, message: 'checkpoint' });
}

/** On a connection without the time-out of ordinary statements: a table of years takes minutes, and half of it is not enough. */
async function vacuum(db: RecordsQueries): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql`set statement_timeout = 0`.execute(connection);
    // Somebody else's vacuum of the same table is waited for.
    await sql`set lock_timeout = '5min'`.execute(connection);
    try {
      for (const table of TABLES) await sql`vacuum ${sql.table(table)}`.execute(connection);
    } finally {
      await sql`reset statement_timeout`.execute(connection);
      await sql`reset lock_timeout`.execute(connection);
    }
  });
}
