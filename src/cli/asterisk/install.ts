/** An Asterisk that can be spawned: the machine's own, or one that was unpacked and never installed. */
import { access, readdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand } from '#models/sources/command.ts';

export interface AsteriskInstall {
  /** The program to spawn, and what its arguments begin with: an unpacked one is started by its own dynamic loader. */
  readonly command: string;
  readonly leadingArgs: readonly string[];
  readonly modulesDir: string;
  /** Has documentation/core-en_US.xml, without which options fail to register. */
  readonly dataDir: string;
  /** `22.10.1`, as `asterisk -V` says. */
  readonly version: string;
}

const WANTED_MODULE = 'chan_websocket.so';
const DOCUMENTATION = join('documentation', 'core-en_US.xml');

/** The `asterisk` on the PATH; undefined when there is none, or when it is one without chan_websocket. */
export async function installOnPath(
  signal: AbortSignal,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<AsteriskInstall | undefined> {
  // /usr/sbin is where packages put it, and not on everybody's PATH.
  const folders = [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    const command = join(folder, 'asterisk');
    if (!(await exists(command))) continue;
    const own = await readFile('/etc/asterisk/asterisk.conf', 'utf8').catch(() => '');
    const modulesDir = await firstWith(WANTED_MODULE, [...setting(own, 'astmoddir'), ...(await usualModuleFolders())]);
    const dataDir = await firstWith(DOCUMENTATION, [
      ...setting(own, 'astdatadir'),
      ...['/usr/share/asterisk', '/var/lib/asterisk', '/usr/local/share/asterisk'],
    ]);
    if (modulesDir === undefined || dataDir === undefined) return undefined;
    const version = await versionOf(command, [], signal);
    return version === undefined ? undefined : { command, leadingArgs: [], modulesDir, dataDir, version };
  }
  return undefined;
}

/** The Asterisk below a folder that Debian packages were unpacked to; undefined when it is not all there or does not run. */
export async function installInRoot(root: string, signal: AbortSignal): Promise<AsteriskInstall | undefined> {
  const libraries = join(root, 'usr', 'lib');
  for (const triplet of await readdir(libraries).catch(() => [])) {
    const folder = join(libraries, triplet);
    const modulesDir = await firstWith(WANTED_MODULE, [join(folder, 'asterisk', 'modules')]);
    if (modulesDir === undefined) continue;
    const loader = (await readdir(folder)).find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
    const dataDir = await firstWith(DOCUMENTATION, [join(root, 'usr', 'share', 'asterisk')]);
    if (loader === undefined || dataDir === undefined) return undefined;
    // Its C library is newer than the machine's: the loader of the same packages brings the two together.
    const command = join(folder, loader);
    const leadingArgs = ['--library-path', folder, join(root, 'usr', 'sbin', 'asterisk')];
    const version = await versionOf(command, leadingArgs, signal);
    return version === undefined ? undefined : { command, leadingArgs, modulesDir, dataDir, version };
  }
  return undefined;
}

async function versionOf(
  command: string,
  leadingArgs: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { code, stdout } = await runCommand(command, [...leadingArgs, '-V'], { signal });
  return code === 0 ? /^Asterisk (?:certified\/)?(\d[\w.-]*)/.exec(stdout)?.[1] : undefined;
}

function setting(configuration: string, key: string): readonly string[] {
  const value = new RegExp(`^\\s*${key}\\s*=>?\\s*([^;\\s]+)`, 'm').exec(configuration)?.[1];
  return value === undefined ? [] : [value];
}

async function usualModuleFolders(): Promise<readonly string[]> {
  const inUsrLib = await readdir('/usr/lib').catch(() => []);
  const triplets = inUsrLib.filter((name) => name.includes('-linux-')).map((name) => join('/usr/lib', name));
  return [...triplets, '/usr/lib', '/usr/lib64', '/usr/local/lib', '/usr/local/lib64'].map((folder) =>
    join(folder, 'asterisk', 'modules'),
  );
}

async function firstWith(file: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) if (await exists(join(folder, file))) return folder;
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
