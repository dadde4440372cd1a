/**
 * One private Asterisk: its own folder, ports and process, no matter what else runs on the machine. It never outlives
 * the process that started it, and leaves nothing behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { runCommand } from '#models/sources/command.ts';
import type { PrivatePaths } from '#telephony/asterisk/configuration.ts';
import type { AsteriskInstall } from './install.ts';

/** Fully booted took 0.3 to 0.7 s on two cores (measured); a machine under load gets thirty times that. */
const BOOT_TIMEOUT_MS = 20_000;
const BOOT_POLL_MS = 15;
const STOP_TIMEOUT_MS = 3_000;
const COMMAND_TIMEOUT_MS = 10_000;
/** sun_path holds 108 bytes (unix(7)); the longest name below the folder is run/asterisk.ctl. */
const LONGEST_FOLDER = 80;
const LOG_LINES_SHOWN = 15;

export interface AsteriskInstanceOptions {
  readonly install: AsteriskInstall;
  /** Texts by file name; called with the folders of the instance, which asterisk.conf must name. */
  readonly configuration: (paths: PrivatePaths) => ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export class AsteriskInstance implements AsyncDisposable {
  /** Everything the instance has on disk; gone after disposal. */
  readonly folder: string;
  readonly paths: PrivatePaths;
  /** From the start of the process to fully booted. */
  readonly bootedAfterMs: number;
  readonly #install: AsteriskInstall;
  readonly #process: AsteriskProcess;
  readonly #clock: Clock;

  private constructor(
    install: AsteriskInstall,
    paths: PrivatePaths,
    folder: string,
    process: AsteriskProcess,
    clock: Clock,
    bootedAfterMs: number,
  ) {
    this.#install = install;
    this.paths = paths;
    this.folder = folder;
    this.#process = process;
    this.#clock = clock;
    this.bootedAfterMs = bootedAfterMs;
  }

  /**
   * Resolves when it is fully booted and every module of its modules.conf runs. Rejects with INZWA_ASTERISK_START, the
   * last lines of its log in the message, or with the signal's reason.
   */
  static async start(options: AsteriskInstanceOptions): Promise<AsteriskInstance> {
    const { install, clock, signal } = options;
    signal.throwIfAborted();
    const base = tmpdir().length < LONGEST_FOLDER - 25 ? tmpdir() : '/tmp';
    const folder = await mkdtemp(join(base, 'inzwa-asterisk-'));
    let child: AsteriskProcess | undefined;
    try {
      const paths = pathsIn(folder, install);
      const files = options.configuration(paths);
      for (const path of [paths.etcDir, join(paths.stateDir, 'keys'), paths.spoolDir, paths.runDir, paths.logDir]) {
        await mkdir(path, { recursive: true, mode: 0o700 });
      }
      for (const [name, text] of files) await writeFile(join(paths.etcDir, name), text, { mode: 0o600 });
      const startedAtMs = clock.nowMs();
      child = await AsteriskProcess.spawn(install, confOf(paths), folder);
      await untilBooted(install, paths, child, clock, signal);
      const bootedAfterMs = clock.nowMs() - startedAtMs;
      const instance = new AsteriskInstance(install, paths, folder, child, clock, bootedAfterMs);
      await assertModules(instance, files.get('modules.conf') ?? '');
      return instance;
    } catch (error) {
      await child?.stop(clock);
      await rm(folder, { recursive: true, force: true });
      throw signal.aborted ? signal.reason : error;
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** True until the process has ended. */
  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** What `asterisk -rx` prints. Rejects with INZWA_ASTERISK_COMMAND when nothing answers. */
  async command(text: string): Promise<string> {
    return rx(this.#install, this.paths, text);
  }

  /** How many channels exist now; 0 after every test, or one has leaked. */
  async channels(): Promise<number> {
    const count = /^(\d+) active channels?/m.exec(await this.command('core show channels count'))?.[1];
    if (count === undefined) {
      throw new InzwaError('INZWA_ASTERISK_COMMAND', 'Asterisk did not say how many channels it has.');
    }
    return Number(count);
  }

  /** The last lines of messages.log and of what the process itself printed. */
  async logTail(lines = 40): Promise<string> {
    return logTail(this.paths, lines);
  }

  /** Ends the process as a power cut would: no BYE, no close. Disposing is still needed. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop(this.#clock);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function pathsIn(folder: string, { modulesDir, dataDir }: AsteriskInstall): PrivatePaths {
  return {
    etcDir: join(folder, 'etc'),
    modulesDir,
    dataDir,
    stateDir: join(folder, 'state'),
    spoolDir: join(folder, 'spool'),
    runDir: join(folder, 'run'),
    logDir: join(folder, 'log'),
  };
}

function confOf({ etcDir }: PrivatePaths): string {
  return join(etcDir, 'asterisk.conf');
}

/** The process, recorded by its id: an unpacked Asterisk shows under the name of its loader. */
class AsteriskProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #killAtExit: () => void;
  isRunning = true;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    const gone = Promise.withResolvers<undefined>();
    this.#gone = gone.promise;
    this.#killAtExit = () => {
      this.kill('SIGKILL');
      removeAtExit(folder);
    };
    process.once('exit', this.#killAtExit);
    const end = (): void => {
      this.isRunning = false;
      process.removeListener('exit', this.#killAtExit);
      gone.resolve(undefined);
    };
    child.once('error', end);
    child.once('close', end);
  }

  static async spawn(install: AsteriskInstall, conf: string, folder: string): Promise<AsteriskProcess> {
    const args = [...install.leadingArgs, '-f', '-q', '-C', conf];
    // Even a SIGKILL to us must not leave it behind: the kernel then kills it (prctl(2), PR_SET_PDEATHSIG).
    const setpriv = await hasSetpriv();
    const [command, ...rest] = [...(setpriv ? ['setpriv', '--pdeathsig', 'KILL', '--'] : []), install.command, ...args];
    const child = spawn(command ?? install.command, rest, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'ignore'],
      // A session of its own, so that Ctrl-C reaches us first.
      detached: true,
    });
    child.unref();
    return new AsteriskProcess(child, folder);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGTERM hangs up what is there and ends it; SIGKILL when that takes too long. */
  async stop(clock: Clock): Promise<void> {
    if (!this.isRunning) return;
    this.#child.ref();
    this.kill('SIGTERM');
    const cancel = clock.after(STOP_TIMEOUT_MS, () => {
      this.kill('SIGKILL');
    });
    await this.#gone;
    cancel();
  }
}

/** What was killed a moment ago may still be writing: a folder that fills again, or cannot be emptied, is tried again. */
function removeAtExit(folder: string): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 40; attempt += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Tried again below; at the exit of a process nobody is left to be told.
    }
    Atomics.wait(never, 0, 0, 25);
    if (!existsSync(folder)) return;
  }
}

async function hasSetpriv(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return access('/usr/bin/setpriv').then(
    () => true,
    () => false,
  );
}

async function rx(install: AsteriskInstall, paths: PrivatePaths, text: string): Promise<string> {
  const args = [...install.leadingArgs, '-C', confOf(paths), '-rx', text];
  const { code, stdout, stderr } = await runCommand(install.command, args, {
    signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
  });
  if (code === 0) return stdout;
  throw new InzwaError(
    'INZWA_ASTERISK_COMMAND',
    `Asterisk did not answer "${text}": ${stderr.trim() || stdout.trim()}`,
    {
      details: { exitCode: code },
    },
  );
}

async function untilBooted(
  install: AsteriskInstall,
  paths: PrivatePaths,
  child: AsteriskProcess,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.nowMs() + BOOT_TIMEOUT_MS;
  while (clock.nowMs() < deadlineMs) {
    signal.throwIfAborted();
    if (!child.isRunning) throw await startError(paths, 'stopped while it booted');
    // Asking is a process of its own: not before there is a socket to ask.
    const canAsk = await access(join(paths.runDir, 'asterisk.ctl')).then(
      () => true,
      () => false,
    );
    if (canAsk) {
      const answer = await rx(install, paths, 'core waitfullybooted').catch(() => '');
      if (answer.includes('fully booted')) return;
    }
    await clock.sleep(BOOT_POLL_MS, { signal });
  }
  throw await startError(paths, `was not fully booted after ${BOOT_TIMEOUT_MS / 1_000} s`);
}

/** Modules decline to load quietly, so what was asked for is compared with what runs. */
async function assertModules(instance: AsteriskInstance, modulesConf: string): Promise<void> {
  const wanted = [...modulesConf.matchAll(/^(?:load|preload|require)\s*=>?\s*(\w+)/gm)].map(
    ([, name]) => `${name ?? ''}.so`,
  );
  const shown = await instance.command('module show');
  const running = new Set([...shown.matchAll(/^(\w+\.so)\s.*\s\d+\s+Running\s/gm)].map(([, name]) => name ?? ''));
  const missing = wanted.filter((name) => !running.has(name));
  if (missing.length > 0) {
    throw await startError(instance.paths, `runs without ${missing.join(', ')}, which its modules.conf asks for`);
  }
}

async function startError(paths: PrivatePaths, what: string): Promise<InzwaError> {
  return new InzwaError(
    'INZWA_ASTERISK_START',
    `a private Asterisk ${what}. Its last log lines:\n${await logTail(paths, LOG_LINES_SHOWN)}`,
  );
}

async function logTail({ logDir }: PrivatePaths, lines: number): Promise<string> {
  const text = await readFile(join(logDir, 'messages.log'), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n') || '(it logged nothing)';
}
