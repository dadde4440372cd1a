/** How long a large file takes, and how much memory: the import runs in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { RecordsPlace } from '#src/records/open-records.ts';

const PROGRAM = fileURLToPath(new URL('import-worker.ts', import.meta.url));

const told = z.object({
  tookMs: z.number(),
  mostMb: z.number(),
  accepted: z.int(),
  byCode: z.record(z.string(), z.number()),
});

/** `mostMb`: resident at its largest, Node itself included. */
export type ImportTaken = z.output<typeof told>;

export interface ImportOptions {
  readonly place: RecordsPlace;
  readonly rows: number;
  readonly signal: AbortSignal;
}

export async function measureImport({ place, rows, signal }: ImportOptions): Promise<ImportTaken> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, JSON.stringify(place), String(rows)], {
    signal,
  });
  return told.parse(JSON.parse(stdout));
}
