/**
 * AudioSocket has no authentication: a connection says a UUID and no more. So the dialplan asks for one over HTTP, where it
 * can prove who it is, and the connection is a call only if it brings that UUID back, once and soon.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { OneTimeSecrets } from '../../wire/one-time.ts';

export interface OneTimeIdsOptions {
  readonly clock: Clock;
  /** @defaultValue 30000: the dialplan's next step connects; Asterisk gives up connecting after 2 s. */
  readonly ttlMs?: number;
  /** Ids remembered at once, used ones included; beyond it the oldest is forgotten and so refused. @defaultValue 10000 */
  readonly capacity?: number;
}

const DEFAULT_TTL_MS = 30_000;
const DEFAULT_CAPACITY = 10_000;

export class OneTimeIds<Facts extends object> {
  readonly #ids: OneTimeSecrets<Facts>;

  constructor({ clock, ttlMs, capacity }: OneTimeIdsOptions) {
    this.#ids = new OneTimeSecrets({
      clock,
      ttlMs: ttlMs ?? DEFAULT_TTL_MS,
      capacity: capacity ?? DEFAULT_CAPACITY,
    });
  }

  /** A UUID of version 4, lower case: 122 random bits. */
  mint(facts: Facts): string {
    const id = randomUUID();
    this.#ids.remember(id, facts);
    return id;
  }

  /** The facts that were given to `mint`, once; any attempt with a known id uses it up. Letter case does not count. */
  redeem(id: string): Facts | 'unknown' | 'used' | 'expired' {
    const redeemed = this.#ids.redeem(id.toLowerCase());
    return redeemed.verdict === 'valid' ? redeemed.facts : redeemed.verdict;
  }
}
