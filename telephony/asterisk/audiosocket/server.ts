/** Listens for AudioSocket connections and hands over those that are calls. The calls themselves belong to whoever takes them. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { netByteSocket } from '../../wire/net-byte-socket.ts';
import type { AudioSocketLeg } from './media-leg.ts';
import { openAudioSocketLeg, type Admitted, type UuidGateOptions } from './uuid-gate.ts';

/** Finds a silent host sooner than the idle limit does, where nothing of ours waits to be taken. */
const KEEP_ALIVE_MS = 30_000;

export interface AudioSocketServerOptions<Facts> extends UuidGateOptions<Facts> {
  /** AudioSocket has neither password nor encryption: an address that only Asterisk can reach. */
  readonly host: string;
  /** 0: any that is free; `listen` tells which. */
  readonly port: number;
  /** Connections open at once, those without a call included; more are closed at once. */
  readonly maxSockets: number;
  /** Must not throw; the leg is the receiver's from here on. */
  readonly onLeg: (leg: AudioSocketLeg, admitted: Admitted<Facts>) => void;
  readonly onRefused: (error: InzwaError) => void;
}

export class AudioSocketServer<Facts> implements AsyncDisposable {
  readonly #opts: AudioSocketServerOptions<Facts>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(opts: AudioSocketServerOptions<Facts>) {
    this.#opts = opts;
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    this.#server.maxConnections = opts.maxSockets;
    this.#server.on('connection', (socket) => this.#accept(socket));
    this.#server.on('drop', () => {
      opts.onRefused(
        new InzwaError('INZWA_CALL_REFUSED', `there are ${opts.maxSockets} AudioSocket connections already`, {
          retryable: true,
        }),
      );
    });
  }

  /** Rejects with INZWA_AUDIOSOCKET_LISTEN when the address cannot be listened on. */
  async listen(): Promise<{ readonly port: number }> {
    const { host, port, onRefused } = this.#opts;
    const listening = Promise.withResolvers<undefined>();
    this.#server.on('error', (cause) => {
      const cannotListen = `AudioSocket cannot listen on ${host}:${port}; choose an address of this machine and a free port`;
      listening.reject(new InzwaError('INZWA_AUDIOSOCKET_LISTEN', cannotListen, { cause }));
      if (!this.#server.listening) return;
      // Out of file descriptors, most likely: the calls that run are not touched by it.
      const notAccepted = 'a connection for AudioSocket could not be accepted; look at the limit of open files';
      onRefused(new InzwaError('INZWA_CALL_REFUSED', notAccepted, { retryable: true, cause }));
    });
    this.#server.listen({ host, port }, () => listening.resolve(undefined));
    await listening.promise;
    return { port: (this.#server.address() as AddressInfo).port };
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Takes no more connections and drops those that are open: hang up the calls first. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.withResolvers<undefined>();
    // An error here says that it never listened.
    this.#server.close(() => closed.resolve(undefined));
    for (const socket of this.#sockets) socket.destroy();
    await closed.promise;
  }

  #accept(socket: Socket): void {
    const { onLeg, onRefused, onListenerError } = this.#opts;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    openAudioSocketLeg(netByteSocket(socket), this.#opts)
      .then(
        ({ leg, admitted }) => onLeg(leg, admitted),
        (error: unknown) => {
          if (!isInzwaError(error)) throw error;
          onRefused(error);
        },
      )
      // Nobody awaits this: without it the fault of one call would end the process, and all calls with it.
      .catch((error: unknown) => {
        onListenerError(error);
        socket.destroy();
      });
  }
}
