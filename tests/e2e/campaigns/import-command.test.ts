/** The command itself on a large file: npm run bench:campaign does the same with 100,000 rows. */
import { expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { measureImport } from '#src/cli/bench/campaign/import.ts';
import { databases } from '../../support/databases.ts';

it.each(databases)(
  'an import of 5,000 rows by the command needs less than 300 MB, on $name',
  async ({ open }) => {
    await using empty = await open();
    const taken = await measureImport({ ...empty, rows: 5_000, clock, signal: AbortSignal.timeout(60_000) });
    expect(taken.accepted).toBe(5_000);
    if (process.platform === 'linux') expect(taken.mostMb).toBeGreaterThan(50);
    expect(taken.mostMb ?? 0).toBeLessThan(300);
  },
  70_000,
);
