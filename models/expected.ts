/** What the files of a model must be on this machine: the catalogue's hashes, and the lock file's where it has none. */
import type { Clock } from '#kernel/clock.ts';
import { layout } from './folder.ts';
import type { ModelPins, Pin } from './pins.ts';
import type { ModelEntry } from './schema.ts';
import type { ExpectedFile } from './verify.ts';

/** Raise it when the importer writes other graphs for the same weights: every machine then builds them again. */
export const WHISPER_IMPORTER_VERSION = 1;

/** The downloaded files whose size and hash are known; an unverified file is not among them before its first pull. */
export function expectedFiles(folder: string, entry: ModelEntry, pins: ModelPins): readonly ExpectedFile[] {
  return Object.entries(entry.files).flatMap(([role, file]) => {
    const bytes = file.bytes ?? pins.files[role]?.bytes;
    const sha256 = file.sha256 ?? pins.files[role]?.sha256;
    if (bytes === undefined || sha256 === undefined) return [];
    return [{ role, name: file.name, path: layout.file(folder, entry.id, file.name), bytes, sha256 }];
  });
}

/** The graphs built here, or none when they come from other weights or an older importer. */
export function expectedBuilt(folder: string, entry: ModelEntry, pins: ModelPins): readonly ExpectedFile[] {
  const weights = expectedFiles(folder, entry, pins).find((file) => file.role === 'weights');
  if (entry.import === undefined || weights === undefined) return [];
  const from = builtFrom(weights.sha256);
  const built = Object.entries(pins.built);
  if (!built.every(([, pin]) => pin.from === from)) return [];
  return built.map(([role, { name, bytes, sha256 }]) => ({
    role,
    name,
    path: layout.file(folder, entry.id, name),
    bytes,
    sha256,
  }));
}

/** The `from` of a graph built here. */
export function builtFrom(weightsSha256: string): string {
  return `weights ${weightsSha256}, importer ${WHISPER_IMPORTER_VERSION}`;
}

export function toPin(
  name: string,
  { bytes, sha256 }: { readonly bytes: number; readonly sha256: string },
  from: string,
  clock: Clock,
): Pin {
  return { name, bytes, sha256, from, pinnedAt: new Date(clock.wallMs()).toISOString() };
}
