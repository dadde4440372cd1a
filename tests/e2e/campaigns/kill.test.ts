import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, runKills, type KillRun, type KillRunOptions } from '#src/cli/bench/campaign/kill/killer.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';

/** Another seed is another order of faults and kills: set it to repeat a failure. */
const SEED = Number(process.env['KILL_TEST_SEED'] ?? 20_261_126);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inzwa-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(database: TestDatabase, over: Partial<KillRunOptions> = {}): Promise<KillRun> {
  await using empty = await database.open();
  return await runKills({
    ...empty,
    people: 60,
    kills: 5,
    longOutages: 2,
    seed: SEED,
    speed: 15,
    slots: { openMinutes: 3, closedMinutes: 1 },
    faults: FAULTS,
    logFile: join(folder, `${database.name}.log`),
    timeoutMs: 100_000,
    signal: new AbortController().signal,
    ...over,
    ...(process.env['KILL_TEST_VERBOSE'] && { onProgress: (line) => console.log(line) }),
  });
}

const NOTHING_WRONG = {
  orderedTwice: 0,
  strayCalls: 0,
  unfinished: 0,
  otherOutcome: 0,
  otherTime: 0,
  attemptsDiffer: 0,
  contactsDiffer: 0,
  answersDiffer: 0,
  ghostCalls: 0,
  rungAtOnce: 0,
  rungAgain: 0,
  afterNo: 0,
  afterList: 0,
  outsideWindow: 0,
  overLimit: 0,
  leftOut: 0,
  lostResults: 0,
};

/** Every second answer is lost, and nearly no webhook mends it. */
const HARSH = { resetsAfter: 0.5, webhooks: { loses: 0.9 } };

describe.each(databases)('acceptance 1: a dialler that is killed again and again, on $name', (database) => {
  it('calls nobody twice, nobody outside the window, nobody who said no, and forgets no answer', async () => {
    const { verdict, counts } = await run(database, { faults: database.name === 'sqlite' ? FAULTS : HARSH });
    expect(verdict, `seed ${SEED}`).toEqual(NOTHING_WRONG);
    expect(counts.calls).toBeGreaterThan(60);
    expect(counts.listed).toBe(6);
  });
});

describe('acceptance 1: the kill test finds a dialler that', () => {
  it.each(['does-not-reconcile', 'asks-again', 'frees-the-line', 'orders-before-it-writes', 'forgets-the-list'])(
    '%s',
    async (fault) => {
      const { verdict } = await run(databases[0]!, {
        program: { path: fileURLToPath(new URL('../../support/mutant-dialler-worker.ts', import.meta.url)), fault },
        faults: HARSH,
        people: 100,
        kills: 5,
        longOutages: 0,
        slots: { openMinutes: 20, closedMinutes: 1 },
      });
      const { orderedTwice, strayCalls, rungAtOnce, rungAgain, afterList } = verdict;
      const found = fault === 'forgets-the-list' ? afterList : orderedTwice + strayCalls + rungAtOnce + rungAgain;
      expect(found, `seed ${SEED}`).toBeGreaterThan(0);
    },
  );
});
