import type { WebSocket } from 'ws';
import type { Clock } from '#kernel/clock.ts';

/** A socket that answers no ping for this long leads nowhere. */
const PING_INTERVAL_MS = 10_000;

/** Pings until the socket closes, and drops it when an answer does not come in time. */
export function keepAlive(ws: Pick<WebSocket, 'on' | 'ping' | 'terminate'>, clock: Clock): void {
  let isAlive = true;
  let cancel: () => void;
  const arm = (): void => {
    cancel = clock.after(PING_INTERVAL_MS, () => {
      if (!isAlive) {
        ws.terminate();
        return;
      }
      isAlive = false;
      ws.ping();
      arm();
    });
  };
  ws.on('pong', () => (isAlive = true));
  ws.on('close', () => cancel());
  arm();
}
