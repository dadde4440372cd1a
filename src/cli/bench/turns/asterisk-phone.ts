/**
 * A telephone behind Asterisk's chan_websocket, without the Asterisk: its queue of frames and marks, played one frame every
 * 20 ms, and its commands handled in order, as they were captured from Asterisk 22.10.
 */
import type { Clock } from '#kernel/clock.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { Handset } from '#telephony/phone/handset.ts';
import type {
  HeardFrame,
  PhoneCall,
  PhoneEnding,
  PhonePacing,
  PhoneRecording,
  Spoken,
} from '#telephony/phone/phone-call.ts';
import type { MediaSocket } from '#telephony/wire/media-socket.ts';
import type { CallLine } from './lines.ts';

export interface AsteriskPhoneOptions {
  readonly channelId: string;
  readonly clock: Clock;
  readonly line: CallLine;
}

const FRAME_SAMPLES = 160;
/** Longer commands are ignored silently. */
const MAX_COMMAND_BYTES = 128;
const DIGIT_INTERVAL_MS = 100;

type Queued =
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  | { readonly kind: 'mark'; readonly id: string }
  | { readonly kind: 'completed'; readonly id: string | undefined };

/** Sends MEDIA_START on an open socket and runs the call from then on; owns the socket. Speaks mu-law. */
export class AsteriskPhone implements PhoneCall {
  readonly callId: string;
  readonly receivedFrames: { readonly atMs: number }[] = [];
  readonly #socket: MediaSocket;
  readonly #clock: Clock;
  readonly #handset: Handset;
  #queue: Queued[] = [];
  /** What came while buffering and is no whole frame yet. */
  #rest = new Uint8Array(0);

  constructor(socket: MediaSocket, { channelId, clock, line }: AsteriskPhoneOptions) {
    this.callId = channelId;
    this.#socket = socket;
    this.#clock = clock;
    socket.listen({
      text: (text) => this.#obey(text),
      binary: (bytes) => this.#take(bytes),
      tooLarge: () => this.#end({ by: 'agent', reason: 'the agent sent a message over the size limit' }),
      closed: (code) => this.#end({ by: code === 1006 ? 'network' : 'agent', reason: `closed ${code}` }),
    });
    this.#tell({
      event: 'MEDIA_START',
      connection_id: 'inzwa',
      channel: `WebSocket/inzwa/${channelId}`,
      channel_id: channelId,
      format: 'ulaw',
      optimal_frame_size: FRAME_SAMPLES,
      ptime: 20,
    });
    const encoded = new Uint8Array(FRAME_SAMPLES);
    const frame = new Int16Array(FRAME_SAMPLES);
    this.#handset = new Handset({
      callId: channelId,
      clock,
      wire: {
        transmit: (spoken) => {
          frame.set(spoken);
          if (!line.carry(frame)) return;
          muLaw.encodeInto(encoded, frame);
          socket.sendBytes(encoded);
        },
        receive: (heard) => {
          this.#play(heard);
          line.hear(heard);
        },
      },
    });
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
      this.#tell({ event: 'DTMF_END', digit, channel_id: this.callId });
      await this.#clock.sleep(DIGIT_INTERVAL_MS, { signal }).catch(() => undefined);
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

  hangUp(): void {
    this.#end({ by: 'caller', reason: 'hung up' });
  }

  recording(): PhoneRecording {
    return this.#handset.recording();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await this.ended;
  }

  #obey(text: string): void {
    if (text.length > MAX_COMMAND_BYTES) return;
    const { command, correlation_id: id } = JSON.parse(text) as { command: string; correlation_id?: string };
    switch (command) {
      case 'STOP_MEDIA_BUFFERING':
        this.#rest = new Uint8Array(0);
        this.#queue.push({ kind: 'completed', id });
        return;
      case 'MARK_MEDIA':
        this.#queue.push({ kind: 'mark', id: id ?? '' });
        return;
      case 'GET_STATUS': {
        const queueLength = this.#queue.filter(({ kind }) => kind === 'frame').length;
        this.#tell({ event: 'STATUS', queue_length: queueLength, queue_full: false });
        return;
      }
      case 'FLUSH_MEDIA':
        this.#queue = [];
        this.#rest = new Uint8Array(0);
        return;
      case 'HANGUP':
        this.#end({ by: 'agent', reason: 'HANGUP' });
    }
  }

  #take(bytes: Uint8Array): void {
    this.receivedFrames.push({ atMs: this.#clock.nowMs() });
    const all = Buffer.concat([this.#rest, bytes]);
    const whole = all.length - (all.length % FRAME_SAMPLES);
    for (let at = 0; at < whole; at += FRAME_SAMPLES) {
      this.#queue.push({ kind: 'frame', bytes: all.subarray(at, at + FRAME_SAMPLES) });
    }
    this.#rest = new Uint8Array(all.subarray(whole));
  }

  /** A mark is told of when the frame before it has been played and its 20 ms are over. */
  #play(frame: Int16Array): void {
    for (let head = this.#queue[0]; head && head.kind !== 'frame'; head = this.#queue[0]) {
      this.#queue.shift();
      const event = head.kind === 'mark' ? 'MEDIA_MARK_PROCESSED' : 'MEDIA_BUFFERING_COMPLETED';
      this.#tell({ event, ...(head.id !== undefined && { correlation_id: head.id }) });
    }
    const head = this.#queue.shift();
    if (head?.kind === 'frame') muLaw.decodeInto(frame, head.bytes);
    else frame.fill(0);
  }

  #tell(event: Readonly<Record<string, unknown>>): void {
    this.#socket.send(JSON.stringify(event));
  }

  #end(ending: PhoneEnding): void {
    if (this.#handset.end(ending)) this.#socket.close(1000, '');
  }
}
