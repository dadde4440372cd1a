import { expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { ensurePostgres } from '#src/cli/postgres/install.ts';
import { PrivatePostgres } from '#src/cli/postgres/private-postgres.ts';
import { openRecords } from '#src/records/open-records.ts';

it('a machine without PostgreSQL gets one that is unpacked, not installed, and keeps records in it', async () => {
  const signal = AbortSignal.timeout(110_000);
  const install = await ensurePostgres({ clock, signal, isMachineAllowed: false });
  expect(install.binDir).toMatch(/postgres\/[^/]+\/usr\/lib\/postgresql\/\d+\/bin$/);
  await using server = await PrivatePostgres.start({ install, clock, signal });
  await using records = await openRecords({ url: await server.createDatabase('unpacked') });
  expect(await records.db.selectFrom('phones').selectAll().execute()).toEqual([]);
});
