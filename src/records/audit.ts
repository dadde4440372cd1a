/**
 * Who did what, in a chain: each line's hash covers the line and the hash before it, so a line that was changed or taken
 * out of the middle shows. Lines name phones by their hash, so they outlive an erasure.
 */
import { createHash } from 'node:crypto';
import { InzwaError } from '#kernel/errors.ts';
import type { Records, RecordsTransaction } from './records.ts';
import type { AuditTable } from './schema.ts';

export interface AuditLine {
  /** Epoch ms. */
  readonly at: number;
  /** A user of the machine, the name of an API key, or `inzwa` itself. */
  readonly actor: string;
  /** `campaign.start`, `privacy.erase`, … */
  readonly action: string;
  /** What it was done to: an id, or the hash of a phone; never a number. */
  readonly object: string;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** Where the database keeps the hash of the last line: written with each line, and what makes writers take turns. */
const AUDIT_HEAD = 'audit-head';
/** Before the first line. */
const NO_AUDIT_HASH = '0'.repeat(64);
const PAGE = 1_000;

/** Part of the transaction of what it tells of. */
export async function appendAudit(
  tx: RecordsTransaction,
  { at, actor, action, object, detail = {} }: AuditLine,
): Promise<void> {
  // Two lines must not follow the same one: an update that changes nothing holds the row until the transaction ends.
  const head = await tx
    .updateTable('installation')
    .set((is) => ({ value: is.ref('value') }))
    .where('name', '=', AUDIT_HEAD)
    .returning('value')
    .executeTakeFirst();
  if (head === undefined) throw new InzwaError('INZWA_RECORDS_FAILED', 'the audit has lost its head.');
  const line = { at, actor, action, object, detail_json: JSON.stringify(detail), prev_hash: head.value };
  const hash = hashOf(line);
  await tx
    .insertInto('audit')
    .values({ ...line, hash })
    .execute();
  await tx.updateTable('installation').set({ value: hash }).where('name', '=', AUDIT_HEAD).execute();
}

/** Undefined when the chain is whole; else the number of the first line that does not fit, or `end` when the last are missing. */
export async function brokenAuditLine({ db }: Pick<Records, 'db'>): Promise<number | 'end' | undefined> {
  let seq = 0;
  let previous: string | undefined;
  for (;;) {
    const lines = await db.selectFrom('audit').selectAll().where('seq', '>', seq).orderBy('seq').limit(PAGE).execute();
    if (lines.length === 0) break;
    for (const line of lines) {
      // Retention takes whole years off the beginning: the first line that is left has nothing to fit to.
      if ((previous !== undefined && line.prev_hash !== previous) || line.hash !== hashOf(line)) return line.seq;
      previous = line.hash;
      seq = line.seq;
    }
  }
  const head = await db.selectFrom('installation').select('value').where('name', '=', AUDIT_HEAD).executeTakeFirst();
  return head?.value === (previous ?? NO_AUDIT_HASH) ? undefined : 'end';
}

function hashOf(line: Omit<AuditTable, 'seq' | 'hash'>): string {
  const { prev_hash, at, actor, action, object, detail_json } = line;
  return createHash('sha256')
    .update(JSON.stringify([prev_hash, at, actor, action, object, detail_json]))
    .digest('hex');
}
