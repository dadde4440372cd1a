/** Telephone keys as RTP events (RFC 4733 §2): packets of one key press, sent and understood. */
import { isDtmfKey, type DtmfKey } from '../../signal/dtmf-tones.ts';
import { timestampDistance, type RtpPacket } from './rtp.ts';

export interface TelephoneEvent {
  /** 0 to 15 are the keys (RFC 4733 §3.2). */
  readonly event: number;
  readonly isEnd: boolean;
  /** Power below 0 dBm0, 0 to 63. */
  readonly volume: number;
  /** From the event's timestamp on, 16 bits. */
  readonly durationSamples: number;
}

/** Event codes in order (RFC 4733 §3.2, table 3). */
const KEYS_BY_EVENT = '0123456789*#ABCD';
/** As a keypad's usual level. */
const VOLUME = 10;
const PTIME_MS = 20;
const PTIME_SAMPLES = 160;
/** The end is said three times, because nothing else would tell a listener who lost it (RFC 4733 §2.5.1.4). */
const END_PACKETS = 3;
/** Beyond this the 16 bits of the duration are used up and the event would have to be cut in segments. */
const LONGEST_PRESS_MS = 8_000;

export function parseTelephoneEvent(payload: Uint8Array): TelephoneEvent | undefined {
  if (payload.length < 4) return undefined;
  const [event, flags, high, low] = payload as unknown as [number, number, number, number];
  return { event, isEnd: (flags & 0x80) !== 0, volume: flags & 0x3f, durationSamples: high * 256 + low };
}

export function serialiseTelephoneEvent({ event, isEnd, volume, durationSamples }: TelephoneEvent): Uint8Array {
  return Uint8Array.of(event, (isEnd ? 0x80 : 0) | volume, durationSamples >> 8, durationSamples & 0xff);
}

/** The keys of a text, in order; throws a RangeError at anything that is no key. */
export function keysOf(digits: string): DtmfKey[] {
  return Array.from(digits.toUpperCase(), (digit) => {
    if (!isDtmfKey(digit)) throw new RangeError('sendDigits was given something that is no key of a telephone');
    return digit;
  });
}

/** How long keys are held and how long the pause after each is; both are rounded up to 20 ms. */
export interface PressTimes {
  readonly onMs: number;
  readonly offMs: number;
}

export interface EventPacket {
  readonly payload: Uint8Array;
  readonly marker: boolean;
  /** Tick at which the key went down: all packets of a press have its timestamp. */
  readonly downTick: number;
}

interface Press {
  readonly event: number;
  readonly onTicks: number;
  readonly totalTicks: number;
  ticks: number;
  downTick: number;
}

/** A finger on the keypad: one step for every tick of 20 ms. */
export class KeyPresser {
  readonly #presses: Press[] = [];
  readonly #waiting = new Map<Press, () => void>();

  /** Resolves after the last pause, or at the end of the call; presses queue up. */
  press(keys: readonly DtmfKey[], { onMs, offMs }: PressTimes): Promise<void> {
    const onTicks = Math.max(1, Math.ceil(Math.min(onMs, LONGEST_PRESS_MS) / PTIME_MS));
    // The repetitions of the end fall into the pause.
    const totalTicks = onTicks + Math.max(END_PACKETS - 1, Math.ceil(offMs / PTIME_MS));
    const presses = keys.map((key) => {
      return { event: KEYS_BY_EVENT.indexOf(key), onTicks, totalTicks, ticks: 0, downTick: 0 };
    });
    const last = presses.at(-1);
    if (last === undefined) return Promise.resolve();
    this.#presses.push(...presses);
    return new Promise((resolve) => this.#waiting.set(last, resolve));
  }

  /** The packet to be sent instead of audio at this tick; undefined when no key is down. */
  next(tick: number): EventPacket | undefined {
    const press = this.#presses[0];
    if (press === undefined) return undefined;
    if (press.ticks === 0) press.downTick = tick;
    press.ticks++;
    const { event, onTicks, ticks, downTick } = press;
    if (ticks === press.totalTicks) {
      this.#presses.shift();
      this.#waiting.get(press)?.();
      this.#waiting.delete(press);
    }
    if (ticks >= onTicks + END_PACKETS) return undefined;
    const durationSamples = Math.min(ticks, onTicks) * PTIME_SAMPLES;
    const payload = serialiseTelephoneEvent({ event, isEnd: ticks >= onTicks, volume: VOLUME, durationSamples });
    return { payload, marker: ticks === 1, downTick };
  }

  /** Lets go of the keypad. */
  close(): void {
    this.#presses.length = 0;
    for (const resolve of this.#waiting.values()) resolve();
    this.#waiting.clear();
  }
}

/** A key the other side pressed. */
export interface PressedKey {
  readonly digit: DtmfKey;
  /** Arrival of the first packet or message. */
  readonly atMs: number;
  /** As far as it is known; grows while the key is held. */
  readonly durationMs: number;
  readonly by: 'rfc4733' | 'info';
}

/** Makes one key of the many packets of each press, also when the first or the last of them are lost. */
export class KeyListener {
  #current: { readonly ssrc: number; readonly timestamp: number; readonly key: { durationMs: number } } | undefined;

  /** Returns the key when this packet is the first of its press that came. */
  hear(packet: RtpPacket, atMs: number): PressedKey | undefined {
    const event = parseTelephoneEvent(packet.payload);
    const digit = KEYS_BY_EVENT[event?.event ?? -1];
    if (event === undefined || digit === undefined || !isDtmfKey(digit)) return undefined;
    const durationMs = event.durationSamples / 8;
    const current = this.#current;
    if (current?.ssrc === packet.ssrc) {
      const distance = timestampDistance(current.timestamp, packet.timestamp);
      if (distance === 0) current.key.durationMs = Math.max(current.key.durationMs, durationMs);
      if (distance <= 0) return undefined;
    }
    const key = { digit, atMs, durationMs, by: 'rfc4733' as const };
    this.#current = { ssrc: packet.ssrc, timestamp: packet.timestamp, key };
    return key;
  }
}
