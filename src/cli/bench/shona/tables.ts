/** Shona tables to measure against. They stand beside the project, not in it: corpora of others, with their own licences. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Scalar } from '../figures.ts';

/** Why a figure has no value. */
export const ABSENT = 'its table is not in the data folder';

/** A folder of tables; what is not there is undefined, never an error. */
export class ShonaTables {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Path of a table that is there. */
  path(file: string): string | undefined {
    const path = join(this.#folder, file);
    return existsSync(path) ? path : undefined;
  }

  /** Rows of a tab-separated table by its header's names. */
  rows(file: string): readonly Readonly<Record<string, string>>[] | undefined {
    const lines = this.lines(file)?.map((line) => line.split('\t'));
    const [header = [], ...rows] = lines ?? [];
    return lines && rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ''])));
  }

  /** Lines of a text that are not empty. */
  lines(file: string): readonly string[] | undefined {
    const path = this.path(file);
    if (path === undefined) return undefined;
    return readFileSync(path, 'utf8')
      .split(/\r?\n/u)
      .filter((line) => line.trim() !== '');
  }
}

/** What a part of the bench found: figures for the table, and each failure in a line for whoever wants to see them. */
export interface Found {
  readonly figures: readonly Figure[];
  readonly failures: readonly string[];
}

/** Percent of n that were right. */
export const share = (right: number, n: number): Scalar => ({ value: n === 0 ? 0 : (100 * right) / n, n });

/** A share with what it must reach at least, 0 for what is only reported. */
export function shareFigure(key: string, label: string, atLeast: number, measured: Scalar | undefined): Figure {
  return {
    key,
    label,
    unit: '%',
    decimals: 1,
    reach: atLeast === 0 ? [] : [{ of: 'value', atLeast }],
    measured,
    ...(measured === undefined && { why: ABSENT }),
  };
}
