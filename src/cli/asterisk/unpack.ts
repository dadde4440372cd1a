/**
 * Brings a real Asterisk onto this machine without installing anything: Debian's packages are fetched by apt-get into a
 * folder of ours and unpacked there. No root, no service, nothing of the machine's own is touched.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { holdPullLock } from '#models/pull-lock.ts';
import { runCommand, type CommandResult } from '#models/sources/command.ts';
import { hostMirrors, PUBLIC_MIRROR, type AptMirror } from './apt-sources.ts';
import { installInRoot, installOnPath, type AsteriskInstall } from './install.ts';

/** The Debian release that has Asterisk 22.10; bookworm and trixie have none at all (July 2026). */
const SUITE = 'forky';
const ASTERISK: WantedPackages<AsteriskInstall> = {
  names: ['asterisk', 'asterisk-modules'],
  installIn: installInRoot,
};
/** Written last: what has it is whole. */
const STAMP = '.complete';
/** Unpacked 268 MB, packages 80 MB, apt's lists 60 MB. */
const ROOM_TEXT = '500 MB';

export type UnpackEvent =
  | { readonly kind: 'waiting'; readonly holderPid: number }
  | { readonly kind: 'looking-up' }
  | { readonly kind: 'fetching'; readonly version: string }
  | { readonly kind: 'unpacking'; readonly done: number; readonly total: number };

export interface EnsureAsteriskOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where unpacked versions are kept. @defaultValue asteriskFolder() */
  readonly folder?: string;
  readonly onProgress?: (event: UnpackEvent) => void;
  /** @defaultValue the mirrors of the machine's own sources, then Debian's public one */
  readonly mirrors?: readonly AptMirror[];
  /** False: do not take the machine's own. @defaultValue true */
  readonly isPathAllowed?: boolean;
}

/** INZWA_ASTERISK_DIR, else `inzwa/asterisk` in the user's cache folder. */
export function asteriskFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const chosen = env['INZWA_ASTERISK_DIR'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  const xdg = env['XDG_CACHE_HOME'];
  return xdg === undefined || xdg === ''
    ? join(homedir(), '.cache', 'inzwa', 'asterisk')
    : resolve(xdg, 'inzwa', 'asterisk');
}

/** Debian packages that one program needs, and how it is found among them. */
export interface WantedPackages<T> {
  /** The first one's version names the folder. */
  readonly names: readonly [string, ...string[]];
  /**
   * Of the machine's own release, and only what the machine lacks: for a program that runs with the machine's libraries.
   * @defaultValue false: of the release that has Asterisk, with every library
   */
  readonly isForHost?: boolean;
  /** The program below `root`; undefined when it is not all there or does not run. */
  readonly installIn: (root: string, signal: AbortSignal) => Promise<T | undefined>;
}

/**
 * An Asterisk with chan_websocket: the one on the PATH, else the one unpacked earlier, else one fetched now (about 15 s).
 * Throws INZWA_ASTERISK_INSTALL; rejects with the signal's reason when aborted.
 */
export async function ensureAsterisk(options: EnsureAsteriskOptions): Promise<AsteriskInstall> {
  const { signal, folder = asteriskFolder(), isPathAllowed = true } = options;
  signal.throwIfAborted();
  const own = isPathAllowed ? await installOnPath(signal) : undefined;
  return own ?? ensureUnpacked(ASTERISK, { ...options, folder });
}

/** What was unpacked to the folder earlier, else what is fetched to it now; rejects as `ensureAsterisk` does. */
export async function ensureUnpacked<T>(
  wanted: WantedPackages<T>,
  options: EnsureAsteriskOptions & { readonly folder: string },
): Promise<T> {
  const { clock, signal, folder, onProgress } = options;
  const kept = await keptInstall(wanted, folder, signal);
  if (kept !== undefined) return kept;
  await makeFolder(folder);
  await using _lock = await holdPullLock(folder, {
    clock,
    signal,
    onWait: (holderPid) => onProgress?.({ kind: 'waiting', holderPid }),
  });
  // Whoever held the lock before us may have done the work.
  return (await keptInstall(wanted, folder, signal)) ?? (await fetchInto(wanted, folder, options));
}

/** The newest whole version in the folder that runs. */
async function keptInstall<T>(
  { installIn }: WantedPackages<T>,
  folder: string,
  signal: AbortSignal,
): Promise<T | undefined> {
  const found: { readonly root: string; readonly atMs: number }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const stamp = await stat(join(folder, name, STAMP)).catch(() => undefined);
    if (stamp !== undefined && !name.startsWith('.')) found.push({ root: join(folder, name), atMs: stamp.mtimeMs });
  }
  for (const { root } of found.sort((one, other) => other.atMs - one.atMs)) {
    const install = await installIn(root, signal);
    if (install !== undefined) return install;
  }
  return undefined;
}

async function fetchInto<T>(
  { names, installIn, isForHost = false }: WantedPackages<T>,
  folder: string,
  options: EnsureAsteriskOptions,
): Promise<T> {
  const { signal, onProgress } = options;
  await clearUnfinished(folder);
  const work = join(folder, `.unpack-${randomUUID()}`);
  try {
    const apt = new PrivateApt(work, signal, isForHost ? await hostRelease(names) : { suite: SUITE, status: '' });
    await apt.prepare();
    onProgress?.({ kind: 'looking-up' });
    await apt.updateFromFirst(options.mirrors ?? [...(await hostMirrors()), PUBLIC_MIRROR]);
    const version = await apt.candidate(names[0]);
    onProgress?.({ kind: 'fetching', version });
    const archives = await apt.download(names);
    const root = join(work, 'root');
    for (const [done, archive] of archives.entries()) {
      onProgress?.({ kind: 'unpacking', done, total: archives.length });
      const result = await runCommand('dpkg-deb', ['-x', archive, root], { signal });
      if (result.code !== 0) throw toolError('dpkg-deb', 'unpack a package', result);
    }
    onProgress?.({ kind: 'unpacking', done: archives.length, total: archives.length });
    await writeFile(join(root, STAMP), `${version}\n`);
    // The epoch of a Debian version says nothing about the program, and a colon not much to a file system.
    const target = join(folder, version.replace(/^\d+:/, ''));
    await rm(target, { recursive: true, force: true });
    await rename(root, target);
    const install = await installIn(target, signal);
    if (install !== undefined) return install;
    await rm(join(target, STAMP), { force: true });
    throw new InzwaError(
      'INZWA_ASTERISK_INSTALL',
      `the ${names[0]} ${version} unpacked to ${target} does not run on this machine, or lacks chan_websocket: install ` +
        'Asterisk 22.8 or newer so that it is on the PATH.',
      { details: { version, target } },
    );
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw asInstallError(error, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface AptRelease {
  readonly suite: string;
  /** What counts as installed, as dpkg writes it; empty: nothing. */
  readonly status: string;
}

/** As if none of the wanted packages, nor parts of them, were installed: what is fetched must be all there. */
async function hostRelease(names: readonly string[]): Promise<AptRelease> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  const status = await readFile('/var/lib/dpkg/status', 'utf8').catch(() => undefined);
  if (suite === undefined || status === undefined) {
    throw new InzwaError(
      'INZWA_ASTERISK_INSTALL',
      `${names.join(' and ')} can be fetched on Debian and its relatives only: install it so that it is on the PATH.`,
    );
  }
  const isWanted = (stanza: string): boolean => {
    const found = /^Package: (\S+)$/m.exec(stanza)?.[1] ?? '';
    return names.some((name) => found === name || found.startsWith(`${name}-`));
  };
  const others = status.split('\n\n').filter((stanza) => !isWanted(stanza));
  return { suite, status: others.join('\n\n') };
}

/** apt-get with lists, cache and state of its own below `folder`; the machine's proxies and credentials still count. */
class PrivateApt {
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #suite: string;
  readonly #status: string;
  readonly #options: readonly string[];

  constructor(folder: string, signal: AbortSignal, { suite, status }: AptRelease) {
    this.#folder = folder;
    this.#signal = signal;
    this.#suite = suite;
    this.#status = status;
    const settings = [
      'Dir::Etc::sourcelist=/dev/null',
      `Dir::Etc::sourceparts=${folder}/parts`,
      'Dir::Etc::preferences=/dev/null',
      'Dir::Etc::preferencesparts=/dev/null',
      `Dir::State::lists=${folder}/lists`,
      `Dir::State::status=${folder}/status`,
      `Dir::Cache=${folder}/cache`,
      'APT::Install-Recommends=0',
      'APT::Keep-Downloaded-Packages=true',
      // A machine whose clock is ahead of the mirror would refuse the release file (measured).
      'Acquire::Check-Valid-Until=false',
      'Acquire::Languages=none',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
      'Acquire::Retries=2',
      // The folder is ours alone: apt's own user may not read it, and its lock has nobody to keep out.
      'APT::Sandbox::User=root',
      'Debug::NoLocking=1',
    ];
    this.#options = ['-q', ...settings.flatMap((setting) => ['-o', setting])];
  }

  async prepare(): Promise<void> {
    for (const part of ['lists/partial', 'cache/archives/partial', 'parts', 'root']) {
      await mkdir(join(this.#folder, part), { recursive: true });
    }
    await writeFile(join(this.#folder, 'status'), this.#status);
  }

  /** Reads the lists of the first mirror that has the suite. */
  async updateFromFirst(mirrors: readonly AptMirror[]): Promise<void> {
    let last: CommandResult = { code: 0, stdout: '', stderr: '' };
    for (const { uri, signedBy, isTrusted } of mirrors) {
      const stanza = ['Types: deb', `URIs: ${uri}`, `Suites: ${this.#suite}`, 'Components: main'];
      if (signedBy !== undefined) stanza.push(`Signed-By: ${signedBy}`);
      if (isTrusted) stanza.push('Trusted: yes');
      await writeFile(join(this.#folder, 'parts', 'debian.sources'), `${stanza.join('\n')}\n`);
      last = await this.#run('apt-get', ['-o', 'APT::Update::Error-Mode=any', 'update']);
      if (last.code === 0) return;
    }
    throw toolError('apt-get', `read the package lists of ${this.#suite}`, last);
  }

  async candidate(name: string): Promise<string> {
    const result = await this.#run('apt-cache', ['policy', name]);
    const version = /^\s*Candidate:\s*(\S+)/m.exec(result.stdout)?.[1];
    if (version === undefined || version === '(none)') {
      throw toolError('apt-cache', `find ${name} in ${this.#suite}`, result);
    }
    return version;
  }

  /** Paths of the packages and of all that they need, the C library included. */
  async download(names: readonly string[]): Promise<readonly string[]> {
    const result = await this.#run('apt-get', ['-y', '--download-only', 'install', ...names]);
    if (result.code !== 0) throw toolError('apt-get', `fetch ${names.join(' and ')}`, result);
    const folder = join(this.#folder, 'cache', 'archives');
    return (await readdir(folder)).filter((name) => name.endsWith('.deb')).map((name) => join(folder, name));
  }

  #run(command: string, args: readonly string[]): Promise<CommandResult> {
    const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
    return runCommand(command, [...this.#options, ...args], { signal: this.#signal, env });
  }
}

/** Folders of a process that was killed half-way; the lock is ours, so nobody works in them. */
async function clearUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('.unpack-')) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw asInstallError(error, folder);
  }
}

/** The signs of apt (its words in the C locale) for a mirror that does not answer, a full disk, and a missing keyring. */
const NETWORK_SIGNS =
  /Could not (?:resolve|connect)|Temporary failure|Connection (?:failed|timed out|refused)|Unable to connect|unreachable/i;
const DISK_SIGNS = /No space left|not enough free space|don't have enough free space/i;
const KEY_SIGNS = /NO_PUBKEY|is not signed|keyring|Sub-process .*(?:gpgv|sqv)/i;

function toolError(tool: string, what: string, result: CommandResult): InzwaError {
  const said = `${result.stderr}\n${result.stdout}`;
  const details = { tool, exitCode: result.code };
  if (result.code === 127) {
    return new InzwaError(
      'INZWA_ASTERISK_INSTALL',
      `Asterisk is needed and ${tool} was not found to fetch it with: this works on Debian and its relatives. ` +
        'Elsewhere install Asterisk 22.8 or newer, with chan_websocket, so that it is on the PATH.',
      { details },
    );
  }
  const advice = NETWORK_SIGNS.test(said)
    ? 'the mirror could not be reached; check the connection and run the same command again'
    : DISK_SIGNS.test(said)
      ? `the disk is full; free ${ROOM_TEXT}, or set INZWA_ASTERISK_DIR to a folder on a larger disk`
      : KEY_SIGNS.test(said)
        ? 'its signature could not be checked; install the package debian-archive-keyring'
        : lastWords(said);
  return new InzwaError('INZWA_ASTERISK_INSTALL', `${tool} could not ${what}: ${advice}.`, {
    retryable: NETWORK_SIGNS.test(said),
    details,
  });
}

/** Addresses are left out: a private mirror may carry a password in them. */
function lastWords(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const line =
    lines.findLast((candidate) => /^(?:E:|dpkg-deb: error)/.test(candidate)) ?? lines.findLast(Boolean) ?? '';
  return line.replace(/[a-z+]+:\/\/\S+/gi, '<address>').slice(0, 300);
}

function asInstallError(error: unknown, folder: string): unknown {
  if (error instanceof InzwaError || !(error instanceof Error) || !('code' in error)) return error;
  return new InzwaError(
    'INZWA_ASTERISK_INSTALL',
    `Asterisk cannot be unpacked to ${folder} (${messageOf(error)}): set INZWA_ASTERISK_DIR to a folder of yours with ${ROOM_TEXT} free.`,
    { cause: error, details: { folder } },
  );
}
