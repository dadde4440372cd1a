/** The lasting relation of two parties once an INVITE was answered (RFC 3261 §12): requests in it, and answers to theirs. */
import type { SocketAddress } from './datagram.ts';
import type { SipCredentials } from './digest.ts';
import { exchange } from './exchange.ts';
import { parseNameAddress, parseSipUri, q850Cause, SipHeaders } from './headers.ts';
import { cseqOf, responseTo, type SipRequest, type SipResponse } from './message.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SipTransport } from './transport.ts';

/** What this telephone understands, in every Allow header. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, UPDATE';

export interface DialogOptions {
  readonly transport: SipTransport;
  readonly callId: string;
  /** From and To of our requests, with their tags. */
  readonly local: string;
  readonly remote: string;
  /** The Contact of the other side: where requests go. */
  readonly target: string;
  /** In the order in which they are visited. */
  readonly routes: readonly string[];
  /** Number of our last request. */
  readonly sequence: number;
  readonly contact: string;
  readonly credentials: SipCredentials | undefined;
}

/** What the other side may ask for within a call. */
export interface DialogListener {
  bye(q850: number | undefined): void;
  info(contentType: string, body: string): void;
  /** Returns the description to answer with; undefined refuses (488). An offer of undefined asks for one of ours. */
  reoffer(sdp: string | undefined): string | undefined;
}

export class Dialog {
  readonly #opts: DialogOptions;
  #sequence: number;
  #target: string;

  constructor(opts: DialogOptions) {
    this.#opts = opts;
    this.#sequence = opts.sequence;
    this.#target = opts.target;
  }

  /** As the one who called (RFC 3261 §12.1.2): the answer's To, Contact and Record-Route. */
  static ofAnswer(response: SipResponse, invite: SipRequest, opts: CommonOptions): Dialog {
    const { headers } = response;
    return new Dialog({
      ...opts,
      callId: headers.get('Call-ID') ?? '',
      local: invite.headers.get('From') ?? '',
      remote: headers.get('To') ?? '',
      target: parseNameAddress(headers.list('Contact')[0] ?? invite.uri).uri,
      routes: headers.list('Record-Route').reverse(),
      sequence: cseqOf(invite.headers)?.number ?? 1,
    });
  }

  /** As the one who is called (RFC 3261 §12.1.1). */
  static ofInvite(invite: SipRequest, tag: string, opts: CommonOptions): Dialog {
    const { headers } = invite;
    const from = headers.get('From') ?? '';
    return new Dialog({
      ...opts,
      callId: headers.get('Call-ID') ?? '',
      local: `${headers.get('To') ?? ''};tag=${tag}`,
      remote: from,
      target: parseNameAddress(headers.list('Contact')[0] ?? from).uri,
      routes: headers.list('Record-Route'),
      sequence: 0,
    });
  }

  /** Resolves with the final answer, undefined when there is none. */
  async request(
    method: 'BYE' | 'INFO',
    opts: { readonly headers?: readonly (readonly [string, string])[]; readonly body?: string } = {},
  ): Promise<SipResponse | undefined> {
    this.#sequence++;
    const { transport, credentials } = this.#opts;
    const request = this.#build(method, this.#sequence, opts);
    const { response, sequence } = await exchange(transport, request, this.#nextHop(), credentials);
    this.#sequence = Math.max(this.#sequence, sequence);
    return response;
  }

  /** Of a 2xx to our INVITE: its number, a branch of its own, and no answer. */
  acknowledge(inviteSequence: number): void {
    this.#opts.transport.sendAck(this.#build('ACK', inviteSequence), this.#nextHop());
  }

  /** Answers a request of the other side within the dialog. */
  receive(transaction: ServerTransaction, listener: DialogListener): void {
    const { request } = transaction;
    const { headers, body } = request;
    const reply = (status: number, sdp?: string): void => {
      const about: (readonly [string, string])[] = [
        ['Contact', this.#opts.contact],
        ['Allow', ALLOW],
        ...(sdp === undefined ? [] : [['Content-Type', 'application/sdp'] as const]),
      ];
      transaction.respond(responseTo(request, status, { headers: about, body: sdp ?? '' }));
    };
    switch (request.method) {
      case 'BYE':
        reply(200);
        listener.bye(q850Cause(headers));
        return;
      case 'INFO':
        reply(200);
        listener.info(headers.get('Content-Type') ?? '', body);
        return;
      case 'INVITE':
      case 'UPDATE': {
        const contact = headers.list('Contact')[0];
        if (contact !== undefined) this.#target = parseNameAddress(contact).uri;
        // An UPDATE without a description only keeps the session's timer alive (RFC 4028).
        if (request.method === 'UPDATE' && body === '') {
          reply(200);
          return;
        }
        transaction.listen({ acknowledged: (ack) => ack.body !== '' && body === '' && listener.reoffer(ack.body) });
        const sdp = listener.reoffer(body === '' ? undefined : body);
        reply(sdp === undefined ? 488 : 200, sdp);
        return;
      }
      case 'OPTIONS':
        reply(200);
        return;
      default:
        reply(405);
    }
  }

  #nextHop(): SocketAddress {
    return parseSipUri(parseNameAddress(this.#opts.routes[0] ?? this.#target).uri);
  }

  #build(
    method: string,
    sequence: number,
    opts: { readonly headers?: readonly (readonly [string, string])[]; readonly body?: string } = {},
  ): SipRequest {
    const { callId, local, remote, routes, contact } = this.#opts;
    const headers = new SipHeaders([
      ['Max-Forwards', '70'],
      ...routes.map((route) => ['Route', route] as const),
      ['From', local],
      ['To', remote],
      ['Call-ID', callId],
      ['CSeq', `${sequence} ${method}`],
      ['Contact', contact],
      ...(opts.headers ?? []),
    ]);
    return { kind: 'request', method, uri: this.#target, headers, body: opts.body ?? '' };
  }
}

type CommonOptions = Pick<DialogOptions, 'transport' | 'contact' | 'credentials'>;

/** `Reason: Q.850;cause=…` for a BYE or CANCEL (RFC 3326). */
export function reasonHeader(q850: number | undefined): readonly (readonly [string, string])[] {
  return q850 === undefined ? [] : [['Reason', `Q.850;cause=${q850}`]];
}
