/** One call on AudioSocket's wire, after its UUID. It knows frames and digits; nothing of turns, of ARI or of who may call. */
import type { Clock } from '#kernel/clock.ts';
import type { AudioFormat, CallLeg, EndCause, LegEvent } from '#pipeline/ports.ts';
import { BurstGate } from '../../wire/burst-gate.ts';
import type { ByteSocket } from '../../wire/byte-socket.ts';
import { CallerAudio } from '../../wire/caller-audio.ts';
import { LegEvents } from '../../wire/leg-events.ts';
import type { WireProblem, WireProblemSink } from '../../wire/media-socket.ts';
import type { LineFiller } from '../../wire/quiet-line.ts';
import { RateBound } from '../../wire/rate-bound.ts';
import type { ReleaseCall } from '../media-leg.ts';
import { HANG_UP_FRAME, type FrameParser, type InboundFrame } from './frames.ts';
import { PacedSender } from './paced-sender.ts';

/** What the application AudioSocket() speaks; it has no other format. */
const FORMAT: AudioFormat = { sampleRateHz: 8_000, ptimeMs: 20 };
const FRAME_SAMPLES = (FORMAT.sampleRateHz * FORMAT.ptimeMs) / 1_000;

/** A wire that talks nonsense for longer than this is not Asterisk. */
const PROBLEM_BOUND = { burst: 200, perSecond: 5 } as const;

/** How long Asterisk gets to close the connection after our hang-up frame. */
const CLOSE_DEADLINE_MS = 2_000;

/** How long the dialplan may be told what comes next before the call goes on without. */
const RELEASE_DEADLINE_MS = 1_000;

/**
 * Nothing at all came for this long. A caller with silence suppression, on mute or on hold may send no audio, so short
 * silences mean nothing, and the shipped `rtp_timeout` of 60 s lets Asterisk end such a call first, with the right cause. A
 * host that died is found by what it no longer takes (measured with an MTU of 1500: 5.2 s), if there is a filler. What is
 * left for this is an Asterisk that stands still.
 */
const IDLE_MS = 120_000;

export interface AudioSocketLegOptions {
  readonly callId: string;
  readonly socket: ByteSocket;
  /** What has read the UUID; it may hold the first bytes of the next frame. */
  readonly parser: FrameParser;
  readonly clock: Clock;
  readonly onProblem: WireProblemSink;
  /** The listener threw: our fault, the end of this call and of no other. */
  readonly onListenerError: (error: unknown) => void;
  /** Undefined: the caller gets no audio between utterances; Asterisk ends a call in which both sides are silent for 2 s. */
  readonly filler?: LineFiller | undefined;
  /** Undefined: without ARI the dialplan has to find out for itself. */
  readonly release?: ReleaseCall | undefined;
}

/** Asterisk's end of a call as a CallLeg; built by `openAudioSocketLeg`. Owns the socket. */
export class AudioSocketLeg implements CallLeg {
  readonly callId: string;
  readonly format = FORMAT;
  readonly #opts: AudioSocketLegOptions;
  readonly #socket: ByteSocket;
  readonly #clock: Clock;
  readonly #events: LegEvents;
  readonly #sender: PacedSender;
  readonly #caller: CallerAudio;
  readonly #bursts: BurstGate;
  readonly #problems: RateBound;
  /** The frame in the making; the wire's frames need not be ours. */
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #frameFill = 0;
  #heardAtMs: number;
  #cancelIdle: () => void = () => undefined;
  #hasEnded = false;
  readonly #closed = Promise.withResolvers<undefined>();

  constructor(opts: AudioSocketLegOptions) {
    const { socket, clock, onProblem } = opts;
    this.callId = opts.callId;
    this.#opts = opts;
    this.#socket = socket;
    this.#clock = clock;
    this.#heardAtMs = clock.nowMs();
    this.#events = new LegEvents({
      format: FORMAT,
      onOverflow: () => onProblem('not-attached'),
      onListenerError: (error) => {
        opts.onListenerError(error);
        this.#end({ result: 'ours', reason: 'listener-failed' });
      },
    });
    this.#sender = new PacedSender({
      callId: opts.callId,
      format: FORMAT,
      socket,
      clock,
      filler: opts.filler,
      onMark: (name) => this.#events.emit({ kind: 'mark', name }),
      onLate: () => onProblem('late-sender'),
      onStalled: () => this.#drop({ result: 'upstream', reason: 'socket-stalled' }),
    });
    this.#caller = new CallerAudio({ format: FORMAT, clock, events: this.#events, onProblem });
    this.#bursts = new BurstGate({
      clock,
      ptimeMs: FORMAT.ptimeMs,
      onFrame: (frame) => this.#caller.frame(frame),
      onStale: (frames) => {
        onProblem('stale-burst');
        this.#caller.stale(frames * FRAME_SAMPLES);
      },
    });
    this.#problems = new RateBound({ ...PROBLEM_BOUND, clock });
    opts.parser.listen((frame) => this.#receive(frame));
    socket.listen({
      bytes: (bytes) => {
        this.#heardAtMs = clock.nowMs();
        opts.parser.push(bytes);
      },
      ended: () => this.#farEndLeft(),
      closed: () => this.#socketClosed(),
    });
    this.#watchIdle();
  }

  attach(sink: (event: LegEvent) => void): void {
    this.#events.attach(sink);
  }

  /** What waits for its point of the grid is ours still, so it counts as unsent. */
  get unsentMs(): number {
    return this.#sender.unsentMs;
  }

  send(frame: Int16Array): void {
    this.#sender.send(frame);
  }

  mark(name: string): void {
    if (!this.#hasEnded) this.#sender.mark(name);
  }

  /** Exact: nothing of what is unplayed has left us. */
  clear(): Promise<number | undefined> {
    return Promise.resolve(this.#hasEnded ? undefined : this.#sender.clear());
  }

  async hangUp(cause: EndCause): Promise<void> {
    if (!this.#hasEnded) {
      this.#over();
      this.#events.emit({ kind: 'ended', cause });
      await this.#release(cause);
      this.#close();
    }
    await this.#closed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp({ result: 'ours', reason: 'disposed' });
  }

  #receive(frame: InboundFrame): void {
    if (this.#hasEnded) return;
    switch (frame.kind) {
      case 'audio':
        this.#hear(frame.pcm);
        break;
      case 'dtmf':
        this.#caller.digit(frame.digit);
        break;
      case 'hang-up':
        this.#end({ result: 'caller', reason: 'hung-up' });
        break;
      case 'error':
        this.#opts.onProblem('error-event');
        this.#end(
          frame.code === 1 ? { result: 'caller', reason: 'hung-up' } : { result: 'upstream', reason: 'far-end-error' },
        );
        break;
      case 'uuid':
        this.#problem('second-start');
        break;
      case 'problem':
        this.#problem(frame.problem);
        // No frame of it would ever be heard: the dialplan must be set right, not the call gone on with.
        if (frame.problem === 'other-rate') this.#end({ result: 'upstream', reason: 'protocol' });
        break;
    }
  }

  #hear(pcm: Int16Array): void {
    if (pcm.length === 0) {
      // Asterisk's jitter buffer has nothing to play in this tick: a frame that was lost, or is later than it waits.
      this.#opts.onProblem('zero-byte');
      this.#caller.lost(FRAME_SAMPLES);
      return;
    }
    for (let at = 0; at < pcm.length && !this.#hasEnded;) {
      const taken = Math.min(pcm.length - at, FRAME_SAMPLES - this.#frameFill);
      this.#frame.set(pcm.subarray(at, at + taken), this.#frameFill);
      at += taken;
      this.#frameFill += taken;
      if (this.#frameFill < FRAME_SAMPLES) continue;
      this.#frameFill = 0;
      this.#bursts.push(this.#frame);
    }
  }

  #problem(problem: WireProblem): void {
    this.#opts.onProblem(problem);
    if (this.#hasEnded || this.#problems.allow()) return;
    this.#opts.onProblem('too-many-problems');
    this.#end({ result: 'upstream', reason: 'protocol' });
  }

  /** Asterisk sends no hang-up frame itself: it closes the connection when the caller has gone. */
  #farEndLeft(): void {
    this.#drop({ result: 'caller', reason: 'hung-up' });
  }

  #socketClosed(): void {
    this.#drop({ result: 'upstream', reason: 'socket-lost' });
    this.#closed.resolve(undefined);
  }

  #watchIdle(): void {
    const dueMs = this.#heardAtMs + IDLE_MS - this.#clock.nowMs();
    if (dueMs <= 0) this.#drop({ result: 'upstream', reason: 'socket-idle' });
    else this.#cancelIdle = this.#clock.after(dueMs, () => this.#watchIdle());
  }

  /** The first cause is the cause. */
  #end(cause: EndCause): void {
    if (this.#hasEnded) return;
    this.#over();
    this.#close();
    this.#events.emit({ kind: 'ended', cause });
  }

  /** As `#end`, where nobody is left to say goodbye to. */
  #drop(cause: EndCause): void {
    if (!this.#hasEnded) {
      this.#over();
      this.#events.emit({ kind: 'ended', cause });
    }
    this.#socket.terminate();
  }

  #over(): void {
    this.#hasEnded = true;
    this.#sender.stop();
    this.#bursts[Symbol.dispose]();
    this.#cancelIdle();
  }

  async #release(cause: EndCause): Promise<void> {
    const { release } = this.#opts;
    if (!release) return;
    const patience = new AbortController();
    const cancel = this.#clock.after(RELEASE_DEADLINE_MS, () => patience.abort());
    await release(cause, { signal: patience.signal }).catch(() => this.#opts.onProblem('end-call-failed'));
    cancel();
  }

  #close(): void {
    this.#socket.send(HANG_UP_FRAME);
    this.#socket.end();
    const giveUp = this.#clock.after(CLOSE_DEADLINE_MS, () => {
      this.#socket.terminate();
      this.#closed.resolve(undefined);
    });
    void this.#closed.promise.then(giveUp);
  }
}
