/** Records of which a test knows whether somebody is waiting for them, so that a virtual clock can stand still meanwhile. */
import { Kysely, type DatabaseConnection, type Dialect, type Driver } from 'kysely';
import { openPostgres } from '#src/records/postgres/postgres-dialect.ts';
import type { RecordsPlace } from '#src/records/open-records.ts';
import type { Records } from '#src/records/records.ts';
import type { RecordsSchema } from '#src/records/schema.ts';
import { sqliteDialect } from '#src/records/sqlite/sqlite-dialect.ts';
import { SqliteThread } from '#src/records/sqlite/sqlite-thread.ts';

export interface WatchedRecords extends Records {
  /** Resolves when nobody has, or waits for, a connection, and nobody wants one in the next turns of the event loop. */
  quiet(): Promise<void>;
}

/** Turns of the event loop after an answer in which whoever got it may ask the next question. */
const TURNS = 4;

/** A second connection to a database that `databases` opened. */
export function watchRecords(place: RecordsPlace): WatchedRecords {
  const connection = 'url' in place ? openPostgres(place.url) : new SqliteThread(place.file);
  const dialect = connection instanceof SqliteThread ? sqliteDialect(connection) : connection.dialect;
  const watch = new Watch();
  const db = new Kysely<RecordsSchema>({ dialect: watch.over(dialect) });
  return {
    kind: 'url' in place ? 'postgres' : 'sqlite',
    db,
    transaction: (work) => db.transaction().execute(work),
    quiet: () => watch.quiet(),
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await connection[Symbol.asyncDispose]();
    },
  };
}

class Watch {
  #busy = 0;
  #whenFree: (() => void)[] = [];

  over(dialect: Dialect): Dialect {
    return {
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createDriver: () => this.#watched(dialect.createDriver()),
    };
  }

  async quiet(): Promise<void> {
    for (let turns = 0; turns < TURNS; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#busy === 0) continue;
      await new Promise<void>((resolve) => this.#whenFree.push(resolve));
      turns = -1;
    }
  }

  #watched(driver: Driver): Driver {
    const free = (): void => {
      if (--this.#busy > 0) return;
      for (const resolve of this.#whenFree.splice(0)) resolve();
    };
    return {
      init: () => driver.init(),
      destroy: () => driver.destroy(),
      beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
      commitTransaction: (connection) => driver.commitTransaction(connection),
      rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
      acquireConnection: async (): Promise<DatabaseConnection> => {
        this.#busy++;
        try {
          return await driver.acquireConnection();
        } catch (error) {
          free();
          throw error;
        }
      },
      releaseConnection: async (connection) => {
        try {
          await driver.releaseConnection(connection);
        } finally {
          free();
        }
      },
    };
  }
}
