/** One pull at a time in one models folder, across processes. A lock whose process is gone is taken over. */
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { layout } from './folder.ts';
import { asDiskError } from './sources/source.ts';

const RETRY_MS = 300;
const HEARTBEAT_MS = 5_000;
/** On a shared folder another machine's process cannot be asked, so its heartbeat decides. */
const SILENT_MS = 60_000;

interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
}

/** Tokens of this process: a pid alone is not enough where every container's first process is number 1. */
const ownTokens = new Set<string>();

export interface PullLockOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once if somebody else holds the lock. */
  readonly onWait: (holderPid: number) => void;
}

/** Waits until the lock is ours; disposing gives it back. */
export async function holdPullLock(folder: string, options: PullLockOptions): Promise<AsyncDisposable> {
  const { clock, signal, onWait } = options;
  const path = layout.pullLock(folder);
  const holder: Holder = { token: randomUUID(), pid: process.pid, host: hostname() };
  let hasSaid = false;
  for (;;) {
    signal.throwIfAborted();
    if (await tryCreate(path, holder)) break;
    const other = await readHolder(path);
    if (other !== undefined && !(await isAlive(path, other, clock))) {
      await takeAway(path, other);
      continue;
    }
    if (other !== undefined && !hasSaid) {
      hasSaid = true;
      onWait(other.pid);
    }
    await clock.sleep(RETRY_MS, { signal });
  }
  ownTokens.add(holder.token);
  let cancelBeat = beat();
  function beat(): () => void {
    return clock.after(HEARTBEAT_MS, () => {
      const now = new Date(clock.wallMs());
      void utimes(path, now, now).catch(() => undefined);
      cancelBeat = beat();
    });
  }
  return {
    async [Symbol.asyncDispose]() {
      cancelBeat();
      ownTokens.delete(holder.token);
      if ((await readHolder(path))?.token === holder.token) await rm(path, { force: true });
    },
  };
}

async function tryCreate(path: string, holder: Holder): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx');
    try {
      await file.writeFile(JSON.stringify(holder));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw asDiskError(error, path);
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // Created but not yet written, or cut off by a power failure: the heartbeat decides.
    return { token: '', pid: 0, host: '' };
  }
}

async function isAlive(path: string, holder: Holder, clock: Clock): Promise<boolean> {
  if (ownTokens.has(holder.token)) return true;
  if (holder.host === hostname()) return holder.pid !== process.pid && isRunning(holder.pid);
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && clock.wallMs() - found.mtimeMs < SILENT_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Moves a dead holder's lock aside; when another process was quicker and the lock is a living one, it is put back. */
async function takeAway(path: string, dead: Holder): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return; // somebody else has just taken it away
  }
  const moved = await readHolder(aside);
  if (moved !== undefined && moved.token !== dead.token) await rename(aside, path);
  else await rm(aside, { force: true });
}
