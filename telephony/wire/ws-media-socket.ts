import { WebSocket, type RawData } from 'ws';
import type { MediaSocket, MediaSocketListener } from './media-socket.ts';

/** Structural, because a server hands its sockets over with types of its own. */
type OpenWebSocket = Pick<WebSocket, 'on' | 'send' | 'close' | 'terminate' | 'readyState' | 'bufferedAmount'>;

/** A real WebSocket as a MediaSocket; sending after the end is silently nothing, because ends cross on the wire. */
export function wsMediaSocket(ws: OpenWebSocket): MediaSocket {
  let listener: MediaSocketListener | undefined;
  ws.on('message', (data: RawData, isBinary: boolean) => {
    // The default binaryType hands over one Buffer.
    const bytes = data as Buffer;
    if (isBinary) listener?.binary(bytes);
    else listener?.text(bytes.toString('utf8'));
  });
  let wasLetGo = false;
  ws.on('close', (code: number) => listener?.closed(code, wasLetGo));
  ws.on('error', (error: NodeJS.ErrnoException) => {
    // Any other error (a broken frame) says no more than the `close` that follows it.
    if (error.code === 'EPIPE' || error.code === 'ECONNRESET') wasLetGo = true;
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') listener?.tooLarge();
  });
  return {
    send(text) {
      if (ws.readyState === WebSocket.OPEN) ws.send(text);
    },
    sendBytes(bytes) {
      // Copied: what `ws` cannot write at once it keeps, and the caller's buffer is written again 20 ms later.
      if (ws.readyState === WebSocket.OPEN) ws.send(Buffer.from(bytes));
    },
    close: (code, reason) => ws.close(code, reason),
    terminate: () => ws.terminate(),
    get bufferedAmount() {
      return ws.bufferedAmount;
    },
    listen(next) {
      listener = next;
    },
  };
}
