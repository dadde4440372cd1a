/** The border to the database: what every reader and writer of records is given. */
import type { Kysely, Transaction } from 'kysely';
import type { RecordsSchema } from './schema.ts';

export type RecordsTransaction = Transaction<RecordsSchema>;

/** Reads and single statements; what must hold together goes through `Records.transaction`. */
export type RecordsQueries = Kysely<RecordsSchema>;

export interface Records extends AsyncDisposable {
  readonly kind: 'sqlite' | 'postgres';
  readonly db: RecordsQueries;
  /**
   * Runs `work` in one transaction that is durable when this resolves (SQLite: BEGIN IMMEDIATE, one at a time; PostgreSQL:
   * read committed). `work` must wait for nothing but the database. Rejects with INZWA_RECORDS_UNAVAILABLE (retryable: true)
   * when the database is locked, full or cannot be reached.
   */
  transaction<T>(work: (tx: RecordsTransaction) => Promise<T>): Promise<T>;
}
