/**
 * A telephone on Twilio's wire: the carrier's end of the socket and the caller's handset. A frame that has arrived by t is
 * heard in [t, t + 20), because the carrier holds what was sent ahead.
 */
import type { Clock } from '#kernel/clock.ts';
import { z } from 'zod';
import { muLaw } from '../codec/g711.ts';
import type { MediaSocket } from '../wire/media-socket.ts';
import { isSilent } from './audible.ts';
import { FarEndBuffer } from './far-end-buffer.ts';
import { FRAME_SAMPLES, Handset, PTIME_MS } from './handset.ts';
import type { LineProfile } from './line-profile.ts';
import type { HeardFrame, PhoneEnding, PhonePacing, PhoneRecording, Spoken, TwilioPhoneCall } from './phone-call.ts';

const DIGIT_INTERVAL_MS = 100;

const inbound = z.discriminatedUnion('event', [
  z.object({ event: z.literal('media'), streamSid: z.string(), media: z.object({ payload: z.base64() }) }),
  z.object({ event: z.literal('mark'), streamSid: z.string(), mark: z.object({ name: z.string() }) }),
  z.object({ event: z.literal('clear'), streamSid: z.string() }),
]);

export interface WirePhoneOptions {
  readonly callSid: string;
  readonly streamSid: string;
  readonly accountSid: string;
  readonly customParameters: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly line?: LineProfile;
}

/** Sends `connected` and `start` on an open socket and runs the call from then on; owns the socket. */
export class WirePhone implements TwilioPhoneCall {
  readonly callSid: string;
  readonly receivedFrames: { readonly atMs: number; readonly isSilent: boolean }[] = [];
  readonly marks: { readonly name: string; readonly atMs: number; readonly wasCleared: boolean }[] = [];
  readonly clears: { readonly atMs: number }[] = [];

  readonly #socket: MediaSocket;
  readonly #clock: Clock;
  readonly #opts: WirePhoneOptions;
  readonly #handset: Handset;
  readonly #farEnd = new FarEndBuffer();
  readonly #encoded = Buffer.alloc(FRAME_SAMPLES);
  #sequence = 0;

  constructor(socket: MediaSocket, opts: WirePhoneOptions) {
    this.callSid = opts.callSid;
    this.#socket = socket;
    this.#clock = opts.clock;
    this.#opts = opts;
    socket.listen({
      text: (text) => this.#receive(text),
      binary: () => this.#end({ by: 'agent', reason: 'the agent sent binary, which is not in the protocol' }, 1003),
      tooLarge: () => this.#end({ by: 'agent', reason: 'the agent sent a message over the size limit' }, 1009),
      closed: (code) => this.#end({ by: code === 1006 ? 'network' : 'agent', reason: `closed ${code}` }),
    });
    socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    this.#send('start', {
      start: {
        streamSid: opts.streamSid,
        accountSid: opts.accountSid,
        callSid: opts.callSid,
        tracks: ['inbound'],
        customParameters: opts.customParameters,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8_000, channels: 1 },
      },
    });
    this.#handset = new Handset({
      callId: opts.callSid,
      clock: opts.clock,
      ...(opts.line && { line: opts.line }),
      wire: {
        transmit: (frame, { tick, isLost }) => this.#transmit(frame, tick, isLost),
        receive: (frame) => {
          for (const name of this.#farEnd.play(frame)) this.#returnMark(name, false);
        },
      },
    });
  }

  get callId(): string {
    return this.callSid;
  }

  get startedAtMs(): number {
    return this.#handset.startedAtMs;
  }

  get ended(): Promise<PhoneEnding> {
    return this.#handset.ended;
  }

  get pacing(): PhonePacing {
    return this.#handset.pacing;
  }

  say(pcm8k: Int16Array): Promise<Spoken> {
    return this.#handset.say(pcm8k);
  }

  async sendDigits(digits: string): Promise<void> {
    const { signal } = this.#handset;
    for (const digit of digits) {
      if (signal.aborted) return;
      this.#send('dtmf', { dtmf: { track: 'inbound_track', digit } });
      await this.#clock.sleep(DIGIT_INTERVAL_MS, { signal }).catch(() => undefined);
    }
  }

  sendRaw(text: string): void {
    this.#socket.send(text);
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

  hangUp(): void {
    if (this.#handset.isOver) return;
    this.#send('stop', { stop: { accountSid: this.#opts.accountSid, callSid: this.callSid } });
    this.#end({ by: 'caller', reason: 'hung up' });
  }

  recording(): PhoneRecording {
    return this.#handset.recording();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await this.ended;
  }

  #transmit(frame: Int16Array, tick: number, isLost: boolean): void {
    if (isLost) {
      // Lost on its way to the carrier: the number is used up, so the gap can be seen.
      this.#sequence++;
      return;
    }
    muLaw.encodeInto(this.#encoded, frame);
    this.#send('media', {
      media: {
        track: 'inbound',
        chunk: String(tick),
        timestamp: String((tick - 1) * PTIME_MS),
        payload: this.#encoded.toString('base64'),
      },
    });
  }

  #send(event: string, body: Readonly<Record<string, unknown>>): void {
    this.#sequence++;
    this.#socket.send(
      JSON.stringify({ event, sequenceNumber: String(this.#sequence), streamSid: this.#opts.streamSid, ...body }),
    );
  }

  #receive(text: string): void {
    if (this.#handset.isOver) return;
    const message = parseOutbound(text);
    if (message?.streamSid !== this.#opts.streamSid) {
      // Twilio: error 31924, and the call is over. A test must see it, so it is not forgiven here either.
      this.#end(
        { by: 'network', reason: 'protocol error 31924: the agent sent what Twilio does not understand' },
        1008,
      );
      return;
    }
    const atMs = this.#clock.nowMs();
    switch (message.event) {
      case 'media': {
        const bytes = Buffer.from(message.media.payload, 'base64');
        const pcm = new Int16Array(bytes.length);
        muLaw.decodeInto(pcm, bytes);
        this.receivedFrames.push({ atMs, isSilent: isSilent(pcm) });
        this.#farEnd.push(pcm);
        break;
      }
      case 'mark':
        this.#farEnd.mark(message.mark.name);
        break;
      case 'clear':
        this.clears.push({ atMs });
        for (const name of this.#farEnd.clear()) this.#returnMark(name, true);
        break;
    }
  }

  #returnMark(name: string, wasCleared: boolean): void {
    this.marks.push({ name, atMs: this.#clock.nowMs(), wasCleared });
    this.#send('mark', { mark: { name } });
  }

  #end(ending: PhoneEnding, closeCode = 1000): void {
    if (this.#handset.end(ending)) this.#socket.close(closeCode, ending.reason.slice(0, 60));
  }
}

function parseOutbound(text: string): z.infer<typeof inbound> | undefined {
  try {
    const parsed = inbound.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
