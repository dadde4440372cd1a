/**
 * Secrets that are good for once: minted here, brought back over another wire, forgotten soon. What a secret stands for is
 * its owner's business.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';

export interface OneTimeOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  /** Secrets remembered at once, used ones included; beyond it the oldest is forgotten and so refused. */
  readonly capacity: number;
}

export type Redeemed<Facts> =
  { readonly verdict: 'valid'; readonly facts: Facts } | { readonly verdict: 'unknown' | 'used' | 'expired' };

interface Entry<Facts> {
  readonly facts: Facts;
  readonly expiresAtMs: number;
  isUsed: boolean;
}

export class OneTimeSecrets<Facts> {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #capacity: number;
  /** By the secret's SHA-256, oldest first: a look-up's time says nothing about any secret, and a dump holds none. */
  readonly #entries = new Map<string, Entry<Facts>>();

  constructor({ clock, ttlMs, capacity }: OneTimeOptions) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#capacity = capacity;
  }

  /** `secret` must be too random to guess and new every time. */
  remember(secret: string, facts: Facts): void {
    this.#forgetOld();
    this.#entries.set(digest(secret), { facts, expiresAtMs: this.#clock.nowMs() + this.#ttlMs, isUsed: false });
  }

  /** Any attempt with a known secret uses it up, a late one too. */
  redeem(secret: string): Redeemed<Facts> {
    const entry = this.#entries.get(digest(secret));
    if (!entry) return { verdict: 'unknown' };
    if (entry.isUsed) return { verdict: 'used' };
    entry.isUsed = true;
    return this.#clock.nowMs() > entry.expiresAtMs ? { verdict: 'expired' } : { verdict: 'valid', facts: entry.facts };
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

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
