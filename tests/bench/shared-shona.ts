/** Shona tables that stand beside the project, not in it: what the benches measure against where they are there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'shona');

/** Rows of a tab-separated table by its header's names; undefined where the table is not on this machine. */
export function sharedTable(file: string): readonly Readonly<Record<string, string>>[] | undefined {
  const path = join(FOLDER, file);
  if (!existsSync(path)) return undefined;
  const [header = [], ...rows] = readFileSync(path, 'utf8')
    .split(/\r?\n/u)
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ''])));
}

/** Non-empty lines of a text; undefined where it is not on this machine. */
export function sharedLines(file: string): readonly string[] | undefined {
  const path = join(FOLDER, file);
  if (!existsSync(path)) return undefined;
  return readFileSync(path, 'utf8')
    .split(/\r?\n/u)
    .filter((line) => line.trim() !== '');
}
