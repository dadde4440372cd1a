/**
 * Asterisk passes on what AudioSocket brings at the very moment it comes (measured: 3 s of audio in 2 ms of RTP), so time is
 * kept here: one frame on each point of the grid start + n * 20 ms, speech while there is any and otherwise what a quiet
 * line sounds like. The queue is on our side, so a clear is immediate and its account exact.
 */
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { AudioFormat } from '#pipeline/ports.ts';
import type { ByteSocket } from '../../wire/byte-socket.ts';
import type { LineFiller } from '../../wire/quiet-line.ts';
import { audioFrameBytes, encodeAudioInto } from './frames.ts';

export interface PacedSenderOptions {
  readonly callId: string;
  readonly format: AudioFormat;
  readonly socket: Pick<ByteSocket, 'send' | 'bufferedAmount'>;
  readonly clock: Clock;
  /**
   * Undefined: nothing is sent between utterances, the caller gets no RTP then, and Asterisk ends the call after 2 s in
   * which the caller sends none either.
   */
  readonly filler?: LineFiller | undefined;
  /** The audio before it has been sent and its time is over by our clock. */
  readonly onMark: (name: string) => void;
  /** Points of the grid that nobody kept: our event loop stood still. Called once for each such stall. */
  readonly onLate: () => void;
  /** More waits than the far side takes; nothing is sent any more. */
  readonly onStalled: () => void;
}

/** Queue and socket buffer together. What the far side does not take for this long is not late, it is lost. */
const MAX_UNSENT_MS = 1_000;

/** A timer this early is on time: setTimeout counts whole milliseconds. */
const EARLY_MS = 1;

/**
 * Points of the grid missed in one stall whose frames are still sent, all at once. Asterisk numbers its RTP by frames while
 * less than 100 ms pass between two of them, so up to here the frames keep their places in time and a jitter buffer of
 * 60 ms hides the stall; without them all that follows would stay late by it. After a longer stall the numbers jump with
 * the clock, and late frames would push all that follows behind them: they are left out and the grid goes on.
 */
const MAX_OWED_FRAMES = 3;

/** Beyond this the oldest is given up. Nobody needs more than one for each frame in the queue, and some. */
const MAX_PENDING_MARKS = 256;

export class PacedSender {
  readonly #opts: PacedSenderOptions;
  readonly #ptimeMs: number;
  readonly #frameBytes: number;
  readonly #capacity: number;
  readonly #fill: Int16Array;
  readonly #fillBytes: Uint8Array;
  /** Encoded speech, `#capacity` frames end to end. */
  readonly #ring: Uint8Array;
  #head = 0;
  #queued = 0;
  /** Speech frames that were sent or cleared. */
  #done = 0;
  #marks: { readonly name: string; readonly afterFrames: number }[] = [];
  readonly #startMs: number;
  /** The last point of the grid that was kept. */
  #point = -1;
  #cancelTick: () => void;
  #isStopped = false;

  constructor(opts: PacedSenderOptions) {
    const { sampleRateHz, ptimeMs } = opts.format;
    this.#opts = opts;
    this.#ptimeMs = ptimeMs;
    this.#fill = new Int16Array((sampleRateHz * ptimeMs) / 1_000);
    this.#frameBytes = audioFrameBytes(this.#fill.length);
    this.#fillBytes = new Uint8Array(this.#frameBytes);
    this.#capacity = MAX_UNSENT_MS / ptimeMs;
    this.#ring = new Uint8Array(this.#capacity * this.#frameBytes);
    this.#startMs = opts.clock.nowMs();
    this.#cancelTick = opts.clock.after(0, () => this.#tick());
  }

  get unsentMs(): number {
    return (this.#queued + this.#opts.socket.bufferedAmount / this.#frameBytes) * this.#ptimeMs;
  }

  /** Throws INZWA_FRAME_LENGTH unless it is exactly one ptime; goes out on a later point of the grid. */
  send(frame: Int16Array): void {
    if (frame.length !== this.#fill.length) {
      throw new InzwaError(
        'INZWA_FRAME_LENGTH',
        `call ${this.#opts.callId}: a frame of ${frame.length} samples was sent; the leg takes exactly ${this.#fill.length}`,
      );
    }
    if (this.#isStopped) return;
    if (this.unsentMs + this.#ptimeMs > MAX_UNSENT_MS) {
      this.#opts.onStalled();
      return;
    }
    encodeAudioInto(this.#slot(this.#queued), frame);
    this.#queued += 1;
  }

  mark(name: string): void {
    if (this.#isStopped) return;
    this.#marks.push({ name, afterFrames: this.#done + this.#queued });
    if (this.#marks.length > MAX_PENDING_MARKS) this.#marks.shift();
  }

  /** Forgets queue and marks; returns the samples that were not sent. The frame of the last point counts as played. */
  clear(): number {
    const unplayedSamples = this.#queued * this.#fill.length;
    this.#done += this.#queued;
    this.#queued = 0;
    this.#marks = [];
    return unplayedSamples;
  }

  /** Nothing is sent or reported from now on. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTick();
    this.clear();
  }

  #tick(): void {
    const { clock } = this.#opts;
    const point = Math.floor((clock.nowMs() - this.#startMs + EARLY_MS) / this.#ptimeMs);
    if (point > this.#point) this.#keep(point);
    if (this.#isStopped) return;
    const nextMs = this.#startMs + (this.#point + 1) * this.#ptimeMs;
    this.#cancelTick = clock.after(Math.max(0, nextMs - clock.nowMs()), () => this.#tick());
  }

  #keep(point: number): void {
    const missed = point - this.#point - 1;
    const playedFrames = this.#done;
    this.#point = point;
    if (missed > 0) this.#opts.onLate();
    if (this.unsentMs > MAX_UNSENT_MS) {
      this.#opts.onStalled();
      return;
    }
    const owed = missed > MAX_OWED_FRAMES ? 0 : missed;
    for (let n = 0; n <= owed; n++) this.#sendNext();
    this.#reportMarks(playedFrames);
  }

  #sendNext(): void {
    const { socket, filler } = this.#opts;
    if (this.#queued > 0) {
      socket.send(this.#slot(0));
      this.#head = (this.#head + 1) % this.#capacity;
      this.#queued -= 1;
      this.#done += 1;
    } else if (filler) {
      filler(this.#fill);
      encodeAudioInto(this.#fillBytes, this.#fill);
      socket.send(this.#fillBytes);
    }
  }

  /** Called one point after: what had been sent before this point is over now. The listener may clear, mark and stop. */
  #reportMarks(playedFrames: number): void {
    for (let mark = this.#marks[0]; mark && mark.afterFrames <= playedFrames; mark = this.#marks[0]) {
      this.#marks.shift();
      this.#opts.onMark(mark.name);
    }
  }

  #slot(n: number): Uint8Array {
    const at = ((this.#head + n) % this.#capacity) * this.#frameBytes;
    return this.#ring.subarray(at, at + this.#frameBytes);
  }
}
