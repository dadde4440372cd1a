/** UDP without a network: every host's ports on one virtual wire, with a delay, and with losses where a test asks for them. */
import type { Clock } from '#kernel/clock.ts';
import type { DatagramNetwork, DatagramSocket, SocketAddress } from '#telephony/phone/sip/datagram.ts';

export interface Datagram {
  readonly from: SocketAddress;
  readonly to: SocketAddress;
  readonly bytes: Uint8Array;
  /** Of SIP; a few odd letters of anything else. */
  readonly text: string;
}

type Listener = (bytes: Uint8Array, from: SocketAddress) => void;

export class VirtualNetwork implements DatagramNetwork {
  /** Every datagram that was sent, lost ones too. */
  readonly sent: Datagram[] = [];
  /** Datagrams for which this is true never arrive. */
  loses: (datagram: Datagram) => boolean = () => false;
  delayMs = 1;
  readonly #clock: Clock;
  readonly #sockets = new Map<string, { listener: Listener | undefined }>();
  #nextPort = 20_000;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sockets that were not closed: a test of clean-up expects 0. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /** What crossed the wire, by first line: `INVITE`, `200 OK`. */
  get sipTexts(): string[] {
    return this.sent.filter(({ text }) => text.includes('SIP/2.0')).map(({ text }) => text);
  }

  get sipLines(): string[] {
    return this.sipTexts.map((text) => {
      const line = text.slice(0, text.indexOf('\r\n'));
      return line.startsWith('SIP/2.0 ') ? line.slice(8) : line.slice(0, line.indexOf(' '));
    });
  }

  open({ host, port }: SocketAddress): Promise<DatagramSocket> {
    const address = { host, port: port === 0 ? this.#nextPort++ : port };
    const key = `${host}:${address.port}`;
    if (this.#sockets.has(key)) return Promise.reject(new Error(`EADDRINUSE ${key}`));
    const entry: { listener: Listener | undefined } = { listener: undefined };
    this.#sockets.set(key, entry);
    return Promise.resolve({
      address,
      send: (bytes, to) => {
        if (this.#sockets.get(key) !== entry) return;
        const copy = Uint8Array.from(bytes);
        const datagram = { from: address, to, bytes: copy, text: Buffer.from(copy).toString('latin1') };
        this.sent.push(datagram);
        if (this.loses(datagram)) return;
        this.#clock.after(this.delayMs, () => this.#sockets.get(`${to.host}:${to.port}`)?.listener?.(copy, address));
      },
      listen: (listener) => {
        entry.listener = listener;
      },
      close: () => {
        if (this.#sockets.get(key) === entry) this.#sockets.delete(key);
      },
    });
  }
}
