/** One request of ours until its final answer, sent again as long as nobody answers (RFC 3261 §17.1, RFC 6026). */
import type { Clock } from '#kernel/clock.ts';
import { SipHeaders } from './headers.ts';
import { cseqOf, serialiseSip, type SipRequest, type SipResponse } from './message.ts';

/** RFC 3261 §17.1.1.1. */
export const T1_MS = 500;
export const T2_MS = 4_000;
/** When a transaction without an answer is given up, and how long answers that come again are still known: timers B, D, F, H, J, M. */
export const TRANSACTION_MS = 64 * T1_MS;

export interface ClientTransactionOptions {
  readonly clock: Clock;
  /** With its Via on top; it stays the same for every repetition. */
  readonly request: SipRequest;
  readonly send: (bytes: Uint8Array) => void;
  /** Every provisional answer, the final one, and for an INVITE also each repetition of a 2xx (it wants another ACK). */
  readonly onResponse: (response: SipResponse) => void;
  /** Nobody gave a final answer in time. */
  readonly onTimeout: () => void;
  /** Nothing more will come of it. */
  readonly onDone: () => void;
}

type State = 'calling' | 'proceeding' | 'accepted' | 'refused' | 'done';

export class ClientTransaction {
  readonly #opts: ClientTransactionOptions;
  readonly #bytes: Uint8Array;
  readonly #isInvite: boolean;
  #state: State = 'calling';
  #repeatMs = T1_MS;
  #ackBytes: Uint8Array | undefined;
  #cancelRepeat: () => void = () => undefined;
  #cancelTimeout: () => void = () => undefined;

  /** Sends the request at once. */
  constructor(opts: ClientTransactionOptions) {
    this.#opts = opts;
    this.#bytes = serialiseSip(opts.request);
    this.#isInvite = opts.request.method === 'INVITE';
    opts.send(this.#bytes);
    this.#repeatLater();
    this.giveUpAfter(TRANSACTION_MS);
  }

  get request(): SipRequest {
    return this.#opts.request;
  }

  /** True as long as there is neither a provisional nor a final answer: before that an INVITE cannot be cancelled (§9.1). */
  get isUnanswered(): boolean {
    return this.#state === 'calling';
  }

  receive(response: SipResponse): void {
    if (this.#state === 'done') return;
    if (this.#state === 'accepted' || this.#state === 'refused') this.#receiveAgain(response);
    else if (response.status < 200) this.#proceed(response);
    else this.#finish(response);
  }

  /** The time-out from now on, for an INVITE that rings or was cancelled; nothing once there is a final answer. */
  giveUpAfter(ms: number): void {
    if (this.#state === 'accepted' || this.#state === 'refused' || this.#state === 'done') return;
    this.#cancelTimeout();
    this.#cancelTimeout = this.#opts.clock.after(ms, () => this.abandon());
  }

  /** Gives it up now: a time-out, unless there was a final answer. */
  abandon(): void {
    const isUnfinished = this.#state === 'calling' || this.#state === 'proceeding';
    this.#close();
    if (isUnfinished) this.#opts.onTimeout();
  }

  #close(): void {
    this.#state = 'done';
    this.#cancelRepeat();
    this.#cancelTimeout();
    this.#opts.onDone();
  }

  #proceed(response: SipResponse): void {
    if (this.#state === 'calling') {
      this.#state = 'proceeding';
      // An INVITE may ring for as long as it likes; anything else is asked for again, more slowly (timer E).
      this.#cancelRepeat();
      if (this.#isInvite) this.#cancelTimeout();
      else {
        this.#repeatMs = T2_MS;
        this.#repeatLater();
      }
    }
    this.#opts.onResponse(response);
  }

  #finish(response: SipResponse): void {
    this.#cancelRepeat();
    this.#cancelTimeout();
    if (!this.#isInvite) {
      this.#close();
    } else {
      this.#state = response.status < 300 ? 'accepted' : 'refused';
      this.#cancelTimeout = this.#opts.clock.after(TRANSACTION_MS, () => this.#close());
      if (this.#state === 'refused') {
        this.#ackBytes = serialiseSip(ackOf(this.request, response));
        this.#opts.send(this.#ackBytes);
      }
    }
    this.#opts.onResponse(response);
  }

  #receiveAgain(response: SipResponse): void {
    if (response.status < 200) return;
    if (this.#ackBytes) this.#opts.send(this.#ackBytes);
    else if (response.status < 300) this.#opts.onResponse(response);
  }

  #repeatLater(): void {
    this.#cancelRepeat = this.#opts.clock.after(this.#repeatMs, () => {
      // Timer A doubles without end (timer B is the end), timer E up to T2.
      this.#repeatMs = this.#isInvite ? this.#repeatMs * 2 : Math.min(this.#repeatMs * 2, T2_MS);
      this.#opts.send(this.#bytes);
      this.#repeatLater();
    });
  }
}

/** The ACK of a refused INVITE belongs to its transaction: same branch, the answer's To (RFC 3261 §17.1.1.3). */
function ackOf(invite: SipRequest, response: SipResponse): SipRequest {
  const ack = sameTransaction(invite, 'ACK');
  ack.headers.set('To', response.headers.get('To') ?? '');
  return ack;
}

/** RFC 3261 §9.1. */
export function cancelOf(invite: SipRequest): SipRequest {
  return sameTransaction(invite, 'CANCEL');
}

function sameTransaction(invite: SipRequest, method: 'ACK' | 'CANCEL'): SipRequest {
  const headers = new SipHeaders([
    ['Via', invite.headers.get('Via') ?? ''],
    ['Max-Forwards', '70'],
    ['From', invite.headers.get('From') ?? ''],
    ['To', invite.headers.get('To') ?? ''],
    ['Call-ID', invite.headers.get('Call-ID') ?? ''],
    ['CSeq', `${cseqOf(invite.headers)?.number ?? 1} ${method}`],
  ]);
  for (const route of invite.headers.list('Route')) headers.add('Route', route);
  return { kind: 'request', method, uri: invite.uri, headers, body: '' };
}
