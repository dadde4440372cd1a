/** A server with OpenAI's transcription interface that says what the test wants, or fails as the test wants. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** One request as it was received; `file` is the WAV. */
export interface TranscriptionRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly fields: Readonly<Record<string, string>>;
  readonly file: Uint8Array;
}

export type TranscriptionAnswer =
  | { readonly status?: number; readonly json: unknown }
  | { readonly status?: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  /** Cuts the connection without an answer. */
  | 'reset'
  /** Never answers. */
  | 'silent'
  /** Sends a head and half an answer, then nothing. */
  | 'half';

export class TranscriptionServer implements AsyncDisposable {
  readonly requests: TranscriptionRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(answer: (request: TranscriptionRequest, index: number) => TranscriptionAnswer) {
    const server = createServer();
    const started = new TranscriptionServer(server);
    server.on('request', (request, response) => void started.#serve(request, response, answer));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    answer: (request: TranscriptionRequest, index: number) => TranscriptionAnswer,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received = {
      path: request.url ?? '',
      headers: request.headers as Record<string, string | undefined>,
      ...formOf(Buffer.concat(chunks), request.headers['content-type'] ?? ''),
    };
    const said = answer(received, this.requests.push(received) - 1);
    if (said === 'silent') return;
    if (said === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (said === 'half') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"text": "half');
      return;
    }
    const body = 'json' in said ? JSON.stringify(said.json) : said.body;
    const more = 'headers' in said ? said.headers : {};
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...more });
    response.end(body);
  }
}

/** multipart/form-data (RFC 7578) as fetch writes it: a part with a file name is the file, the others are fields. */
function formOf(body: Buffer, contentType: string): Pick<TranscriptionRequest, 'fields' | 'file'> {
  const boundary = /boundary=(\S+)/.exec(contentType)?.[1] ?? '';
  const fields: Record<string, string> = {};
  let file = new Uint8Array(0);
  for (const part of body.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n');
    const head = part.slice(0, end);
    const value = Buffer.from(part.slice(end + 4, -2), 'latin1');
    const name = /name="([^"]*)"/.exec(head)?.[1] ?? '';
    if (head.includes('filename=')) file = Uint8Array.from(value);
    else fields[name] = value.toString('utf8');
  }
  return { fields, file };
}
