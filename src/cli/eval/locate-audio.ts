/** From what a table calls its recordings to the files they are in. */
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import type { Layout, Manifest, ManifestRow, Problem } from './manifest.ts';

/** A row whose recording is there. */
export interface Entry extends Omit<ManifestRow, 'audio'> {
  readonly path: string;
  readonly bytes: number;
}

export interface Located {
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
}

/** What is tried behind a name that has no ending of its own. */
const ENDINGS = ['.wav', '.mp3', '.flac', '.ogg', '.opus', '.m4a', '.webm'];
/** Where each corpus keeps its recordings, seen from its tables; SPLIT is the table's own name: dev, test, train. */
const FOLDERS: Readonly<Record<Layout, readonly string[]>> = {
  fleurs: ['.', 'SPLIT', 'audio/SPLIT', 'audio'],
  'common-voice': ['clips', '.', 'audios'],
  waxal: ['.', 'audio', 'SPLIT', 'audio/SPLIT', 'audios', 'data'],
  plain: ['.', 'audio', 'audios', 'clips', 'wav'],
};

/** Looks in `audioFolder` alone when it is given, else beside the manifest, where its layout has the recordings. */
export async function locateAudio(
  manifest: Manifest,
  { manifestPath, audioFolder }: { readonly manifestPath: string; readonly audioFolder?: string | undefined },
): Promise<Located> {
  const home = dirname(resolve(manifestPath));
  const split = basename(manifestPath, extname(manifestPath));
  const names = FOLDERS[manifest.layout].map((folder) => folder.replace('SPLIT', split));
  const folders = audioFolder === undefined ? names.map((name) => join(home, name)) : [resolve(audioFolder)];
  const searched = audioFolder === undefined ? `${home} (${names.join(', ')})` : resolve(audioFolder);
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  for (const { audio, ...row } of manifest.rows) {
    const file = await firstFile(candidates({ audio, ...row }, folders));
    if (file !== undefined) entries.push({ ...row, ...file });
    else {
      const name = audio === '' ? `${row.id ?? ''}${ENDINGS.join('|')}` : audio;
      const where = isAbsolute(audio) ? '' : ` in ${searched}`;
      problems.push({ line: row.line, kind: 'missing-file', reason: `there is no file ${name}${where}` });
    }
  }
  return { entries, problems };
}

function candidates({ audio, id }: ManifestRow, folders: readonly string[]): readonly string[] {
  const name = audio === '' ? (id ?? '') : audio;
  const names = /\.[a-z0-9]{2,4}$/iu.test(name)
    ? [name]
    : [...(audio === '' ? [] : [name]), ...ENDINGS.map((e) => name + e)];
  // A table that was written on another machine has that machine's paths: the file may be here under its name alone.
  const nearby = folders.flatMap((folder) =>
    names.flatMap((each) => [join(folder, each), join(folder, basename(each))]),
  );
  return isAbsolute(name) ? [...names, ...nearby] : nearby;
}

async function firstFile(paths: readonly string[]): Promise<Pick<Entry, 'path' | 'bytes'> | undefined> {
  for (const path of new Set(paths)) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) return { path, bytes: found.size };
  }
  return undefined;
}
