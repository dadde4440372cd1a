/** Whether what is acknowledged is really on a disk, and how long that takes: a dialler commits before every call. */
import { sql } from 'kysely';
import type { Clock } from '#kernel/clock.ts';
import type { Records } from './records.ts';

/** Slower is an SD card, a busy hard disk or a far server; each call that is placed waits for two to three commits. */
const SLOW_COMMIT_MS = 20;
const COMMITS = 5;

export interface Durability {
  /** The middle one of five, in ms, the way to the database included. */
  readonly commitMs: number;
  /** In words for an operator; empty when all is well. */
  readonly warnings: readonly string[];
}

/** Writes one row five times. Rejects with INZWA_RECORDS_UNAVAILABLE. */
export async function measureDurability(records: Records, clock: Clock): Promise<Durability> {
  const took: number[] = [];
  for (let commit = 0; commit < COMMITS; commit++) {
    const startedMs = clock.nowMs();
    await records.db
      .insertInto('installation')
      .values({ name: 'commit-probe', value: String(clock.wallMs() + commit) })
      .onConflict((conflict) => conflict.column('name').doUpdateSet((is) => ({ value: is.ref('excluded.value') })))
      .execute();
    took.push(clock.nowMs() - startedMs);
  }
  const commitMs = took.sort((one, other) => one - other)[Math.floor(COMMITS / 2)] ?? 0;
  const warnings = records.kind === 'postgres' ? await serverWarnings(records) : [];
  if (commitMs > SLOW_COMMIT_MS) {
    warnings.push(
      `the database takes ${Math.round(commitMs)} ms to commit: fewer calls can be placed per second; use an SSD or a nearer server`,
    );
  }
  return { commitMs, warnings };
}

/** Settings of a server with which a power cut loses commits, and people are called again. */
async function serverWarnings({ db }: Records): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from pg_settings where name in ('fsync', 'full_page_writes') and setting = 'off' order by name`.execute(
    db,
  );
  return rows.map(
    ({ name }) => `PostgreSQL runs with ${name} = off: a power cut can lose or damage what was committed`,
  );
}
