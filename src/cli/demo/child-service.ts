/**
 * The real service as a child process, as an operator would run it: own port, own made-up Twilio credentials, and its
 * events on file descriptor 3. It never outlives the command that started it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { CallEvent } from '#pipeline/events.ts';

const ENTRY = fileURLToPath(new URL('../inzwa.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const LOG_LINES_KEPT = 40;
const LOG_LINES_SHOWN = 12;
const READY_POLL_MS = 25;
/** Loading takes 6 s at most on a quiet machine; a busy one gets ten times that. */
const READY_TIMEOUT_MS = 60_000;
/** A service that drains politely is gone within one conversation turn. */
const STOP_TIMEOUT_MS = 5_000;

export interface ChildServiceOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Added to the environment of this process, over it. */
  readonly env?: Readonly<Record<string, string>>;
  /** @defaultValue any that is free */
  readonly port?: number;
  /** Arguments for Node. @defaultValue the `inzwa serve` command of this project, which then keeps no records */
  readonly command?: readonly string[];
  /** Also told of what happens before it has answered `/readyz`: a call may be waiting for it. */
  readonly onEvent?: (event: CallEvent) => void;
}

/** What is needed to place a call to the service. */
export interface ServiceAddress {
  readonly voiceUrl: string;
  readonly publicUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
}

/** A service that has answered `/readyz`. Disposing ends it and resolves when the process is gone. */
export class ChildService implements AsyncDisposable {
  readonly address: ServiceAddress;
  /** From the start of the process to its first positive `/readyz`. */
  readonly readyAfterMs: number;
  /** Rejects with INZWA_SERVICE_DIED when the process ends before it is disposed of; otherwise never settles. */
  readonly died: Promise<never>;
  readonly #process: ChildProcess;
  readonly #watch: ProcessWatch;
  readonly #clock: Clock;

  private constructor(watch: ProcessWatch, address: ServiceAddress, clock: Clock, readyAfterMs: number) {
    this.#process = watch.process;
    this.#watch = watch;
    this.#clock = clock;
    this.address = address;
    this.readyAfterMs = readyAfterMs;
    this.died = watch.died;
  }

  /** Rejects with INZWA_SERVICE_START, the last log lines in its message, when the service stops or is not ready in time. */
  static async start(options: ChildServiceOptions): Promise<ChildService> {
    const { clock, signal } = options;
    signal.throwIfAborted();
    const port = options.port ?? (await freePort());
    const origin = `http://127.0.0.1:${port}`;
    const address = {
      voiceUrl: `${origin}/twilio/voice`,
      publicUrl: origin,
      accountSid: `AC${randomBytes(16).toString('hex')}`,
      authToken: randomBytes(16).toString('hex'),
    };
    const startedAtMs = clock.nowMs();
    const child = spawn(process.execPath, options.command ?? [ENTRY, 'serve', '--no-records', '--events-fd', '3'], {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        INZWA_HOST: '127.0.0.1',
        INZWA_PORT: String(port),
        INZWA_PUBLIC_URL: origin,
        TWILIO_ACCOUNT_SID: address.accountSid,
        TWILIO_AUTH_TOKEN: address.authToken,
        ...options.env,
      },
    });
    const watch = new ProcessWatch(child);
    if (options.onEvent) watch.listeners.add(options.onEvent);
    try {
      await Promise.race([untilReady(`${origin}/readyz`, watch, clock, signal), watch.died]);
    } catch (error) {
      await watch.stop(clock);
      throw signal.aborted ? signal.reason : error;
    }
    watch.isStarted = true;
    return new ChildService(watch, address, clock, clock.nowMs() - startedAtMs);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Every call event from now on, in order; the returned function ends it. */
  onEvent(listener: (event: CallEvent) => void): () => void {
    this.#watch.listeners.add(listener);
    return () => {
      this.#watch.listeners.delete(listener);
    };
  }

  /** Who listens, as the service's line "ready" names it; undefined when that line was not logged or has not come yet. */
  get recognizer(): string | undefined {
    return this.#watch.recognizer;
  }

  /** The last lines the service logged, oldest first. */
  lastLogLines(): readonly string[] {
    return this.#watch.lastLines(LOG_LINES_SHOWN);
  }

  /** Resident memory in bytes; undefined where the system has no /proc. */
  async residentBytes(): Promise<number | undefined> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8').catch(() => '');
    const match = /^VmRSS:\s+(\d+) kB$/mu.exec(status);
    return match?.[1] === undefined ? undefined : Number(match[1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch.stop(this.#clock);
  }
}

/** Reads all that a child writes, and makes sure that it ends when this process does. */
class ProcessWatch {
  readonly process: ChildProcess;
  readonly listeners = new Set<(event: CallEvent) => void>();
  readonly died: Promise<never>;
  readonly #lines: string[] = [];
  readonly #gone: Promise<void>;
  /** Set once it has been ready: what ends it from then on is a death, and before that a failed start. */
  isStarted = false;
  recognizer: string | undefined;
  #isStopping = false;

  constructor(child: ChildProcess) {
    this.process = child;
    this.#keepLines(child.stdout);
    this.#keepLines(child.stderr);
    const events = child.stdio[3];
    if (events instanceof Readable) {
      createInterface({ input: events }).on('line', (line) => {
        const event = parseEvent(line);
        if (event) for (const listener of this.listeners) listener(event);
      });
    }
    const killAtExit = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', killAtExit);
    const gone = Promise.withResolvers<undefined>();
    this.#gone = gone.promise;
    const died = Promise.withResolvers<never>();
    this.died = died.promise;
    // Nobody may be listening at the moment it happens; whoever races it later still sees it.
    this.died.catch(() => undefined);
    const end = (how: string): void => {
      process.removeListener('exit', killAtExit);
      gone.resolve(undefined);
      if (!this.#isStopping)
        died.reject(
          this.failure(this.isStarted ? 'INZWA_SERVICE_DIED' : 'INZWA_SERVICE_START', `the service stopped (${how})`),
        );
    };
    child.once('error', (error) => {
      end(error.message);
    });
    // 'close' comes after the streams have ended, so that the last log lines are there.
    child.once('close', (code, signal) => {
      end(signal ?? `exit code ${code ?? 'unknown'}`);
    });
  }

  failure(code: 'INZWA_SERVICE_START' | 'INZWA_SERVICE_DIED', what: string): InzwaError {
    const lines = this.lastLines(LOG_LINES_SHOWN);
    const log = lines.length === 0 ? 'It logged nothing.' : `Its last log lines:\n  ${lines.join('\n  ')}`;
    return new InzwaError(code, `${what}. ${log}`);
  }

  lastLines(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }

  /** SIGTERM, then SIGKILL when draining takes too long. */
  async stop(clock: Clock): Promise<void> {
    if (this.#isStopping) return this.#gone;
    this.#isStopping = true;
    this.process.kill('SIGTERM');
    const cancel = clock.after(STOP_TIMEOUT_MS, () => {
      this.process.kill('SIGKILL');
    });
    await this.#gone;
    cancel();
  }

  #keepLines(stream: Readable | null): void {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (line) => {
      this.recognizer ??= recognizerIn(line);
      this.#lines.push(line);
      if (this.#lines.length > LOG_LINES_KEPT) this.#lines.shift();
    });
  }
}

async function untilReady(url: string, watch: ProcessWatch, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadlineMs = clock.nowMs() + READY_TIMEOUT_MS;
  while (clock.nowMs() < deadlineMs) {
    const response = await fetch(url, { signal }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    await clock.sleep(READY_POLL_MS, { signal });
  }
  throw watch.failure('INZWA_SERVICE_START', `the service was not ready after ${READY_TIMEOUT_MS / 1000} s`);
}

function recognizerIn(line: string): string | undefined {
  const found = /"recognizer":("(?:[^"\\]|\\.)*"),"msg":"ready/u.exec(line);
  return found?.[1] === undefined ? undefined : (JSON.parse(found[1]) as string);
}

/** Undefined for a line that is no event: the stream is for events only, but a stray line must not end a demo. */
function parseEvent(line: string): CallEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isEvent =
      typeof value === 'object' && value !== null && 'kind' in value && 'callId' in value && 'atMs' in value;
    return isEvent ? (value as CallEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => {
      resolve(port);
    });
  });
  return promise;
}
