/** Kysely over a PostgreSQL server, with its faults in codes of ours. */
import { type Dialect, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { recordsError } from '../failures.ts';

/** One waits for a dial, one for an import, the rest are calls being written down. */
const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** int8 and numeric: counts, sums, epoch ms and micros, all below 2^53. */
const NUMERIC_TYPES: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    const parse: unknown = NUMERIC_TYPES.has(oid) ? Number : pg.types.getTypeParser(oid, format);
    return parse;
  },
};

export interface PostgresConnectionPool extends AsyncDisposable {
  readonly dialect: Dialect;
}

/** Connects with the first statement. The address may carry a password: it is in no error. */
export function openPostgres(url: string): PostgresConnectionPool {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'inzwa',
    types,
    // A server may be set up to acknowledge before it is on the disk: after its power cut, people would be called again.
    options:
      '-c synchronous_commit=on -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000 -c statement_timeout=60000',
  });
  // A connection that breaks while nobody asks anything says so here; the next question opens another one.
  const ignore = (): void => undefined;
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return {
    dialect: new PostgresDialect({ pool: translated(pool) }),
    async [Symbol.asyncDispose]() {
      if (!pool.ended) await pool.end();
    },
  };
}

/** The pool, whose every rejection is a `recordsError`. */
function translated(pool: pg.Pool): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: {},
    async connect() {
      const client = await pool.connect().catch(refuse);
      let wrapped = clients.get(client);
      if (wrapped === undefined) {
        wrapped = {
          query: runOn(client),
          release: (isBroken?: boolean) => client.release(isBroken),
        };
        clients.set(client, wrapped);
      }
      return wrapped;
    },
    async end() {
      if (!pool.ended) await pool.end();
    },
  };
}

/** Without the cursors that Kysely would stream with: records are read in pages. */
function runOn(client: pg.PoolClient): PostgresPoolClient['query'] {
  const run = (sql: string, parameters: readonly unknown[]): Promise<unknown> =>
    client.query(sql, [...parameters]).catch(refuse);
  return run as PostgresPoolClient['query'];
}

function refuse(error: unknown): never {
  const { code, constraint, message } = error as Partial<pg.DatabaseError>;
  throw recordsError({ code, constraint, message: message ?? String(error) });
}
