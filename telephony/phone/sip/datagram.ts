/** The little of UDP that the telephone needs, so that two telephones can also be joined without a network. */
import { createSocket } from 'node:dgram';

export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

export interface DatagramSocket {
  readonly address: SocketAddress;
  /** Copies the bytes before it returns; never throws: what cannot be sent is lost, as datagrams are. */
  send(bytes: Uint8Array, to: SocketAddress): void;
  /** Replaces the listener; the array is the listener's. */
  listen(listener: (bytes: Uint8Array, from: SocketAddress) => void): void;
  close(): void;
}

export interface DatagramNetwork {
  /** Port 0: any that is free. Rejects with the system's error when there is none. */
  open(address: SocketAddress): Promise<DatagramSocket>;
}

/** 20 calls' packets of a stalled second; the system may give less. */
const RECEIVE_BUFFER_BYTES = 1_048_576;

/** Real UDP, version 4. */
export const udpNetwork: DatagramNetwork = {
  open({ host, port }) {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    let isClosed = false;
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: host, port }, () => {
        socket.off('error', reject);
        // An ICMP answer to something sent earlier is no reason to give up the socket.
        socket.on('error', () => undefined);
        resolve({
          address: { host, port: socket.address().port },
          send(bytes, to) {
            // A port that somebody only wrote into a message would throw.
            if (isClosed || !(to.port > 0 && to.port < 65_536)) return;
            socket.send(Uint8Array.from(bytes), to.port, to.host, () => undefined);
          },
          listen(listener) {
            socket.removeAllListeners('message');
            socket.on('message', (bytes, from) => listener(bytes, { host: from.address, port: from.port }));
          },
          close() {
            if (isClosed) return;
            isClosed = true;
            socket.close();
          },
        });
      });
    });
  },
};
