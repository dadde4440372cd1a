/**
 * What a disk holds when the power goes, worked out from a process's system calls: what was written and synced is there,
 * what was written and not synced is there or not, as chance has it. Needs strace, and no privilege.
 */
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemClock as clock } from '#kernel/clock.ts';
import { runCommand } from '#models/sources/command.ts';
import { asteriskFolder, ensureUnpacked, type WantedPackages } from '#src/cli/asterisk/unpack.ts';

export interface TracedProcess {
  /** Every write to a file and every sync of one, in the order in which they began. */
  readonly calls: readonly DiskCall[];
}

interface DiskCall {
  readonly kind: 'write' | 'truncate' | 'sync' | 'unlink';
  readonly path: string;
  readonly data: Buffer;
  /** Undefined: where the file ends. */
  readonly at: number | undefined;
  /** How many lines of the trace had begun when it had ended; Infinity: it never did. */
  endedAt: number;
}

const STRACE: WantedPackages<string> = {
  names: ['strace'],
  isForHost: true,
  async installIn(root) {
    const program = join(root, 'usr', 'bin', 'strace');
    return access(program).then(
      () => program,
      () => undefined,
    );
  },
};

/** Runs node with these arguments. Undefined, with the reason, where a process may not be traced. */
export async function traceDisk(
  args: readonly string[],
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<TracedProcess | { readonly whyNot: string }> {
  const own = await runCommand('strace', ['--version'], { signal });
  const strace =
    own.code === 0
      ? 'strace'
      : await ensureUnpacked(STRACE, { clock, signal, folder: join(asteriskFolder(), 'strace') });
  const log = join(folder, 'calls.log');
  const traced = 'trace=pwrite64,write,ftruncate,fdatasync,fsync,unlink';
  const { code, stderr } = await runCommand(
    strace,
    ['-f', '-y', '-xx', '-s', '1000000', '-e', traced, '-o', log, process.execPath, ...args],
    { signal },
  );
  if (/ptrace|Operation not permitted/.test(stderr)) return { whyNot: stderr.trim() };
  if (code !== 0) throw new Error(`the traced process failed: ${stderr}`);
  return { calls: readCalls(await readFile(log, 'latin1')) };
}

const CALL = /^(\d+) +(pwrite64|write|ftruncate|fdatasync|fsync|unlink)\((.*)$/;
const RESUMED = /^(\d+) +<\.\.\. \w+ resumed>/;

function readCalls(log: string): DiskCall[] {
  const calls: DiskCall[] = [];
  /** By thread: a call during which another thread had its turn. */
  const unfinished = new Map<string, DiskCall>();
  for (const line of log.split('\n')) {
    const resumed = RESUMED.exec(line);
    if (resumed) {
      const call = unfinished.get(resumed[1] ?? '');
      if (call !== undefined) call.endedAt = calls.length;
      continue;
    }
    const [, thread = '', name = '', rest = ''] = CALL.exec(line) ?? [];
    const call = parseCall(name, rest);
    if (call === undefined) continue;
    calls.push(call);
    if (rest.endsWith('<unfinished ...>')) unfinished.set(thread, call);
    else call.endedAt = calls.length;
  }
  return calls;
}

function parseCall(name: string, rest: string): DiskCall | undefined {
  const [path, data] = [...rest.matchAll(/(?:<|")((?:\\x[0-9a-f]{2})*)(?:>|")/g)].map(([, hex = '']) =>
    Buffer.from(hex.replaceAll('\\x', ''), 'hex'),
  );
  if (path === undefined) return undefined;
  const common = { path: path.toString(), data: data ?? Buffer.alloc(0), endedAt: Infinity };
  const numbers = /, (\d+)(?:, (\d+))?(?:\) += .*| <unfinished \.\.\.>)$/.exec(rest);
  switch (name) {
    case 'pwrite64':
      return { ...common, kind: 'write', at: Number(numbers?.[2]) };
    case 'write':
      return { ...common, kind: 'write', at: undefined };
    case 'ftruncate':
      return { ...common, kind: 'truncate', at: Number(numbers?.[1]) };
    case 'unlink':
      return { ...common, kind: 'unlink', at: undefined };
    default:
      return { ...common, kind: 'sync', at: undefined };
  }
}

/** Syncs of files of that folder. */
export function syncsIn({ calls }: TracedProcess, folder: string): number {
  return calls.filter(({ kind, path }) => kind === 'sync' && path.startsWith(folder)).length;
}

export interface DiskAfterCut {
  /** Where the files are, under the names that they had. */
  readonly folder: string;
  /** What the process had put into `notes` by then, synced or not: what it was told is done. */
  readonly noted: string;
}

/** The disk of a process that lost its power before the call with that number began. `before`: files that were there. */
export async function diskAfterCut(
  { calls }: TracedProcess,
  options: {
    readonly cut: number;
    readonly before: ReadonlyMap<string, Buffer>;
    readonly notes: string;
    /** [0, 1): whether a write that nobody synced has reached the disk. */
    readonly chance: () => number;
    readonly folder: string;
  },
): Promise<DiskAfterCut> {
  const { cut, before, notes, chance, folder } = options;
  const noted = calls
    .slice(0, cut)
    .filter(({ kind, path, endedAt }) => kind === 'write' && path === notes && endedAt <= cut);
  const files = new Map(before);
  const pending = new Map<string, DiskCall[]>();
  const apply = (call: DiskCall): void => {
    const file = files.get(call.path) ?? Buffer.alloc(0);
    files.set(call.path, call.kind === 'truncate' ? resized(file, call.at ?? 0) : written(file, call));
  };
  for (const [index, call] of calls.slice(0, cut).entries()) {
    if (call.path === notes) continue;
    const waiting = pending.get(call.path) ?? [];
    if (call.kind === 'unlink') {
      files.delete(call.path);
      pending.delete(call.path);
    } else if (call.kind !== 'sync') pending.set(call.path, [...waiting, call]);
    else if (call.endedAt <= cut) {
      // Only what had ended when the sync began is surely in it.
      const synced = waiting.filter(({ endedAt }) => endedAt <= index);
      synced.forEach(apply);
      pending.set(
        call.path,
        waiting.filter((write) => !synced.includes(write)),
      );
    }
  }
  for (const call of [...pending.values()].flat()) if (chance() < 0.5) apply(call);
  await mkdir(folder, { recursive: true });
  for (const [path, bytes] of files) await writeFile(join(folder, basename(path)), bytes);
  return { folder, noted: Buffer.concat(noted.map(({ data }) => data)).toString() };
}

function resized(file: Buffer, length: number): Buffer {
  return length <= file.length ? file.subarray(0, length) : Buffer.concat([file, Buffer.alloc(length - file.length)]);
}

function written(file: Buffer, { at = file.length, data }: DiskCall): Buffer {
  const grown = Buffer.from(resized(file, Math.max(file.length, at + data.length)));
  data.copy(grown, at);
  return grown;
}
