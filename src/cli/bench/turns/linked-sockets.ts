/** A telephone and a service in one process: two MediaSockets joined in memory, on the clock of the call. */
import type { Clock } from '#kernel/clock.ts';
import type { MediaSocket, MediaSocketListener } from '#telephony/wire/media-socket.ts';

/** What one sends, the other hears one turn of the clock later, in order. */
export function linkedSockets(clock: Clock): readonly [MediaSocket, MediaSocket] {
  const [a, b] = [new LinkedSocket(clock), new LinkedSocket(clock)];
  a.peer = b;
  b.peer = a;
  return [a, b];
}

class LinkedSocket implements MediaSocket {
  readonly bufferedAmount = 0;
  peer: LinkedSocket | undefined;
  readonly #clock: Clock;
  /** What came before somebody listened. */
  readonly #inbox: ((listener: MediaSocketListener) => void)[] = [];
  #listener: MediaSocketListener | undefined;
  #isClosing = false;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  listen(listener: MediaSocketListener): void {
    this.#listener = listener;
    for (const deliver of this.#inbox.splice(0)) deliver(listener);
  }

  send(text: string): void {
    this.#toPeer((peer) => peer.#hear((listener) => listener.text(text)));
  }

  sendBytes(bytes: Uint8Array): void {
    const copy = bytes.slice();
    this.#toPeer((peer) => peer.#hear((listener) => listener.binary(copy)));
  }

  close(code: number): void {
    this.#toPeer((peer) => peer.#end(code));
    this.#isClosing = true;
    this.#clock.after(0, () => this.#end(code));
  }

  terminate(): void {
    this.#toPeer((peer) => peer.#end(1006));
    this.#end(1006);
  }

  #toPeer(deliver: (peer: LinkedSocket) => void): void {
    const { peer } = this;
    if (peer && !this.#isClosing && !this.#isOver) this.#clock.after(0, () => deliver(peer));
  }

  #hear(deliver: (listener: MediaSocketListener) => void): void {
    if (this.#isOver) return;
    if (this.#listener) deliver(this.#listener);
    else this.#inbox.push(deliver);
  }

  #end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener?.closed(code);
  }
}
