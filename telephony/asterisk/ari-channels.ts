/** What Asterisk has told of the channels that somebody here cares about. */
import type { Clock } from '#kernel/clock.ts';
import { Observed } from '../observed.ts';
import type { AriChannel, AriEvent } from './ari-messages.ts';

/** How a channel ended, as far as anybody said. */
export interface ChannelEnd {
  readonly cause?: number | undefined;
  readonly sipStatus?: number | undefined;
}

/** Channels of the media legs: the dialplan dials them like telephones. */
const MEDIA_CHANNEL = /^(?:WebSocket|AudioSocket)\//;

/** Where the dialplan notes that a transfer did not work. */
const VERDICT_VARIABLE = 'INZWA_AFTER';
const VERDICT = /^transfer-([A-Z]+)/;

export class TrackedChannel extends Observed implements Disposable {
  readonly id: string;
  /** Undefined until Asterisk has told it. */
  name: string | undefined;
  isInStasis = false;
  hasBeenInStasis = false;
  /** Of the last time it came into Stasis. */
  stasisArgs: readonly string[] = [];
  /** Answered, now or before it ended. */
  isUp = false;
  ended: ChannelEnd | undefined;
  /** The last person the dialplan dialled for this channel, and how that stands. */
  dialled: { readonly peerId: string; readonly status: string } | undefined;
  /** DIALSTATUS of a transfer that the dialplan was told to make and that did not work. */
  verdict: string | undefined;
  #isGivenUp = false;
  readonly #forget: (channel: TrackedChannel) => void;

  constructor(id: string, clock: Clock, forget: (channel: TrackedChannel) => void) {
    super(clock);
    this.id = id;
    this.#forget = forget;
  }

  /** Ended by us on purpose, or about to be. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  giveUp(): void {
    this.#isGivenUp = true;
    this.changed();
  }

  /** Forgets what was said of transfers before, so that the next one is judged by its own. */
  expectTransfer(): void {
    this.dialled = undefined;
    this.verdict = undefined;
  }

  /** Nobody waits for this channel any more. */
  [Symbol.dispose](): void {
    this.#forget(this);
  }
}

export class AriChannels {
  readonly #clock: Clock;
  readonly #tracked = new Map<string, Set<TrackedChannel>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Listens from now on; several may track the same channel. Dispose of it when done. */
  track(id: string): TrackedChannel {
    const channel = new TrackedChannel(id, this.#clock, (one) => {
      const others = this.#tracked.get(id);
      others?.delete(one);
      if (others?.size === 0) this.#tracked.delete(id);
    });
    const those = this.#tracked.get(id) ?? new Set();
    // What is known already, so that a second listener starts where the first stands.
    const [first] = those;
    if (first) {
      channel.name = first.name;
      channel.isInStasis = first.isInStasis;
      channel.hasBeenInStasis = first.hasBeenInStasis;
      channel.stasisArgs = first.stasisArgs;
      channel.isUp = first.isUp;
      channel.ended = first.ended;
    }
    this.#tracked.set(id, those.add(channel));
    return channel;
  }

  isTracked(id: string): boolean {
    return this.#tracked.has(id);
  }

  /** Every tracker of a channel. */
  of(id: string): Iterable<TrackedChannel> {
    return this.#tracked.get(id) ?? [];
  }

  apply(event: AriEvent): void {
    switch (event.type) {
      case 'StasisStart':
        this.#change(event.channel, (channel) => {
          channel.isInStasis = true;
          channel.hasBeenInStasis = true;
          channel.stasisArgs = event.args;
        });
        break;
      case 'StasisEnd':
        this.#change(event.channel, (channel) => (channel.isInStasis = false));
        break;
      case 'ChannelStateChange':
        this.#change(event.channel, () => undefined);
        break;
      case 'ChannelDestroyed': {
        const cause = event.cause > 0 ? event.cause : undefined;
        this.#change(event.channel, (channel) => {
          channel.isInStasis = false;
          channel.ended = { cause, sipStatus: event.tech_cause };
        });
        break;
      }
      case 'Dial': {
        const { caller, peer, dialstatus } = event;
        this.#change(peer, () => undefined);
        if (!caller || MEDIA_CHANNEL.test(peer.name)) break;
        this.#change(caller, (channel) => (channel.dialled = { peerId: peer.id, status: dialstatus }));
        break;
      }
      case 'ChannelVarset': {
        if (!event.channel || event.variable !== VERDICT_VARIABLE) break;
        const [, dialStatus] = VERDICT.exec(event.value) ?? [];
        if (dialStatus !== undefined) this.#change(event.channel, (channel) => (channel.verdict = dialStatus));
        break;
      }
      case 'ApplicationReplaced':
        break;
    }
  }

  /**
   * After a time without events: `live` are all channels there are. What was missed is read off it; a channel that is not
   * there has ended, and nobody knows how.
   */
  resume(live: readonly AriChannel[], isOurs: (channel: AriChannel) => boolean): void {
    const byId = new Map(live.map((channel) => [channel.id, channel]));
    for (const [id, trackers] of this.#tracked) {
      const found = byId.get(id);
      if (found) {
        this.#change(found, (channel) => {
          channel.isInStasis = isOurs(found);
          channel.hasBeenInStasis ||= channel.isInStasis;
        });
        continue;
      }
      for (const channel of trackers) {
        // One that has not been seen yet is only now being made.
        if (channel.name === undefined) continue;
        channel.isInStasis = false;
        channel.ended ??= {};
        channel.changed();
      }
    }
  }

  #change(told: AriChannel, change: (channel: TrackedChannel) => unknown): void {
    for (const channel of this.of(told.id)) {
      channel.name = told.name;
      channel.isUp ||= told.state === 'Up';
      change(channel);
      channel.changed();
    }
  }
}
