/**
 * A carrier in software that speaks Twilio's wire: calls are ordered by REST, told of by signed webhooks, and their media
 * come by WebSocket from a telephone in software. For rehearsals and tests: it rings nobody's telephone.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { newSid, reachLocally } from '../twilio-phone.ts';
import { callResource, listCalls, readOrder, type Refusal } from './call-resource.ts';
import type { Callee, CarrierOrderSeen } from './callee.ts';
import { FaultDice, type CarrierFaults } from './faults.ts';
import { PlacedCall, type CallOrder, type CallSurroundings } from './placed-call.ts';
import { WebhookSender } from './webhook-sender.ts';

export interface StandInCarrierOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** 0: any free port. @defaultValue 0 */
  readonly port?: number;
  /** @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** Who is at the other end of each call. */
  readonly callee: (order: CarrierOrderSeen) => Callee;
  /** @defaultValue none */
  readonly faults?: CarrierFaults;
  /** The agent's public origin and where it can be reached from here. @defaultValue the same */
  readonly reach?: { readonly publicUrl: string; readonly localUrl: string };
  /** Calls let out per second; more wait in the queue. Twilio: 1 unless raised. @defaultValue as many as are ordered */
  readonly callsPerSecond?: number;
  /** Between taking an order and answering it, as over the Atlantic. @defaultValue 0 */
  readonly latencyMs?: number;
  /** The account's numbers. @defaultValue any */
  readonly numbers?: readonly string[];
  /** @defaultValue 85000 */
  readonly microsPerMinute?: number;
  readonly clock?: Clock;
  /** How long the agent's answers may take. @defaultValue 15000 */
  readonly webhookTimeoutMs?: number;
}

const DEFAULT_MICROS_PER_MINUTE = 85_000;
const MAX_FORM_BYTES = 64 * 1_024;
const OVERLOADED: Refusal = { status: 503, code: 20_503, message: 'Service is unavailable.' };
const LIMITED: Refusal = { status: 429, code: 20_429, message: 'Too many requests.' };
const FAILED: Refusal = { status: 500, code: 20_500, message: 'Internal server error.' };
const UNKNOWN: Refusal = { status: 404, code: 20_404, message: 'The requested resource was not found.' };
const OVER: Refusal = { status: 400, code: 21_220, message: 'Call is not in-progress. Cannot redirect.' };
const UNAUTHORISED: Refusal = { status: 401, code: 20_003, message: 'Authenticate' };

export class StandInCarrier implements AsyncDisposable {
  /** Every call that was taken, in order, over ones included: the truth that records are compared with. */
  readonly calls: PlacedCall[] = [];
  /** While true, questions for calls (GET) are answered with 503. */
  isLookUpDown = false;
  /** While true, nothing is answered: connections are broken as they come. */
  isDown = false;
  /** Orders that were refused, by the code of the refusal. */
  readonly refused = new Map<number, number>();

  readonly #opts: StandInCarrierOptions;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #around: CallSurroundings;
  readonly #numbers: ReadonlySet<string> | undefined;
  readonly #running = new Set<Promise<void>>();
  readonly #life = new AbortController();
  #dice: FaultDice;
  #listLagMs: number;
  #nextCallAtMs = 0;
  #live = 0;
  #mostLive = 0;

  /** Rejects when the port is taken. */
  static async start(opts: StandInCarrierOptions): Promise<StandInCarrier> {
    const server = createServer();
    const carrier = new StandInCarrier(server, opts);
    server.listen(opts.port ?? 0, opts.host ?? '127.0.0.1');
    await once(server, 'listening');
    return carrier;
  }

  private constructor(server: Server, opts: StandInCarrierOptions) {
    const clock = opts.clock ?? systemClock;
    const { accountSid, authToken, microsPerMinute = DEFAULT_MICROS_PER_MINUTE } = opts;
    this.#opts = opts;
    this.#clock = clock;
    this.#server = server;
    this.#numbers = opts.numbers && new Set(opts.numbers);
    this.#dice = new FaultDice(opts.faults ?? { seed: 1 });
    this.#listLagMs = opts.faults?.listLagMs ?? 0;
    const reach = opts.reach && reachLocally(opts.reach);
    this.#around = {
      accountSid,
      authToken,
      clock,
      microsPerMinute,
      sender: new WebhookSender({
        authToken,
        clock,
        reach,
        ...(opts.webhookTimeoutMs !== undefined && { timeoutMs: opts.webhookTimeoutMs }),
      }),
      dice: { webhook: () => this.#dice.webhook() },
      reach,
      signal: this.#life.signal,
      rate: ({ signal }) => this.#waitForTurn(signal),
    };
    server.on('request', (request, response) => {
      this.#receive(request, response).catch(() => response.destroy());
    });
  }

  /** For INZWA_TWILIO_API_BASE. */
  get baseUrl(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  /** The most calls that were not over at once, queued ones included. */
  get mostLive(): number {
    return this.#mostLive;
  }

  get liveCalls(): number {
    return this.#live;
  }

  /** From now on; calls that are under way draw their next faults from these too. */
  setFaults(faults: CarrierFaults): void {
    this.#dice = new FaultDice(faults);
    this.#listLagMs = faults.listLagMs ?? 0;
  }

  /** Places a call that nobody asked for, as if an order had been doubled within the carrier. */
  place(order: CallOrder): PlacedCall {
    const sid = newSid('CA');
    const { to, from, url } = order;
    const callee = this.#opts.callee({ sid, to, from, url, index: this.calls.length });
    const call = new PlacedCall(order, callee, this.#around, sid);
    this.calls.push(call);
    this.#live++;
    this.#mostLive = Math.max(this.#mostLive, this.#live);
    const running = call.run().then(async () => {
      this.#live--;
      await call.told();
    });
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
    return call;
  }

  /** Resolves when every call is over and every webhook has been sent. */
  async quiet(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Ends every call, and tells nobody. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    for (const call of this.calls) call.hangUp();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.quiet();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.isDown) {
      request.socket.resetAndDestroy();
      return;
    }
    const form = new URLSearchParams(await bodyOf(request));
    const url = new URL(request.url ?? '', 'http://carrier');
    const { accountSid, authToken } = this.#opts;
    const basic = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
    const root = `/2010-04-01/Accounts/${accountSid}/Calls`;
    const isPost = request.method === 'POST';
    if (request.headers.authorization !== `Basic ${basic}`) refuse(response, UNAUTHORISED);
    else if (url.pathname === `${root}.json` && isPost) await this.#order(form, request, response);
    else if (!isPost && this.isLookUpDown) refuse(response, OVERLOADED);
    else if (url.pathname === `${root}.json`) answer(response, 200, this.#list(url.searchParams));
    else {
      const call = this.calls.find(({ sid }) => url.pathname === `${root}/${sid}.json`);
      // A call that its own carrier does not list yet can be ended all the same: the sid was told.
      if (!call || (!isPost && !this.#isListed(call))) refuse(response, UNKNOWN);
      else if (isPost) this.#update(call, form, response);
      else answer(response, 200, callResource(call, accountSid));
    }
  }

  async #order(form: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#dice.order();
    const order = readOrder(form, this.#numbers);
    if ('code' in order) {
      this.#refuseOrder(response, order);
      return;
    }
    if (fault === 'is-overloaded' || fault === 'is-limiting') {
      this.#refuseOrder(response, fault === 'is-limiting' ? LIMITED : OVERLOADED);
      return;
    }
    if (fault === 'resets-before') {
      request.socket.resetAndDestroy();
      return;
    }
    const call = this.place(order);
    if (fault === 'stays-silent-after') return;
    await this.#clock.sleep(this.#opts.latencyMs ?? 0, { signal: this.#life.signal });
    if (fault === 'resets-after') request.socket.resetAndDestroy();
    else if (fault === 'fails-after') refuse(response, FAILED);
    else answer(response, 201, callResource(call, this.#opts.accountSid));
  }

  #refuseOrder(response: ServerResponse, refusal: Refusal): void {
    this.refused.set(refusal.code, (this.refused.get(refusal.code) ?? 0) + 1);
    refuse(response, refusal);
  }

  #list(query: URLSearchParams): unknown {
    return listCalls(
      this.calls.filter((call) => this.#isListed(call)),
      query,
      this.#opts.accountSid,
    );
  }

  #isListed(call: PlacedCall): boolean {
    return this.#clock.wallMs() - call.createdAt >= this.#listLagMs;
  }

  /** `canceled` does nothing to a call that was answered; `completed` ends any. */
  #update(call: PlacedCall, form: URLSearchParams, response: ServerResponse): void {
    if (call.isOver) {
      refuse(response, OVER);
      return;
    }
    const wanted = form.get('Status');
    if (wanted === 'completed' || (wanted === 'canceled' && call.answeredAt === undefined)) call.hangUp();
    answer(response, 200, callResource(call, this.#opts.accountSid));
  }

  async #waitForTurn(signal: AbortSignal): Promise<void> {
    const { callsPerSecond } = this.#opts;
    if (callsPerSecond === undefined) return;
    const nowMs = this.#clock.nowMs();
    const turnAtMs = Math.max(nowMs, this.#nextCallAtMs);
    this.#nextCallAtMs = turnAtMs + 1_000 / callsPerSecond;
    await this.#clock.sleep(turnAtMs - nowMs, { signal });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_FORM_BYTES) throw new Error('the form is too large');
  }
  return text;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  answer(response, status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
}
