/**
 * A trunk of Asterisk's, controlled over ARI. A call that was answered goes on in the dialplan (conf/extensions.conf), which
 * connects its media and keeps the line when this process dies; so transfer and hold are wishes to the dialplan: variables
 * on the caller's channel, and then the media leg is let go.
 */
import type { Clock } from '#kernel/clock.ts';
import { writeNumber, type AllowList, type CountryCode, type NumberFormat } from '../numbers.ts';
import { causeOf } from '../q850.ts';
import type {
  DialRequest,
  DialResult,
  HangUpReason,
  PhoneNumber,
  TransferOptions,
  TransferResult,
  TransferTarget,
  Trunk,
} from '../trunk.ts';
import { assertAllowed, assertCallId, refused } from '../trunk-guards.ts';
import { placeCall, type CallPlaces } from './ari-call.ts';
import { AriChannels } from './ari-channels.ts';
import { AriClient, channelPath } from './ari-client.ts';
import type { ReleaseMedia } from './ari-dialplan.ts';
import { AriEvents, type AriTroubleSink } from './ari-events.ts';
import { HeldCalls } from './ari-hold.ts';
import type { AriMediaOptions } from './ari-media.ts';
import { EVENT_TYPES, type AriEvent } from './ari-messages.ts';
import { isInApplication, Orphans, type DialplanPlace } from './ari-orphans.ts';
import type { AriLine } from './ari-line.ts';
import { transferAnnounced, transferBlind, type PlayTo } from './ari-transfer.ts';

export interface AriTrunkOptions {
  /** @defaultValue 'asterisk' */
  readonly name?: string;
  /** As for AriClient. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** The Stasis application: letters, digits and `-`. One process has it at a time. @defaultValue 'inzwa' */
  readonly app?: string;
  /** `{number}` stands for the number: `PJSIP/{number}@carrier`. */
  readonly endpoint: string;
  /** Where media sockets go for early media and announcements. @defaultValue sections inzwa and inzwa-second, ulaw */
  readonly media?: Partial<AriMediaOptions>;
  /** Where an answered call goes on with the agent. @defaultValue inzwa-answered, s */
  readonly mediaContext?: DialplanPlace;
  /** Has a label `next-<word>` for each INZWA_NEXT; for calls that were in Stasis. @defaultValue inzwa-attach, s */
  readonly nextContext?: DialplanPlace;
  /** @defaultValue 'e164' */
  readonly numberFormat?: NumberFormat;
  /** The carrier's own, for `national`. @defaultValue 'ZW' */
  readonly country?: CountryCode;
  /** Shown to callees when the request names none. */
  readonly callerId?: PhoneNumber | undefined;
  /** Checked for calls and transfers alike. */
  readonly allowList: AllowList;
  /** Ends the media leg of a call so that it says nothing of what comes next. */
  readonly releaseMedia: ReleaseMedia;
  /** Plays to the media socket with `call=<id>` and `announce=1`. Undefined: announced transfers are refused. */
  readonly playTo?: PlayTo | undefined;
  readonly clock: Clock;
  readonly onTrouble: AriTroubleSink;
  /** How long Asterisk gets to answer a question. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

/** Longer without events and a call cannot be followed. */
const CONNECT_WAIT_MS = 2_000;

/** Asterisk was too busy to remove something a moment ago. */
const SWEEP_AFTER_MS = 5_000;

/** The sections and contexts of the configuration that is shipped. */
const DEFAULTS = {
  name: 'asterisk',
  app: 'inzwa',
  media: { sections: ['inzwa', 'inzwa-second'], format: 'ulaw' },
  mediaContext: { context: 'inzwa-answered', extension: 's' },
  nextContext: { context: 'inzwa-attach', extension: 's' },
  numberFormat: 'e164',
} as const satisfies Partial<AriTrunkOptions>;

export class AriTrunk implements Trunk {
  readonly name: string;
  readonly #opts: AriTrunkOptions;
  readonly #line: AriLine;
  readonly #places: CallPlaces;
  readonly #events: AriEvents;
  readonly #orphans: Orphans;
  readonly #held: HeldCalls;
  readonly #life = new AbortController();
  /** What disposing of the trunk has to wait for. */
  readonly #running = new Set<Promise<unknown>>();
  #cancelSweep: () => void = () => undefined;

  constructor(opts: AriTrunkOptions) {
    this.name = opts.name ?? DEFAULTS.name;
    this.#opts = opts;
    const { clock, url, user, password, onTrouble } = opts;
    const app = opts.app ?? DEFAULTS.app;
    this.#places = {
      media: { ...DEFAULTS.media, ...opts.media },
      mediaContext: opts.mediaContext ?? DEFAULTS.mediaContext,
      nextContext: opts.nextContext ?? DEFAULTS.nextContext,
    };
    this.#line = {
      client: new AriClient(opts),
      channels: new AriChannels(clock),
      clock,
      app,
      abandoned: new Set(),
      sweepLater: () => this.#sweepLater(),
      lifetime: this.#life.signal,
    };
    this.#orphans = new Orphans({ line: this.#line, mediaContext: this.#places.mediaContext, onTrouble });
    this.#held = new HeldCalls(this.#line, opts.releaseMedia);
    this.#events = new AriEvents({
      url,
      user,
      password,
      app,
      clock,
      onTrouble,
      onConnected: () => void this.#keep(this.#connected()),
      onEvent: (event) => this.#hear(event),
    });
  }

  async dial(request: DialRequest, { signal }: { readonly signal: AbortSignal }): Promise<DialResult> {
    const { callId, to, from, ringSeconds, hearsEarlyMedia = false } = request;
    assertCallId(callId);
    // Ids of channels that are ours alone begin so.
    if (callId.startsWith(`${this.#line.app}-`)) throw refused(`${callId} cannot be the id of a call on this trunk`);
    assertAllowed(this.#opts.allowList, callId, to);
    if (signal.aborted) return { outcome: 'cancelled' };
    await this.#ready();
    const call = {
      callId,
      ringSeconds,
      hearsEarlyMedia,
      endpoint: this.#endpoint(to),
      variables: this.#callerId(from),
    };
    const scope = {
      signal: AbortSignal.any([signal, this.#life.signal]),
      keep: (work: Promise<void>) => void this.#keep(work),
    };
    return this.#keep(placeCall(this.#line, this.#places, call, scope));
  }

  async hangUp(callId: string, reason: HangUpReason, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    for (const channel of this.#line.channels.of(callId)) channel.giveUp();
    this.#held.forget(callId);
    await this.#line.client.remove(channelPath(callId), { query: { reason_code: causeOf(reason) }, signal });
  }

  async transfer(callId: string, target: TransferTarget, opts: TransferOptions): Promise<TransferResult> {
    assertAllowed(this.#opts.allowList, callId, target.number);
    const { announcement, ringSeconds } = opts;
    const { playTo, releaseMedia } = this.#opts;
    if (announcement && !playTo) {
      throw refused(`call ${callId}: nothing here can play the announcement, so nobody was called`);
    }
    await this.#ready(opts.signal);
    const scope = { signal: AbortSignal.any([opts.signal, this.#life.signal]) };
    const common = { callId, ringSeconds, releaseMedia };
    if (!announcement || !playTo) {
      return this.#keep(transferBlind(this.#line, { ...common, target: this.#written(target.number) }, scope));
    }
    const person = { endpoint: this.#endpoint(target.number), variables: this.#callerId(undefined) };
    const announced = { ...common, ...person, media: this.#places.media, announcement, playTo };
    return this.#keep(transferAnnounced(this.#line, announced, scope));
  }

  async hold(callId: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#ready(signal);
    await this.#keep(this.#held.hold(callId, { signal: AbortSignal.any([signal, this.#life.signal]) }));
  }

  async unhold(callId: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#held.unhold(callId, { signal });
  }

  /** Attempts are cancelled, who waits goes on in the dialplan, and calls that were answered are left to it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    await this.#held.unholdAll();
    await Promise.allSettled([...this.#running]);
    this.#cancelSweep();
    this.#events[Symbol.dispose]();
  }

  async #connected(): Promise<void> {
    const { client, app } = this.#line;
    const allowed = EVENT_TYPES.map((type) => ({ type }));
    // Saves reading some thirty events for each Dial(); without it they are read and left out.
    await client
      .ask('PUT', `/applications/${encodeURIComponent(app)}/eventFilter`, { body: { allowed } })
      .catch(() => undefined);
    await this.#orphans.sweep();
  }

  /** One look for all that is left. */
  #sweepLater(): void {
    if (this.#life.signal.aborted) return;
    this.#cancelSweep();
    this.#cancelSweep = this.#line.clock.after(SWEEP_AFTER_MS, () => {
      if (this.#events.isConnected) void this.#keep(this.#orphans.sweep());
    });
  }

  #hear(event: AriEvent): void {
    this.#line.channels.apply(event);
    if (event.type !== 'StasisStart' && event.type !== 'ChannelStateChange') return;
    // Known ones are left alone; one that could not be removed when it was given up answers here.
    if (isInApplication(event.channel, this.#line.app)) void this.#keep(this.#orphans.adopt(event.channel));
  }

  #ready(signal: AbortSignal = this.#life.signal): Promise<void> {
    return this.#events.connected({ withinMs: CONNECT_WAIT_MS, signal });
  }

  #keep<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    const done = (): boolean => this.#running.delete(work);
    work.then(done, done);
    return work;
  }

  #written(number: PhoneNumber): string {
    const { numberFormat = DEFAULTS.numberFormat, country } = this.#opts;
    return writeNumber(number, numberFormat, country === undefined ? {} : { country });
  }

  #endpoint(number: PhoneNumber): string {
    return this.#opts.endpoint.replaceAll('{number}', this.#written(number));
  }

  /** CALLERID(num) on a channel made by ARI becomes Anonymous; what the callee sees is the connected line (facts of 22.10). */
  #callerId(from: PhoneNumber | undefined): Readonly<Record<string, string>> {
    const number = from ?? this.#opts.callerId;
    if (number === undefined) return {};
    return { 'CONNECTEDLINE(num,i)': this.#written(number), 'CONNECTEDLINE(num-pres)': 'allowed' };
  }
}
