/** Many calls at once, all of them in conversation: are they all served, is their audio punctual, what memory do they take? */
import { isInzwaError, messageOf } from '#kernel/errors.ts';
import { residentMb } from '../call-memory.ts';
import type { AsteriskRig } from '../../asterisk/rig.ts';
import { gridOf, sumOfGrids, type GridCount } from './grid.ts';
import { hum } from './hum.ts';
import type { BenchCall, BenchTelephone, Tools } from './telephone.ts';

/** A caller says something this long after the agent has begun to speak, at random between the two. */
const SAY_FROM_MS = 1_000;
const SAY_UNTIL_MS = 4_000;
/** An answer that has not begun by then is missing. */
const ANSWER_MS = 4_000;

export interface Crowd {
  readonly calls: number;
  /** Calls that were refused, ended by themselves, or in which an answer was missing; why, for each. */
  readonly failures: readonly string[];
  readonly utterances: number;
  readonly grid: GridCount;
  /** Between neighbouring packets of one call, all calls together, in no order. */
  readonly interarrivalsMs: readonly number[];
  /** Ticks of the telephones themselves. */
  readonly phoneTicks: number;
  /** More than 5 ms late: what else was late then may be their fault. */
  readonly phoneLateTicks: number;
  readonly phoneWorstMs: number;
  /** Of the service's event loop, beyond its sampling interval, by its own metrics; undefined when it told none. */
  readonly loopDelayP99Ms: number | undefined;
  readonly loopDelayMaxMs: number | undefined;
  /** Of the service, while all of them talk; undefined where memory cannot be read. */
  readonly residentMb: number | undefined;
}

export interface CrowdOptions extends Tools {
  readonly calls: number;
  /** For how long all of them are in conversation. */
  readonly talkMs: number;
  readonly random: () => number;
}

/** Opens the calls one after the other, keeps all of them in conversation, and hangs up. Their failures are counted, never thrown. */
export async function measureCrowd(rig: AsteriskRig, telephone: BenchTelephone, options: CrowdOptions): Promise<Crowd> {
  const { clock, signal, talkMs } = options;
  await using stack = new AsyncDisposableStack();
  const calls: BenchCall[] = [];
  const failures: string[] = [];
  const talking: Promise<number>[] = [];
  const over = new AbortController();
  for (let index = 0; index < options.calls; index += 1) {
    try {
      const call = stack.use(await telephone.call());
      calls.push(call);
      const talk = keepTalking(call, options, over.signal).catch((error: unknown) => {
        failures.push(messageOf(error));
        return 0;
      });
      talking.push(talk);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(messageOf(error));
    }
  }
  // Reading it starts it anew.
  await loopDelay(rig, signal);
  const allHereMs = clock.nowMs();
  await clock.sleep(talkMs, { signal });
  const memoryMb = await residentMb(rig.service(), clock, signal);
  const untilMs = clock.nowMs();
  const delay = await loopDelay(rig, signal);
  over.abort();
  const utterances = (await Promise.all(talking)).reduce((sum, said) => sum + said, 0);
  const arrivals = calls.map(({ packets }) =>
    packets.map(({ atMs }) => atMs).filter((atMs) => atMs >= allHereMs && atMs <= untilMs),
  );
  const pacings = calls.map(({ phone }) => phone.pacing);
  return {
    calls: options.calls,
    failures,
    utterances,
    grid: sumOfGrids(arrivals.map(gridOf)),
    interarrivalsMs: arrivals.flatMap((times) => times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs))),
    phoneTicks: pacings.reduce((sum, { ticks }) => sum + ticks, 0),
    phoneLateTicks: pacings.reduce((sum, { lateTicks }) => sum + lateTicks, 0),
    phoneWorstMs: Math.max(0, ...pacings.map(({ maxLateMs }) => maxLateMs)),
    loopDelayP99Ms: delay.p99Ms,
    loopDelayMaxMs: delay.maxMs,
    residentMb: memoryMb,
  };
}

async function loopDelay(
  rig: AsteriskRig,
  signal: AbortSignal,
): Promise<{ readonly p99Ms: number | undefined; readonly maxMs: number | undefined }> {
  const response = await fetch(`${rig.service().address.publicUrl}/metrics`, { signal });
  const text = await response.text();
  return { p99Ms: loopDelayIn(text, '0.99'), maxMs: loopDelayIn(text, '1') };
}

/** In milliseconds, out of Prometheus' text format. */
export function loopDelayIn(metrics: string, quantile: string): number | undefined {
  const prefix = `inzwa_event_loop_delay_seconds{quantile="${quantile}"} `;
  const line = metrics.split('\n').find((candidate) => candidate.startsWith(prefix));
  return line === undefined ? undefined : Number(line.slice(prefix.length)) * 1_000;
}

/** Talks into whatever the agent says and listens to the answer, until `over`; resolves with how often. Rejects when the call breaks. */
async function keepTalking(
  { phone }: BenchCall,
  { clock, signal, random }: CrowdOptions,
  over: AbortSignal,
): Promise<number> {
  const either = AbortSignal.any([signal, over]);
  let utterances = 0;
  try {
    await phone.waitUntilSpeaking({ timeoutMs: ANSWER_MS });
    for (;;) {
      await clock.sleep(SAY_FROM_MS + random() * (SAY_UNTIL_MS - SAY_FROM_MS), { signal: either });
      await phone.say(hum());
      if (over.aborted) break;
      utterances += 1;
      await phone.waitUntilSpeaking({ timeoutMs: ANSWER_MS });
    }
  } catch (error) {
    if (!over.aborted || isInzwaError(error)) throw error;
  }
  return utterances;
}
