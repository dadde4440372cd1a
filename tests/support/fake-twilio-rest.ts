/** Twilio's REST interface for calls, on a loopback port, with every answer that a real one should not give, on demand. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
export const AUTH_TOKEN = 'not-a-secret';

/** What may go wrong with the creation of a call; the first three happen after it was placed. */
export type CreateFault =
  | 'resets'
  | 'fails'
  | 'is-silent'
  | 'talks-nonsense'
  | 'is-busy'
  | 'knows-no-such-number'
  | 'refuses'
  | 'is-out-of-credit'
  | 'knows-no-such-caller';

export interface FakeCall {
  readonly sid: string;
  status: string;
  readonly form: URLSearchParams;
  readonly parentCallSid: string | null;
  /** More fields of the resource, as Twilio writes them. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface AskedOfTwilio {
  readonly method: string;
  readonly path: string;
  readonly form: URLSearchParams;
}

const AUTHORIZATION = `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64')}`;
const CALLS = `/2010-04-01/Accounts/${ACCOUNT_SID}/Calls`;

export class FakeTwilioRest implements AsyncDisposable {
  readonly asked: AskedOfTwilio[] = [];
  readonly calls: FakeCall[] = [];
  /** For the next creation only. */
  fault: CreateFault | undefined;
  /** For the next questions, one each: answered with this status instead. */
  readonly failures: number[] = [];
  /** What a call is when it has just been placed. */
  placedStatus = 'queued';
  /** How a list says where it goes on. */
  nextPageUri = (path: string): string => path;
  readonly #server: Server;

  static async start(): Promise<FakeTwilioRest> {
    const server = createServer();
    const fake = new FakeTwilioRest(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#receive(request, response));
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `METHOD path` of everything asked, without what is the same in all of them. */
  get questions(): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path.replace(CALLS, '')}`);
  }

  add(call: Partial<FakeCall> = {}): FakeCall {
    const sid = `CA${String(this.calls.length + 1).padStart(32, '0')}`;
    const added = { sid, status: 'in-progress', form: new URLSearchParams(), parentCallSid: null, ...call };
    this.calls.push(added);
    return added;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url ?? '', 'http://fake');
    const form = new URLSearchParams(text);
    const { method = '' } = request;
    this.asked.push({ method, path: url.pathname, form });
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const refuse = (status: number, code: number, message = 'refused'): void => {
      answer(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
    };
    if (request.headers.authorization !== AUTHORIZATION) {
      refuse(401, 20003);
      return;
    }
    const failure = this.failures.shift();
    if (failure !== undefined) {
      refuse(failure, failure * 100);
      return;
    }
    if (url.pathname === `${CALLS}.json`) {
      if (method === 'POST') {
        this.#create(form, request, { answer, refuse });
        return;
      }
      this.#list(url, answer);
      return;
    }
    const call = this.calls.find(({ sid }) => url.pathname === `${CALLS}/${sid}.json`);
    if (!call) {
      refuse(404, 20404);
      return;
    }
    if (method === 'POST') {
      if (/^(?:completed|busy|failed|no-answer|canceled)$/.test(call.status)) {
        refuse(400, 21220);
        return;
      }
      this.#update(call, form);
    }
    answer(200, told(call));
  }

  /** Newest first, in pages. */
  #list(url: URL, answer: (status: number, body: unknown) => void): void {
    const parent = url.searchParams.get('ParentCallSid');
    const to = url.searchParams.get('To');
    const size = Number(url.searchParams.get('PageSize') ?? 50);
    const page = Number(url.searchParams.get('Page') ?? 0);
    const made = this.calls
      .filter(({ parentCallSid, form }) => parentCallSid === parent && (to === null || form.get('To') === to))
      .toReversed();
    const next = new URLSearchParams(url.searchParams);
    next.set('Page', String(page + 1));
    answer(200, {
      calls: made.slice(page * size, (page + 1) * size).map(told),
      page,
      next_page_uri: (page + 1) * size < made.length ? this.nextPageUri(`${CALLS}.json?${next.toString()}`) : null,
    });
  }

  #update(call: FakeCall, form: URLSearchParams): void {
    const wanted = form.get('Status');
    const isWaiting = call.status === 'queued' || call.status === 'ringing';
    // `canceled` does nothing to a call that was answered; `completed` ends any.
    if (wanted === 'completed' || (wanted === 'canceled' && isWaiting)) call.status = isWaiting ? 'canceled' : wanted;
  }

  #create(
    form: URLSearchParams,
    request: IncomingMessage,
    say: {
      answer: (status: number, body: unknown) => void;
      refuse: (status: number, code: number, text?: string) => void;
    },
  ): void {
    const { fault } = this;
    this.fault = undefined;
    if (fault === 'is-busy') {
      say.refuse(429, 20429);
      return;
    }
    if (fault === 'is-out-of-credit') {
      say.refuse(403, 20005);
      return;
    }
    if (fault === 'knows-no-such-caller') {
      say.refuse(400, 21210);
      return;
    }
    if (fault === 'refuses') {
      say.refuse(400, 21216, `not permitted to call ${form.get('To') ?? ''}`);
      return;
    }
    if (fault === 'knows-no-such-number') {
      say.refuse(400, 21211, `${form.get('To') ?? ''} is not valid`);
      return;
    }
    const call = this.add({ status: this.placedStatus, form });
    if (fault === 'is-silent') return;
    if (fault === 'resets') {
      request.socket.resetAndDestroy();
      return;
    }
    if (fault === 'fails') {
      say.refuse(500, 20500);
      return;
    }
    say.answer(201, fault === 'talks-nonsense' ? '<html>' : told(call));
  }
}

function told({ sid, status, form, parentCallSid, more }: FakeCall): Readonly<Record<string, unknown>> {
  return {
    sid,
    status,
    parent_call_sid: parentCallSid,
    account_sid: ACCOUNT_SID,
    direction: 'outbound-api',
    to: form.get('To'),
    from: form.get('From'),
    price: null,
    duration: null,
    ...more,
  };
}
