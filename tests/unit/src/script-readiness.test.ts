import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { createLogger } from '#src/observability/logger.ts';
import { openRecords, type OpenRecords } from '#src/records/open-records.ts';
import { ScriptReadiness, type PrepareScript } from '#src/script-readiness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('whether this process could talk for a campaign', () => {
  // The database answers from a thread of its own.
  const clock = new VirtualClock({ settled: () => new Promise((resolve) => setTimeout(resolve, 3)) });
  let records: OpenRecords;
  let readiness: ScriptReadiness;
  let changes: number;
  let log: string[];
  let life: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    records = await openRecords({ file: ':memory:' });
    changes = 0;
    log = [];
    life = new AbortController();
    const logger = createLogger('info', { write: (line: string) => void log.push(line) });
    readiness = new ScriptReadiness({ clock, logger, onChange: () => changes++ });
    running = readiness.run(records, { signal: life.signal });
  });
  afterEach(async () => {
    life.abort();
    await running;
    await records[Symbol.asyncDispose]();
  });

  async function campaign(id: string): Promise<{ readonly id: string; readonly version: number }> {
    await records.db
      .insertInto('campaigns')
      .values({
        ...{ id, name: id, state: 'running', state_at: 0, script: `sn/${id}`, script_text: id, settings_json: '{}' },
        ...{ trunk: 't', spent_micros: 0, reserved_micros: 0, created_at: 0, created_by: 'test', version: 1 },
      })
      .execute();
    return { id, version: 1 };
  }

  it('is so as soon as its script is prepared, and not before there is anything to prepare it with', async () => {
    const one = await campaign('one');
    await clock.advance(10_000);
    expect(readiness.of(one)).toBe('preparing');
    const prepared: string[] = [];
    readiness.prepareWith(({ scriptText }) => Promise.resolve(void prepared.push(scriptText)));
    await clock.advance(100);
    expect({ is: readiness.of(one), prepared, changes }).toEqual({ is: 'ready', prepared: ['one'], changes: 1 });
    // Asked for, it is looked for at once.
    const two = await campaign('two');
    expect(readiness.of(two)).toBe('preparing');
    await clock.advance(100);
    expect(readiness.of(two)).toBe('ready');
    await clock.advance(60_000);
    expect(prepared).toEqual(['one', 'two']);
  });

  it('is not so with a script that cannot be used, until somebody has changed the campaign', async () => {
    const one = await campaign('one');
    let prepare: PrepareScript = () => Promise.reject(new InzwaError('INZWA_PROMPTS_INVALID', 'it speaks sw'));
    readiness.prepareWith((...args) => prepare(...args));
    await clock.advance(5_000);
    expect(readiness.of(one)).toBe('unusable');
    expect(changes).toBe(1);
    expect(log.filter((line) => line.includes('it speaks sw'))).toHaveLength(1);
    prepare = () => Promise.resolve();
    await clock.advance(5_000);
    expect(readiness.of(one)).toBe('unusable');
    await records.db.updateTable('campaigns').set({ version: 2 }).execute();
    expect(readiness.of({ ...one, version: 2 })).toBe('preparing');
    await clock.advance(5_000);
    expect(readiness.of({ ...one, version: 2 })).toBe('ready');
  });

  it('is not known while engines are away, which are asked again, but not for ever', async () => {
    const one = await campaign('one');
    let tries = 0;
    readiness.prepareWith(() => {
      tries += 1;
      return Promise.reject(new InzwaError('INZWA_CANCELLED', 'away', { retryable: true }));
    });
    await clock.advance(12_000);
    expect({ is: readiness.of(one), tries }).toEqual({ is: 'preparing', tries: 2 });
    await clock.advance(20_000);
    expect({ is: readiness.of(one), tries }).toEqual({ is: 'unusable', tries: 3 });
  });

  it('does not hang on another campaign’s script', async () => {
    const [broken, whole] = [await campaign('broken'), await campaign('whole')];
    readiness.prepareWith(({ scriptText }) =>
      scriptText === 'broken' ? Promise.reject(new Error('no')) : Promise.resolve(),
    );
    await clock.advance(5_000);
    expect([readiness.of(broken), readiness.of(whole)]).toEqual(['unusable', 'ready']);
  });
});
