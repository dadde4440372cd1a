/** A PostgreSQL that can be started privately: the machine's own, else one that is unpacked and never installed. */
import { access, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { asteriskFolder, ensureUnpacked, type WantedPackages } from '../asterisk/unpack.ts';

export interface PostgresInstall {
  /** Has `initdb` and `postgres`. */
  readonly binDir: string;
  /** For the loader, besides the machine's own libraries; undefined for what is installed. */
  readonly libraryDir?: string | undefined;
}

export interface EnsurePostgresOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** False: do not take the machine's own. @defaultValue true */
  readonly isMachineAllowed?: boolean;
}

/** Where Debian and its relatives put each major version; those programs are not on the PATH. */
const DEBIAN_VERSIONS = join('usr', 'lib', 'postgresql');
const NEEDED = ['initdb', 'postgres'] as const;
const POSTGRES: WantedPackages<PostgresInstall> = { names: ['postgresql'], isForHost: true, installIn: installInRoot };

/** The machine's own, else one fetched with apt-get (about 60 MB). Rejects with INZWA_POSTGRES_START or the signal's reason. */
export async function ensurePostgres(options: EnsurePostgresOptions): Promise<PostgresInstall> {
  const { clock, signal, isMachineAllowed = true } = options;
  const own = isMachineAllowed ? await installOnMachine() : undefined;
  if (own !== undefined) return own;
  try {
    return await ensureUnpacked(POSTGRES, { clock, signal, folder: postgresFolder() });
  } catch (error) {
    signal.throwIfAborted();
    throw new InzwaError(
      'INZWA_POSTGRES_START',
      `there is no PostgreSQL on this machine, and none could be fetched (${messageOf(error)}) Install it: apt-get install postgresql.`,
      { cause: error },
    );
  }
}

/** For root where others may read: a server never runs as root, and a home folder is closed to `nobody`. */
function postgresFolder(): string {
  return process.getuid?.() === 0 ? '/var/cache/inzwa/postgres' : join(asteriskFolder(), 'postgres');
}

async function installOnMachine(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<PostgresInstall | undefined> {
  const folders = [...(await versionsIn('/')), ...(env['PATH'] ?? '').split(delimiter).filter(Boolean)];
  for (const binDir of folders) if (await hasAll(binDir)) return { binDir };
  return undefined;
}

async function installInRoot(root: string): Promise<PostgresInstall | undefined> {
  const libraries = join(root, 'usr', 'lib');
  const triplets = (await readdir(libraries).catch(() => [])).filter((name) => name.includes('-linux-'));
  for (const binDir of await versionsIn(root)) {
    if (await hasAll(binDir)) {
      return { binDir, libraryDir: triplets.map((name) => join(libraries, name)).join(delimiter) };
    }
  }
  return undefined;
}

/** The newest first. */
async function versionsIn(root: string): Promise<readonly string[]> {
  const folder = join(root, DEBIAN_VERSIONS);
  const versions = (await readdir(folder).catch(() => [])).filter((name) => /^\d+$/.test(name));
  return versions.sort((one, other) => Number(other) - Number(one)).map((version) => join(folder, version, 'bin'));
}

async function hasAll(folder: string): Promise<boolean> {
  const found = await Promise.all(
    NEEDED.map((name) =>
      access(join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
}
