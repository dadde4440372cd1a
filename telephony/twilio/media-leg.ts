/** One call on Twilio's wire, after its `start`. It knows frames, marks and digits; nothing of turns, models or REST. */
import { InzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { AudioFormat, CallLeg, EndCause, LegEvent } from '#pipeline/ports.ts';
import { muLaw } from '../codec/g711.ts';
import { WireGap } from '../wire/wire-gap.ts';
import { CallerAudio } from '../wire/caller-audio.ts';
import { LegEvents } from '../wire/leg-events.ts';
import type { MediaSocket, WireProblem, WireProblemSink } from '../wire/media-socket.ts';
import { decodeBase64Into, outboundWriter, parseMessage, type MediaMessage, type OutboundWriter } from './messages.ts';
import { RateBound } from '../wire/rate-bound.ts';
import type { EndCall } from './rest.ts';

const FORMAT: AudioFormat = { sampleRateHz: 8_000, ptimeMs: 20 };
const FRAME_SAMPLES = (FORMAT.sampleRateHz * FORMAT.ptimeMs) / 1_000;

/** maxPayload is 64 KiB of text, so no payload decodes to more than this. */
const MAX_PAYLOAD_BYTES = 48 * 1_024;

/** Audio the far side does not take for this long is not late, it is lost: the caller hears nothing any more. */
const MAX_UNSENT_MS = 1_000;

/** A wire that talks nonsense for longer than this is not Twilio. */
const PROBLEM_BOUND = { burst: 200, perSecond: 5 } as const;

/** Marks that never came back; beyond this the oldest is given up, so a silent far end costs no memory. */
const MAX_PENDING_MARKS = 256;

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
  readonly #write: OutboundWriter;
  readonly #wireBytesPerFrame: number;
  readonly #events: LegEvents;
  readonly #gaps = new WireGap(FORMAT);
  readonly #caller: CallerAudio;
  readonly #problems: RateBound;

  readonly #payload = Buffer.alloc(MAX_PAYLOAD_BYTES);
  readonly #outbound = Buffer.alloc(FRAME_SAMPLES);
  /** The frame in the making; the wire's chunks need not be whole frames. */
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #frameFill = 0;

  /** Wire names of marks the far end has not returned, oldest first, with our names. */
  readonly #pendingMarks = new Map<string, string>();
  #marksSent = 0;
  #marksClearedUpTo = 0;

  #hasEnded = false;
  readonly #closed = Promise.withResolvers<undefined>();

  constructor(opts: MediaLegOptions) {
    this.callId = opts.callId;
    this.#streamSid = opts.streamSid;
    this.#socket = opts.socket;
    this.#clock = opts.clock;
    this.#onProblem = opts.onProblem;
    this.#endCall = opts.endCall;
    this.#write = outboundWriter(opts.streamSid);
    const base64Bytes = Math.ceil(FRAME_SAMPLES / 3) * 4;
    this.#wireBytesPerFrame = this.#write.media('').length + base64Bytes;
    this.#events = new LegEvents({
      format: FORMAT,
      onOverflow: () => opts.onProblem('not-attached'),
      onListenerError: (error) => {
        opts.onListenerError(error);
        this.#end({ result: 'ours', reason: 'listener-failed' }, 1011);
      },
    });
    const { clock, onProblem } = opts;
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
    return (this.#socket.bufferedAmount / this.#wireBytesPerFrame) * FORMAT.ptimeMs;
  }

  send(frame: Int16Array): void {
    if (frame.length !== FRAME_SAMPLES) {
      throw new InzwaError(
        'INZWA_FRAME_LENGTH',
        `call ${this.callId}: a frame of ${frame.length} samples was sent; the leg takes exactly ${FRAME_SAMPLES}`,
      );
    }
    if (this.#hasEnded) return;
    if (this.unsentMs > MAX_UNSENT_MS) {
      this.#end({ result: 'upstream', reason: 'socket-stalled' });
      this.#socket.terminate();
      return;
    }
    muLaw.encodeInto(this.#outbound, frame);
    this.#socket.send(this.#write.media(this.#outbound.toString('base64')));
  }

  mark(name: string): void {
    if (this.#hasEnded) return;
    // Numbered, so that the same name sent twice, or returned by a clear, cannot be taken for another.
    const wireName = `${++this.#marksSent}:${name}`;
    this.#pendingMarks.set(wireName, name);
    if (this.#pendingMarks.size > MAX_PENDING_MARKS) {
      const oldest = this.#pendingMarks.keys().next();
      if (!oldest.done) this.#pendingMarks.delete(oldest.value);
    }
    this.#socket.send(this.#write.mark(wireName));
  }

  /** Twilio returns the marks that were pending and says nothing of how far it was. */
  clear(): Promise<undefined> {
    if (!this.#hasEnded) {
      this.#pendingMarks.clear();
      this.#marksClearedUpTo = this.#marksSent;
      this.#socket.send(this.#write.clear());
    }
    return Promise.resolve(undefined);
  }

  async hangUp(cause: EndCause): Promise<void> {
    // After a goodbye the call must end at the carrier too; after a failure of ours it goes on there, to the spoken fallback.
    const isOver = cause.result === 'success' || cause.result === 'caller';
    if (!this.#hasEnded && isOver && this.#endCall) {
      this.#hasEnded = true;
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
        this.#markReturned(message.mark.name);
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

  #markReturned(wireName: string): void {
    const name = this.#pendingMarks.get(wireName);
    if (name !== undefined) {
      this.#pendingMarks.delete(wireName);
      this.#events.emit({ kind: 'mark', name });
      return;
    }
    // Twilio: clear also returns pending marks. They were not heard.
    const number = Number.parseInt(wireName, 10);
    if (!(number >= 1 && number <= this.#marksClearedUpTo)) this.#problem('unknown-mark');
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
