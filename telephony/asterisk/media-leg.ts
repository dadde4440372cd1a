/** One call on chan_websocket's wire, after its MEDIA_START. It knows frames, marks and digits; nothing of turns or ARI. */
import type { Clock } from '#kernel/clock.ts';
import type { AudioFormat, CallLeg, EndCause, LegEvent } from '#pipeline/ports.ts';
import { BurstGate } from '../wire/burst-gate.ts';
import { CallerAudio } from '../wire/caller-audio.ts';
import { LegEvents } from '../wire/leg-events.ts';
import type { MediaSocket, WireProblem, WireProblemSink } from '../wire/media-socket.ts';
import type { LineFiller } from '../wire/quiet-line.ts';
import { RateBound } from '../wire/rate-bound.ts';
import { frameSamples, type WireFormat } from './formats.ts';
import { command, parseEvent } from './messages.ts';
import { OutboundAudio } from './outbound-audio.ts';

/** A wire that talks nonsense for longer than this is not Asterisk. */
const PROBLEM_BOUND = { burst: 200, perSecond: 5 } as const;

/** How long the far side gets to answer HANGUP, and then our closing handshake. */
const CLOSE_DEADLINE_MS = 2_000;

/** How long the dialplan may be told what comes next before the call goes on without. */
const RELEASE_DEADLINE_MS = 1_000;

/** Tells the dialplan of the caller's channel what comes after this media socket; see conf/extensions.conf. */
export type ReleaseCall = (cause: EndCause, opts: { readonly signal: AbortSignal }) => Promise<void>;

export interface AsteriskLegOptions {
  /** MEDIA_START's channel_id. */
  readonly channelId: string;
  readonly format: WireFormat;
  readonly socket: MediaSocket;
  readonly clock: Clock;
  readonly onProblem: WireProblemSink;
  /** The listener threw: our fault, the end of this call and of no other. */
  readonly onListenerError: (error: unknown) => void;
  /** Audio that came before MEDIA_START. */
  readonly early?: readonly Uint8Array[];
  readonly filler?: LineFiller | undefined;
  /** Undefined: without ARI the dialplan has to find out for itself. */
  readonly release?: ReleaseCall | undefined;
}

/** Asterisk's end of a call as a CallLeg; built by `openAsteriskLeg`. Owns the socket. */
export class AsteriskMediaLeg implements CallLeg {
  readonly callId: string;
  readonly format: AudioFormat;
  readonly #opts: AsteriskLegOptions;
  readonly #socket: MediaSocket;
  readonly #clock: Clock;
  readonly #wire: WireFormat;
  readonly #events: LegEvents;
  readonly #outbound: OutboundAudio;
  readonly #caller: CallerAudio;
  readonly #bursts: BurstGate;
  readonly #problems: RateBound;
  /** The frame in the making; the wire's messages need not be whole frames. */
  readonly #frame: Int16Array;
  #frameFill = 0;
  #hasEnded = false;
  readonly #closed = Promise.withResolvers<undefined>();

  constructor(opts: AsteriskLegOptions) {
    const { socket, clock, format } = opts;
    this.callId = opts.channelId;
    this.format = format.audio;
    this.#opts = opts;
    this.#socket = socket;
    this.#clock = clock;
    this.#wire = format;
    this.#frame = new Int16Array(frameSamples(format.audio));
    this.#events = new LegEvents({
      format: format.audio,
      onOverflow: () => opts.onProblem('not-attached'),
      onListenerError: (error) => {
        opts.onListenerError(error);
        this.#end({ result: 'ours', reason: 'listener-failed' }, 1011);
      },
    });
    this.#outbound = new OutboundAudio({
      callId: opts.channelId,
      socket,
      clock,
      format,
      filler: opts.filler,
      onMark: (name) => this.#events.emit({ kind: 'mark', name }),
      onStalled: () => {
        this.#end({ result: 'upstream', reason: 'socket-stalled' });
        socket.terminate();
      },
    });
    this.#caller = new CallerAudio({ format: format.audio, clock, events: this.#events, onProblem: opts.onProblem });
    this.#bursts = new BurstGate({
      clock,
      ptimeMs: format.audio.ptimeMs,
      onFrame: (frame) => this.#caller.frame(frame),
      onStale: (frames) => {
        opts.onProblem('stale-burst');
        this.#caller.stale(frames * this.#frame.length);
      },
    });
    this.#problems = new RateBound({ ...PROBLEM_BOUND, clock });
    socket.listen({
      text: (text) => this.#receive(text),
      binary: (bytes) => this.#hear(bytes),
      tooLarge: () => {
        opts.onProblem('too-large');
        this.#end({ result: 'upstream', reason: 'protocol' }, 1009);
      },
      closed: (code, wasLetGo) => this.#socketClosed(code, wasLetGo === true),
    });
    for (const bytes of opts.early ?? []) this.#hear(bytes);
  }

  attach(sink: (event: LegEvent) => void): void {
    this.#events.attach(sink);
  }

  get unsentMs(): number {
    return this.#outbound.unsentMs;
  }

  send(frame: Int16Array): void {
    this.#outbound.send(frame);
  }

  mark(name: string): void {
    this.#outbound.mark(name);
  }

  /** By the far end's own account of its queue, asked in front of the flush: exact to one frame. */
  clear(): Promise<number | undefined> {
    return this.#outbound.clear();
  }

  async hangUp(cause: EndCause): Promise<void> {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.#stop();
      this.#events.emit({ kind: 'ended', cause });
      await this.#release(cause);
      this.#socket.send(command.hangUp);
      this.#closeAfter(CLOSE_DEADLINE_MS, cause.reason);
    }
    await this.#closed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp({ result: 'ours', reason: 'disposed' });
  }

  #receive(text: string): void {
    if (this.#hasEnded) return;
    const parsed = parseEvent(text);
    if (!parsed.ok) {
      this.#problem(parsed.reason);
      return;
    }
    const { event } = parsed;
    switch (event.event) {
      case 'MEDIA_START':
        this.#problem('second-start');
        break;
      case 'MEDIA_MARK_PROCESSED':
        if (!this.#outbound.onMarkProcessed(event.correlation_id)) this.#problem('unknown-mark');
        break;
      case 'STATUS':
        this.#outbound.onStatus(event.queue_length);
        break;
      case 'DTMF_END':
        this.#caller.digit(event.digit);
        break;
      case 'MEDIA_XOFF':
        this.#opts.onProblem('xoff');
        this.#outbound.onXoff();
        break;
      case 'MEDIA_XON':
        this.#outbound.onXon();
        break;
      case 'ERROR':
        this.#problem('error-event');
        break;
      case 'MEDIA_BUFFERING_COMPLETED':
      case 'QUEUE_DRAINED':
        break;
    }
  }

  #hear(bytes: Uint8Array): void {
    if (this.#hasEnded) return;
    if (bytes.length === 0) {
      // Asterisk's jitter buffer has nothing to play in this tick: a frame that was lost, or is later than it waits.
      this.#opts.onProblem('zero-byte');
      this.#caller.lost(this.#frame.length);
      return;
    }
    if (bytes.length % this.#wire.bytesPerSample !== 0) {
      this.#problem('odd-bytes');
      return;
    }
    for (let at = 0; at < bytes.length && !this.#isOver();) {
      const taken = this.#wire.decodeInto(this.#frame.subarray(this.#frameFill), bytes.subarray(at));
      at += taken * this.#wire.bytesPerSample;
      this.#frameFill += taken;
      if (this.#frameFill < this.#frame.length) continue;
      this.#frameFill = 0;
      this.#bursts.push(this.#frame);
    }
  }

  /** A listener may end the call in the middle of a message. */
  #isOver(): boolean {
    return this.#hasEnded;
  }

  #problem(problem: WireProblem): void {
    this.#opts.onProblem(problem);
    if (this.#hasEnded || this.#problems.allow()) return;
    this.#opts.onProblem('too-many-problems');
    this.#end({ result: 'upstream', reason: 'protocol' }, 1008);
  }

  /**
   * Asterisk closes with 1000 when the caller has gone, and also when its RTP has timed out. It drops the connection right
   * behind that, and a frame of ours that crosses it turns up to 2 % of ordinary ends into a reset (measured).
   */
  #socketClosed(code: number, wasLetGo: boolean): void {
    this.#end(
      code === 1000 || wasLetGo
        ? { result: 'caller', reason: 'hung-up' }
        : { result: 'upstream', reason: code === 1006 ? 'socket-lost' : 'socket-closed' },
    );
    this.#closed.resolve(undefined);
  }

  /** The first cause is the cause. */
  #end(cause: EndCause, closeCode = 1000): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stop();
    this.#socket.close(closeCode, cause.reason);
    this.#closeAfter(CLOSE_DEADLINE_MS, cause.reason);
    this.#events.emit({ kind: 'ended', cause });
  }

  #stop(): void {
    this.#outbound.stop();
    this.#bursts[Symbol.dispose]();
  }

  async #release(cause: EndCause): Promise<void> {
    const { release } = this.#opts;
    if (!release) return;
    const patience = new AbortController();
    const cancel = this.#clock.after(RELEASE_DEADLINE_MS, () => patience.abort());
    await release(cause, { signal: patience.signal }).catch(() => this.#opts.onProblem('end-call-failed'));
    cancel();
  }

  /** Asterisk closes the socket on HANGUP (measured: within 8 ms); what does not is dropped. */
  #closeAfter(ms: number, reason: string): void {
    const giveUp = this.#clock.after(ms, () => {
      this.#socket.close(1000, reason);
      this.#socket.terminate();
      this.#closed.resolve(undefined);
    });
    void this.#closed.promise.then(giveUp);
  }
}
