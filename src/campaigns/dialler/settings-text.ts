/** A campaign's rules as an operator writes them, in YAML or JSON: every fault with its line. */
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';
import { campaignSettings } from './settings.ts';

/**
 * What is stored of them: as written, without what is left out. `name` stands in front of each line, like the file's. Throws
 * INZWA_CAMPAIGN_SETTINGS that lists every fault (`details.faults`).
 */
export function readSettingsText(text: string, name: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number): string => `${name}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0)
    throw refused(document.errors.map(({ message, pos }) => `${lineOf(pos[0])}: ${message}`));
  // Of an empty file nothing is left: everything has its default.
  const given: unknown = document.toJS() ?? {};
  const parsed = campaignSettings.safeParse(given);
  if (parsed.success) return given;
  throw refused(parsed.error.issues.map((issue) => `${lineOf(offsetOf(document, issue))}: ${sentenceOf(issue)}`));
}

type Issue = z.core.$ZodIssue;

function sentenceOf({ path, message }: Issue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

/** Of the key that nobody knows, or of the value; where that is not written, of what it would stand in. */
function offsetOf(document: Document, issue: Issue): number {
  if (issue.code === 'unrecognized_keys') {
    const parent = issue.path.length === 0 ? document.contents : document.getIn(issue.path, true);
    const written = isMap(parent) ? parent.items.map(({ key }) => key) : [];
    const key = written.find((each) => isScalar(each) && issue.keys.includes(String(each.value)));
    if (isNode(key) && key.range) return key.range[0];
  }
  for (let depth = issue.path.length; depth > 0; depth -= 1) {
    const node = document.getIn(issue.path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function refused(faults: readonly string[]): InzwaError {
  const list = faults.length === 1 ? ` ${faults[0] ?? ''}` : `\n  ${faults.join('\n  ')}`;
  return new InzwaError('INZWA_CAMPAIGN_SETTINGS', `the campaign's settings cannot be used:${list}`, {
    details: { faults },
  });
}
