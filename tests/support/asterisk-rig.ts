/**
 * A private Asterisk with the shipped configuration, the service with engines that cost nothing, and a telephone whose wire
 * is written down. There is no test without Asterisk: where it cannot be had, this fails.
 */
import { expect, vi } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { EndCause } from '#pipeline/ports.ts';
import { AsteriskRig, CALLER_NUMBER, HOTLINE_NUMBER, type RigOptions } from '#src/cli/asterisk/rig.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import type { DialOptions } from '#telephony/phone/sip/outgoing-call.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { WireTap, type TappedPacket } from './wire-tap.ts';

/** A busy machine is slow, not wrong. */
export const PATIENCE_MS = 10_000;
/** What is left of a call is gone by then. */
const CLEAN_AFTER_MS = 2_000;

/**
 * How a service may see that the caller hung up: a frame that we write in the moment in which Asterisk closes fails (EPIPE),
 * and Node then reads no more, not even the closing handshake. So it is in one call of 100, in ten when we are busy (measured).
 */
export const HUNG_UP: readonly EndCause[] = [
  { result: 'caller', reason: 'hung-up' },
  { result: 'upstream', reason: 'socket-lost' },
];

export type Place = 'first' | 'second';
type Of<K extends CallEvent['kind']> = Extract<CallEvent, { kind: K }>;

interface EventQuery<K extends CallEvent['kind']> {
  /** Events before this number are not looked at. @defaultValue 0 */
  readonly from?: number;
  readonly timeoutMs?: number;
  readonly where?: (event: Of<K>) => boolean;
}

/** One call with both its ends: the telephone's, and the service's by the id under which its events come. */
export interface RigCall {
  readonly phone: SipPhoneCall;
  /** Of the first media socket; a call that is attached again has another. */
  readonly callId: string;
  /** What came by RTP. */
  readonly packets: readonly TappedPacket[];
}

export class TestRig implements AsyncDisposable {
  readonly rig: AsteriskRig;
  readonly phone: SipPhone;
  /** Of all services, in the order of arrival. */
  readonly events: CallEvent[] = [];
  readonly #tap: WireTap;
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();
  readonly #placed: SipPhoneCall[] = [];
  readonly #packets = new WeakMap<SipPhoneCall, readonly TappedPacket[]>();
  #dialling: Promise<unknown> = Promise.resolve();

  private constructor(rig: AsteriskRig, phone: SipPhone, tap: WireTap, signal: AbortSignal) {
    this.rig = rig;
    this.phone = phone;
    this.#tap = tap;
    this.#signal = signal;
    rig.onEvent((event) => {
      this.events.push(event);
      for (const listener of this.#listeners) listener();
    });
  }

  static async start(options: Partial<Omit<RigOptions, 'clock' | 'install'>> = {}): Promise<TestRig> {
    const signal = options.signal ?? new AbortController().signal;
    const install = await ensureAsterisk({ clock, signal });
    await using parts = new AsyncDisposableStack();
    const rig = parts.use(await AsteriskRig.start({ isStub: true, ...options, install, clock, signal }));
    const tap = new WireTap();
    const phone = parts.use(await SipPhone.open({ clock, signal, network: tap }));
    parts.move();
    return new TestRig(rig, phone, tap, signal);
  }

  /** A bare call, which may be refused (INZWA_PHONE_REFUSED) or never answered. */
  async dial(over: Partial<DialOptions> = {}): Promise<SipPhoneCall> {
    const { address, port } = this.rig.asterisk.sip;
    const target = { host: address, port, user: HOTLINE_NUMBER };
    const socket = this.#tap.sockets.length;
    const call = await this.phone.call({ target, from: CALLER_NUMBER, signal: this.#signal, ...over });
    this.#placed.push(call);
    this.#packets.set(call, this.#tap.sockets[socket] ?? []);
    return call;
  }

  /** What came to this call by RTP; calls that were dialled at the same time cannot be told apart. */
  heard(call: SipPhoneCall): readonly TappedPacket[] {
    return this.#packets.get(call) ?? [];
  }

  /** An answered call in conversation; one after the other, so that the two ends of each are known. */
  async call(over: Partial<DialOptions> = {}): Promise<RigCall> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const before = this.#dialling;
    this.#dialling = promise;
    await before;
    try {
      const from = this.events.length;
      const phone = await this.dial(over);
      const { callId } = await this.event('call-started', { from });
      return { phone, callId, packets: this.heard(phone) };
    } finally {
      resolve(undefined);
    }
  }

  sleep(ms: number): Promise<void> {
    return clock.sleep(ms, { signal: this.#signal });
  }

  /** The first such event, come or to come; rejects with what came instead. */
  async event<K extends CallEvent['kind']>(kind: K, query: EventQuery<K> = {}): Promise<Of<K>> {
    const { from = 0, timeoutMs = PATIENCE_MS, where = () => true } = query;
    const isIt = (event: CallEvent): event is Of<K> => event.kind === kind && where(event as Of<K>);
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.events.slice(from).find(isIt);
        if (!found) return;
        cancel();
        this.#listeners.delete(look);
        resolve(found);
      };
      const cancel = clock.after(timeoutMs, () => {
        this.#listeners.delete(look);
        const came = this.events.slice(from).map((event) => event.kind);
        reject(new Error(`no event ${kind} within ${timeoutMs} ms, but ${came.join(', ') || 'nothing'}`));
      });
      this.#listeners.add(look);
      look();
    });
  }

  /** As `event`, of one call. */
  eventOf<K extends CallEvent['kind']>({ callId }: RigCall, kind: K, query: EventQuery<K> = {}): Promise<Of<K>> {
    const { where = () => true } = query;
    return this.event(kind, { ...query, where: (event) => event.callId === callId && where(event) });
  }

  /** The value of one time series of a service, 0 when it has not been counted. */
  async count(series: string, place: Place = 'first'): Promise<number> {
    const response = await fetch(`${this.rig.service(place).address.publicUrl}/metrics`);
    const line = (await response.text()).split('\n').find((text) => text.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? 0);
  }

  problems(name: string, place: Place = 'first'): Promise<number> {
    return this.count(`inzwa_wire_problems_total{problem="${name}"}`, place);
  }

  /** After each test: hangs up what a failed one left, and fails when a channel or a call of a service outlives that. */
  async expectNothingLeft(): Promise<void> {
    for (const call of this.#placed.splice(0)) call.hangUp();
    const left = async (): Promise<readonly number[]> => [
      await this.rig.asterisk.instance.channels(),
      ...(await Promise.all(this.running().map((place) => this.count('inzwa_calls_active', place)))),
    ];
    await vi.waitFor(async () => expect(Math.max(...(await left()))).toBe(0), { timeout: CLEAN_AFTER_MS });
  }

  /** Where a service was started and not killed. */
  running(): readonly Place[] {
    return (['first', 'second'] as const).filter((place) => {
      try {
        return this.rig.service(place).pid > 0;
      } catch {
        return false;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.phone[Symbol.asyncDispose]();
    await this.rig[Symbol.asyncDispose]();
  }
}
