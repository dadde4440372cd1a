/** What is known of a call between the webhook that announces it and the media that carries it. */
import type { Clock } from '#kernel/clock.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import type { InterviewBrief } from './campaigns/outcome.ts';

export interface Arrival {
  readonly direction: 'in' | 'out';
  readonly from?: PhoneNumber | undefined;
  readonly to?: PhoneNumber | undefined;
  /** The call is a campaign's: it is talked as this says, and not as the hotline does. */
  readonly interview?: InterviewBrief | undefined;
}

/** Media that comes later than this has lost its token as well. */
const KEPT_MS = 120_000;
const MOST = 10_000;

export class Arrivals {
  readonly #clock: Clock;
  /** By the carrier's id of the call, oldest first. */
  readonly #known = new Map<string, { readonly arrival: Arrival; readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  announce(sid: string, arrival: Arrival): void {
    const nowMs = this.#clock.nowMs();
    for (const [old, { untilMs }] of this.#known) {
      if (untilMs >= nowMs && this.#known.size < MOST) break;
      this.#known.delete(old);
    }
    this.#known.delete(sid);
    this.#known.set(sid, { arrival, untilMs: nowMs + KEPT_MS });
  }

  /** Once; undefined for a call that nobody announced, or too long ago. */
  take(sid: string): Arrival | undefined {
    const known = this.#known.get(sid);
    this.#known.delete(sid);
    return known && known.untilMs >= this.#clock.nowMs() ? known.arrival : undefined;
  }
}
