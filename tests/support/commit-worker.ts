/**
 * A process that commits rows to an SQLite file, and notes each in another file only after its commit was acknowledged. Its
 * system calls are what a power cut is worked out from. Arguments: database, notes, number of rows, `full` or `off`.
 */
import { openSync, writeSync } from 'node:fs';
import { sql } from 'kysely';
import { openRecords } from '#src/records/open-records.ts';

const [file = '', notes = '', count = '0', synchronous = 'full'] = process.argv.slice(2);
const noted = openSync(notes, 'a');
await using records = await openRecords({ file });
// A checkpoint now and then: it must not lose anything either.
await sql`pragma wal_autocheckpoint = 60`.execute(records.db);
if (synchronous === 'off') await sql`pragma synchronous = off`.execute(records.db);
for (let number = 0; number < Number(count); number++) {
  await records.transaction(async (tx) => {
    const name = `intent-${number}`;
    await tx
      .insertInto('leases')
      .values({ name, holder: 'x'.repeat(200), fence: number, expires_at: 0 })
      .execute();
  });
  writeSync(noted, `${number}\n`);
}
