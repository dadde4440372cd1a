/** A whole AudioSocket call without a network: Asterisk's application on one end, an AudioSocketLeg on the other, one clock. */
import type { Clock } from '#kernel/clock.ts';
import type { AudioSocketLeg } from '#telephony/asterisk/audiosocket/media-leg.ts';
import { openAudioSocketLeg, type UuidGateOptions } from '#telephony/asterisk/audiosocket/uuid-gate.ts';
import type { ByteSocket, ByteSocketListener } from '#telephony/wire/byte-socket.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';

/** One end of a connection in memory: what it sends, the other hears one turn of the clock later, in order. */
export class LinkedByteSocket implements ByteSocket {
  readonly sent: { readonly atMs: number; readonly bytes: Uint8Array }[] = [];
  /** Set by a test to play a far side that does not read. */
  bufferedAmount = 0;
  wasTerminated = false;
  hasEnded = false;
  peer: LinkedByteSocket | undefined;
  readonly #clock: Clock;
  #listener: ByteSocketListener | undefined;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  listen(listener: ByteSocketListener): void {
    this.#listener = listener;
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosed || this.hasEnded) return;
    const copy = bytes.slice();
    this.sent.push({ atMs: this.#clock.nowMs(), bytes: copy });
    this.#clock.after(0, () => this.peer?.receive(copy));
  }

  end(): void {
    if (this.#isClosed || this.hasEnded) return;
    this.hasEnded = true;
    this.#clock.after(0, () => this.peer?.farSideEnded());
  }

  terminate(): void {
    this.wasTerminated = true;
    if (this.#isClosed) return;
    this.#clock.after(0, () => this.peer?.lose());
    this.#clock.after(0, () => this.lose());
  }

  receive(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#listener?.bytes(bytes);
  }

  farSideEnded(): void {
    if (!this.#isClosed) this.#listener?.ended();
  }

  /** The connection is gone, without or after a goodbye. */
  lose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener?.closed();
  }
}

export function linkedByteSockets(clock: Clock): [LinkedByteSocket, LinkedByteSocket] {
  const [a, b] = [new LinkedByteSocket(clock), new LinkedByteSocket(clock)];
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** One frame as Asterisk writes it. */
export function wireFrame(kind: number, payload: ArrayLike<number> = []): Buffer {
  return Buffer.from([kind, payload.length >> 8, payload.length & 0xff, ...Array.from(payload)]);
}

/** PCM16 as it goes over the wire, little endian. */
export function wireAudio(pcm: Int16Array): Buffer {
  const bytes = Buffer.alloc(2 * pcm.length);
  pcm.forEach((sample, n) => bytes.writeInt16LE(sample, 2 * n));
  return wireFrame(0x10, bytes);
}

/** What the application AudioSocket() does with its end of the connection; it reads whole frames only. */
export class AsteriskEnd {
  readonly socket: LinkedByteSocket;
  readonly heard: { readonly atMs: number; readonly pcm: Int16Array }[] = [];
  /** Undefined while the application runs; then what made it leave. */
  leftBecause: 'hang-up frame' | 'closed' | 'caller' | 'unknown frame' | undefined;
  readonly #clock: Clock;

  constructor(socket: LinkedByteSocket, clock: Clock) {
    this.socket = socket;
    this.#clock = clock;
    socket.listen({
      bytes: (bytes) => this.#read(Buffer.from(bytes)),
      ended: () => this.#leave('closed'),
      closed: () => this.#leave('closed'),
    });
  }

  introduce(uuid: string): void {
    this.socket.send(wireFrame(0x01, Buffer.from(uuid.replaceAll('-', ''), 'hex')));
  }

  /** The caller makes a sound of whole frames, in real time. */
  say(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; at += 160) {
      const bytes = wireAudio(pcm.slice(at, at + 160));
      this.#clock.after(at / 8, () => this.socket.send(bytes));
    }
  }

  press(digit: string): void {
    this.socket.send(wireFrame(0x03, Buffer.from(digit)));
  }

  /** Asterisk sends no hang-up frame: it just closes. */
  callerHangsUp(): void {
    this.#leave('caller');
  }

  #read(bytes: Buffer): void {
    if (this.leftBecause) return;
    const [kind, length] = [bytes[0], bytes.readUInt16BE(1)];
    if (kind === 0x00) this.#leave('hang-up frame');
    else if (kind !== 0x10 || length === 0 || bytes.length !== 3 + length) this.#leave('unknown frame');
    else {
      const pcm = Int16Array.from({ length: length / 2 }, (_, n) => bytes.readInt16LE(3 + 2 * n));
      this.heard.push({ atMs: this.#clock.nowMs(), pcm });
    }
  }

  #leave(because: NonNullable<AsteriskEnd['leftBecause']>): void {
    if (this.leftBecause) return;
    this.leftBecause = because;
    this.socket.end();
    this.#clock.after(0, () => this.socket.lose());
  }
}

export interface LinkedAudioSocket {
  readonly asterisk: AsteriskEnd;
  /** Resolves when the clock has moved by a tick. */
  readonly leg: Promise<AudioSocketLeg>;
  readonly problems: WireProblem[];
  readonly errors: unknown[];
  /** The service's end of the connection. */
  readonly legSocket: LinkedByteSocket;
}

export function linkedAudioSocket(
  clock: Clock,
  opts: Partial<Pick<UuidGateOptions<undefined>, 'admit' | 'filler'>> = {},
): LinkedAudioSocket {
  const [asteriskSocket, legSocket] = linkedByteSockets(clock);
  const problems: WireProblem[] = [];
  const errors: unknown[] = [];
  const opened = openAudioSocketLeg(legSocket, {
    clock,
    onProblem: (problem) => problems.push(problem),
    onListenerError: (error) => errors.push(error),
    admit: () => ({ callId: 'audiosocket-1', facts: undefined }),
    ...opts,
  });
  const asterisk = new AsteriskEnd(asteriskSocket, clock);
  asterisk.introduce('7d9c3a52-6a0e-4f7b-9d43-0c2b8f1e5a60');
  return { asterisk, leg: opened.then(({ leg }) => leg), problems, errors, legSocket };
}
