import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { CampaignParts, type RecordsState } from '#src/campaign-parts.ts';
import type { OwnCarrier } from '#src/carriers.ts';
import { readConfig } from '#src/config.ts';
import { ownScripts } from '#src/interviews.ts';
import { createLogger } from '#src/observability/logger.ts';
import { MemoryCarrier } from '../../support/memory-carrier.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let folder: string;
let clock: VirtualClock;
let states: RecordsState[];
let log: string[];
let parts: CampaignParts | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inzwa-parts-'));
  // A database answers from a thread of its own.
  clock = new VirtualClock({ settled: () => new Promise((resolve) => setTimeout(resolve, 5)) });
  states = [];
  log = [];
});
afterEach(async () => {
  let isOver = false;
  const closing = parts?.[Symbol.asyncDispose]() ?? Promise.resolve();
  void closing.then(() => (isOver = true));
  await clock.advanceUntil(() => isOver, { timeoutMs: 60_000, stepMs: 100 });
  await rm(folder, { recursive: true, force: true });
});

function open(env: Record<string, string> = {}, carriers?: readonly OwnCarrier[]): CampaignParts {
  parts = new CampaignParts({
    ...(carriers && { carriers }),
    config: readConfig({ INZWA_DATA_DIR: join(folder, 'data'), ...env }),
    clock,
    logger: createLogger('info', { write: (line: string) => void log.push(line) }),
    room: () => 10,
    onState: (state) => states.push(state),
    scripts: ownScripts,
  });
  return parts;
}

describe('records beside the calls', () => {
  it('are opened at the start, with a key and a file that only their owner can read', async () => {
    const { opened } = open();
    await opened;
    expect(parts?.state).toBe('kept');
    expect(states).toEqual(['unavailable', 'kept']);
  });

  it('are tried again when they cannot be opened, and callers go on meanwhile', async () => {
    await writeFile(join(folder, 'data'), 'a file where a folder should be');
    const one = open();
    await one.opened;
    expect(one.state).toBe('unavailable');
    expect(log.join('')).toContain('no records are kept and no campaign is called');
    const call = one.begin({ callId: 'CA1', carrier: 'twilio' });
    one.observe({ kind: 'call-started', callId: 'CA1', atMs: 0, hotline: 'kiriniki', language: 'sn' } as never);
    call[Symbol.dispose]();
    const refused = await one.books.answered({ attemptId: 'a', sid: 'CA1' }).catch((error: unknown) => error);
    expect(isInzwaError(refused, 'INZWA_RECORDS_UNAVAILABLE')).toBe(true);
    expect(await one.line.calledBack({ trunk: 'twilio', sid: 'CA1', from: undefined })).toBeUndefined();
    await one.quiet();

    await rm(join(folder, 'data'));
    await mkdir(join(folder, 'data'));
    await clock.advanceUntil(() => one.state === 'kept', { timeoutMs: 60_000, stepMs: 1_000 });
    expect(states).toEqual(['unavailable', 'kept']);
  });

  it('refuse a number to be shown that is none, before anything is opened', () => {
    const env = { INZWA_ARI_URL: 'http://127.0.0.1:1', INZWA_ARI_USER: 'a', INZWA_ARI_PASSWORD: 'b' };
    expect(() => open({ ...env, INZWA_CALLER_NUMBER: '12' })).toThrow(/INZWA_CALLER_NUMBER is no telephone number/);
  });

  it('say how many lines callers use, so that campaigns leave them theirs', async () => {
    const sid = `AC${'1'.repeat(32)}`;
    const one = open({ TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: 'a'.repeat(32), INZWA_TRUNK_MAX_CALLS: '10' });
    await one.opened;
    const db = one.keeping?.records.db;
    const trunk = () => db?.selectFrom('trunks').selectAll().executeTakeFirst();
    expect(await trunk()).toMatchObject({
      name: 'twilio',
      cps: 0.9,
      max_calls: 10,
      inbound_reserve: 3,
      inbound_calls: 0,
    });
    const call = one.begin({ callId: 'CA1', carrier: 'twilio' });
    await expect.poll(async () => (await trunk())?.inbound_calls).toBe(1);
    one.begin({ callId: 'CA2', carrier: 'twilio', arrival: { direction: 'out' } })[Symbol.dispose]();
    call[Symbol.dispose]();
    await expect.poll(async () => (await trunk())?.inbound_calls).toBe(0);
    expect(log.join('')).toContain('INZWA_PUBLIC_URL is not set');
  });

  it('are closed with every carrier, also when one cannot be closed', async () => {
    const closed: string[] = [];
    const carriers = ['one', 'broken', 'three'].map((name): OwnCarrier => {
      const dispose = (): void => {
        closed.push(name);
        if (name === 'broken') throw new Error('it cannot be closed');
      };
      const carrier = Object.assign(new MemoryCarrier({ clock, name }), { [Symbol.dispose]: dispose });
      return { carrier, limits: { name, kind: 'phone', cps: 1, maxCalls: 5, inboundReserve: 0 } };
    });
    const one = open({}, carriers);
    await one.opened;
    parts = undefined;
    const closing = expect(one[Symbol.asyncDispose]()).rejects.toThrow('it cannot be closed');
    await clock.advance(10_000);
    await closing;
    expect(closed.sort()).toEqual(['broken', 'one', 'three']);
    expect(one.keeping).toBeUndefined();
  });
});
