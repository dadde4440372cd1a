/**
 * A power cut as a disk sees it: records on a file system in an image, a process that claims calls, frozen at any moment; a
 * copy of the image is what a machine would find when the power is back. Needs root, losetup and mkfs.ext4.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { systemClock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import { openRecords } from '#src/records/open-records.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import { ALL_DAY, BENCH_TRUNK, MIDNIGHT_MS } from './claims.ts';
import { writeCampaign } from './write-campaign.ts';

export interface PowerCuts {
  readonly cuts: number;
  /** Intents that were acknowledged, and so may have been ordered. */
  readonly acknowledged: number;
  readonly lost: number;
  /** Cuts after which the database could not be opened or was not whole. */
  readonly damaged: number;
}

export interface PowerCutOptions {
  readonly cuts: number;
  readonly seed: number;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

const PROGRAM = fileURLToPath(new URL('committing-worker.ts', import.meta.url));
const IMAGE_BYTES = 128 * 1_024 * 1_024;
const PEOPLE = 4_000;
const LEAST_MS = 300;
const MOST_MS = 1_500;
/** What was written before the freeze is in the pipe; reading it takes a moment. */
const PIPE_MS = 100;

const run = promisify(execFile);

/** Undefined, with the reason, where this machine cannot do it. */
export async function cutPower(opts: PowerCutOptions): Promise<PowerCuts | { readonly why: string }> {
  const { cuts, seed, onProgress, signal } = opts;
  const dice = seededRandom(seed);
  const total = { acknowledged: 0, lost: 0, damaged: 0 };
  for (let cut = 0; cut < cuts; cut++) {
    signal.throwIfAborted();
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-power-'));
    try {
      const made = await Disk.make(join(folder, 'disk')).catch(messageOf);
      if (typeof made === 'string') return { why: `no disk in an image here: ${made.split('\n')[0] ?? ''}` };
      await using disk = made;
      const acknowledged = await claimUntilCut(disk, LEAST_MS + dice() * (MOST_MS - LEAST_MS), opts);
      const { lost, isDamaged } = await lookAfter(disk, acknowledged);
      total.acknowledged += acknowledged.length;
      total.lost += lost;
      total.damaged += isDamaged ? 1 : 0;
      onProgress(`power cut ${cut + 1} of ${cuts}: ${acknowledged.length} intents acknowledged, ${lost} lost`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { cuts, ...total };
}

/** The ids that were acknowledged; the copy of the image is in `disk.copy`. */
async function claimUntilCut(disk: Disk, afterMs: number, { signal }: PowerCutOptions): Promise<readonly string[]> {
  const file = join(disk.folder, 'records.sqlite');
  {
    await using records = await openRecords({ file });
    await writeCampaign(records, {
      people: PEOPLE,
      settings: { window: ALL_DAY, maxCalls: 1_000, ringSeconds: 20 },
      trunk: { ...BENCH_TRUNK, maxCalls: 10_000 },
      at: MIDNIGHT_MS,
    });
  }
  const child = spawn(process.execPath, [PROGRAM, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  try {
    await once(child.stdout, 'data', { signal });
    await systemClock.sleep(afterMs, { signal });
    child.kill('SIGSTOP');
    await systemClock.sleep(PIPE_MS, { signal });
    const acknowledged = text.slice(0, text.lastIndexOf('\n')).split('\n');
    await copyFile(disk.image, disk.copy);
    return acknowledged;
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}

async function lookAfter(
  disk: Disk,
  acknowledged: readonly string[],
): Promise<{ readonly lost: number; readonly isDamaged: boolean }> {
  await using found = await Disk.of(disk.copy);
  try {
    await using records = await openRecords({ file: join(found.folder, 'records.sqlite') });
    const { rows } = await sql<{ readonly integrity_check: string }>`pragma integrity_check`.execute(records.db);
    const known = new Set((await records.db.selectFrom('attempts').select('id').execute()).map(({ id }) => id));
    return { lost: acknowledged.filter((id) => !known.has(id)).length, isDamaged: rows[0]?.integrity_check !== 'ok' };
  } catch {
    return { lost: acknowledged.length, isDamaged: true };
  }
}

/** An ext4 in a file, mounted; disposing of it unmounts it. */
class Disk implements AsyncDisposable {
  readonly image: string;
  readonly folder: string;

  private constructor(image: string) {
    this.image = image;
    this.folder = `${image}.mounted`;
  }

  get copy(): string {
    return `${this.image}.copy`;
  }

  static async make(image: string): Promise<Disk> {
    await writeFile(image, '');
    await truncate(image, IMAGE_BYTES);
    await run('mkfs.ext4', ['-q', '-F', image]);
    return Disk.of(image);
  }

  static async of(image: string): Promise<Disk> {
    const disk = new Disk(image);
    await mkdir(disk.folder);
    await run('mount', ['-o', 'loop', image, disk.folder]);
    return disk;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('umount', [this.folder]);
  }
}
