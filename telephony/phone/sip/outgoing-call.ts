/** A call that this telephone dials (RFC 3261 §13.2): INVITE, early media, answer or refusal, CANCEL. */
import { onAbort } from '#kernel/abort.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { CallMedia } from './call-media.ts';
import type { ClientTransaction } from './client-transaction.ts';
import type { SocketAddress } from './datagram.ts';
import { ALLOW, Dialog, reasonHeader } from './dialog.ts';
import type { SipCredentials } from './digest.ts';
import { withCredentials } from './exchange.ts';
import { q850Cause, SipHeaders, sipUri } from './headers.ts';
import { cseqOf, responseTo, type SipRequest, type SipResponse } from './message.ts';
import { Negotiation } from './negotiation.ts';
import { openMedia, refused, type DialogParty, type PhoneContext } from './phone-context.ts';
import type { SipCodec } from './sdp.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { SipCall, type CallSignalling } from './sip-call.ts';
import type { CallProgress, SipLineProfile, SipPhoneCall } from './sip-phone-call.ts';
import { randomToken } from './transport.ts';

export interface DialOptions {
  readonly target: SocketAddress & { readonly user: string };
  /** Caller's number: the user of the From header. */
  readonly from: string;
  readonly displayName?: string;
  /** In the order of preference; the telephone's by default. */
  readonly codecs?: readonly SipCodec[];
  readonly line?: SipLineProfile;
  /** Sent with the INVITE: P-Asserted-Identity, X-…; must not name one that SIP itself needs. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For a 401 or 407; the telephone's by default. */
  readonly credentials?: SipCredentials;
  /** Resolves at the first 183 with a description already, in which case the call may still be refused. */
  readonly acceptsEarlyMedia?: boolean;
  /** Cancels the call, or hangs up when it was answered. */
  readonly signal: AbortSignal;
}

/** A cancelled call is given up on after this, answer or no answer. */
const CANCEL_MS = 1_000;

/** Resolves with the answered call; rejects with INZWA_PHONE_REFUSED (details: status, reason, q850) or the abort's reason. */
export async function dial(context: PhoneContext, opts: DialOptions): Promise<SipPhoneCall> {
  opts.signal.throwIfAborted();
  const line = { ...context.line, ...opts.line };
  const media = await openMedia(context, line);
  if (opts.signal.aborted || context.isClosing()) {
    media.close();
    opts.signal.throwIfAborted();
    throw new InzwaError('INZWA_PHONE_REFUSED', 'no call was placed: the telephone was closed');
  }
  return new OutgoingCall(context, opts, media, line).placed;
}

class OutgoingCall implements CallSignalling, DialogParty {
  readonly progress: { -readonly [Key in keyof CallProgress]: CallProgress[Key] };
  readonly #context: PhoneContext;
  readonly #opts: DialOptions;
  readonly #media: CallMedia;
  readonly #line: SipLineProfile;
  readonly #negotiation: Negotiation;
  readonly #callId = randomToken();
  readonly #tag = randomToken();
  readonly #placed = Promise.withResolvers<SipPhoneCall>();
  readonly #answered = Promise.withResolvers<undefined>();
  /** Resolves with the final answer, whatever it was. */
  readonly #settled = Promise.withResolvers<undefined>();
  readonly #abort: Disposable;
  #invite: ClientTransaction;
  #tries = 1;
  /** Of the abort or the hang-up that came before the answer. */
  #cancelledBy: Error | undefined;
  /** Of the ringing; an Asterisk sends UPDATE in it, and a 481 would end the call. */
  #earlyDialog: Dialog | undefined;
  #dialog: Dialog | undefined;
  #call: SipCall | undefined;

  constructor(context: PhoneContext, opts: DialOptions, media: CallMedia, line: SipLineProfile) {
    this.#context = context;
    this.#opts = opts;
    this.#media = media;
    this.#line = line;
    this.#negotiation = new Negotiation(media, opts.codecs ?? context.codecs);
    // Whoever does not look at it has the ending of the call, or the rejection of `placed`.
    this.#answered.promise.catch(() => undefined);
    this.progress = {
      inviteAtMs: context.clock.nowMs(),
      ringingAtMs: undefined,
      answeredAtMs: undefined,
      finalStatus: undefined,
    };
    context.join(this.#callId, this.#tag, this);
    this.#invite = this.#send(this.#firstInvite());
    this.#abort = onAbort(opts.signal, () => this.#giveUp(opts.signal.reason as Error));
  }

  get placed(): Promise<SipPhoneCall> {
    return this.#placed.promise;
  }

  get whenAnswered(): Promise<void> {
    return this.#answered.promise;
  }

  async hangUp(q850: number | undefined): Promise<void> {
    const dialog = this.#dialog;
    if (!dialog) {
      this.#cancel(refused(this.#callId, { reason: 'hung up before the answer' }));
      await this.#settled.promise;
      return;
    }
    this.#leave();
    await dialog.request('BYE', { headers: reasonHeader(q850) });
  }

  async sendInfo(contentType: string, body: string): Promise<void> {
    await this.#answered.promise.catch(() => undefined);
    await this.#dialog?.request('INFO', { headers: [['Content-Type', contentType]], body });
  }

  receive(transaction: ServerTransaction): void {
    const dialog = this.#dialog ?? this.#earlyDialog;
    if (!dialog) {
      transaction.respond(responseTo(transaction.request, 481));
      return;
    }
    dialog.receive(transaction, {
      bye: (q850) => {
        this.#leave();
        this.#call?.end({ by: 'agent', reason: 'BYE', ...(q850 !== undefined && { details: { q850 } }) });
      },
      info: (contentType, body) => this.#call?.hearInfo(contentType, body),
      reoffer: (sdp) => this.#negotiation.answer(sdp),
    });
  }

  get #credentials(): SipCredentials | undefined {
    return this.#opts.credentials ?? this.#context.credentials;
  }

  async close(): Promise<void> {
    this.#giveUp(refused(this.#callId, { reason: 'the telephone was closed' }));
    await this.#placed.promise.catch(() => undefined);
    await this.#call?.ended;
  }

  #firstInvite(): SipRequest {
    const { target, from, displayName, headers = {} } = this.#opts;
    const { address } = this.#context.transport;
    const uri = sipUri(target);
    const name = displayName === undefined ? '' : `"${displayName.replace(/[\\"]/g, '\\$&')}" `;
    return {
      kind: 'request',
      method: 'INVITE',
      uri,
      headers: new SipHeaders([
        ['Max-Forwards', '70'],
        ['From', `${name}<${sipUri({ user: from, ...address })}>;tag=${this.#tag}`],
        ['To', `<${uri}>`],
        ['Call-ID', this.#callId],
        ['CSeq', '1 INVITE'],
        ['Contact', this.#context.contact],
        ['Allow', ALLOW],
        ...Object.entries(headers),
        ['Content-Type', 'application/sdp'],
      ]),
      body: this.#negotiation.offer(),
    };
  }

  #send(invite: SipRequest): ClientTransaction {
    return this.#context.transport.request(invite, this.#opts.target, {
      onResponse: (response) => this.#receiveResponse(response),
      onTimeout: () => this.#refuse(undefined),
    });
  }

  #receiveResponse(response: SipResponse): void {
    if (response.status < 200) this.#receiveProgress(response);
    else if (response.status < 300) this.#receiveAnswer(response);
    else this.#refuse(response);
  }

  #receiveProgress(response: SipResponse): void {
    if (this.#cancelledBy) {
      this.#context.transport.cancel(this.#invite, this.#opts.target);
      return;
    }
    if (response.status > 100) this.#earlyDialog ??= this.#dialogOf(response);
    if (response.status === 180) this.progress.ringingAtMs ??= this.#context.clock.nowMs();
    if (response.body === '' || this.#call || !this.#negotiation.accept(response.body)) return;
    const call = this.#openCall();
    if (this.#opts.acceptsEarlyMedia) this.#placed.resolve(call);
  }

  #receiveAnswer(response: SipResponse): void {
    const dialog = this.#dialogOf(response);
    dialog.acknowledge(cseqOf(this.#invite.request.headers)?.number ?? 1);
    // An answer that came again only wanted its ACK.
    if (this.#dialog) return;
    this.#dialog = dialog;
    this.progress.finalStatus = response.status;
    this.#settled.resolve(undefined);
    const isAgreed = response.body === '' ? this.#media.agreed !== undefined : this.#negotiation.accept(response.body);
    if (this.#cancelledBy || !isAgreed) {
      // The answer crossed the CANCEL (RFC 3261 §9.1), or brought nothing that was offered.
      const why = this.#cancelledBy ?? refused(this.#callId, { status: response.status, reason: 'no common codec' });
      void dialog.request('BYE').finally(() => this.#fail(why));
      return;
    }
    this.progress.answeredAtMs = this.#context.clock.nowMs();
    const call = this.#call ?? this.#openCall();
    this.#answered.resolve(undefined);
    this.#placed.resolve(call);
  }

  #refuse(response: SipResponse | undefined): void {
    const again =
      response && !this.#cancelledBy
        ? withCredentials(this.#invite.request, response, this.#credentials, { isRepeated: this.#tries > 1 })
        : undefined;
    if (again && this.#tries < 3) {
      this.#tries++;
      this.#invite = this.#send(again);
      return;
    }
    const q850 = response && q850Cause(response.headers);
    const answer = response ?? { reason: 'nobody answered' };
    this.progress.finalStatus = response?.status;
    this.#settled.resolve(undefined);
    this.#call?.end({
      by: response ? 'agent' : 'network',
      reason: response ? `${response.status} ${response.reason}` : answer.reason,
      details: { ...(response && { status: response.status }), ...(q850 !== undefined && { q850 }) },
    });
    this.#fail(this.#cancelledBy ?? refused(this.#callId, { ...answer, q850 }));
  }

  #dialogOf(response: SipResponse): Dialog {
    const { transport, contact } = this.#context;
    return Dialog.ofAnswer(response, this.#invite.request, { transport, contact, credentials: this.#credentials });
  }

  #openCall(): SipCall {
    const call = new SipCall({
      callId: this.#callId,
      clock: this.#context.clock,
      line: this.#line,
      media: this.#media,
      signalling: this,
    });
    this.#call = call;
    return call;
  }

  /** The caller's wish, at whatever moment it comes. */
  #giveUp(why: Error): void {
    this.#cancel(why);
    this.#call?.hangUp();
    if (this.#dialog) return;
    const cancelTimer = this.#context.clock.after(CANCEL_MS, () => this.#fail(why));
    void this.#settled.promise.then(cancelTimer);
  }

  #cancel(why: Error): void {
    if (this.#dialog || this.#cancelledBy) return;
    this.#cancelledBy = why;
    // Before anything has answered, a CANCEL could overtake its INVITE (RFC 3261 §9.1): the first answer lets it go.
    if (!this.#invite.isUnanswered) this.#context.transport.cancel(this.#invite, this.#opts.target);
  }

  #fail(why: Error): void {
    this.#answered.reject(why);
    this.#placed.reject(why);
    this.#media.close();
    this.#leave();
  }

  #leave(): void {
    this.#abort[Symbol.dispose]();
    this.#context.leave(this.#callId, this.#tag);
  }
}
