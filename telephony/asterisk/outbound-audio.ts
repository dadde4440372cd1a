/**
 * Our side of chan_websocket's queue: what was sent, what of it is speech, when it will have run dry, and what the far end
 * says of it. It never lets the line fall silent: Asterisk sends no RTP at all when it has nothing to play (since 2026), and
 * carriers cut such calls.
 */
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { MediaSocket } from '../wire/media-socket.ts';
import { QuietLine, type LineFiller } from '../wire/quiet-line.ts';
import { frameSamples, type WireFormat } from './formats.ts';
import { command } from './messages.ts';

export interface OutboundAudioOptions {
  readonly callId: string;
  readonly socket: MediaSocket;
  readonly clock: Clock;
  readonly format: WireFormat;
  /** Undefined: between utterances nothing is sent. */
  readonly filler?: LineFiller | undefined;
  readonly onMark: (name: string) => void;
  /** Audio that the far end has not taken for this long is lost, and the call with it. */
  readonly onStalled: () => void;
}

/** The next filler frame goes out when this much is left to play: as much as a busy event loop may be late without a hole. */
const FILL_AT_MS = 28;
/**
 * Our clock does not know the phase of Asterisk's 20 ms timer, so its queue ends up to one frame later than we think. The
 * fourth frame of filler goes out 32 ms after the end of speech by our clock: by then the queue certainly holds no speech.
 */
const ONLY_FILLER_AFTER = 4;
/** STATUS comes within a few milliseconds (measured: 1); a far end that takes longer is frozen. */
const STATUS_DEADLINE_MS = 150;
/** Our own socket's buffer and what XOFF holds back, together. */
const MAX_UNSENT_MS = 1_000;
/** Asterisk holds 1,000 frames and drops what is beyond, so no account of it can reach further back. */
const ACCOUNT_FRAMES = 1_024;
/** Marks that never came back; beyond this the oldest is given up. */
const MAX_PENDING_MARKS = 256;

export class OutboundAudio {
  readonly #opts: OutboundAudioOptions;
  readonly #ptimeMs: number;
  readonly #frameSamples: number;
  readonly #bytes: Uint8Array;
  readonly #quiet: QuietLine;
  /** Ring: 1 where the n-th frame since the last flush was speech, 0 where it was filler. */
  readonly #account = new Uint8Array(ACCOUNT_FRAMES);
  #sentFrames = 0;
  #isBuffering = false;
  readonly #marks = new Map<number, string>();
  #ids = 0;
  /** Undefined: no XOFF. Otherwise what waits for XON, in order: frames, and marks by their ids. */
  #held: (Uint8Array | number)[] | undefined;
  #heldFrames = 0;
  #status: ((unplayedFrames: number | undefined) => void) | undefined;
  /** GET_STATUS that were not answered. */
  #openQuestions = 0;
  #cancelStatus: (() => void) | undefined;
  #isStopped = false;

  constructor(opts: OutboundAudioOptions) {
    this.#opts = opts;
    this.#ptimeMs = opts.format.audio.ptimeMs;
    this.#frameSamples = frameSamples(opts.format.audio);
    this.#bytes = new Uint8Array(this.#frameSamples * opts.format.bytesPerSample);
    this.#quiet = new QuietLine({
      clock: opts.clock,
      ptimeMs: this.#ptimeMs,
      frameSamples: this.#frameSamples,
      filler: opts.filler,
      fillAtMs: () => FILL_AT_MS,
      onQuiet: () => this.#stopBuffering(),
      send: (frame) => {
        opts.format.encodeInto(this.#bytes, frame);
        this.#put(this.#bytes, 0);
      },
    });
  }

  get unsentMs(): number {
    return (this.#opts.socket.bufferedAmount / this.#bytes.length + this.#heldFrames) * this.#ptimeMs;
  }

  /** One frame of speech: sent at once, or held while the far end has said XOFF. */
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
    this.#opts.format.encodeInto(this.#bytes, frame);
    if (this.#held) {
      this.#held.push(this.#bytes.slice());
      this.#heldFrames += 1;
      return;
    }
    this.#sendSpeech(this.#bytes);
  }

  /** Reported by `onMark` when all that was sent before it has been played; never when it was flushed. */
  mark(name: string): void {
    if (this.#isStopped) return;
    const id = ++this.#ids;
    this.#marks.set(id, name);
    if (this.#marks.size > MAX_PENDING_MARKS) {
      const oldest = this.#marks.keys().next();
      if (!oldest.done) this.#marks.delete(oldest.value);
    }
    if (this.#held) this.#held.push(id);
    else this.#opts.socket.send(command.mark(id));
  }

  /** Commands are handled in their order, so the queue's length is what the flush behind it takes away. */
  clear(): Promise<number | undefined> {
    if (this.#isStopped) return Promise.resolve(undefined);
    const { socket, clock } = this.#opts;
    const neverSent = this.#heldFrames;
    this.#tellStatus(undefined);
    const told = Promise.withResolvers<number | undefined>();
    const sent = this.#sentFrames;
    const account = this.#account.slice();
    this.#status = (unplayedFrames) => {
      const unplayed = unplayedFrames === undefined ? undefined : speechAmong(account, sent, unplayedFrames);
      told.resolve(unplayed === undefined ? undefined : (unplayed + neverSent) * this.#frameSamples);
    };
    this.#cancelStatus = clock.after(STATUS_DEADLINE_MS, () => this.#tellStatus(undefined));
    socket.send(command.getStatus);
    this.#openQuestions += 1;
    this.#flush();
    this.#marks.clear();
    this.#held &&= [];
    this.#heldFrames = 0;
    // Not by a timer: Asterisk's next tick may come before it.
    if (!this.#held) this.#quiet.fill();
    return told.promise;
  }

  /** Answers come in the order of the questions and carry no id: one that was given up is still to come. */
  onStatus(queueFrames: number): void {
    this.#openQuestions = Math.max(0, this.#openQuestions - 1);
    if (this.#openQuestions === 0) this.#tellStatus(queueFrames);
  }

  /** False: it is not a mark that waits. After a flush they come no more, so any other is the far end's mistake. */
  onMarkProcessed(correlationId: string): boolean {
    const id = Number(correlationId);
    const name = this.#marks.get(id);
    if (name === undefined) return id >= 1 && id <= this.#ids;
    this.#marks.delete(id);
    this.#opts.onMark(name);
    return true;
  }

  onXoff(): void {
    this.#held ??= [];
    this.#quiet.hold();
  }

  onXon(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#heldFrames = 0;
    for (const item of held) {
      if (typeof item === 'number') this.#opts.socket.send(command.mark(item));
      else this.#sendSpeech(item);
    }
    this.#quiet.goOn();
  }

  /** Nothing is sent from now on. */
  stop(): void {
    this.#isStopped = true;
    this.#quiet.stop();
    this.#tellStatus(undefined);
    this.#marks.clear();
  }

  #sendSpeech(bytes: Uint8Array): void {
    // Filler that still waits would make every answer later. A flush takes marks along, so not while one is pending.
    const { fillerRun } = this.#quiet;
    const isOnlyFiller = fillerRun >= ONLY_FILLER_AFTER || fillerRun === this.#sentFrames;
    if (fillerRun > 0 && isOnlyFiller && this.#marks.size === 0) this.#flush();
    if (!this.#isBuffering) {
      this.#opts.socket.send(command.startBuffering);
      this.#isBuffering = true;
    }
    this.#put(bytes, 1);
    this.#quiet.spoke();
  }

  #put(bytes: Uint8Array, isSpeech: 0 | 1): void {
    this.#opts.socket.sendBytes(bytes);
    this.#account[this.#sentFrames % ACCOUNT_FRAMES] = isSpeech;
    this.#sentFrames += 1;
  }

  /** Ends buffering too, and says nothing of it: the next utterance opens it again. */
  #flush(): void {
    this.#opts.socket.send(command.flush);
    this.#isBuffering = false;
    this.#sentFrames = 0;
    this.#quiet.emptied();
  }

  #tellStatus(unplayedFrames: number | undefined): void {
    this.#cancelStatus?.();
    this.#cancelStatus = undefined;
    this.#status?.(unplayedFrames);
    this.#status = undefined;
  }

  #stopBuffering(): void {
    if (!this.#isBuffering) return;
    this.#opts.socket.send(command.stopBuffering(++this.#ids));
    this.#isBuffering = false;
  }
}

/** Speech among the last `frames` of `sent` frames; what the account does not reach counts as speech. */
function speechAmong(account: Uint8Array, sent: number, frames: number): number {
  let speech = 0;
  for (let n = 1; n <= Math.min(frames, sent); n++) {
    speech += n > account.length ? 1 : (account[(sent - n) % account.length] as number);
  }
  return speech;
}
