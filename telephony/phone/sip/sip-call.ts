/** One call from its first media on: handset, RTP and signalling in one hand. Whether it was dialled or answered is the same here. */
import type { Clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { dtmfTone } from '../../signal/dtmf-tones.ts';
import { Handset } from '../handset.ts';
import type { HeardFrame, PhoneEnding, PhonePacing, PhoneRecording, Spoken } from '../phone-call.ts';
import type { CallMedia } from './call-media.ts';
import { keysOf, type PressedKey } from './rfc4733.ts';
import type { RtpRecord } from './rtp.ts';
import { rtpStats, type RtpStats } from './rtp-stats.ts';
import type { SipCodec } from './sdp.ts';
import { PRESS_TIMES } from './sip-phone-call.ts';
import type { CallProgress, DigitOptions, SipLineProfile, SipPhoneCall } from './sip-phone-call.ts';

/** A packet is known in full 20 ms after its arrival, which lies anywhere within a tick. */
const HEARD_AFTER_TICKS = 2;
/** A dead other side does not keep the telephone longer than this. */
const FAREWELL_MS = 2_000;

/** The half of a call that writes SIP. */
export interface CallSignalling {
  readonly progress: CallProgress;
  /** Resolves at the answer; rejects when there will be none. Somebody looks after its rejection. */
  readonly whenAnswered: Promise<void>;
  /** Ends the call on the other side, in whatever state it is; resolves when that has answered. Never rejects. */
  hangUp(q850: number | undefined): Promise<void>;
  /** Waits for the answer of the call first. Never rejects. */
  sendInfo(contentType: string, body: string): Promise<void>;
}

export interface SipCallOptions {
  readonly callId: string;
  readonly clock: Clock;
  readonly line: SipLineProfile;
  /** With an agreement; the call closes it. */
  readonly media: CallMedia;
  readonly signalling: CallSignalling;
}

/** Mouth and ear open at once. */
export class SipCall implements SipPhoneCall {
  readonly callId: string;
  readonly ended: Promise<PhoneEnding>;
  readonly #clock: Clock;
  readonly #media: CallMedia;
  readonly #signalling: CallSignalling;
  readonly #handset: Handset;
  #farewell: Promise<void> = Promise.resolve();

  constructor({ callId, clock, line, media, signalling }: SipCallOptions) {
    this.callId = callId;
    this.#clock = clock;
    this.#media = media;
    this.#signalling = signalling;
    this.#handset = new Handset({ callId, clock, wire: media, line, heardAfterTicks: HEARD_AFTER_TICKS });
    media.begin(this.#handset.startedAtMs);
    this.ended = this.#handset.ended.then(async (ending) => {
      await this.#farewell;
      return ending;
    });
  }

  get startedAtMs(): number {
    return this.#handset.startedAtMs;
  }

  get progress(): CallProgress {
    return this.#signalling.progress;
  }

  get answered(): Promise<void> {
    return this.#signalling.whenAnswered;
  }

  get codec(): SipCodec {
    return this.#media.agreed?.codec ?? 'PCMA';
  }

  get packets(): readonly RtpRecord[] {
    return this.#media.packets;
  }

  get sentPackets(): readonly RtpRecord[] {
    return this.#media.sentPackets;
  }

  get receivedFrames(): readonly RtpRecord[] {
    return this.#media.audioPackets;
  }

  get pressedKeys(): readonly PressedKey[] {
    return this.#media.pressedKeys;
  }

  get pacing(): PhonePacing {
    return this.#handset.pacing;
  }

  rtpStats(): RtpStats {
    return rtpStats(this.#media.packets);
  }

  say(pcm8k: Int16Array): Promise<Spoken> {
    return this.#handset.say(pcm8k);
  }

  async sendDigits(digits: string, opts: DigitOptions = {}): Promise<void> {
    const keys = keysOf(digits);
    const times = { onMs: opts.onMs ?? PRESS_TIMES.onMs, offMs: opts.offMs ?? PRESS_TIMES.offMs };
    const { signal } = this.#handset;
    switch (opts.by ?? 'rfc4733') {
      case 'rfc4733':
        if (this.#media.agreed?.telephoneEventType === undefined) {
          throw new InzwaError(
            'INZWA_PHONE_REFUSED',
            `call ${this.callId}: the other side takes no RTP events for keys`,
          );
        }
        if (!signal.aborted) await this.#media.keypad.press(keys, times);
        return;
      case 'inband':
        for (const key of keys) {
          const tone = dtmfTone(key, times.onMs);
          const pcm = new Int16Array(tone.length + times.offMs * 8);
          pcm.set(tone);
          await this.say(pcm).catch(unlessCallIsOver);
        }
        return;
      case 'info':
        for (const key of keys) {
          if (signal.aborted) return;
          const body = `Signal=${key}\r\nDuration=${times.onMs}\r\n`;
          void this.#signalling.sendInfo('application/dtmf-relay', body);
          await this.#clock.sleep(times.onMs + times.offMs, { signal }).catch(unlessCallIsOver);
        }
    }
  }

  /** A key that came by SIP INFO: `Signal=5` with a duration, or the bare key (application/dtmf). */
  hearInfo(contentType: string, body: string): void {
    if (!/^application\/dtmf(-relay)?\b/i.test(contentType)) return;
    const [, signal = '', bare = ''] = /(?:^\s*Signal\s*=\s*(\S+))|^\s*([\d*#A-D])\s*$/im.exec(body) ?? [];
    const durationMs = Number(/^\s*Duration\s*=\s*(\d+)/im.exec(body)?.[1] ?? 0);
    for (const digit of keysIn(signal + bare)) {
      this.#media.pressedKeys.push({ digit, atMs: this.#clock.nowMs(), durationMs, by: 'info' });
    }
  }

  onHeard(listener: (frame: HeardFrame) => void): () => void {
    return this.#handset.onHeard(listener);
  }

  heardSpeechAfter(atMs: number): number | undefined {
    return this.#handset.heardSpeechAfter(atMs);
  }

  waitUntilSpeaking(opts: { readonly timeoutMs: number }): Promise<number> {
    return this.#handset.waitUntilSpeaking(opts);
  }

  waitUntilQuiet(opts: { readonly silentMs: number; readonly timeoutMs: number }): Promise<number> {
    return this.#handset.waitUntilQuiet(opts);
  }

  recording(): PhoneRecording {
    return this.#handset.recording();
  }

  stopRtp(): void {
    this.#media.stopSending();
  }

  hangUp({ q850 }: { readonly q850?: number } = {}): void {
    if (this.#handset.isOver) return;
    this.#farewell = new Promise((resolve) => {
      const cancel = this.#clock.after(FAREWELL_MS, resolve);
      void this.#signalling.hangUp(q850).then(() => {
        cancel();
        resolve();
      });
    });
    this.end({ by: 'caller', reason: 'hung up' });
  }

  /** The other side has ended it, or the network. */
  end(ending: PhoneEnding): void {
    this.#handset.end(ending);
    this.#media.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await this.ended;
  }
}

function keysIn(text: string): ReturnType<typeof keysOf> {
  try {
    return keysOf(text);
  } catch {
    return [];
  }
}

function unlessCallIsOver(error: unknown): void {
  if (!isInzwaError(error, 'INZWA_PHONE_CALL_OVER')) throw error;
}
