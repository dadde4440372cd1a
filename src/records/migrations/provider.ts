/** Every migration by the name under which a database remembers it; in the order of their names. */
import type { MigrationProvider } from 'kysely/migration';
import type { Records } from '../records.ts';
import { createRecords } from './0001-records.ts';
import { narrowIndexes } from './0002-narrower-indexes.ts';

export function migrationsFor(kind: Records['kind']): MigrationProvider {
  return {
    getMigrations: () =>
      Promise.resolve({
        '0001-records': { up: (db) => createRecords(db, kind) },
        '0002-narrower-indexes': { up: (db) => narrowIndexes(db) },
      }),
  };
}
