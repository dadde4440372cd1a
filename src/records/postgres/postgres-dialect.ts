/** Kysely over a PostgreSQL server, with its faults in codes of ours. */
import { type Dialect, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { isStale, recordsError } from '../failures.ts';

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
  const prepared: Preparations = { generation: 0 };
  return {
    options: {},
    async connect() {
      const client = await pool.connect().catch((error: unknown) => refuse(error));
      let wrapped = clients.get(client);
      if (wrapped === undefined) {
        wrapped = {
          query: runOn(client, prepared),
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
function runOn(client: pg.PoolClient, prepared: Preparations): PostgresPoolClient['query'] {
  const statements = new Statements(prepared);
  const run = (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
    const name = statements.nameOf(sql);
    return client.query({ text: sql, values: [...parameters], name }).catch((error: unknown) => {
      const isPrepared = name !== undefined;
      // On the other connections as well: whoever asks again may be given any of them.
      if (isStale({ code: (error as Partial<pg.DatabaseError>).code, isPrepared })) prepared.generation += 1;
      return refuse(error, isPrepared);
    });
  };
  return run as PostgresPoolClient['query'];
}

/** Of all connections: what was prepared in a generation before this one is prepared anew, under another name. */
interface Preparations {
  generation: number;
}

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
  readonly #prepared: Preparations;
  #generation: number;
  #given = 0;

  constructor(prepared: Preparations) {
    this.#prepared = prepared;
    this.#generation = prepared.generation;
  }

  /** Undefined: it is not prepared. */
  nameOf(text: string): string | undefined {
    if (this.#generation !== this.#prepared.generation) {
      this.#generation = this.#prepared.generation;
      this.#names.clear();
    }
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
}

function refuse(error: unknown, isPrepared = false): never {
  const { code, constraint, message } = error as Partial<pg.DatabaseError>;
  throw recordsError({ code, constraint, isPrepared, message: message ?? String(error) });
}
