/** An independent witness: what our own telephone and our own reading of SIP agree upon could be wrong together. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOTLINE_NUMBER } from '#src/cli/asterisk/rig.ts';
import { HUNG_UP, TestRig } from '../../support/asterisk-rig.ts';
import { runSipp, type SippOptions, type SippResult } from '../../support/sipp.ts';
import { tone } from '../../support/tone.ts';

const { signal } = new AbortController();

describe('sipp', () => {
  let rig: TestRig;
  let folder: string;
  beforeAll(async () => {
    rig = await TestRig.start({ env: { INZWA_MAX_CALLS: '60' } });
  });
  afterAll(() => rig[Symbol.asyncDispose]());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inzwa-sipp-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
    await rig.expectNothingLeft();
  });

  const run = (options: Pick<SippOptions, 'calls' | 'callsPerSecond' | 'callMs' | 'pcm'>): Promise<SippResult> =>
    runSipp({ target: rig.rig.asterisk.sip, number: HOTLINE_NUMBER, folder, signal, ...options });

  it('places a call, speaks A-law, and is heard and answered', async () => {
    // Without packets to the end the line would count as cut.
    const pcm = Int16Array.from([...tone(300, 1_000), ...new Int16Array(4 * 8_000)]);
    const result = await run({ calls: 1, callsPerSecond: 1, callMs: 3_000, pcm });
    expect(result, result.said).toMatchObject({ exitCode: 0, successful: 1, failed: 0 });
    expect(await rig.event('decision')).toMatchObject({ source: 'card', turn: 1 });
    expect(HUNG_UP).toContainEqual((await rig.event('call-ended')).cause);
  });

  it('places 200 short calls, ten a second, and not one fails', async () => {
    const from = rig.events.length;
    const result = await run({ calls: 200, callsPerSecond: 10, callMs: 1_500, pcm: tone(300, 500) });
    expect(result, result.said).toMatchObject({ exitCode: 0, successful: 200, failed: 0 });
    await rig.expectNothingLeft();
    const causes = rig.events.slice(from).flatMap((event) => (event.kind === 'call-ended' ? [event.cause] : []));
    expect(causes.length).toBe(200);
    for (const cause of causes) expect(HUNG_UP).toContainEqual(cause);
    expect(causes.filter(({ result: whose }) => whose === 'caller').length).toBeGreaterThan(100);
    expect(await rig.count('inzwa_refused_total{code="INZWA_CALL_REFUSED"}')).toBe(0);
  });
});
