/** Many calls at once, all of them in conversation: are they all served, is their audio punctual, what memory do they take? */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onAbort } from '#kernel/abort.ts';
import { InzwaError } from '#kernel/errors.ts';
import { residentMb } from '../call-memory.ts';
import type { AsteriskRig } from '../../asterisk/rig.ts';
import type { GridCount } from './grid.ts';
import { CALLER_NUMBER, HOTLINE_NUMBER, type Tools } from './telephone.ts';

const TELEPHONES = fileURLToPath(new URL('telephones-worker.ts', import.meta.url));
/**
 * They must not look at their watches late themselves. Twenty calls make 7 MB of objects a second; with the defaults
 * collecting them stops the telephones for 3 to 9 ms every second or two on two cores, with a small young generation and no
 * helper threads that wait for a core for 1 to 3 ms (measured).
 */
const NODE_FLAGS = ['--single-threaded-gc', '--max-semi-space-size=4'];
/** Opening the calls, and hanging up. */
const AROUND_MS = 20_000;
/**
 * Memory is read when all calls have talked for this long, whatever their number, because a heap grows with what passes
 * through it as well: under 20 calls V8's young generation goes from 32 to 64 MB, once, while what a call keeps is 0.8 MB of
 * buffers (measured). All of it counts. Reading takes one second.
 */
const MEMORY_AT_MS = 10_000;
const MEMORY_READ_MS = 2_000;

/** What the process of the telephones is told to do. */
export interface CrowdOrder {
  readonly target: { readonly host: string; readonly port: number; readonly user: string };
  readonly from: string;
  readonly calls: number;
  /** For how long all of them are in conversation. */
  readonly talkMs: number;
  readonly seed: number;
}

/** What it heard while all of them were. */
export interface CrowdHeard {
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
}

export interface Crowd extends CrowdHeard {
  readonly calls: number;
  /** Of the service's event loop, beyond its sampling interval, by its own metrics; undefined when it told none. */
  readonly loopDelayP99Ms: number | undefined;
  readonly loopDelayMaxMs: number | undefined;
  /** Of the service, while all of them talk; undefined where memory cannot be read. */
  readonly residentMb: number | undefined;
}

/** Opens the calls one after the other, keeps all of them in conversation, and hangs up. Their failures are counted, never thrown. */
export async function measureCrowd(
  rig: AsteriskRig,
  { clock, signal, ...order }: Tools & Pick<CrowdOrder, 'calls' | 'talkMs' | 'seed'>,
): Promise<Crowd> {
  const { address: host, port } = rig.asterisk.sip;
  using telephones = new Telephones({ clock, signal, timeoutMs: order.talkMs + AROUND_MS });
  telephones.send({ target: { host, port, user: HOTLINE_NUMBER }, from: CALLER_NUMBER, ...order });
  await Promise.race([telephones.talking, telephones.heard]);
  // Reading it starts it anew.
  await loopDelay(rig, signal);
  const memoryAtMs = Math.min(MEMORY_AT_MS, order.talkMs - MEMORY_READ_MS);
  await clock.sleep(memoryAtMs, { signal });
  const memoryMb = await residentMb(rig.service(), clock, signal);
  await clock.sleep(order.talkMs - MEMORY_READ_MS - memoryAtMs, { signal });
  const delay = await loopDelay(rig, signal);
  return {
    ...(await telephones.heard),
    calls: order.calls,
    loopDelayP99Ms: delay.p99Ms,
    loopDelayMaxMs: delay.maxMs,
    residentMb: memoryMb,
  };
}

/** The other process; disposing ends it. */
class Telephones implements Disposable {
  /** Resolves when every call is open. */
  readonly talking: Promise<void>;
  /** Rejects with INZWA_PHONE_REFUSED when it ends without having told, or is not done in time. */
  readonly heard: Promise<CrowdHeard>;
  readonly #process: ReturnType<typeof fork>;
  readonly #abort: Disposable;
  readonly #cancel: () => void;

  constructor({ clock, signal, timeoutMs }: Tools & { readonly timeoutMs: number }) {
    const child = fork(TELEPHONES, [], {
      execArgv: NODE_FLAGS,
      serialization: 'advanced',
    });
    this.#process = child;
    this.#abort = onAbort(signal, () => child.kill('SIGKILL'));
    const talking = Promise.withResolvers<undefined>();
    const heard = Promise.withResolvers<CrowdHeard>();
    this.talking = talking.promise;
    this.heard = heard.promise;
    // Whoever awaits it sees it; nobody may be doing so yet.
    this.heard.catch(() => undefined);
    const broken = (why: string): void => {
      heard.reject(new InzwaError('INZWA_PHONE_REFUSED', `the process of the telephones broke: ${why}`));
    };
    this.#cancel = clock.after(timeoutMs, () => {
      broken('it is not done in time');
    });
    child.on('message', (message: unknown) => {
      if (message === 'talking') talking.resolve(undefined);
      else if (isReport(message)) heard.resolve(message.heard);
      else broken(JSON.stringify(message));
    });
    child.once('error', (error) => {
      broken(error.message);
    });
    child.once('exit', (code) => {
      broken(`it ended with ${code ?? 'a signal'}`);
    });
  }

  send(order: CrowdOrder): void {
    this.#process.send(order);
  }

  [Symbol.dispose](): void {
    this.#cancel();
    this.#abort[Symbol.dispose]();
    this.#process.kill('SIGKILL');
  }
}

function isReport(message: unknown): message is { readonly heard: CrowdHeard } {
  return typeof message === 'object' && message !== null && 'heard' in message;
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
