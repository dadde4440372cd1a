/** A call that comes to this telephone (RFC 3261 §13.3), answered by its script. */
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import type { CallMedia } from './call-media.ts';
import type { CalleeScript, IncomingSipCall, ScriptSource } from './callee-script.ts';
import { ALLOW, Dialog, reasonHeader } from './dialog.ts';
import { parseNameAddress, parseSipUri, SipHeaders } from './headers.ts';
import { responseTo } from './message.ts';
import { Negotiation } from './negotiation.ts';
import { openMedia, type DialogParty, type PhoneContext } from './phone-context.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { SipCall, type CallSignalling } from './sip-call.ts';
import type { CallProgress, SipPhoneCall } from './sip-phone-call.ts';
import { randomToken } from './transport.ts';

/** Causes by ITU-T Q.850 that this telephone gives of itself. */
const NORMAL_CLEARING = 16;

export class IncomingCall implements IncomingSipCall, CallSignalling, DialogParty {
  readonly callId: string;
  readonly number: string;
  readonly from: string;
  readonly displayName: string;
  readonly assertedIdentity: string;
  readonly headers: SipHeaders;
  readonly progress: { -readonly [Key in keyof CallProgress]: CallProgress[Key] };
  readonly whenAnswered: Promise<void>;
  readonly done: Promise<void>;
  cancelledAtMs: number | undefined;
  call: SipCall | undefined;

  readonly #context: PhoneContext;
  readonly #invite: ServerTransaction;
  readonly #tag = randomToken();
  readonly #dialog: Dialog;
  readonly #answered = Promise.withResolvers<SipPhoneCall>();
  /** Aborts the script: the caller gave up, or the call is over. */
  readonly #over = new AbortController();
  #media: CallMedia | undefined;
  /** The description of our side; the same in 183 and 200. */
  #sdp: string | undefined;
  #negotiation: Negotiation | undefined;

  constructor(context: PhoneContext, invite: ServerTransaction, script: ScriptSource) {
    const { headers, uri } = invite.request;
    const from = parseNameAddress(headers.get('From') ?? '');
    this.callId = headers.get('Call-ID') ?? '';
    this.number = parseSipUri(uri).user;
    this.from = parseSipUri(from.uri).user;
    this.displayName = from.displayName;
    this.assertedIdentity = parseSipUri(parseNameAddress(headers.get('P-Asserted-Identity') ?? '').uri).user;
    this.headers = headers;
    this.progress = {
      inviteAtMs: context.clock.nowMs(),
      ringingAtMs: undefined,
      answeredAtMs: undefined,
      finalStatus: undefined,
    };
    this.#context = context;
    this.#invite = invite;
    const { transport, contact, credentials } = context;
    this.#dialog = Dialog.ofInvite(invite.request, this.#tag, { transport, contact, credentials });
    invite.listen({
      cancelled: () => this.#cancelled(),
      acknowledged: (ack) => {
        // The caller made no offer: ours was in the answer, and its own comes now (RFC 3264 §4).
        if (invite.request.body === '' && ack.body !== '') this.#negotiation?.accept(ack.body);
      },
      unacknowledged: () => this.call?.hangUp(),
    });
    context.join(this.callId, this.#tag, this);
    this.whenAnswered = this.#answered.promise.then(() => undefined);
    // Whoever does not look at them has `progress` and the ending of the call.
    this.whenAnswered.catch(() => undefined);
    this.done = this.#run(script);
    this.done.catch(() => undefined);
  }

  get answered(): Promise<SipPhoneCall> {
    return this.#answered.promise;
  }

  async hangUp(q850: number | undefined): Promise<void> {
    if (this.progress.answeredAtMs === undefined) {
      this.#refuse(603, q850);
      return;
    }
    this.#finish();
    await this.#dialog.request('BYE', { headers: reasonHeader(q850) });
  }

  async sendInfo(contentType: string, body: string): Promise<void> {
    await this.#dialog.request('INFO', { headers: [['Content-Type', contentType]], body });
  }

  receive(transaction: ServerTransaction): void {
    this.#dialog.receive(transaction, {
      bye: (q850) => {
        this.call?.end({ by: 'agent', reason: 'BYE', ...(q850 !== undefined && { details: { q850 } }) });
        this.#refuse(487, undefined);
        this.#finish();
      },
      info: (contentType, body) => this.call?.hearInfo(contentType, body),
      reoffer: (sdp) => this.#negotiation?.answer(sdp),
    });
  }

  async close(): Promise<void> {
    if (this.progress.finalStatus === undefined) this.#refuse(480, undefined);
    this.call?.hangUp({ q850: NORMAL_CLEARING });
    await this.call?.ended;
  }

  async #run(script: ScriptSource): Promise<void> {
    const { signal } = this.#over;
    try {
      let next: CalleeScript | undefined = typeof script === 'function' ? script(this) : script;
      await this.#prepare();
      while (next && !signal.aborted) next = await this.#play(next);
    } catch (error) {
      if (signal.aborted && (error === signal.reason || isInzwaError(error, 'INZWA_PHONE_CALL_OVER'))) return;
      this.#refuse(500, undefined);
      this.call?.hangUp();
      throw error;
    }
  }

  /** The media's socket, and what both sides can speak; a caller with whom nothing is in common is refused. */
  async #prepare(): Promise<void> {
    this.#media = await openMedia(this.#context, this.#context.line);
    if (this.#over.signal.aborted) {
      this.#media.close();
      return;
    }
    this.#negotiation = new Negotiation(this.#media, this.#context.codecs);
    const offer = this.#invite.request.body;
    this.#sdp = this.#negotiation.answer(offer === '' ? undefined : offer);
    if (this.#sdp === undefined) this.#refuse(488, undefined);
  }

  /** Returns what comes next. */
  async #play(script: CalleeScript): Promise<CalleeScript | undefined> {
    const { clock } = this.#context;
    const { signal } = this.#over;
    switch (script.kind) {
      case 'ring':
        this.#ring();
        return undefined;
      case 'reject':
        if (script.afterMs) {
          this.#ring();
          await clock.sleep(script.afterMs, { signal });
        }
        this.#refuse(script.status, script.q850);
        return undefined;
      case 'early-media':
        this.#respond(183);
        await this.#openCall().say(script.pcm);
        return script.next;
      case 'answer':
        if (script.afterMs) {
          this.#ring();
          await clock.sleep(script.afterMs, { signal });
        }
        await this.#answer(script.onAnswer);
        return undefined;
    }
  }

  #ring(): void {
    if (this.call || this.progress.ringingAtMs !== undefined) return;
    this.progress.ringingAtMs = this.#context.clock.nowMs();
    this.#respond(180);
  }

  async #answer(onAnswer: ((call: SipPhoneCall) => unknown) | undefined): Promise<void> {
    this.progress.answeredAtMs = this.#context.clock.nowMs();
    this.#respond(200);
    const call = this.#openCall();
    this.#answered.resolve(call);
    await onAnswer?.(call);
  }

  #respond(status: number, more: readonly (readonly [string, string])[] = []): void {
    const sdp = status === 183 || status === 200 ? (this.#sdp ?? '') : '';
    if (status >= 200) this.progress.finalStatus ??= status;
    this.#invite.respond(
      responseTo(this.#invite.request, status, {
        toTag: this.#tag,
        headers: [
          ['Contact', this.#context.contact],
          ['Allow', ALLOW],
          ...more,
          ...(sdp === '' ? [] : [['Content-Type', 'application/sdp'] as const]),
        ],
        body: sdp,
      }),
    );
  }

  #openCall(): SipCall {
    const media = this.#media;
    if (!media) throw this.#callIsOver();
    this.call ??= new SipCall({
      callId: this.callId,
      clock: this.#context.clock,
      line: this.#context.line,
      media,
      signalling: this,
    });
    return this.call;
  }

  #cancelled(): void {
    this.cancelledAtMs = this.#context.clock.nowMs();
    this.call?.end({ by: 'agent', reason: 'CANCEL', details: { status: 487 } });
    this.#refuse(487, undefined);
  }

  /** Nothing once there was a final answer. */
  #refuse(status: number, q850: number | undefined): void {
    if (this.progress.finalStatus !== undefined) return;
    this.#respond(status, reasonHeader(q850));
    this.#finish();
    this.call?.end({ by: 'caller', reason: `${status}`, details: { status } });
    this.#media?.close();
  }

  #finish(): void {
    const why = this.#callIsOver();
    this.#over.abort(why);
    this.#answered.reject(why);
    this.#context.leave(this.callId, this.#tag);
  }

  #callIsOver(): InzwaError {
    return new InzwaError('INZWA_PHONE_CALL_OVER', `call ${this.callId} is over: its script ends here`);
  }
}
