import { WebSocket, type RawData } from 'ws';
import type { MediaSocket, MediaSocketListener } from './media-socket.ts';

/** A real WebSocket as a MediaSocket; sending after the end is silently nothing, because ends cross on the wire. */
export function wsMediaSocket(ws: WebSocket): MediaSocket {
  let listener: MediaSocketListener | undefined;
  ws.on('message', (data: RawData, isBinary: boolean) => {
    // The default binaryType hands over one Buffer.
    const bytes = data as Buffer;
    if (isBinary) listener?.binary(bytes.length);
    else listener?.text(bytes.toString('utf8'));
  });
  ws.on('close', (code: number) => listener?.closed(code));
  // Every error (a message over maxPayload, a reset) is followed by `close`, which carries the code.
  ws.on('error', () => undefined);
  return {
    send(text) {
      if (ws.readyState === WebSocket.OPEN) ws.send(text);
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
