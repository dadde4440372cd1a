/** The bench's telephone and its calls: what was heard comes from the tap on its sockets, what the service did from its events. */
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import type { AsteriskRig } from '../../asterisk/rig.ts';
import { EventLog, type EventOf } from './event-log.ts';
import type { TappedPacket } from './rtp-truth.ts';
import { RtpTap } from './tap.ts';

/** As a local carrier writes them; they belong to nobody. */
export const CALLER_NUMBER = '0770000003';
export const HOTLINE_NUMBER = '0770000004';
/** A service that takes a call says so within milliseconds. */
const NAMED_MS = 5_000;
/** The last events of a call are a few milliseconds behind it. */
const SETTLE_MS = 100;

export interface Tools {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Disposing hangs up and waits for the other side's answer and the last events. */
export class BenchCall implements AsyncDisposable {
  readonly phone: SipPhoneCall;
  /** Of this call alone. */
  readonly log: EventLog;
  readonly #tap: RtpTap;
  readonly #tools: Tools;

  constructor(phone: SipPhoneCall, log: EventLog, tap: RtpTap, tools: Tools) {
    this.phone = phone;
    this.log = log;
    this.#tap = tap;
    this.#tools = tools;
  }

  /** Every audio packet so far; Asterisk changes the source (SSRC) when a call is attached again. */
  get packets(): readonly TappedPacket[] {
    const sources = new Set(this.phone.receivedFrames.map(({ ssrc }) => ssrc));
    return [...sources].flatMap((ssrc) => this.#tap.packetsOf(ssrc)).sort((one, other) => one.atMs - other.atMs);
  }

  /** Resolves with the first event of that kind at or after `fromMs`; rejects with INZWA_PHONE_TIMEOUT. */
  async event<Kind extends CallEvent['kind']>(kind: Kind, fromMs: number, timeoutMs: number): Promise<EventOf<Kind>> {
    const event = await this.log.waitFor(kind, { fromMs, timeoutMs, ...this.#tools });
    if (event) return event;
    throw new InzwaError('INZWA_PHONE_TIMEOUT', `call ${this.phone.callId}: no event ${kind} within ${timeoutMs} ms`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.phone.hangUp();
    await this.phone.ended;
    await this.#tools.clock.sleep(SETTLE_MS, this.#tools).catch(() => undefined);
    this.log[Symbol.dispose]();
  }
}

export class BenchTelephone implements AsyncDisposable {
  readonly #rig: AsteriskRig;
  readonly #phone: SipPhone;
  readonly #tap: RtpTap;
  readonly #tools: Tools;

  private constructor(rig: AsteriskRig, phone: SipPhone, tap: RtpTap, tools: Tools) {
    this.#rig = rig;
    this.#phone = phone;
    this.#tap = tap;
    this.#tools = tools;
  }

  /** Calls that Asterisk of this rig; PCMA, as the carriers it is meant for. */
  static async open(rig: AsteriskRig, tools: Tools): Promise<BenchTelephone> {
    const tap = new RtpTap(tools.clock);
    const phone = await SipPhone.open({ ...tools, network: tap, codecs: ['PCMA'] });
    return new BenchTelephone(rig, phone, tap, tools);
  }

  /**
   * Resolves when the call is answered and the service has named it: one call at a time, for that is how it finds its
   * events. Rejects with INZWA_PHONE_REFUSED, or INZWA_PHONE_TIMEOUT when the service knows nothing of it.
   */
  async call(): Promise<BenchCall> {
    let id: string | undefined;
    const log = new EventLog(
      (listener) => this.#rig.onEvent(listener),
      ({ kind, callId }) => {
        if (kind === 'call-started') id ??= callId;
        return callId === id;
      },
    );
    const { address, port } = this.#rig.asterisk.sip;
    const target = { host: address, port, user: HOTLINE_NUMBER };
    const phone = await this.#phone.call({ target, from: CALLER_NUMBER, signal: this.#tools.signal });
    const call = new BenchCall(phone, log, this.#tap, this.#tools);
    await call.event('call-started', 0, NAMED_MS);
    return call;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#phone[Symbol.asyncDispose]();
  }
}
