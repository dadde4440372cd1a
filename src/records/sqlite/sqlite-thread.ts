/** The near end of the thread that has the SQLite file open. */
import { Worker } from 'node:worker_threads';
import { InzwaError } from '#kernel/errors.ts';
import { recordsError } from '../failures.ts';
import type { SqliteReply, SqliteRequest, SqliteValue, SqliteWorkerData } from './protocol.ts';

type Answered = Extract<SqliteReply, { readonly rows: readonly unknown[] }>;
type Pending = PromiseWithResolvers<Answered>;
/** A request that has no number yet. */
type Question = SqliteRequest extends infer R ? (R extends SqliteRequest ? Omit<R, 'id'> : never) : never;

/** Requests are answered in the order in which they are made. */
export class SqliteThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #death: InzwaError | undefined;

  /** The file is made when it is not there; its folder must be. */
  constructor(file: string) {
    const workerData: SqliteWorkerData = { file };
    this.#worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), { workerData, name: 'records' });
    // Nobody has to wait for records to end the process: what was acknowledged is on the disk.
    this.#worker.unref();
    this.#worker.on('message', (reply: SqliteReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(undefined));
  }

  query(sql: string, parameters: readonly SqliteValue[]): Promise<Answered> {
    return this.#ask({ kind: 'query', sql, parameters });
  }

  async rollback(): Promise<void> {
    await this.#ask({ kind: 'rollback' });
  }

  async backup(path: string): Promise<void> {
    await this.#ask({ kind: 'backup', path });
  }

  /** What was asked before is still done. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#death === undefined) {
      await this.#ask({ kind: 'close' });
      await this.#worker.terminate();
    }
  }

  #ask(question: Question): Promise<Answered> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    const id = ++this.#lastId;
    const pending: Pending = Promise.withResolvers();
    this.#pending.set(id, pending);
    // A process must not end between a question and its answer.
    if (this.#pending.size === 1) this.#worker.ref();
    this.#worker.postMessage({ ...question, id } satisfies SqliteRequest);
    return pending.promise;
  }

  #settle(reply: SqliteReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('rows' in reply) {
      pending.resolve(reply);
      return;
    }
    const { sqliteCode, message } = reply.fault;
    const constraint = /constraint failed: (.+)$/.exec(message)?.[1];
    pending.reject(recordsError({ sqliteCode, constraint, message }));
  }

  #die(cause: unknown): void {
    this.#death ??= new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'the thread that has the records open has ended.', {
      retryable: true,
      cause,
    });
    for (const { reject } of this.#pending.values()) reject(this.#death);
    this.#pending.clear();
  }
}
