/**
 * What a database says when it cannot do something, in codes of ours. Its own words stay out of the message: PostgreSQL
 * quotes the row that it refused, and a row may hold a number.
 */
import { InzwaError } from '#kernel/errors.ts';

/** Said of one statement, before anybody knows what it means. */
export interface DatabaseFault {
  /** SQLite's extended result code, https://www.sqlite.org/rescode.html */
  readonly sqliteCode?: number | undefined;
  /** PostgreSQL's SQLSTATE, or the code of a socket. */
  readonly code?: string | undefined;
  /** Name of the constraint, or `table.column` of it. */
  readonly constraint?: string | undefined;
  /** Asked by the name of a statement that was prepared before. */
  readonly isPrepared?: boolean;
  readonly message: string;
}

/** feature_not_supported: its table has another form now; invalid_sql_statement_name: the server has forgotten it. */
const POSTGRES_STALE: ReadonlySet<string> = new Set(['0A000', '26000']);

/** Said of a prepared statement only because it was prepared: asked anew, it is answered. */
export function isStale({ code, isPrepared }: Pick<DatabaseFault, 'code' | 'isPrepared'>): boolean {
  return isPrepared === true && code !== undefined && POSTGRES_STALE.has(code);
}

/** Busy, locked, read-only, I/O error, corrupt, full, cannot open, no database: nothing that the statement could help. */
const SQLITE_TROUBLE: ReadonlyMap<number, string> = new Map([
  [5, 'another process holds the database'],
  [6, 'the database is locked'],
  [8, 'the database cannot be written'],
  [10, 'the disk does not read or write'],
  [11, 'the database file is damaged'],
  [13, 'the disk is full'],
  [14, 'the database file cannot be opened'],
  [26, 'the file is no database'],
]);
/** SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE. */
const SQLITE_UNIQUE: ReadonlySet<number> = new Set([1555, 2067]);

/** By SQLSTATE or its class (PostgreSQL 15, appendix A), and by the codes of Node's sockets. */
const POSTGRES_TROUBLE: readonly (readonly [RegExp, string])[] = [
  [/^53100$/, 'the disk of the database is full'],
  [/^(?:08|57P)/, 'the connection to the database was lost'],
  [/^53/, 'the database has no room for another connection'],
  [/^(?:40|55P03|57014)/, 'the database was locked for too long'],
  [/^(?:58|XX)/, 'the database reports damage or an I/O error'],
  [/^25006$/, 'the database cannot be written'],
  [/^28|^3D000$/, 'the database does not let us in'],
  [/^E[A-Z_]+$/, 'the database cannot be reached'],
];
/** What pg says without any code (pg 8, client.js and pg-pool). */
const POSTGRES_LOST =
  /^(?:Connection terminated|timeout exceeded|Client (?:has encountered|was closed)|Cannot use a pool)/;

/** INZWA_RECORDS_UNAVAILABLE (retryable), INZWA_RECORDS_CONFLICT or INZWA_RECORDS_FAILED. */
export function recordsError(fault: DatabaseFault): InzwaError {
  const { sqliteCode, code, constraint, message } = fault;
  if (sqliteCode !== undefined) {
    if (SQLITE_UNIQUE.has(sqliteCode)) return conflict(constraint);
    const trouble = SQLITE_TROUBLE.get(sqliteCode & 0xff);
    return trouble === undefined ? failed(`SQLite code ${sqliteCode}`, message) : unavailable(trouble, { sqliteCode });
  }
  if (code === '23505') return conflict(constraint);
  if (isStale(fault)) return unavailable('a prepared statement has to be prepared anew', { code });
  const trouble =
    code === undefined
      ? POSTGRES_LOST.test(message) && 'the connection to the database was lost'
      : POSTGRES_TROUBLE.find(([pattern]) => pattern.test(code))?.[1];
  if (typeof trouble === 'string') return unavailable(trouble, { code });
  // Of a class 22 or 23 error even the message may quote a value.
  return failed(
    `SQLSTATE ${code ?? 'none'}`,
    /^2[23]/.test(code ?? '') ? (constraint ?? 'a value was refused') : message,
  );
}

function unavailable(trouble: string, details: Readonly<Record<string, unknown>>): InzwaError {
  return new InzwaError('INZWA_RECORDS_UNAVAILABLE', `records cannot be read or written: ${trouble}.`, {
    retryable: true,
    details,
  });
}

function conflict(constraint: string | undefined): InzwaError {
  return new InzwaError('INZWA_RECORDS_CONFLICT', `a row of that key is there already (${constraint ?? 'unnamed'}).`, {
    details: { constraint },
  });
}

function failed(code: string, message: string): InzwaError {
  return new InzwaError('INZWA_RECORDS_FAILED', `a statement on the records failed (${code}): ${message}.`);
}
