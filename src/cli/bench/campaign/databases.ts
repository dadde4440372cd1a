/** Empty records on both databases, in places that are gone afterwards. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { openRecords, type OpenRecords, type RecordsPlace } from '#src/records/open-records.ts';
import { ensurePostgres } from '../../postgres/install.ts';
import { PrivatePostgres } from '../../postgres/private-postgres.ts';

export interface BenchRecords extends AsyncDisposable {
  readonly records: OpenRecords;
  readonly place: RecordsPlace;
}

export type DatabaseName = 'sqlite' | 'postgres';

/** Starts the server when PostgreSQL is first asked for. Disposing of it ends everything. */
export class BenchDatabases implements AsyncDisposable {
  readonly #opts: { readonly clock: Clock; readonly signal: AbortSignal };
  #server: PrivatePostgres | undefined;

  constructor(opts: { readonly clock: Clock; readonly signal: AbortSignal }) {
    this.#opts = opts;
  }

  /** Migrated and empty. */
  async open(name: DatabaseName): Promise<BenchRecords> {
    if (name === 'postgres') {
      this.#server ??= await PrivatePostgres.start({ install: await ensurePostgres(this.#opts), ...this.#opts });
      const place = { url: await this.#server.createDatabase(`bench_${randomBytes(6).toString('hex')}`) };
      const records = await openRecords(place);
      return { records, place, [Symbol.asyncDispose]: () => records[Symbol.asyncDispose]() };
    }
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-bench-'));
    const place = { file: join(folder, 'records.sqlite') };
    const records = await openRecords(place);
    return {
      records,
      place,
      async [Symbol.asyncDispose]() {
        await records[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
}
