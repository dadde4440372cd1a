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
  const { connectionString, options } = withOwnOptions(url);
  const pool = new pg.Pool({
    connectionString,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'inzwa',
    types,
    options,
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

/** Options in the address would take the place of ours: they are put between ours. */
function withOwnOptions(url: string): { readonly connectionString: string; readonly options: string } {
  const limits = '-c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000 -c statement_timeout=60000';
  // A server may be set up to acknowledge before it is on the disk: after its power cut, people would be called again.
  const durable = '-c synchronous_commit=on';
  const [before = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  const theirs = parameters.getAll('options');
  if (theirs.length === 0) return { connectionString: url, options: `${limits} ${durable}` };
  parameters.delete('options');
  return { connectionString: `${before}?${parameters.toString()}`, options: [limits, ...theirs, durable].join(' ') };
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
  const statements = new Statements();
  const run = (sql: string, parameters: readonly unknown[]): Promise<unknown> =>
    client.query({ text: sql, values: [...parameters], name: statements.nameOf(sql) }).catch((error: unknown) => {
      if ((error as Partial<pg.DatabaseError>).code === PLAN_IS_STALE) statements.forget();
      return refuse(error);
    });
  return run as PostgresPoolClient['query'];
}

/** feature_not_supported: what is also said of a prepared statement whose table has another form now. */
const PLAN_IS_STALE = '0A000';
/** Asked so often, a question is prepared: planning the dialler's takes longer than answering them. */
const OFTEN = 5;
const MOST_PREPARED = 200;
/** Longer ones write many rows, and differ in how many. */
const MOST_CHARS = 4_000;
const MOST_COUNTED = 2_000;

/** Of one connection: which texts have been prepared on it, under which name. */
class Statements {
  readonly #asked = new Map<string, number>();
  readonly #names = new Map<string, string>();
  #given = 0;

  /** Undefined: it is not prepared. */
  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || text.length > MOST_CHARS || this.#names.size >= MOST_PREPARED) return known;
    const asked = (this.#asked.get(text) ?? 0) + 1;
    if (asked < OFTEN) {
      if (this.#asked.size >= MOST_COUNTED) this.#asked.clear();
      this.#asked.set(text, asked);
      return undefined;
    }
    this.#asked.delete(text);
    const name = `inzwa-${++this.#given}`;
    this.#names.set(text, name);
    return name;
  }

  /** They are prepared anew, under other names. */
  forget(): void {
    this.#names.clear();
  }
}

function refuse(error: unknown): never {
  const { code, constraint, message } = error as Partial<pg.DatabaseError>;
  throw recordsError({ code, constraint, message: message ?? String(error) });
}
