/** Callers who wait: in Stasis, with Asterisk's waiting music, until the dialplan has them again. */
import { InzwaError } from '#kernel/errors.ts';
import type { TrackedChannel } from './ari-channels.ts';
import { channelPath, failureOf } from './ari-client.ts';
import { subscribe, wish, type ReleaseMedia } from './ari-dialplan.ts';
import { HOLD } from './ari-orphans.ts';
import type { AriLine } from './ari-line.ts';

/** A dialplan acts on a released leg within some 15 ms (measured); this is for a machine that is out of breath. */
const DIALPLAN_MS = 5_000;

export class HeldCalls {
  readonly #line: AriLine;
  readonly #releaseMedia: ReleaseMedia;
  readonly #held = new Map<string, TrackedChannel>();

  constructor(line: AriLine, releaseMedia: ReleaseMedia) {
    this.#line = line;
    this.#releaseMedia = releaseMedia;
  }

  /** Rejects with INZWA_TRUNK_FAILED when the dialplan does not do it; the call is then where the dialplan left it. */
  async hold(callId: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (this.#held.has(callId)) return;
    const { client, channels } = this.#line;
    const channel = channels.track(callId);
    try {
      await using _ = await subscribe(this.#line, callId, { signal });
      await wish(this.#line, callId, { next: HOLD }, { signal, releaseMedia: this.#releaseMedia });
      const isWaiting = (one: TrackedChannel): boolean => one.isInStasis && one.stasisArgs[0] === HOLD;
      await channel.until((one) => isWaiting(one) || one.ended !== undefined, { signal, withinMs: DIALPLAN_MS });
      if (!isWaiting(channel)) {
        throw new InzwaError(
          'INZWA_TRUNK_FAILED',
          channel.ended
            ? `call ${callId} ended before it was on hold`
            : `call ${callId}: the dialplan did not put it on hold; see next-hold in extensions.conf`,
          { retryable: false },
        );
      }
      await client.ask('POST', channelPath(callId, '/moh'), { signal });
    } catch (error) {
      channel[Symbol.dispose]();
      throw error;
    }
    this.#held.set(callId, channel);
    void this.#forgetWhenOver(channel);
  }

  /** A call that is not on hold, or over, is no error. */
  async unhold(callId: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (!this.#held.has(callId)) return;
    const { client } = this.#line;
    const question = signal ? { signal } : {};
    try {
      await client.remove(channelPath(callId, '/moh'), question);
      // Without a place: the dialplan goes on after its Stasis().
      await client.ask('POST', channelPath(callId, '/continue'), question);
    } catch (error) {
      const failure = failureOf(error);
      if (failure !== 'gone' && failure !== 'conflict') throw error;
    }
    this.forget(callId);
  }

  forget(callId: string): void {
    this.#held.get(callId)?.[Symbol.dispose]();
    this.#held.delete(callId);
  }

  /** Nobody is left waiting for a process that goes away: the dialplan attaches them elsewhere. */
  async unholdAll(): Promise<void> {
    await Promise.allSettled([...this.#held.keys()].map((callId) => this.unhold(callId)));
  }

  async #forgetWhenOver(channel: TrackedChannel): Promise<void> {
    try {
      await channel.until((one) => one.ended !== undefined, { signal: this.#line.lifetime });
      if (this.#held.get(channel.id) === channel) this.forget(channel.id);
    } catch {
      // The trunk is disposed of, which ends the wait and everything else.
    }
  }
}
