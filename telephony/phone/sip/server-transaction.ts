/** One request of the other side: answers its repetitions, and repeats our answer to an INVITE until the ACK (RFC 3261 §17.2). */
import type { Clock } from '#kernel/clock.ts';
import { T1_MS, T2_MS, TRANSACTION_MS } from './client-transaction.ts';
import type { SocketAddress } from './datagram.ts';
import { responseTo, serialiseSip, type SipRequest, type SipResponse } from './message.ts';

export interface ServerTransactionOptions {
  readonly clock: Clock;
  readonly request: SipRequest;
  /** Where the request came from; answers go there, whatever its Via says (RFC 3581). */
  readonly from: SocketAddress;
  readonly send: (bytes: Uint8Array) => void;
  readonly onDone: () => void;
}

/** What an INVITE's owner wants to know of it later. */
export interface InviteListener {
  cancelled?(): void;
  acknowledged?(ack: SipRequest): void;
  /** The ACK did not come in time. */
  unacknowledged?(): void;
}

export class ServerTransaction {
  readonly #opts: ServerTransactionOptions;
  readonly #isInvite: boolean;
  #listener: InviteListener = {};
  #lastBytes: Uint8Array | undefined;
  #isFinal = false;
  #isAcknowledged = false;
  #repeatMs = T1_MS;
  #cancelRepeat: () => void = () => undefined;
  #cancelTimeout: () => void = () => undefined;

  /** An INVITE is answered with 100 at once, so that it is not sent again while it rings. */
  constructor(opts: ServerTransactionOptions) {
    this.#opts = opts;
    this.#isInvite = opts.request.method === 'INVITE';
    if (this.#isInvite) this.respond(responseTo(opts.request, 100));
  }

  get request(): SipRequest {
    return this.#opts.request;
  }

  get from(): SocketAddress {
    return this.#opts.from;
  }

  /** Replaces the listener. */
  listen(listener: InviteListener): void {
    this.#listener = listener;
  }

  /** Nothing after the first final answer. */
  respond(response: SipResponse): void {
    if (this.#isFinal) return;
    this.#lastBytes = serialiseSip(response);
    this.#opts.send(this.#lastBytes);
    if (response.status < 200) return;
    this.#isFinal = true;
    if (this.#isInvite) this.#repeatLater();
    this.#cancelTimeout = this.#opts.clock.after(TRANSACTION_MS, () => {
      const isForgotten = this.#isInvite && !this.#isAcknowledged;
      this.close();
      this.#opts.onDone();
      if (isForgotten) this.#listener.unacknowledged?.();
    });
  }

  /** The request came again. */
  repeat(): void {
    if (this.#lastBytes) this.#opts.send(this.#lastBytes);
  }

  cancel(): void {
    if (!this.#isFinal) this.#listener.cancelled?.();
  }

  acknowledge(ack: SipRequest): void {
    if (!this.#isFinal || this.#isAcknowledged) return;
    this.#isAcknowledged = true;
    this.#cancelRepeat();
    this.#listener.acknowledged?.(ack);
  }

  /** Ends it without a word. */
  close(): void {
    this.#cancelRepeat();
    this.#cancelTimeout();
  }

  /** Timer G; for a 2xx the same rule stands in RFC 3261 §13.3.1.4. */
  #repeatLater(): void {
    this.#cancelRepeat = this.#opts.clock.after(this.#repeatMs, () => {
      this.#repeatMs = Math.min(this.#repeatMs * 2, T2_MS);
      this.repeat();
      this.#repeatLater();
    });
  }
}
