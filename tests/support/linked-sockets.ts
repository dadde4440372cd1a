/** Two MediaSockets joined in memory: what one sends, the other hears one turn of the clock later, in order. */
import type { Clock } from '#kernel/clock.ts';
import type { MediaSocket, MediaSocketListener } from '#telephony/wire/media-socket.ts';

export class LinkedSocket implements MediaSocket {
  readonly sent: string[] = [];
  readonly sentBytes: Uint8Array[] = [];
  /** Set by a test to play a far side that does not read. */
  bufferedAmount = 0;
  closedWith: { code: number; reason: string } | undefined;
  wasTerminated = false;
  /** False: the far side never answers our closing handshake. */
  answersClose = true;
  peer: LinkedSocket | undefined;
  readonly #clock: Clock;
  readonly #inbox: (() => void)[] = [];
  #listener: MediaSocketListener | undefined;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  listen(listener: MediaSocketListener): void {
    this.#listener = listener;
    for (const deliver of this.#inbox.splice(0)) deliver();
  }

  send(text: string): void {
    if (this.#isOver || this.closedWith) return;
    this.sent.push(text);
    const { peer } = this;
    if (peer) this.#clock.after(0, () => peer.receive(text));
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#isOver || this.closedWith) return;
    const copy = bytes.slice();
    this.sentBytes.push(copy);
    const { peer } = this;
    if (peer) this.#clock.after(0, () => peer.receiveBinary(copy));
  }

  close(code: number, reason: string): void {
    if (this.closedWith || this.#isOver) return;
    this.closedWith = { code, reason };
    const { peer } = this;
    if (peer) this.#clock.after(0, () => peer.farSideClosed(code));
    if (this.answersClose) this.#clock.after(0, () => this.farSideClosed(code));
  }

  terminate(): void {
    this.wasTerminated = true;
    const { peer } = this;
    if (peer) this.#clock.after(0, () => peer.farSideClosed(1006));
    this.farSideClosed(1006);
  }

  /** A text message from the far side. */
  receive(text: string): void {
    this.#hand((listener) => listener.text(text));
  }

  receiveBinary(bytes: Uint8Array): void {
    this.#hand((listener) => listener.binary(bytes));
  }

  /** The socket's own size limit was passed. */
  receiveTooLarge(): void {
    this.#hand((listener) => listener.tooLarge());
  }

  farSideClosed(code: number, wasLetGo = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener?.closed(code, wasLetGo);
  }

  #hand(deliver: (listener: MediaSocketListener) => void): void {
    if (this.#isOver) return;
    if (this.#listener) deliver(this.#listener);
    else this.#inbox.push(() => this.#listener && deliver(this.#listener));
  }
}

export function linkedSockets(clock: Clock): [LinkedSocket, LinkedSocket] {
  const [a, b] = [new LinkedSocket(clock), new LinkedSocket(clock)];
  a.peer = b;
  b.peer = a;
  return [a, b];
}
