/** The agent's end of chan_websocket at its barest: takes every media socket and remembers what it was asked for. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export interface MediaServer extends AsyncDisposable {
  readonly uri: string;
  /** The next media socket, one that came earlier included. */
  next(): Promise<{ readonly socket: WebSocket; readonly request: IncomingMessage }>;
}

export interface MediaServerOptions {
  /** What the upgrade must carry, or it is refused. @defaultValue anything will do */
  readonly authorization?: string;
  /** What it is refused with. @defaultValue 401 */
  readonly status?: number;
  /** PEM texts; with them the address is wss://. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export async function startMediaServer(options: MediaServerOptions = {}): Promise<MediaServer> {
  const { authorization, status = 401, tls } = options;
  const waiting: { socket: WebSocket; request: IncomingMessage }[] = [];
  const asked: ((got: { socket: WebSocket; request: IncomingMessage }) => void)[] = [];
  const http = tls ? createSecureServer(tls) : createServer();
  const server = new WebSocketServer({
    server: http,
    handleProtocols: (protocols) => protocols.has('media') && 'media',
    verifyClient: ({ req }, done) => {
      const isWelcome = authorization === undefined || req.headers.authorization === authorization;
      done(isWelcome, status, 'Refused', { 'WWW-Authenticate': 'Basic realm="asterisk"' });
    },
  });
  server.on('connection', (socket, request) => {
    const ask = asked.shift();
    if (ask) ask({ socket, request });
    else waiting.push({ socket, request });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    uri: `${tls ? 'wss' : 'ws'}://127.0.0.1:${(http.address() as AddressInfo).port}/asterisk/media`,
    next() {
      const got = waiting.shift();
      return got ? Promise.resolve(got) : new Promise((resolve) => asked.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
