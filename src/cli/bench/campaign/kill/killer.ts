/** Runs a campaign against the stand-in carrier, kills its process again and again, and then compares. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, createWriteStream, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { OpenRecords, RecordsPlace } from '#src/records/open-records.ts';
import type { CarrierFaults } from '#telephony/phone/carrier/faults.ts';
import { StandInCarrier } from '#telephony/phone/carrier/stand-in-carrier.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import { freePort } from '../../../demo/child-service.ts';
import { fastClock } from '../fast-clock.ts';
import { calleeOf } from './people.ts';
import { listInTheMiddle, type MidRunList } from './mid-run-list.ts';
import { planKills, WALL_ZERO_MS, type Slots } from './plan.ts';
import { ACCOUNT, READY, type KillSetup } from './setup.ts';
import { isCaught, judgeKills, type KillCounts, type KillVerdict } from './verdict.ts';

export interface KillRunOptions {
  readonly records: OpenRecords;
  /** Of the same records, for the process. */
  readonly place: RecordsPlace;
  readonly people: number;
  readonly kills: number;
  /** Of these, after how many the process stays down for longer than any call and its webhooks last. */
  readonly longOutages: number;
  readonly seed: number;
  /** How many times faster than the clock on the wall. */
  readonly speed: number;
  readonly slots: Slots;
  readonly faults: Omit<CarrierFaults, 'seed'>;
  /** Where the process writes its log. */
  readonly logFile: string;
  /** Real time for everything. */
  readonly timeoutMs: number;
  readonly onProgress?: (line: string) => void;
  readonly signal: AbortSignal;
  /** A program that does something wrong, for tests of the test; the run ends when that shows. @defaultValue the dialler as it is */
  readonly program?: { readonly path: string; readonly fault: string };
}

export interface KillRun {
  readonly verdict: KillVerdict;
  readonly counts: KillCounts;
  readonly kills: number;
  readonly longOutages: number;
  readonly realMs: number;
}

/** As in the prototype that the rules come from: accepted and reset, accepted and failed, refused. */
export const FAULTS = {
  isOverloaded: 0.02,
  resetsAfter: 0.03,
  failsAfter: 0.02,
  webhooks: { loses: 0.05, doubles: 0.05, delays: { share: 0.1, upToMs: 3_000 }, forges: 0.02 },
} as const satisfies Omit<CarrierFaults, 'seed'>;

const PROGRAM = fileURLToPath(new URL('dialler-worker.ts', import.meta.url));

/** Of the carrier's clock: longer than the longest call with its webhooks and their repetition. */
const LONG_OUTAGE_MS = 30_000;
const LATENCY_MS = 300;
/** Of the carrier's clock, from a process that takes webhooks to its death: a quarter of them never come to lead the trunk. */
const MOST_UP_MS = 45_000;
/** Every so many kills one in real time, wherever the process is in its start by then. */
const EARLY_KILL = { every: 5, mostMs: 1_000 } as const;
/** Real time. */
const READY_MS = 30_000;

/** Rejects with INZWA_CANCELLED, or INZWA_SERVICE_DIED when the process ends by itself or the campaign does not. */
export async function runKills(opts: KillRunOptions): Promise<KillRun> {
  const { records, people, seed, speed, slots } = opts;
  const startedMs = systemClock.nowMs();
  const time = { speed, zeroMs: startedMs, wallZeroMs: WALL_ZERO_MS };
  const clock = fastClock(time);
  await planKills(records, people, slots);
  const calledBefore = new Map<string, number>();
  await using carrier = await StandInCarrier.start({
    ...ACCOUNT,
    clock,
    latencyMs: LATENCY_MS,
    faults: { ...opts.faults, seed },
    callee({ to }) {
      const nth = calledBefore.get(to) ?? 0;
      calledBefore.set(to, nth + 1);
      return calleeOf(to, nth);
    },
  });
  const setup: KillSetup = {
    place: 'url' in opts.place ? { url: opts.place.url } : { file: opts.place.file },
    carrierUrl: carrier.baseUrl,
    port: await freePort(),
    clock: time,
    ...(opts.program && { fault: opts.program.fault }),
  };
  await using victim = new Victim(opts.program?.path ?? PROGRAM, setup, opts.logFile);
  let list: MidRunList | undefined;
  const judge = (): ReturnType<typeof judgeKills> =>
    judgeKills({ records, calls: carrier.calls, mostLive: carrier.mostLive, slots, people, list });
  const isCaughtNow = async (): Promise<boolean> => opts.program !== undefined && isCaught((await judge()).verdict);
  const over = new AbortController();
  using _over = { [Symbol.dispose]: () => over.abort() };
  const signal = AbortSignal.any([opts.signal, over.signal]);
  const listing = listInTheMiddle({ records, clock, people, signal }).then((done) => {
    list = done;
    opts.onProgress?.(`${done.numbers.size} people are put on the do-not-call list`);
  });
  listing.catch(() => undefined);
  const dice = seededRandom(seed);
  let longOutages = 0;
  for (let kill = 0; kill < opts.kills; kill++) {
    victim.start();
    if (kill % EARLY_KILL.every === EARLY_KILL.every - 1) {
      await systemClock.sleep(dice() * EARLY_KILL.mostMs, opts);
    } else {
      await victim.untilReady(opts);
      await clock.sleep(dice() * MOST_UP_MS, opts);
    }
    await victim.kill();
    // Spread evenly over the kills.
    const isLong = Math.floor(((kill + 1) * opts.longOutages) / opts.kills) > longOutages;
    if (isLong) longOutages++;
    opts.onProgress?.(`kill ${kill + 1} of ${opts.kills}, ${carrier.calls.length} calls so far`);
    if (isLong) await clock.sleep(LONG_OUTAGE_MS, opts);
    if (await isCaughtNow()) break;
  }
  victim.start();
  await settle(opts, { carrier, victim, startedMs, isCaughtNow });
  // A run that a mutation has ended early may not have come so far.
  if (opts.program === undefined) await listing;
  const judged = await judge();
  return { ...judged, kills: opts.kills, longOutages, realMs: systemClock.nowMs() - startedMs };
}

interface Scene {
  readonly carrier: StandInCarrier;
  readonly victim: Victim;
  readonly startedMs: number;
  readonly isCaughtNow: () => Promise<boolean>;
}

/** Resolves when nobody waits for a call and no call is open. */
async function settle(opts: KillRunOptions, { carrier, victim, startedMs, isCaughtNow }: Scene): Promise<void> {
  for (;;) {
    const { waiting } = await opts.records.db
      .selectFrom('campaign_contacts')
      .select(({ fn }) => fn.countAll<number>().as('waiting'))
      .where('state', 'in', ['pending', 'dialing', 'callback'])
      .executeTakeFirstOrThrow();
    const { open } = await opts.records.db
      .selectFrom('attempts')
      .select(({ fn }) => fn.countAll<number>().as('open'))
      .where('state', 'in', ['intent', 'placed', 'ringing', 'answered'])
      .executeTakeFirstOrThrow();
    opts.onProgress?.(`${waiting} people wait, ${open} calls are open, ${carrier.calls.length} calls so far`);
    if ((waiting === 0 && open === 0) || (await isCaughtNow())) return;
    if (victim.hasDied) throw died('the dialler ended by itself', opts);
    if (systemClock.nowMs() - startedMs > opts.timeoutMs)
      throw died(`${waiting} people still wait for their call`, opts);
    await systemClock.sleep(500, opts);
  }
}

function died(what: string, { logFile }: KillRunOptions): InzwaError {
  return new InzwaError('INZWA_SERVICE_DIED', `${what}; its log is in ${logFile}`);
}

/** One process after another, each with the same setup. */
class Victim implements AsyncDisposable {
  readonly #program: string;
  readonly #setup: KillSetup;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  #ready: Promise<unknown> = Promise.resolve();

  constructor(program: string, setup: KillSetup, logFile: string) {
    this.#program = program;
    this.#setup = setup;
    this.#logFile = logFile;
  }

  get hasDied(): boolean {
    return this.#child !== undefined && this.#child.exitCode !== null;
  }

  start(): void {
    const log = openSync(this.#logFile, 'a');
    const child = spawn(process.execPath, [this.#program, JSON.stringify(this.#setup)], {
      stdio: ['ignore', 'pipe', log],
    });
    closeSync(log);
    this.#child = child;
    this.#ready = untilReady(child, this.#logFile);
    this.#ready.catch(() => undefined);
  }

  /** Rejects when it does not get there in time. */
  async untilReady({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const waiting = new AbortController();
    const isLate = systemClock.sleep(READY_MS, { signal: AbortSignal.any([signal, waiting.signal]) }).then(() => {
      throw new InzwaError('INZWA_SERVICE_DIED', `the dialler does not start; its log is in ${this.#logFile}`);
    });
    try {
      await Promise.race([this.#ready, isLate]);
    } finally {
      waiting.abort();
      isLate.catch(() => undefined);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Its log, which is the rest of what it writes, goes into the file. */
function untilReady({ stdout }: ChildProcess, logFile: string): Promise<void> {
  const log = createWriteStream(logFile, { flags: 'a' });
  return new Promise((resolve, reject) => {
    stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().startsWith(READY)) resolve();
      log.write(chunk);
    });
    stdout?.on('end', () => {
      log.end();
      reject(new Error('it ended first'));
    });
  });
}
