/**
 * Asterisk's REST interface as far as a trunk needs it, on a loopback port: channels that are created, dialled and answered
 * with the events that a real one sends, and every answer that a real one should not give, on demand.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** `silent`: takes the question and never answers. `reset`: takes it, and drops the connection. */
export type FakeAnswer = { readonly status: number; readonly body?: unknown } | 'silent' | 'reset';

interface Channel {
  readonly id: string;
  state: string;
  isInStasis: boolean;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

const AUTHORIZATION = `Basic ${Buffer.from('inzwa:secret').toString('base64')}`;

export class FakeAri implements AsyncDisposable {
  readonly user = 'inzwa';
  readonly password = 'secret';
  readonly app = 'inzwa';
  readonly asked: Asked[] = [];
  readonly channels = new Map<string, Channel>();
  readonly bridges = new Set<string>();
  /** False: a channel that is created never reaches the application. */
  handsOver = true;
  /** What a dialled channel does by itself. */
  callee: 'rings' | 'answers' = 'answers';
  /** Connections for events that came, those refused included. */
  connections = 0;
  refusesEvents = false;
  isDeaf = false;
  readonly #server: Server;
  readonly #events: WebSocketServer;
  readonly #answers: { readonly question: RegExp; readonly answers: FakeAnswer[] }[] = [];

  static async start(): Promise<FakeAri> {
    const server = createServer();
    const fake = new FakeAri(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  private constructor(server: Server) {
    this.#server = server;
    this.#events = new WebSocketServer({ noServer: true, autoPong: false });
    server.on('request', (request, response) => void this.#receive(request, response));
    server.on('upgrade', (request, socket, head) => {
      this.connections++;
      // A client that gives up resets it.
      socket.on('error', () => undefined);
      if (this.refusesEvents || request.headers.authorization !== AUTHORIZATION) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      this.#events.handleUpgrade(request, socket, head, (ws: WebSocket) => {
        ws.on('ping', (data: Buffer) => {
          if (!this.isDeaf) ws.pong(data);
        });
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ari`;
  }

  /** Answers to the next questions that match `METHOD path`, one each; then the usual ones again. */
  answer(question: RegExp, ...answers: FakeAnswer[]): void {
    this.#answers.push({ question, answers });
  }

  /** `METHOD path` of everything that was asked and matches. */
  askedFor(question: RegExp): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`).filter((text) => question.test(text));
  }

  emit(event: Readonly<Record<string, unknown>>): void {
    this.emitText(JSON.stringify({ application: this.app, ...event }));
  }

  emitText(text: string): void {
    for (const client of this.#events.clients) client.send(text);
  }

  dropEvents(): void {
    for (const client of this.#events.clients) client.terminate();
  }

  /** A channel that exists without anybody having asked for it here. */
  put(id: string, over: Partial<Channel> = {}): void {
    this.channels.set(id, { id, state: 'Up', isInStasis: true, ...over });
  }

  changeState(id: string, state: string): void {
    const channel = this.channels.get(id);
    if (!channel) return;
    channel.state = state;
    this.emit({ type: 'ChannelStateChange', channel: this.#told(channel) });
  }

  destroy(id: string, cause: number, techCause?: number): void {
    const channel = this.channels.get(id);
    if (!channel) return;
    this.channels.delete(id);
    const tech = techCause === undefined ? {} : { tech_cause: techCause };
    this.emit({ type: 'ChannelDestroyed', channel: this.#told(channel), cause, ...tech, cause_txt: '' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dropEvents();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #told(channel: Channel): Readonly<Record<string, unknown>> {
    const dialplan = channel.isInStasis ? { app_name: 'Stasis', app_data: this.app } : { app_name: '', app_data: '' };
    return { id: channel.id, name: `PJSIP/carrier-${channel.id}`, state: channel.state, dialplan, language: 'en' };
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url ?? '', 'http://fake');
    const path = decodeURIComponent(url.pathname.replace(/^\/ari/, ''));
    const asked: Asked = {
      method: request.method ?? '',
      path,
      query: url.searchParams,
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.asked.push(asked);
    const rule = this.#answers.find((one) => one.answers.length > 0 && one.question.test(`${asked.method} ${path}`));
    const answer = rule?.answers.shift() ?? this.#usual(asked, request.headers.authorization);
    if (answer === 'silent') return;
    if (answer === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body === undefined ? '' : body);
  }

  #usual({ method, path, query }: Asked, authorization: string | undefined): FakeAnswer {
    if (authorization !== AUTHORIZATION) return { status: 401, body: { message: 'Authentication required' } };
    const [, collection = '', id = '', action = ''] = path.split('/');
    if (method === 'GET' && path === '/channels') {
      return { status: 200, body: [...this.channels.values()].map((channel) => this.#told(channel)) };
    }
    if (method === 'GET' && path === '/bridges')
      return { status: 200, body: [...this.bridges].map((one) => ({ id: one })) };
    if (method === 'POST' && path === '/channels/create') return this.#create(query.get('channelId') ?? '');
    if (collection === 'bridges' && method === 'DELETE') return { status: this.bridges.delete(id) ? 204 : 404 };
    if (collection !== 'channels') return { status: 204 };
    const channel = this.channels.get(id);
    if (!channel) return { status: 404, body: { message: 'Channel not found' } };
    if (method === 'DELETE') this.destroy(id, 16);
    if (action === 'dial') {
      this.changeState(id, 'Ringing');
      if (this.callee === 'answers') this.changeState(id, 'Up');
    }
    if (action === 'continue') channel.isInStasis = false;
    return { status: 204 };
  }

  #create(id: string): FakeAnswer {
    if (this.channels.has(id)) return { status: 409, body: { message: 'Channel with given unique ID already exists' } };
    const channel: Channel = { id, state: 'Down', isInStasis: this.handsOver };
    this.channels.set(id, channel);
    if (this.handsOver) this.emit({ type: 'StasisStart', args: [], channel: this.#told(channel) });
    return { status: 200, body: this.#told(channel) };
  }
}
