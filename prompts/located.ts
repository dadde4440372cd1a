import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { messageOf } from '#kernel/errors.ts';

type Path = readonly PropertyKey[];

/** One fault in a prompts file, with the place a person has to open: `kiriniki/cards.yaml:12: …`. */
export type Report = (at: string, message: string) => void;

/** A YAML file that matched its schema and still knows on which line each value stands. */
export interface Located<T> {
  readonly value: T;
  /** `folder/file.yaml:line` of the value at a path; of its nearest parent when it is not written there. */
  at(...path: Path): string;
}

/** Reads and checks one YAML file; every fault goes to `report` with its line, and the result is then undefined. */
export function readLocated<T>(path: string, schema: z.ZodType<T>, report: Report): Located<T> | undefined {
  const name = join(basename(dirname(path)), basename(path));
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    report(`${name}:1`, `cannot be read: ${messageOf(error)}`);
    return undefined;
  }
  return locate(source, name, schema, report);
}

/** As `readLocated`, of a text that was read before; `name` stands in front of each line number. */
export function locate<T>(source: string, name: string, schema: z.ZodType<T>, report: Report): Located<T> | undefined {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  for (const { message, pos } of document.errors) report(`${name}:${lines.linePos(pos[0]).line}`, message);
  if (document.errors.length > 0) return undefined;
  const at = (...keys: Path): string => {
    for (let depth = keys.length; depth > 0; depth -= 1) {
      const node = document.getIn(keys.slice(0, depth), true);
      if (isNode(node) && node.range) return `${name}:${lines.linePos(node.range[0]).line}`;
    }
    return `${name}:1`;
  };
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return { value: parsed.data, at };
  for (const issue of parsed.error.issues) {
    const field = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    report(at(...issue.path), field + issue.message);
  }
  return undefined;
}
