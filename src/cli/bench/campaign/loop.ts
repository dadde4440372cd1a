/** Does a dialler at full pace hold up the audio of calls that the same process carries? */
import { fileURLToPath } from 'node:url';
import type { Clock } from '#kernel/clock.ts';
import type { CampaignState } from '#src/records/schema.ts';
import { StandInCarrier } from '#telephony/phone/carrier/stand-in-carrier.ts';
import { ChildService, freePort } from '../../demo/child-service.ts';
import { loopDelayIn } from '../asterisk/crowd.ts';
import { hum } from '../asterisk/hum.ts';
import { Telephones } from '../capacity/telephones.ts';
import { ALL_DAY } from './claims.ts';
import type { BenchRecords } from './databases.ts';
import { calleeOf } from './kill/people.ts';
import { ACCOUNT, TRUNK, type KillSetup } from './kill/setup.ts';
import { writeCampaign } from './write-campaign.ts';

export interface LoopOptions extends BenchRecords {
  /** With media, beside the dialler. */
  readonly calls: number;
  readonly talkMs: number;
  /** Calls that the dialler begins in a second. */
  readonly cps: number;
  readonly seed: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Loop {
  /** Of the same calls before the campaign is started. */
  readonly aloneP99Ms: number | undefined;
  /** Beyond the sampling interval, while all talk and the dialler dials. */
  readonly p99Ms: number | undefined;
  readonly maxMs: number | undefined;
  /** Placed by the dialler meanwhile. */
  readonly dialled: number;
}

const PROGRAM = fileURLToPath(new URL('serving-dialler-worker.ts', import.meta.url));
const SETTLE_MS = 5_000;

export async function measureLoop(opts: LoopOptions): Promise<Loop> {
  const { records, place, calls, talkMs, cps, seed, clock, signal } = opts;
  const wallZeroMs = clock.wallMs();
  const campaignId = await writeCampaign(records, {
    people: Math.ceil(((talkMs + SETTLE_MS) / 1_000 + 30) * cps),
    settings: { window: ALL_DAY, ringSeconds: 10, maxCalls: 500, breaker: { minCalls: 10_000 } },
    trunk: { name: TRUNK, kind: 'twilio', cps, maxCalls: 500, inboundReserve: 0 },
    at: wallZeroMs,
  });
  const setState = (state: CampaignState): Promise<unknown> =>
    records.db
      .updateTable('campaigns')
      .set((eb) => ({ state, version: eb('version', '+', 1) }))
      .where('id', '=', campaignId)
      .execute();
  await setState('paused');
  await using carrier = await StandInCarrier.start({
    ...ACCOUNT,
    clock,
    latencyMs: 100,
    callee: ({ to }) => calleeOf(to, 0),
  });
  const setup: KillSetup = {
    place: 'url' in place ? { url: place.url } : { file: place.file },
    carrierUrl: carrier.baseUrl,
    port: await freePort(),
    clock: { speed: 1, zeroMs: clock.nowMs(), wallZeroMs },
  };
  const env = { INZWA_MAX_CALLS: String(calls), INZWA_LOG_LEVEL: 'warn' };
  await using service = await ChildService.start({ clock, signal, env, command: [PROGRAM, JSON.stringify(setup)] });
  using telephones = new Telephones({ address: service.address, lines: [hum()], seed, signal });
  const ended: Promise<unknown>[] = [];
  for (let id = 0; id < calls; id++) {
    const { connected, over } = telephones.call(id);
    ended.push(over);
    await Promise.race([connected, telephones.broken, service.died]);
  }
  const rest = (ms: number): Promise<unknown> => Promise.race([clock.sleep(ms, { signal }), service.died]);
  await rest(SETTLE_MS);
  // Reading the delay begins it anew.
  await metricsOf(service);
  await rest(talkMs);
  const aloneP99Ms = loopDelayIn(await metricsOf(service), '0.99');
  await setState('running');
  await rest(SETTLE_MS);
  const dialledBefore = carrier.calls.length;
  await metricsOf(service);
  await rest(talkMs);
  const metrics = await metricsOf(service);
  const dialled = carrier.calls.length - dialledBefore;
  await telephones.hangUp();
  await Promise.allSettled(ended);
  return { aloneP99Ms, p99Ms: loopDelayIn(metrics, '0.99'), maxMs: loopDelayIn(metrics, '1'), dialled };
}

async function metricsOf(service: ChildService): Promise<string> {
  return (await fetch(`${service.address.publicUrl}/metrics`)).text();
}
