/**
 * A signature has no nonce: whoever records one can play it again. So the webhook mints a token for its call, and the
 * media socket must bring it back once, in time, for the same call.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { OneTimeSecrets } from '../wire/one-time.ts';

export type TokenVerdict = 'valid' | 'unknown' | 'used' | 'expired' | 'wrong-call';

export interface CallTokensOptions {
  readonly clock: Clock;
  /** @defaultValue 60000 */
  readonly ttlMs?: number;
  /** Tokens remembered at once, used ones included; beyond it the oldest is forgotten and so refused. @defaultValue 10000 */
  readonly capacity?: number;
}

const DEFAULT_TTL_MS = 60_000;
const DEFAULT_CAPACITY = 10_000;

export class CallTokens {
  readonly #callSids: OneTimeSecrets<string>;

  constructor({ clock, ttlMs, capacity }: CallTokensOptions) {
    this.#callSids = new OneTimeSecrets({
      clock,
      ttlMs: ttlMs ?? DEFAULT_TTL_MS,
      capacity: capacity ?? DEFAULT_CAPACITY,
    });
  }

  /** 256 random bits, base64url. */
  mint(callSid: string): string {
    const token = randomBytes(32).toString('base64url');
    this.#callSids.remember(token, callSid);
    return token;
  }

  /** Any attempt with a known token uses it up, the wrong ones too. */
  redeem(token: string, callSid: string): TokenVerdict {
    const redeemed = this.#callSids.redeem(token);
    if (redeemed.verdict !== 'valid') return redeemed.verdict;
    return redeemed.facts === callSid ? 'valid' : 'wrong-call';
  }
}
