/**
 * A signature has no nonce: whoever records one can play it again. So the webhook mints a token for its call, and the
 * media socket must bring it back once, in time, for the same call.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';

export type TokenVerdict = 'valid' | 'unknown' | 'used' | 'expired' | 'wrong-call';

export interface CallTokensOptions {
  readonly clock: Clock;
  /** @defaultValue 60000 */
  readonly ttlMs?: number;
  /** Tokens remembered at once, used ones included; beyond it the oldest is forgotten and so refused. @defaultValue 10000 */
  readonly capacity?: number;
}

interface Entry {
  readonly callSid: string;
  readonly expiresAtMs: number;
  isUsed: boolean;
}

const DEFAULT_TTL_MS = 60_000;
const DEFAULT_CAPACITY = 10_000;

export class CallTokens {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #capacity: number;
  /** By the token's SHA-256, oldest first: a look-up's time says nothing about any token, and a dump holds none. */
  readonly #entries = new Map<string, Entry>();

  constructor({ clock, ttlMs, capacity }: CallTokensOptions) {
    this.#clock = clock;
    this.#ttlMs = ttlMs ?? DEFAULT_TTL_MS;
    this.#capacity = capacity ?? DEFAULT_CAPACITY;
  }

  /** 256 random bits, base64url. */
  mint(callSid: string): string {
    this.#forgetOld();
    const token = randomBytes(32).toString('base64url');
    this.#entries.set(digest(token), { callSid, expiresAtMs: this.#clock.nowMs() + this.#ttlMs, isUsed: false });
    return token;
  }

  /** Any attempt with a known token uses it up, the wrong ones too. */
  redeem(token: string, callSid: string): TokenVerdict {
    const entry = this.#entries.get(digest(token));
    if (!entry) return 'unknown';
    if (entry.isUsed) return 'used';
    entry.isUsed = true;
    if (this.#clock.nowMs() > entry.expiresAtMs) return 'expired';
    return entry.callSid === callSid ? 'valid' : 'wrong-call';
  }

  /** Kept twice as long as they live, so that a late one is told from an invented one. */
  #forgetOld(): void {
    const nowMs = this.#clock.nowMs();
    for (const [key, { expiresAtMs }] of this.#entries) {
      const isOver = expiresAtMs + this.#ttlMs < nowMs || this.#entries.size >= this.#capacity;
      if (!isOver) return;
      this.#entries.delete(key);
    }
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
