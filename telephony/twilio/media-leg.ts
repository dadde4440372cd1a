/** One call on Twilio's wire, after its `start`. It knows frames, marks and digits; nothing of turns, models or REST. */
import type { Clock } from '#kernel/clock.ts';
import type { AudioFormat, CallLeg, EndCause, LegEvent } from '#pipeline/ports.ts';
import { muLaw } from '../codec/g711.ts';
import { WireGap } from '../wire/wire-gap.ts';
import { CallerAudio } from '../wire/caller-audio.ts';
import { LegEvents } from '../wire/leg-events.ts';
import type { MediaSocket, WireProblem, WireProblemSink } from '../wire/media-socket.ts';
import type { LineFiller } from '../wire/quiet-line.ts';
import { RateBound } from '../wire/rate-bound.ts';
import { decodeBase64Into, parseMessage, type MediaMessage } from './messages.ts';
import { OutboundAudio } from './outbound-audio.ts';
import type { EndCall } from './rest.ts';

const FORMAT: AudioFormat = { sampleRateHz: 8_000, ptimeMs: 20 };
const FRAME_SAMPLES = (FORMAT.sampleRateHz * FORMAT.ptimeMs) / 1_000;

/** maxPayload is 64 KiB of text, so no payload decodes to more than this. */
const MAX_PAYLOAD_BYTES = 48 * 1_024;

/** A wire that talks nonsense for longer than this is not Twilio. */
const PROBLEM_BOUND = { burst: 200, perSecond: 5 } as const;

/** How long the far side gets to answer our closing handshake. */
const CLOSE_DEADLINE_MS = 2_000;

/** How long the carrier gets to end the call before we close the socket and leave the caller to the fallback. */
const END_CALL_DEADLINE_MS = 1_500;

export interface MediaLegOptions {
  readonly callId: string;
  readonly streamSid: string;
  readonly socket: MediaSocket;
  readonly clock: Clock;
  readonly onProblem: WireProblemSink;
  /** The listener threw: our fault, the end of this call and of no other. */
  readonly onListenerError: (error: unknown) => void;
  /** Used for a goodbye (result `success`); any other end leaves the caller to the spoken fallback. */
  readonly endCall?: EndCall | undefined;
  /** What the caller hears while nobody speaks. @defaultValue nothing is sent */
  readonly filler?: LineFiller | undefined;
}

/** Twilio's end of a call as a CallLeg; built by `openMediaLeg` once `start` has been checked. Owns the socket. */
export class TwilioMediaLeg implements CallLeg {
  readonly callId: string;
  readonly format = FORMAT;
  readonly #streamSid: string;
  readonly #socket: MediaSocket;
  readonly #clock: Clock;
  readonly #onProblem: WireProblemSink;
  readonly #endCall: EndCall | undefined;
  readonly #events: LegEvents;
  readonly #outbound: OutboundAudio;
  readonly #gaps = new WireGap(FORMAT);
  readonly #caller: CallerAudio;
  readonly #problems: RateBound;

  readonly #payload = Buffer.alloc(MAX_PAYLOAD_BYTES);
  /** The frame in the making; the wire's chunks need not be whole frames. */
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #frameFill = 0;

  #hasEnded = false;
  readonly #closed = Promise.withResolvers<undefined>();

  constructor(opts: MediaLegOptions) {
    this.callId = opts.callId;
    this.#streamSid = opts.streamSid;
    this.#socket = opts.socket;
    this.#clock = opts.clock;
    this.#onProblem = opts.onProblem;
    this.#endCall = opts.endCall;
    this.#events = new LegEvents({
      format: FORMAT,
      onOverflow: () => opts.onProblem('not-attached'),
      onListenerError: (error) => {
        opts.onListenerError(error);
        this.#end({ result: 'ours', reason: 'listener-failed' }, 1011);
      },
    });
    const { callId, streamSid, socket, clock, onProblem, filler } = opts;
    this.#outbound = new OutboundAudio({
      ...{ callId, streamSid, socket, clock, filler, format: FORMAT },
      onMark: (name) => this.#events.emit({ kind: 'mark', name }),
      onStalled: () => {
        this.#end({ result: 'upstream', reason: 'socket-stalled' });
        socket.terminate();
      },
    });
    this.#caller = new CallerAudio({ format: FORMAT, clock, events: this.#events, onProblem });
    this.#problems = new RateBound({ ...PROBLEM_BOUND, clock: opts.clock });
    opts.socket.listen({
      text: (message) => this.#receive(message),
      binary: () => this.#problem('binary-message'),
      tooLarge: () => this.#tooLarge(),
      closed: (code) => this.#socketClosed(code),
    });
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

  clear(): Promise<undefined> {
    this.#outbound.clear();
    return Promise.resolve(undefined);
  }

  async hangUp(cause: EndCause): Promise<void> {
    // After a goodbye the call must end at the carrier too; after a failure of ours it goes on there, to the spoken fallback.
    const isOver = cause.result === 'success' || cause.result === 'caller';
    if (!this.#hasEnded && isOver && this.#endCall) {
      this.#hasEnded = true;
      this.#outbound.stop();
      this.#events.emit({ kind: 'ended', cause });
      await this.#endAtCarrier(this.#endCall);
      this.#closeSocket(1000, cause.reason);
    } else {
      this.#end(cause);
    }
    await this.#closed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp({ result: 'ours', reason: 'disposed' });
  }

  #receive(text: string): void {
    if (this.#hasEnded) return;
    const parsed = parseMessage(text);
    if (!parsed.ok) {
      this.#problem(parsed.reason);
      return;
    }
    const { message } = parsed;
    if (message.event === 'connected') return;
    if (message.event === 'start') {
      this.#problem('second-start');
      return;
    }
    if (message.streamSid !== undefined && message.streamSid !== this.#streamSid) {
      this.#problem('wrong-stream');
      return;
    }
    switch (message.event) {
      case 'media':
        this.#hear(message);
        break;
      case 'dtmf':
        this.#caller.digit(message.dtmf.digit);
        break;
      case 'mark':
        if (!this.#outbound.onMarkReturned(message.mark.name)) this.#problem('unknown-mark');
        break;
      case 'stop':
        this.#end({ result: 'caller', reason: 'hung-up' });
        break;
    }
  }

  #hear({ sequenceNumber, media }: MediaMessage): void {
    const bytes = decodeBase64Into(this.#payload, media.payload);
    if (bytes === undefined) {
      this.#problem('bad-base64');
      return;
    }
    const verdict = this.#gaps.judge(
      { sequence: sequenceNumber, chunk: media.chunk, timestampMs: media.timestamp, samples: bytes },
      this.#clock.nowMs(),
    );
    if (verdict.kind !== 'accept') {
      // Not a problem that ends calls: a carrier may repeat itself, and a healed network is fast.
      this.#onProblem(verdict.kind);
      return;
    }
    if (verdict.gapSamples > 0) this.#skip(verdict.gapSamples);
    for (let at = 0; at < bytes && !this.#hasEnded;) {
      const taken = muLaw.decodeInto(
        this.#frame.subarray(this.#frameFill),
        this.#payload.subarray(at, Math.min(bytes, at + FRAME_SAMPLES - this.#frameFill)),
      );
      at += taken;
      this.#frameFill += taken;
      if (this.#frameFill === FRAME_SAMPLES) this.#emitFrame();
    }
  }

  /**
   * The frame in the making is finished with silence out of the gap, so that frames stay whole and order stays true.
   * Gaps are whole frames, so something is always left.
   */
  #skip(gapSamples: number): void {
    let left = gapSamples;
    if (this.#frameFill > 0) {
      left -= FRAME_SAMPLES - this.#frameFill;
      this.#frame.fill(0, this.#frameFill);
      this.#emitFrame();
    }
    this.#caller.lost(left);
  }

  #emitFrame(): void {
    this.#frameFill = 0;
    this.#caller.frame(this.#frame);
  }

  #problem(problem: WireProblem): void {
    this.#onProblem(problem);
    if (this.#hasEnded || this.#problems.allow()) return;
    this.#onProblem('too-many-problems');
    this.#end({ result: 'upstream', reason: 'protocol' }, 1008);
  }

  #tooLarge(): void {
    this.#onProblem('too-large');
    this.#end({ result: 'upstream', reason: 'protocol' }, 1009);
  }

  #socketClosed(code: number): void {
    this.#end({ result: 'upstream', reason: code === 1006 ? 'socket-lost' : 'socket-closed' });
    this.#closed.resolve(undefined);
  }

  /** The first cause is the cause. */
  #end(cause: EndCause, closeCode = 1000): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#outbound.stop();
    this.#closeSocket(closeCode, cause.reason);
    this.#events.emit({ kind: 'ended', cause });
  }

  async #endAtCarrier(endCall: EndCall): Promise<void> {
    const patience = new AbortController();
    const cancel = this.#clock.after(END_CALL_DEADLINE_MS, () => patience.abort());
    await endCall(this.callId, { signal: patience.signal }).catch(() => this.#onProblem('end-call-failed'));
    cancel();
  }

  #closeSocket(code: number, reason: string): void {
    this.#socket.close(code, reason);
    const giveUp = this.#clock.after(CLOSE_DEADLINE_MS, () => {
      this.#socket.terminate();
      this.#closed.resolve(undefined);
    });
    void this.#closed.promise.then(giveUp);
  }
}
