/** Kysely over one SQLite file in a thread of its own. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { InzwaError } from '#kernel/errors.ts';
import type { SqliteValue } from './protocol.ts';
import type { SqliteThread } from './sqlite-thread.ts';

/** The thread belongs to the caller, who ends it after Kysely is done with it. */
export function sqliteDialect(thread: SqliteThread): Dialect {
  return {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createDriver: () => new SqliteThreadDriver(thread),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class TransactionalSqliteAdapter extends SqliteAdapter implements DialectAdapter {
  /** SQLite rolls back `create table` as it does any other statement; and two processes that start at once take turns. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** One connection; Kysely lets one user have it at a time, since the adapter supports no more. */
class SqliteThreadDriver implements Driver {
  readonly #thread: SqliteThread;
  readonly #connection: SqliteThreadConnection;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
    this.#connection = new SqliteThreadConnection(thread);
  }

  async init(): Promise<void> {
    // opened by the thread, with the first statement
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#connection);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // IMMEDIATE: a deferred transaction that reads first cannot wait for another process's write, it fails (SQLITE_BUSY).
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(): Promise<void> {
    await this.#thread.rollback();
  }

  async releaseConnection(): Promise<void> {
    // there is only one
  }

  async destroy(): Promise<void> {
    // the thread is the caller's
  }
}

class SqliteThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes, lastRowid } = await this.#thread.query(sql, parameters as readonly SqliteValue[]);
    return {
      rows: rows as R[],
      ...(changes !== undefined && { numAffectedRows: BigInt(changes) }),
      ...(lastRowid !== undefined && { insertId: BigInt(lastRowid) }),
    };
  }

  // eslint would like a yield; there is nothing to yield from, because a stream would keep every writer waiting.
  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new InzwaError('INZWA_RECORDS_FAILED', 'records are read in pages by key, not as one stream.');
  }
}
