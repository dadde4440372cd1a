import type { Socket } from 'node:net';
import type { ByteSocket, ByteSocketListener } from './byte-socket.ts';

/**
 * Who closes while something of ours lies there unread makes the system reset the connection: a goodbye like any other, only
 * ruder. Asterisk does it when a frame crosses a caller's hang-up (measured on a busy machine: 12 of 250).
 */
const CLOSED_BY_FAR_SIDE = new Set(['ECONNRESET', 'EPIPE']);

/** A real TCP connection as a ByteSocket; sending after the end is silently nothing, because ends cross on the wire. */
export function netByteSocket(socket: Socket): ByteSocket {
  let listener: ByteSocketListener | undefined;
  // Without this each small frame would wait for the acknowledgement of the one before it (Nagle's algorithm).
  socket.setNoDelay(true);
  socket.on('data', (bytes: Buffer) => listener?.bytes(bytes));
  socket.on('end', () => listener?.ended());
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Any other error (a time-out, no route) says no more than the `close` that follows it.
    if (error.code !== undefined && CLOSED_BY_FAR_SIDE.has(error.code)) listener?.ended();
  });
  socket.on('close', () => listener?.closed());
  return {
    send(bytes) {
      // Copied: what the system does not take at once is kept, and the sender's buffer is written again 20 ms later.
      if (socket.writable) socket.write(Buffer.from(bytes));
    },
    end: () => void socket.end(),
    terminate: () => void socket.destroy(),
    get bufferedAmount() {
      return socket.writableLength;
    },
    listen(next) {
      listener = next;
    },
  };
}
