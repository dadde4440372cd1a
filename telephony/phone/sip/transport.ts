/** SIP over one UDP socket: sorts what comes in by transaction (RFC 3261 §17, §18). Knows nothing of calls. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { cancelOf, ClientTransaction, TRANSACTION_MS } from './client-transaction.ts';
import type { DatagramSocket, SocketAddress } from './datagram.ts';
import { parseParameters, SipHeaders } from './headers.ts';
import { cseqOf, parseSipMessage, responseTo, serialiseSip } from './message.ts';
import type { SipRequest, SipResponse } from './message.ts';
import { ServerTransaction } from './server-transaction.ts';

/** RFC 3261 §8.1.1.7. */
const MAGIC_COOKIE = 'z9hG4bK';

export interface SipTransportOptions {
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  /** Each new request but ACK and CANCEL; must answer it sooner or later. */
  readonly onRequest: (transaction: ServerTransaction) => void;
}

export interface ResponseHandlers {
  /** Every provisional answer, the final one, and for an INVITE also each repetition of a 2xx. */
  readonly onResponse: (response: SipResponse) => void;
  readonly onTimeout: () => void;
}

/** A token that nobody else will choose, for tags, branches and Call-IDs. */
export function randomToken(): string {
  return randomBytes(12).toString('hex');
}

/** Owns the socket. */
export class SipTransport {
  readonly #socket: DatagramSocket;
  readonly #clock: Clock;
  readonly #onRequest: (transaction: ServerTransaction) => void;
  /** By branch and method. */
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();

  constructor({ socket, clock, onRequest }: SipTransportOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#onRequest = onRequest;
    socket.listen((bytes, from) => this.#receive(bytes, from));
  }

  get address(): SocketAddress {
    return this.#socket.address;
  }

  /** Puts the Via on top and sends; exactly one final answer or time-out follows, at the latest when the transport closes. */
  request(request: SipRequest, to: SocketAddress, handlers: ResponseHandlers): ClientTransaction {
    const { host, port } = this.address;
    const branch = MAGIC_COOKIE + randomToken();
    const via = `SIP/2.0/UDP ${host}:${port};rport;branch=${branch}`;
    const headers = new SipHeaders([['Via', via], ...[...request.headers].filter(([name]) => name !== 'Via')]);
    return this.#start({ ...request, headers }, branch, to, handlers);
  }

  /** RFC 3261 §9.1: once something has answered the INVITE; its own answer, 487 as a rule, then follows or the time-out. */
  cancel(invite: ClientTransaction, to: SocketAddress): void {
    invite.giveUpAfter(TRANSACTION_MS);
    const branch = branchOf(invite.request) ?? '';
    if (this.#clients.has(keyOf(branch, 'CANCEL'))) return;
    this.#start(cancelOf(invite.request), branch, to, { onResponse: () => undefined, onTimeout: () => undefined });
  }

  /** Outside any transaction: the ACK of a 2xx, which has a branch of its own and no answer. */
  sendAck(ack: SipRequest, to: SocketAddress): void {
    const { host, port } = this.address;
    ack.headers.set('Via', `SIP/2.0/UDP ${host}:${port};rport;branch=${MAGIC_COOKIE}${randomToken()}`);
    this.#socket.send(serialiseSip(ack), to);
  }

  close(): void {
    this.#socket.close();
    for (const transaction of this.#servers.values()) transaction.close();
    this.#servers.clear();
    for (const transaction of this.#clients.values()) transaction.abandon();
    this.#clients.clear();
  }

  #start(request: SipRequest, branch: string, to: SocketAddress, handlers: ResponseHandlers): ClientTransaction {
    const key = keyOf(branch, request.method);
    const transaction = new ClientTransaction({
      clock: this.#clock,
      request,
      send: (bytes) => this.#socket.send(bytes, to),
      onDone: () => this.#clients.delete(key),
      ...handlers,
    });
    this.#clients.set(key, transaction);
    return transaction;
  }

  #receive(bytes: Uint8Array, from: SocketAddress): void {
    const message = parseSipMessage(bytes);
    if (message?.kind === 'response') {
      const method = cseqOf(message.headers)?.method ?? '';
      this.#clients.get(keyOf(branchOf(message) ?? '', method))?.receive(message);
    } else if (message) this.#receiveRequest(message, from);
  }

  #receiveRequest(request: SipRequest, from: SocketAddress): void {
    const branch = branchOf(request) ?? `${request.headers.get('Call-ID')} ${cseqOf(request.headers)?.number}`;
    if (request.method === 'ACK') {
      (this.#servers.get(keyOf(branch, 'INVITE')) ?? this.#acceptedInvite(request))?.acknowledge(request);
      return;
    }
    const known = this.#servers.get(keyOf(branch, request.method));
    if (known) {
      known.repeat();
      return;
    }
    const transaction = new ServerTransaction({
      clock: this.#clock,
      request,
      from,
      send: (bytes) => this.#socket.send(bytes, from),
      onDone: () => this.#servers.delete(keyOf(branch, request.method)),
    });
    this.#servers.set(keyOf(branch, request.method), transaction);
    if (request.method === 'CANCEL') this.#cancelInvite(transaction, branch);
    else this.#onRequest(transaction);
  }

  #cancelInvite(cancel: ServerTransaction, branch: string): void {
    const invite = this.#servers.get(keyOf(branch, 'INVITE'));
    cancel.respond(responseTo(cancel.request, invite ? 200 : 481));
    invite?.cancel();
  }

  /** The ACK of a 2xx comes with a branch of its own, from the dialog: it is known by Call-ID and number. */
  #acceptedInvite(ack: SipRequest): ServerTransaction | undefined {
    const [callId, number] = [ack.headers.get('Call-ID'), cseqOf(ack.headers)?.number];
    for (const transaction of this.#servers.values()) {
      const { method, headers } = transaction.request;
      if (method === 'INVITE' && headers.get('Call-ID') === callId && cseqOf(headers)?.number === number) {
        return transaction;
      }
    }
    return undefined;
  }
}

function keyOf(branch: string, method: string): string {
  return `${method} ${branch}`;
}

/** Of the topmost Via; undefined also for the branches of before RFC 3261. */
function branchOf({ headers }: SipRequest | SipResponse): string | undefined {
  const branch = parseParameters(headers.list('Via')[0] ?? '').parameters.get('branch');
  return branch?.startsWith(MAGIC_COOKIE) ? branch : undefined;
}
