/**
 * The thread that has the SQLite file open. `node:sqlite` is synchronous, and an fsync on a slow disk takes longer than a
 * frame of audio lasts: so nothing else runs here, and nobody else opens the file in this process.
 */
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { SqliteReply, SqliteRequest, SqliteWorkerData } from './protocol.ts';

/** Another process (the `inzwa` command) may be writing; nothing of ours holds the file for longer than a few ms. */
const BUSY_TIMEOUT_MS = 5_000;
/** Distinct statements of the program are about a hundred; imports make a few with many rows. */
const KEPT_STATEMENTS = 200;

if (parentPort !== null) serve(parentPort, workerData as SqliteWorkerData);

function serve(port: MessagePort, { file }: SqliteWorkerData): void {
  let opened: Connection | undefined;
  port.on('message', (request: SqliteRequest) => {
    void answer(request).then((reply) => {
      port.postMessage(reply);
      if (request.kind === 'close') port.close();
    });
  });

  async function answer(request: SqliteRequest): Promise<SqliteReply> {
    const { id } = request;
    try {
      if (request.kind === 'close') {
        opened?.close();
        return { id, rows: [] };
      }
      opened ??= new Connection(file);
      switch (request.kind) {
        case 'query':
          return { id, ...opened.query(request.sql, request.parameters) };
        case 'rollback':
          opened.rollback();
          return { id, rows: [] };
        case 'backup':
          await opened.backup(request.path);
          return { id, rows: [] };
      }
    } catch (error) {
      return { id, fault: faultOf(error) };
    }
  }
}

class Connection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, { readonly statement: StatementSync; readonly isReader: boolean }>();

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    // FULL: what was committed survives a power cut. With NORMAL the last seconds of intents are gone after one, and the
    // same people are called again (measured: 1,362 acknowledged commits lost in 12 cuts, 0 with FULL).
    this.#db.exec(`
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma secure_delete = on;
      pragma journal_size_limit = 67108864;
    `);
  }

  query(
    sql: string,
    parameters: readonly (null | number | bigint | string | Uint8Array)[],
  ): { rows: readonly unknown[]; changes?: number | bigint; lastRowid?: number | bigint } {
    const { statement, isReader } = this.#prepare(sql);
    if (isReader) return { rows: statement.all(...parameters) };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], changes, lastRowid: lastInsertRowid };
  }

  rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('rollback');
  }

  async backup(path: string): Promise<void> {
    // All in one step, which holds up no writer: between two, another process's write makes it begin anew (sqlite.org/backup.html).
    await backup(this.#db, path, { rate: 0x7fff_ffff });
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(sql: string): { readonly statement: StatementSync; readonly isReader: boolean } {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, kept);
      return kept;
    }
    const statement = this.#db.prepare(sql);
    const prepared = { statement, isReader: statement.columns().length > 0 };
    this.#statements.set(sql, prepared);
    if (this.#statements.size > KEPT_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    return prepared;
  }
}

function faultOf(error: unknown): { readonly sqliteCode: number | undefined; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const sqliteCode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined;
  return { sqliteCode, message };
}
