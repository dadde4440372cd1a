/** How long a large file takes, and how much memory: the command itself, as an operator runs it. */
import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { readScript } from '#prompts/campaign.ts';
import { createCampaign } from '#src/campaigns/create.ts';
import { putTrunk } from '#src/campaigns/dialler/trunks.ts';
import { BENCH_TRUNK } from './claims.ts';
import type { BenchRecords } from './databases.ts';
import { madeUpNumber } from './write-campaign.ts';

const INZWA = fileURLToPath(new URL('../../inzwa.ts', import.meta.url));
/** The kernel keeps the highest mark; only what was reached in the last moment before the end is not seen. */
const LOOK_MS = 50;

export interface ImportTaken {
  /** From the start of the command to its end. */
  readonly tookMs: number;
  /** Resident at its largest (VmHWM), Node itself included; undefined where the kernel does not tell. */
  readonly mostMb: number | undefined;
  /** In the records afterwards. */
  readonly accepted: number;
}

export interface ImportOptions extends BenchRecords {
  readonly rows: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Rejects with INZWA_CONTACTS_INVALID when the command fails. */
export async function measureImport({ records, place, rows, clock, signal }: ImportOptions): Promise<ImportTaken> {
  const folder = await mkdtemp(join(tmpdir(), 'inzwa-import-'));
  try {
    const name = 'import';
    await putTrunk(records, BENCH_TRUNK);
    const script = readScript('hutano');
    const campaign = { name, script, settings: {}, trunk: BENCH_TRUNK.name, actor: 'bench' };
    const campaignId = await createCampaign({ records, clock }, campaign);
    const file = join(folder, 'contacts.csv');
    await writeContacts(file, rows);
    await writeFile(join(folder, 'key'), '07'.repeat(32));
    const env = {
      ...process.env,
      INZWA_DATABASE_URL: 'url' in place ? place.url : undefined,
      INZWA_DATA_DIR: 'file' in place ? dirname(place.file) : folder,
      INZWA_KEY_FILE: join(folder, 'key'),
    };
    const startedMs = clock.nowMs();
    const mostMb = await runToEnd(['campaign', 'import', name, file], { env, clock, signal });
    const tookMs = clock.nowMs() - startedMs;
    const { accepted } = await records.db
      .selectFrom('campaign_contacts')
      .select(({ fn }) => fn.countAll<number>().as('accepted'))
      .where('campaign_id', '=', campaignId)
      .executeTakeFirstOrThrow();
    return { tookMs, mostMb, accepted };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeContacts(path: string, rows: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    const lines = ['phone,zita,musha,consent_basis\n'];
    for (let row = 0; row < rows; row++) {
      lines.push(`${madeUpNumber(row)},"Muedzi, ${row}",Chitungwiza ${row % 97},verbal\n`);
      if (lines.length === 1_000) await file.appendFile(lines.splice(0).join(''));
    }
    await file.appendFile(lines.join(''));
  } finally {
    await file.close();
  }
}

/** Resolves to the most memory in MB that the command had. */
async function runToEnd(
  args: readonly string[],
  opts: { readonly env: NodeJS.ProcessEnv; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<number | undefined> {
  const { env, clock, signal } = opts;
  const child = spawn(process.execPath, [INZWA, ...args], { env, signal, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const ended = new AbortController();
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  }).finally(() => ended.abort());
  let mostMb: number | undefined;
  const watch = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      mostMb = (await memoryOf(child.pid ?? 0)) ?? mostMb;
      await clock.sleep(LOOK_MS, { signal: ended.signal }).catch(() => undefined);
    }
  };
  const [code] = await Promise.all([exited, watch()]);
  if (code !== 0)
    throw new InzwaError('INZWA_CONTACTS_INVALID', `the import ended with ${code ?? 'a signal'}: ${said}`);
  return mostMb;
}

async function memoryOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return kib === undefined ? undefined : (Number(kib) * 1_024) / 1e6;
}
