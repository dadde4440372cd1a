/**
 * One private PostgreSQL: its own folder, its own free port on loopback, gone with the process that started it. For tests
 * and measurements; a service is given the address of a server that somebody looks after.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import pg from 'pg';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { PostgresInstall } from './install.ts';

/** initdb took 1.1 s and the start 0.1 s on two cores (measured); a machine under load gets thirty times that. */
const INIT_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 20_000;
const START_POLL_MS = 50;
const STOP_TIMEOUT_MS = 5_000;
const USER = 'inzwa';
const SAID_CHARACTERS = 600;
/** `nobody`, on every Linux. */
const NOBODY = 65_534;

interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface PrivatePostgresOptions {
  readonly install: PostgresInstall;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export class PrivatePostgres implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #password: string;
  readonly #install: PostgresInstall;
  readonly #clock: Clock;
  #server: ServerProcess;

  private constructor(
    options: PrivatePostgresOptions,
    folder: string,
    port: number,
    password: string,
    server: ServerProcess,
  ) {
    this.#install = options.install;
    this.#clock = options.clock;
    this.folder = folder;
    this.port = port;
    this.#password = password;
    this.#server = server;
  }

  /** Resolves when it answers. Rejects with INZWA_POSTGRES_START or with the signal's reason. */
  static async start(options: PrivatePostgresOptions): Promise<PrivatePostgres> {
    const { install, clock, signal } = options;
    signal.throwIfAborted();
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-postgres-'));
    try {
      const password = randomBytes(12).toString('hex');
      const passwordFile = join(folder, 'password');
      await writeFile(passwordFile, password, { mode: 0o600 });
      const account = accountFor();
      if (account !== undefined) {
        await chown(folder, account.uid, account.gid);
        await chown(passwordFile, account.uid, account.gid);
      }
      await initialise(options, folder, passwordFile, account);
      const port = await freePort();
      const server = new ServerProcess(install, folder, port, account);
      const started = new PrivatePostgres(options, folder, port, password, server);
      try {
        await started.#untilReady(signal);
      } catch (error) {
        await server.stop(clock);
        throw error;
      }
      return started;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw signal.aborted ? signal.reason : error;
    }
  }

  /** Address of one database of the server. */
  url(database = 'postgres'): string {
    return `postgres://${USER}:${this.#password}@127.0.0.1:${this.port}/${database}`;
  }

  /** A new, empty database; its name begins with a letter and has no capitals. */
  async createDatabase(name: string): Promise<string> {
    await this.#administer(`create database ${name}`);
    return this.url(name);
  }

  /** Whoever is connected to it is cut off. */
  async dropDatabase(name: string): Promise<void> {
    await this.#administer(`drop database if exists ${name} with (force)`);
  }

  /** Ends the server as a fault would: connections break, and nobody can connect until `restart`. */
  async kill(): Promise<void> {
    await this.#server.kill(this.#clock);
  }

  /** On the same port, with the same data. */
  async restart({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#server.stop(this.#clock);
    this.#server = new ServerProcess(this.#install, this.folder, this.port, accountFor());
    await this.#untilReady(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(this.#clock);
    await rm(this.folder, { recursive: true, force: true });
  }

  async #untilReady(signal: AbortSignal): Promise<void> {
    const deadlineMs = this.#clock.nowMs() + START_TIMEOUT_MS;
    for (;;) {
      try {
        await this.#administer('select 1');
        return;
      } catch (error) {
        if (!this.#server.isRunning || this.#clock.nowMs() > deadlineMs) {
          throw startError(`it did not become ready: ${this.#server.said}`, error);
        }
      }
      await this.#clock.sleep(START_POLL_MS, { signal });
    }
  }

  async #administer(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url(), connectionTimeoutMillis: START_TIMEOUT_MS });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(statement);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** PostgreSQL refuses to run as root; undefined when this process is somebody else already. */
function accountFor(): Account | undefined {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined;
}

function environment({ libraryDir }: PostgresInstall): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', ...(libraryDir !== undefined && { LD_LIBRARY_PATH: libraryDir }) };
}

async function initialise(
  { install, clock, signal }: PrivatePostgresOptions,
  folder: string,
  passwordFile: string,
  account: Account | undefined,
): Promise<void> {
  // Without --no-sync initdb alone waits for hundreds of fsyncs; the server itself syncs every commit.
  const args = ['-D', join(folder, 'data'), '-U', USER, '-A', 'scram-sha-256', '--pwfile', passwordFile];
  const child = new ChildOutput(
    spawn(join(install.binDir, 'initdb'), [...args, '-E', 'UTF8', '--locale=C', '--no-sync'], {
      ...account,
      cwd: folder,
      env: environment(install),
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  const stopWaiting = new AbortController();
  const late = clock.sleep(INIT_TIMEOUT_MS, { signal: AbortSignal.any([signal, stopWaiting.signal]) }).then(
    () => child.kill('SIGKILL'),
    () => signal.aborted && child.kill('SIGKILL'),
  );
  const code = await child.ended;
  stopWaiting.abort();
  await late;
  signal.throwIfAborted();
  if (code !== 0) throw startError(`initdb ended with ${code ?? 'a signal'}: ${child.said}`);
}

/** A child process, with the last of what it printed. */
class ChildOutput {
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;
  said = '';
  isRunning = true;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said = (this.said + text).slice(-SAID_CHARACTERS);
      });
    }
    this.ended = new Promise((resolve) => {
      const finish = (code: number | null): void => {
        this.isRunning = false;
        resolve(code);
      };
      child.once('error', (error) => {
        this.said += error.message;
        finish(null);
      });
      child.once('exit', finish);
    });
  }

  kill(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }
}

/**
 * Becomes the server, after leaving somebody who watches a pipe of ours: when it ends without a word, even by a SIGKILL to
 * us, the server is ended and its folder deleted. Twice a child, so that the server has no child that it does not know.
 */
const WATCHED_SERVER = `
((read -r word <&3 && exit 0
  kill -QUIT $$
  while kill -0 $$; do sleep 0.05; done
  rm -rf "$0") >/dev/null 2>&1 &)
exec "$@" 3<&-`;

class ServerProcess {
  readonly #output: ChildOutput;
  readonly #watch: Writable | undefined;

  constructor(install: PostgresInstall, folder: string, port: number, account: Account | undefined) {
    const settings = [
      ['listen_addresses', '127.0.0.1'],
      ['unix_socket_directories', ''],
      ['max_connections', '60'],
      // What `synchronous_commit` promises is worth nothing without it; it is the default, and stays so here.
      ['fsync', 'on'],
    ];
    const server = [join(install.binDir, 'postgres'), '-D', join(folder, 'data'), '-p', String(port)];
    for (const [name, value] of settings) server.push('-c', `${name}=${value}`);
    const child = spawn('/bin/sh', ['-c', WATCHED_SERVER, folder, ...server], {
      ...account,
      cwd: folder,
      env: environment(install),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      // Ctrl-C reaches us first.
      detached: true,
    });
    child.unref();
    for (const stream of child.stdio) if (stream instanceof Socket) stream.unref();
    this.#watch = child.stdio[3] instanceof Socket ? child.stdio[3] : undefined;
    this.#watch?.on('error', () => undefined);
    this.#output = new ChildOutput(child);
  }

  get said(): string {
    return this.#output.said;
  }

  get isRunning(): boolean {
    return this.#output.isRunning;
  }

  /** SIGINT: PostgreSQL's "fast" shutdown, which cuts connections off and writes a checkpoint. */
  async stop(clock: Clock): Promise<void> {
    await this.#end('SIGINT', clock);
  }

  /** SIGQUIT: its "immediate" one, after which the next start recovers from the log. */
  async kill(clock: Clock): Promise<void> {
    await this.#end('SIGQUIT', clock);
  }

  async #end(signal: NodeJS.Signals, clock: Clock): Promise<void> {
    this.#output.kill(signal);
    const cancel = clock.after(STOP_TIMEOUT_MS, () => this.#output.kill('SIGKILL'));
    await this.#output.ended;
    cancel();
    this.#watch?.end('done\n');
  }
}

function startError(what: string, cause?: unknown): InzwaError {
  return new InzwaError('INZWA_POSTGRES_START', `a private PostgreSQL could not be started: ${what}`, { cause });
}

/** Free a moment ago. */
function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const bound = server.address();
    server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0));
  });
  return promise;
}
