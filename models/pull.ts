/** Brings one model to this machine: what is missing or wrong is fetched, then the graphs are built. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InzwaError } from '#kernel/errors.ts';
import { buildGraphs } from './build-graphs.ts';
import { expectedBuilt, expectedFiles } from './expected.ts';
import { fetchFile } from './fetch-file.ts';
import { layout } from './folder.ts';
import { readPins, writePins, type ModelPins, type Pin } from './pins.ts';
import type { PullContext } from './pull-context.ts';
import type { ModelEntry, ModelFile } from './schema.ts';
import { archiveName } from './sources/archives.ts';
import { transferName } from './sources/source.ts';
import { piecesOf, sizeOf, Transfers } from './transfers.ts';
import { isRight, writeStamps } from './verify.ts';

/** Kept free beside what a pull needs, so that it does not fill the machine to the last block. */
const RESERVE_BYTES = 100 * 1024 * 1024;

/** Downloads only what is missing or wrong. The caller holds the pull lock. */
export async function pullModel(entry: ModelEntry, context: PullContext): Promise<void> {
  const { folder, report } = context;
  const pins = await readPins(folder, entry.id);
  const wanted = await filesToFetch(entry, pins, context);
  const fetched: Record<string, Pin> = {};
  if (wanted.length > 0) {
    await refuseWithoutRoom(entry, wanted, context);
    const transfers = new Transfers();
    for (const [role, file] of wanted) {
      const first = file.sources[0];
      if (first !== undefined) transfers.plan(role, file, first);
    }
    for (const [role, file] of wanted) {
      const pin = await fetchFile(entry, role, file, pins.files[role], transfers, context);
      if (file.unverified === true) fetched[role] = pin;
    }
  }
  const nowPinned = { files: { ...pins.files, ...fetched }, built: pins.built };
  if (Object.keys(fetched).length > 0) await writePins(folder, entry.id, nowPinned);
  const complete = await buildGraphs(entry, nowPinned, context);
  await writeStamps(folder, entry.id, [
    ...expectedFiles(folder, entry, complete),
    ...expectedBuilt(folder, entry, complete),
  ]);
  await removeArchives(entry, folder);
  report({ kind: 'done', id: entry.id });
}

async function filesToFetch(entry: ModelEntry, pins: ModelPins, context: PullContext): Promise<[string, ModelFile][]> {
  const { folder, signal, report } = context;
  const known = new Map(expectedFiles(folder, entry, pins).map((file) => [file.role, file]));
  const totalBytes = [...known.values()].reduce((sum, file) => sum + file.bytes, 0);
  let doneBytes = 0;
  const onBytes = (bytes: number): void => {
    doneBytes += bytes;
    report({ kind: 'progress', id: entry.id, phase: 'check', doneBytes, totalBytes });
  };
  const wanted: [string, ModelFile][] = [];
  for (const [role, file] of Object.entries(entry.files)) {
    const expected = known.get(role);
    if (expected === undefined || !(await isRight(entry.id, expected, { signal, onBytes }))) wanted.push([role, file]);
  }
  return wanted;
}

async function refuseWithoutRoom(
  entry: ModelEntry,
  wanted: readonly [string, ModelFile][],
  { folder, freeBytes }: PullContext,
): Promise<void> {
  const archives = new Map<string, number>();
  let neededBytes = RESERVE_BYTES + (entry.import?.approximateBytes ?? 0);
  for (const [, file] of wanted) {
    neededBytes += sizeOf(file);
    for (const piece of file.sources[0] === undefined ? [] : piecesOf(file.sources[0])) {
      if (piece.kind !== 'huggingface') archives.set(transferName(piece), piece.packageBytes);
    }
  }
  for (const bytes of archives.values()) neededBytes += bytes;
  const free = await freeBytes(folder);
  if (free >= neededBytes) return;
  throw new InzwaError(
    'INZWA_MODEL_DISK',
    `no room for model ${entry.id}: pulling it needs ${megabytes(neededBytes)} in ${folder}, ${megabytes(free)} are free. ` +
      'Free some room, or set INZWA_MODELS_DIR to a folder on a larger disk.',
    { details: { id: entry.id, neededBytes, freeBytes: free, folder } },
  );
}

/** The wheels and tarballs were kept for an interrupted pull; a complete model needs them no longer. */
async function removeArchives(entry: ModelEntry, folder: string): Promise<void> {
  const names = Object.values(entry.files)
    .flatMap((file) => file.sources.flatMap(piecesOf))
    .flatMap((source) => (source.kind === 'huggingface' ? [] : [archiveName(source)]));
  for (const name of new Set(names)) await rm(join(layout.parts(folder), name), { force: true });
}

/** Decimal megabytes, as disks and downloads are sold. */
function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
