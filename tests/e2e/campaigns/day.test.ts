import { describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { systemClock } from '#kernel/clock.ts';
import { liveThroughDay } from '#src/cli/bench/campaign/day.ts';
import { databases } from '../../support/databases.ts';

/** Claims are timed in npm run bench:campaign, with 50,000 people: here the machine does other things as well. */
describe.each(databases)('acceptance 14: half a day of calls, on $name', ({ open }) => {
  it('settles who can be reached, and lets no log grow without end', async () => {
    await using empty = await open();
    const day = await liveThroughDay({
      ...empty,
      clock: systemClock,
      logger: pino({ level: 'silent' }),
      people: 200,
      hours: 4,
      seed: 14,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    });
    // Who does not answer is called again after two and a half hours.
    expect(day.settled).toBeGreaterThan(180);
    expect(day.calls).toBeGreaterThan(240);
    expect(day.claimsMs.length).toBeGreaterThan(200);
    expect(day.largestWalMb ?? 0).toBeLessThan(8);
  });
});
