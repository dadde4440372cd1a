/** The audio baseline of a hotline's phrases, measured once per recogniser and set of phrases and kept beside the models. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Baseline } from './answerer-baseline.ts';

export interface BaselineStore {
  /** Undefined when it was never measured here, or the file is damaged. */
  read(): Promise<Baseline | undefined>;
  /** A folder that cannot be written to costs a measurement at the next start, nothing else. */
  write(baseline: Baseline): Promise<void>;
}

const schema = z.record(z.string(), z.number());

/** @param recognizer - id of the recogniser's model; another one has another baseline */
export function baselineStore(folder: string, recognizer: string, phrases: readonly string[]): BaselineStore {
  const key = createHash('sha256')
    .update(JSON.stringify([recognizer, phrases]))
    .digest('hex');
  const path = join(folder, 'baseline', `${key.slice(0, 32)}.json`);
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) return undefined;
      const parsed = schema.safeParse(parseOrUndefined(text));
      const isWhole = parsed.success && phrases.every((phrase) => phrase in parsed.data);
      return isWhole ? new Map(Object.entries(parsed.data)) : undefined;
    },
    async write(baseline) {
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(temporary, JSON.stringify(Object.fromEntries(baseline)));
        await rename(temporary, path);
      } catch {
        // Measured anew at the next start.
      }
    },
  };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
