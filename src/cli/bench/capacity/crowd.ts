/**
 * Two hundred calls with engines that cost nothing: does the media loop keep its time, and what does a call cost in memory?
 * What is heard is judged where it arrives, in the telephones' process.
 */
import { fileURLToPath } from 'node:url';
import type { Clock } from '#kernel/clock.ts';
import { loopDelayIn } from '../asterisk/crowd.ts';
import { hum } from '../asterisk/hum.ts';
import { residentMb } from '../call-memory.ts';
import { ChildService } from '../../demo/child-service.ts';
import type { Terminal } from '../../terminal.ts';
import { Telephones, type HeardCall } from './telephones.ts';

const STUB_SERVICE = fileURLToPath(new URL('../stub/stub-service.ts', import.meta.url));
/** Between one call and the next: forty a second come in. */
const EVERY_MS = 25;
/** All calls have been through a greeting and an answer; heaps grow with what passes through them. */
const MEMORY_AT_MS = 10_000;

export interface CrowdOptions {
  readonly calls: number;
  /** For how long all of them talk, at least 12 s. */
  readonly talkMs: number;
  readonly seed: number;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Crowd {
  readonly calls: number;
  readonly heard: readonly HeardCall[];
  /** Of the service's event loop beyond its sampling interval, while all talk. */
  readonly loopDelayP99Ms: number | undefined;
  readonly loopDelayMaxMs: number | undefined;
  /** Of the service, for each second of each call: unlike the others it is no worse on a busy machine. */
  readonly cpuMsPerCallSecond: number;
  /** With one call, and with all; undefined where memory cannot be read. */
  readonly oneCallMb: number | undefined;
  readonly allCallsMb: number | undefined;
}

export async function measureCrowd({ calls, talkMs, seed, terminal, clock, signal }: CrowdOptions): Promise<Crowd> {
  const env = { INZWA_MAX_CALLS: String(calls), INZWA_LOG_LEVEL: 'warn' };
  // Without its events on a pipe: writing them would be measured too.
  await using service = await ChildService.start({ clock, signal, env, command: [STUB_SERVICE] });
  using telephones = new Telephones({ address: service.address, lines: [hum()], seed, signal });
  const ended: Promise<HeardCall>[] = [];
  const place = async (): Promise<void> => {
    const { connected, over } = telephones.call(ended.length);
    ended.push(over);
    await Promise.race([connected, telephones.broken, service.died]).catch(() => undefined);
  };
  const rest = (ms: number): Promise<unknown> => Promise.race([clock.sleep(ms, { signal }), service.died]);
  await place();
  await rest(MEMORY_AT_MS);
  const oneCallMb = await residentMb(service, clock, signal);
  while (ended.length < calls) {
    await place();
    await rest(EVERY_MS);
  }
  terminal.line(`  ${ended.length} calls are open`);
  // Reading the delay begins it anew.
  const before = await readMetrics(service);
  const fromMs = clock.nowMs();
  await rest(talkMs - MEMORY_AT_MS);
  const { cpuMs, ...delay } = await readMetrics(service);
  const callSeconds = (calls * (clock.nowMs() - fromMs)) / 1_000;
  const cpuMsPerCallSecond = (cpuMs - before.cpuMs) / callSeconds;
  const allCallsMb = await residentMb(service, clock, signal);
  await telephones.hangUp();
  return { calls, heard: await Promise.all(ended), ...delay, cpuMsPerCallSecond, oneCallMb, allCallsMb };
}

async function readMetrics(
  service: ChildService,
): Promise<Pick<Crowd, 'loopDelayP99Ms' | 'loopDelayMaxMs'> & { readonly cpuMs: number }> {
  const text = await (await fetch(`${service.address.publicUrl}/metrics`)).text();
  const [, cpuSeconds = 'NaN'] = /^process_cpu_seconds_total (\S+)/mu.exec(text) ?? [];
  return {
    loopDelayP99Ms: loopDelayIn(text, '0.99'),
    loopDelayMaxMs: loopDelayIn(text, '1'),
    cpuMs: Number(cpuSeconds) * 1_000,
  };
}
