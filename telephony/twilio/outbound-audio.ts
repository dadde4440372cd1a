/**
 * Our side of Twilio's buffer: what was sent, which marks are still to come back, and what a quiet line sounds like. Twilio
 * does not tell how much it holds; its marks are the only proof that what was said has been played.
 */
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { AudioFormat } from '#pipeline/ports.ts';
import { muLaw } from '../codec/g711.ts';
import type { MediaSocket } from '../wire/media-socket.ts';
import { QuietLine, type LineFiller } from '../wire/quiet-line.ts';
import { outboundWriter, type OutboundWriter } from './messages.ts';

export interface OutboundAudioOptions {
  readonly callId: string;
  readonly streamSid: string;
  readonly format: AudioFormat;
  readonly socket: MediaSocket;
  readonly clock: Clock;
  /** Undefined: between utterances nothing is sent. */
  readonly filler: LineFiller | undefined;
  readonly onMark: (name: string) => void;
  /** Audio that the far side has not taken for this long is lost, and the call with it. */
  readonly onStalled: () => void;
}

/** Audio the far side does not take for this long is not late, it is lost: the caller hears nothing any more. */
const MAX_UNSENT_MS = 1_000;

/** Marks that never came back; beyond this the oldest is given up, so a silent far end costs no memory. */
const MAX_PENDING_MARKS = 256;

/** What is left to play when the next filler frame goes out, while speech can clear it away: a network's jitter. */
const FILL_AT_MS = 40;
/** While it cannot, filler goes out at the last moment: never into speech that goes on, and one frame to wait behind at most. */
const FILL_AT_LAST_MS = 0;
/** A socket that is not taking what we send gets no filler on top. */
const MAX_UNSENT_FILLER_MS = 40;

/** Begins when it is built, ends with `stop`. */
export class OutboundAudio {
  readonly #opts: OutboundAudioOptions;
  readonly #write: OutboundWriter;
  readonly #frameSamples: number;
  readonly #wireBytesPerFrame: number;
  readonly #bytes: Buffer;
  readonly #quiet: QuietLine | undefined;
  /** Wire names of marks that have not come back, oldest first, with our names; undefined: a mark of this class's own. */
  readonly #pendingMarks = new Map<string, string | undefined>();
  #marksSent = 0;
  #marksClearedUpTo = 0;
  /** Speech was sent behind the last mark. */
  #isUnmarked = false;
  #isStopped = false;

  constructor(opts: OutboundAudioOptions) {
    const { sampleRateHz, ptimeMs } = opts.format;
    this.#opts = opts;
    this.#write = outboundWriter(opts.streamSid);
    this.#frameSamples = (sampleRateHz * ptimeMs) / 1_000;
    this.#bytes = Buffer.alloc(this.#frameSamples);
    this.#wireBytesPerFrame = this.#write.media('').length + Math.ceil(this.#frameSamples / 3) * 4;
    this.#quiet =
      opts.filler &&
      new QuietLine({
        clock: opts.clock,
        ptimeMs,
        frameSamples: this.#frameSamples,
        filler: opts.filler,
        fillAtMs: () => (this.#isAllPlayed ? FILL_AT_MS : FILL_AT_LAST_MS),
        onQuiet: () => this.#markEnd(),
        send: (frame) => {
          if (this.unsentMs <= MAX_UNSENT_FILLER_MS) this.#put(frame);
        },
      });
  }

  get unsentMs(): number {
    return (this.#opts.socket.bufferedAmount / this.#wireBytesPerFrame) * this.#opts.format.ptimeMs;
  }

  /** One frame of speech. */
  send(frame: Int16Array): void {
    if (frame.length !== this.#frameSamples) {
      throw new InzwaError(
        'INZWA_FRAME_LENGTH',
        `call ${this.#opts.callId}: a frame of ${frame.length} samples was sent; the leg takes exactly ${this.#frameSamples}`,
      );
    }
    if (this.#isStopped) return;
    if (this.unsentMs > MAX_UNSENT_MS) {
      this.#opts.onStalled();
      return;
    }
    // Filler that still waits would make every answer later. A clear returns marks, so not while one is on its way.
    if (this.#quiet && this.#quiet.fillerRun > 0 && this.#isAllPlayed) {
      this.#opts.socket.send(this.#write.clear());
      this.#quiet.emptied();
    }
    this.#put(frame);
    this.#isUnmarked = true;
    this.#quiet?.spoke();
  }

  /** Reported by `onMark` when all that was sent before it has been played; never when it was cleared. */
  mark(name: string): void {
    if (!this.#isStopped) this.#sendMark(name);
  }

  /** Twilio returns the marks that were pending and says nothing of how far it was. */
  clear(): void {
    if (this.#isStopped) return;
    this.#pendingMarks.clear();
    this.#marksClearedUpTo = this.#marksSent;
    this.#isUnmarked = false;
    this.#opts.socket.send(this.#write.clear());
    this.#quiet?.emptied();
    this.#quiet?.fill();
  }

  /** False: nobody sent it. One that a clear returned is nothing: it was not heard. */
  onMarkReturned(wireName: string): boolean {
    if (this.#pendingMarks.has(wireName)) {
      const name = this.#pendingMarks.get(wireName);
      this.#pendingMarks.delete(wireName);
      if (name !== undefined) this.#opts.onMark(name);
      return true;
    }
    const number = Number.parseInt(wireName, 10);
    return number >= 1 && number <= this.#marksClearedUpTo;
  }

  /** Nothing is sent from now on. */
  stop(): void {
    this.#isStopped = true;
    this.#quiet?.stop();
  }

  /** By the far end's own account: marks are played in their order, so there is nothing but filler in its buffer. */
  get #isAllPlayed(): boolean {
    return this.#pendingMarks.size === 0 && !this.#isUnmarked;
  }

  /** Speech that stopped without a mark, as when it is held: one of ours tells when it has been played. */
  #markEnd(): void {
    if (this.#isUnmarked) this.#sendMark(undefined);
  }

  #sendMark(name: string | undefined): void {
    // Numbered, so that the same name sent twice, or returned by a clear, cannot be taken for another.
    const wireName = `${++this.#marksSent}:${name ?? ''}`;
    this.#pendingMarks.set(wireName, name);
    if (this.#pendingMarks.size > MAX_PENDING_MARKS) {
      const oldest = this.#pendingMarks.keys().next();
      if (!oldest.done) this.#pendingMarks.delete(oldest.value);
    }
    this.#isUnmarked = false;
    this.#opts.socket.send(this.#write.mark(wireName));
  }

  #put(frame: Int16Array): void {
    muLaw.encodeInto(this.#bytes, frame);
    this.#opts.socket.send(this.#write.media(this.#bytes.toString('base64')));
  }
}
