/** Brings a database to the schema of this program; several processes that start at once take turns. */
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import { migrationsFor } from './migrations/provider.ts';
import type { Records } from './records.ts';
import type { RecordsSchema } from './schema.ts';

/** Names of the migrations that were run now; none when the schema was this one already. */
export async function migrate(db: Kysely<RecordsSchema>, kind: Records['kind']): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: migrationsFor(kind) });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error === undefined) return results.map(({ migrationName }) => migrationName);
  if (isInzwaError(error, 'INZWA_RECORDS_UNAVAILABLE')) throw error;
  throw new InzwaError(
    'INZWA_RECORDS_FAILED',
    `the records cannot be brought to this version's schema (${messageOf(error)}): was the database made by a newer version?`,
    { cause: error },
  );
}
