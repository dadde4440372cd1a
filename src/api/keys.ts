/** Keys of the interface for programs: who may read, who may control, who may change what is told to whom. */
import { createHash, randomBytes } from 'node:crypto';
import { InzwaError } from '#kernel/errors.ts';
import { appendAudit } from '#src/records/audit.ts';
import { newId } from '#src/records/ids.ts';
import type { Records } from '#src/records/records.ts';

/** Each may do what those before it may. */
export const API_ROLES = ['read', 'control', 'admin'] as const;
export type ApiRole = (typeof API_ROLES)[number];

export interface ApiKey {
  readonly id: string;
  /** For the audit and for lists. */
  readonly name: string;
  readonly role: ApiRole;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

export interface KeyWriter {
  readonly records: Records;
  /** Epoch ms. */
  readonly at: number;
  readonly actor: string;
}

const PREFIX = 'inzwa_';

/** The key itself is told here and never again. */
export async function addApiKey(
  { records, at, actor }: KeyWriter,
  { name, role }: { readonly name: string; readonly role: ApiRole },
): Promise<{ readonly id: string; readonly key: string }> {
  const key = PREFIX + randomBytes(32).toString('base64url');
  const id = newId(at);
  await records.transaction(async (tx) => {
    await tx
      .insertInto('api_keys')
      .values({ id, name, role, hash: hashOf(key), created_at: at, revoked_at: null })
      .execute();
    await appendAudit(tx, { at, actor, action: 'key.add', object: id, detail: { name, role } });
  });
  return { id, key };
}

export async function listApiKeys({ db }: Pick<Records, 'db'>): Promise<readonly ApiKey[]> {
  const rows = await db.selectFrom('api_keys').selectAll().orderBy('created_at').execute();
  return rows.map(({ id, name, role, created_at, revoked_at }) => ({
    ...{ id, name, role: role as ApiRole },
    createdAt: created_at,
    revokedAt: revoked_at,
  }));
}

/** From the next request on. Rejects with INZWA_API_KEY_REFUSED when there is none of that id that is in use. */
export async function revokeApiKey({ records, at, actor }: KeyWriter, id: string): Promise<void> {
  await records.transaction(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('api_keys')
      .set({ revoked_at: at })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new InzwaError('INZWA_API_KEY_REFUSED', `there is no key ${id} in use`);
    await appendAudit(tx, { at, actor, action: 'key.revoke', object: id });
  });
}

/** Undefined for a key that is none, or has been revoked. Looked up by its hash, so that its time tells nothing of it. */
export async function apiKeyOf({ db }: Pick<Records, 'db'>, header: string | undefined): Promise<ApiKey | undefined> {
  const [, key] = /^Bearer\s+(inzwa_[A-Za-z0-9_-]{43})\s*$/i.exec(header ?? '') ?? [];
  if (key === undefined) return undefined;
  const row = await db
    .selectFrom('api_keys')
    .selectAll()
    .where('hash', '=', hashOf(key))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (!row) return undefined;
  return { id: row.id, name: row.name, role: row.role as ApiRole, createdAt: row.created_at, revokedAt: null };
}

export function mayDo(role: ApiRole, needed: ApiRole): boolean {
  return API_ROLES.indexOf(role) >= API_ROLES.indexOf(needed);
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
