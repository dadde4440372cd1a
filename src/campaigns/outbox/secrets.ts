/**
 * The secrets of one webhook as its row keeps them: the newest, then the one before with the time until which it still signs,
 * `whsec_new whsec_old@1764150000000`. So a receiver has a day to learn the new one.
 */
const OVERLAP_MS = 86_400_000;

/** What an event is signed with at a time (epoch ms), the newest first. */
export function secretsAt(stored: string, at: number): readonly string[] {
  const [newest = '', before] = stored.split(' ');
  const [old, until] = before?.split('@') ?? [];
  return old !== undefined && at < Number(until) ? [newest, old] : [newest];
}

/** The row after a change of secrets: what was newest signs for another day. */
export function withNewSecret(stored: string, fresh: string, at: number): string {
  const [newest = ''] = stored.split(' ');
  return `${fresh} ${newest}@${at + OVERLAP_MS}`;
}
