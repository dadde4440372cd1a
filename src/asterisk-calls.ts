/**
 * What the dialplan and this program tell each other about one call, over the media sockets that come and go with it: where
 * the conversation stands, and what comes next when it lets go. See telephony/asterisk/conf/extensions.conf.
 */
import type { EndCause } from '#pipeline/ports.ts';
import { isInzwaError, messageOf } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { ReleaseCall } from '#telephony/asterisk/media-leg.ts';
import type { Logger } from './observability/logger.ts';

/** Sets variables on a channel, over ARI. Rejects when the channel is gone or Asterisk does not answer. */
export type SetVariables = (
  channelId: string,
  variables: Readonly<Record<string, string>>,
  opts: { readonly signal: AbortSignal },
) => Promise<void>;

/** Whom a caller is put through to: digits as the trunk wants them. */
export interface HandOver {
  readonly target: string;
  readonly ringSeconds: number;
}

/** Why a conversation is taken up in the middle of a call. */
export interface Reattachment {
  readonly why: 'lost' | 'not-reached' | 'held';
  /** As `noteState` was given it; undefined: nobody remembers. */
  readonly state?: string | undefined;
}

export interface AsteriskCallsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined: ARI is not configured. */
  readonly setVariables?: SetVariables | undefined;
  /** Undefined: nobody to put callers through to. */
  readonly human?: HandOver | undefined;
}

/** A caller's channel is attached again within milliseconds of a proper end; a minute covers a stalled Asterisk too. */
const ENDED_KEPT_MS = 60_000;
const MOST_ENDED = 10_000;
/** A state that cannot be written is overtaken by the next one; nothing waits for it longer. */
const NOTE_DEADLINE_MS = 1_000;

export class AsteriskCalls {
  readonly #opts: AsteriskCallsOptions;
  /** Carrier call ids of calls that ended properly, oldest first, with the time until which that is remembered. */
  readonly #ended = new Map<string, number>();
  /** The state to be written next, by carrier call id, while one is being written. */
  #lastFailure: string | undefined;
  readonly #writing = new Map<string, string | undefined>();

  constructor(opts: AsteriskCallsOptions) {
    this.#opts = opts;
  }

  /** True: callers who want a person are put through. */
  get canTransfer(): boolean {
    return this.#opts.setVariables !== undefined && this.#opts.human !== undefined;
  }

  /** True when the conversation of this call has ended properly and the dialplan does not know it yet. */
  hasEnded(carrierCallId: string): boolean {
    return (this.#ended.get(carrierCallId) ?? 0) > this.#opts.clock.nowMs();
  }

  /** Tells the dialplan what comes next; for the leg of this call's `attachment`, counted from 0. */
  releaseOf(carrierCallId: string, attachment: number): ReleaseCall {
    return async (cause, { signal }) => {
      const next = nextOf(cause, this.#opts.human);
      if (next?.['INZWA_NEXT'] === 'done') this.#remember(carrierCallId);
      if (!next || !this.#opts.setVariables) return;
      try {
        // Our patience ends before Asterisk's work may: what is written late is known by its number to be of the past.
        await this.#opts.setVariables(carrierCallId, { INZWA_FOR: String(attachment), ...next }, { signal });
      } catch (error) {
        this.#warn(carrierCallId, error, 'the dialplan was not told what comes next, and attaches the call again');
        throw error;
      }
    };
  }

  /** Writes where the conversation stands, without anybody waiting for it; of states in quick succession the last one counts. */
  noteState(carrierCallId: string, state: string): void {
    if (!this.#opts.setVariables) return;
    const isWriting = this.#writing.has(carrierCallId);
    this.#writing.set(carrierCallId, state);
    if (!isWriting) void this.#write(carrierCallId, this.#opts.setVariables);
  }

  async #write(carrierCallId: string, setVariables: SetVariables): Promise<void> {
    for (;;) {
      const state = this.#writing.get(carrierCallId);
      if (state === undefined) break;
      this.#writing.set(carrierCallId, undefined);
      const patience = new AbortController();
      const cancel = this.#opts.clock.after(NOTE_DEADLINE_MS, () => patience.abort());
      try {
        await setVariables(carrierCallId, { INZWA_STATE: state }, { signal: patience.signal });
        this.#lastFailure = undefined;
      } catch (error) {
        // The caller may just have hung up; and should the process die now, the call begins again instead of going on.
        this.#warnOnce(carrierCallId, error);
      } finally {
        cancel();
      }
    }
    this.#writing.delete(carrierCallId);
  }

  /** A state is written every few seconds: what is wrong with ARI is said once until it works again or fails otherwise. */
  #warnOnce(carrierCallId: string, error: unknown): void {
    const kind = isInzwaError(error) ? String(error.details['failure']) : 'unknown';
    if (kind === 'gone' || kind === this.#lastFailure) return;
    this.#lastFailure = kind;
    this.#warn(
      carrierCallId,
      error,
      'where a call stands could not be noted: should this process die, it begins again',
    );
  }

  #warn(carrierCallId: string, error: unknown, message: string): void {
    const code = isInzwaError(error) ? error.code : 'INZWA_TRUNK_FAILED';
    this.#opts.logger.warn({ carrierCallId, code, why: messageOf(error) }, message);
  }

  #remember(carrierCallId: string): void {
    const nowMs = this.#opts.clock.nowMs();
    for (const [id, untilMs] of this.#ended) {
      if (untilMs > nowMs && this.#ended.size < MOST_ENDED) break;
      this.#ended.delete(id);
    }
    this.#ended.set(carrierCallId, nowMs + ENDED_KEPT_MS);
  }
}

/** Ends of an attachment that are none of the call: a drain, and another socket of the same call that took over. */
const GOES_ON: ReadonlySet<string> = new Set(['drained', 'drain', 'superseded']);

/** Ends of ours after which nothing more is to be said. */
const OVER: ReadonlySet<string> = new Set(['timeout', 'turned-away']);

/**
 * Undefined: nothing is said, and the dialplan attaches the call again, here or at the second server. That is right for a
 * drain: the call goes on elsewhere.
 */
function nextOf(cause: EndCause, human: HandOver | undefined): Readonly<Record<string, string>> | undefined {
  if (GOES_ON.has(cause.reason)) return undefined;
  if (cause.reason === 'transferred' && human) {
    return { INZWA_TARGET: human.target, INZWA_RING: String(human.ringSeconds), INZWA_NEXT: 'dial' };
  }
  const isOver = cause.result === 'success' || cause.result === 'caller' || OVER.has(cause.reason);
  return { INZWA_NEXT: isOver ? 'done' : 'failed' };
}
