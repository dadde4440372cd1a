/** The rules of the house that no type can hold: who may import whom, how long a file may be, what must be documented. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '#kernel/errors.ts';

const ROOT = join(import.meta.dirname, '..');
const ROOMS = ['src', 'telephony', 'pipeline', 'prompts', 'models', 'tests', 'docs'] as const;

const files = ROOMS.filter((room) => room !== 'docs').flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
);
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** What a file imports of ours, as paths from the root. */
function importsOf(file: string): string[] {
  return [...textOf(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].flatMap(([, specifier]) => {
    const name = specifier ?? '';
    if (name.startsWith('.')) return [normalize(join(dirname(file), name))];
    if (name.startsWith('#kernel/')) return [`src/kernel/${name.slice('#kernel/'.length)}`];
    return name.startsWith('#') ? [name.slice(1)] : [];
  });
}

const TYPES_FOR_ALL = new Set(['pipeline/ports.ts', 'pipeline/events.ts']);
const isComposer = (file: string): boolean =>
  ['src/compose.ts', 'src/asterisk.ts', 'src/engines.ts', 'src/interviews.ts', 'src/main.ts'].includes(file) ||
  file.startsWith('src/cli/');

function roomOf(path: string): string {
  return path.startsWith('src/kernel/') ? 'kernel' : (path.split('/')[0] ?? '');
}

/** Which rooms a room may import from besides itself and the kernel. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  kernel: [],
  telephony: [],
  models: [],
  pipeline: [],
  prompts: ['pipeline'],
  src: ['telephony'],
};

describe('the house', () => {
  it('has exactly these rooms at the top', () => {
    const rooms = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .filter((name) => !['node_modules', 'out', 'coverage'].includes(name));
    expect(rooms.sort()).toEqual([...ROOMS].sort());
  });

  it('lets dependencies point one way', () => {
    const wrong = files
      .filter((file) => !file.startsWith('tests/') && !isComposer(file))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => {
            const [from, to] = [roomOf(file), roomOf(target)];
            return from !== to && to !== 'kernel' && !TYPES_FOR_ALL.has(target) && !MAY_IMPORT[from]?.includes(to);
          })
          .map((target) => `${file} -> ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('needs no test to run', () => {
    const wrong = files
      .filter((file) => !file.startsWith('tests/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => roomOf(target) === 'tests')
          .map((target) => `${file} -> ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('has no import cycle', () => {
    const graph = new Map(files.map((file) => [file, importsOf(file)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('has no file over 400 lines', () => {
    expect(files.filter((file) => textOf(file).split('\n').length > 401)).toEqual([]);
  });

  it('has no barrel', () => {
    expect(files.filter((file) => file.endsWith('/index.ts') && file !== 'prompts/index.ts')).toEqual([]);
  });

  it('skips no test without a reason', () => {
    const skips = files
      .filter((file) => file.startsWith('tests/') && file !== 'tests/architecture.test.ts')
      .filter((file) => /\b(?:it|test|describe)\.(?:skip|only|todo)\b/.test(textOf(file)));
    expect(skips).toEqual([]);
  });
});

describe('what an operator meets', () => {
  it('is documented: every error code is used and says what it means', () => {
    const code = files.filter((file) => !file.startsWith('tests/') && file !== 'src/kernel/errors.ts').map(textOf);
    const unused = Object.keys(ERROR_CODES).filter((name) => !code.some((text) => text.includes(`'${name}'`)));
    expect(unused).toEqual([]);
    for (const meaning of Object.values(ERROR_CODES)) expect(meaning).toMatch(/^[A-Z].{15,}\.$/);
  });

  it('never carries a caller’s number or words into a log', () => {
    const logging = /\b(?:logger|log)\.(?:trace|debug|info|warn|error|fatal)\(([^;]*)\)/g;
    const leaks = files
      .filter((file) => !file.startsWith('tests/'))
      .flatMap((file) => [...textOf(file).matchAll(logging)].map(([, said]) => ({ file, said: said ?? '' })))
      .filter(({ said }) => /\b(?:text|heardText|digit|transcript|from|From|Caller)\b\s*[,}:]/.test(said));
    expect(leaks).toEqual([]);
  });
});
