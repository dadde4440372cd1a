/** Asterisk's configuration files as Asterisk reads them, with the line that every word stands in. */
import { globSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** A file and a line of it, the first being 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
}

export interface ConfEntry {
  readonly key: string;
  readonly value: string;
  readonly at: Place;
}

export interface ConfSection {
  readonly name: string;
  /** Where its `[name]` stands. */
  readonly at: Place;
  /** Those of its templates first, as Asterisk applies them. */
  readonly entries: readonly ConfEntry[];
}

/** A configuration file with all that it includes. */
export interface ConfFile {
  readonly path: string;
  readonly sections: readonly ConfSection[];
  /** Files that an #include names and that are not there: Asterisk then reads nothing at all. */
  readonly missingIncludes: readonly Place[];
}

/** Deep enough for any real configuration; a file that includes itself ends here. */
const INCLUDE_DEPTH = 10;

interface Draft {
  readonly name: string;
  readonly at: Place;
  readonly isTemplate: boolean;
  readonly parents: readonly string[];
  readonly own: ConfEntry[];
}

interface Reading {
  readonly folder: string;
  readonly drafts: Draft[];
  readonly missing: Place[];
}

/** Undefined when the file cannot be read; `folder` is astetcdir, which includes are relative to. */
export function readConf(folder: string, name: string): ConfFile | undefined {
  const path = join(folder, name);
  const reading: Reading = { folder, drafts: [], missing: [] };
  if (!readInto(reading, path, 0)) return undefined;
  const sections = reading.drafts
    .filter(({ isTemplate }) => !isTemplate)
    .map((draft) => ({ name: draft.name, at: draft.at, entries: entriesOf(draft, reading.drafts, 0) }));
  return { path, sections, missingIncludes: reading.missing };
}

/** Sections called `name`, of that `type` when one is given: pjsip.conf has several of one name. */
export function sectionsOf(file: ConfFile | undefined, name: string, type?: string): readonly ConfSection[] {
  const named = file?.sections.filter((section) => section.name === name) ?? [];
  return type === undefined ? named : named.filter((section) => entryOf(section, 'type')?.value === type);
}

/** Sections of a `type`, whatever they are called. */
export function sectionsOfType(file: ConfFile | undefined, type: string): readonly ConfSection[] {
  return file?.sections.filter((section) => entryOf(section, 'type')?.value === type) ?? [];
}

/** The entry that counts: the last one. */
export function entryOf(section: ConfSection | undefined, key: string): ConfEntry | undefined {
  return section?.entries.findLast((entry) => entry.key === key);
}

function readInto(reading: Reading, path: string, depth: number): boolean {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return false;
  }
  let isComment = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const at = { file: path, line: index + 1 };
    // Block comments: from ;-- to --;
    if (isComment) {
      isComment = !raw.includes('--;');
      continue;
    }
    if (/^\s*;--(?!-)/.test(raw)) {
      isComment = !raw.includes('--;');
      continue;
    }
    const line = raw.replace(/(^|[^\\]);.*$/, '$1').trim();
    const include = /^#(try)?include\s+["<]?([^">]+?)[">]?$/.exec(line);
    if (include) {
      const found = depth < INCLUDE_DEPTH && includeInto(reading, include[2] ?? '', depth + 1);
      if (!found && include[1] === undefined) reading.missing.push(at);
    } else {
      readLine(reading.drafts, line, at);
    }
  }
  return true;
}

function includeInto(reading: Reading, pattern: string, depth: number): boolean {
  const path = isAbsolute(pattern) ? pattern : join(reading.folder, pattern);
  const paths = /[*?[]/.test(path) ? globSync(path).sort() : [path];
  return paths.map((found) => readInto(reading, found, depth)).some(Boolean);
}

function readLine(drafts: Draft[], line: string, at: Place): void {
  const header = /^\[([^\]]+)\]\s*(?:\(([^)]*)\))?/.exec(line);
  if (header) {
    const name = header[1] ?? '';
    const options = (header[2] ?? '').split(',').map((option) => option.trim());
    const extended = options.includes('+') ? drafts.findLast((draft) => draft.name === name) : undefined;
    const parents = options.filter((option) => !['', '!', '+'].includes(option));
    drafts.push(extended ?? { name, at, isTemplate: options.includes('!'), parents, own: [] });
    // Extending moves an old section to the end, so that what follows goes into it.
    if (extended) drafts.splice(drafts.indexOf(extended), 1);
    return;
  }
  const entry = /^([^=]+?)\s*\+?=>?\s*(.*)$/.exec(line);
  if (entry) drafts.at(-1)?.own.push({ key: entry[1] ?? '', value: (entry[2] ?? '').replaceAll('\\;', ';'), at });
}

function entriesOf(draft: Draft, all: readonly Draft[], depth: number): readonly ConfEntry[] {
  if (depth >= INCLUDE_DEPTH) return draft.own;
  const inherited = draft.parents.flatMap((name) => {
    const parent = all.findLast((candidate) => candidate.name === name && candidate !== draft);
    return parent === undefined ? [] : entriesOf(parent, all, depth + 1);
  });
  return [...inherited, ...draft.own];
}
