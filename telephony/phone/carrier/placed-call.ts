/** One call of the stand-in carrier, from the order to its end, told by webhooks on the way as Twilio tells it. */
import { messageOf } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { connectPhone } from '../twilio-phone.ts';
import type { Callee } from './callee.ts';
import { readDocument, type Step } from './document.ts';
import type { FaultDice } from './faults.ts';
import type { Form, WebhookSender } from './webhook-sender.ts';

export type CallStatus =
  'queued' | 'initiated' | 'ringing' | 'in-progress' | 'completed' | 'busy' | 'failed' | 'no-answer' | 'canceled';

type FinalStatus = Extract<CallStatus, 'completed' | 'busy' | 'failed' | 'no-answer' | 'canceled'>;

/** As posted to Calls.json, checked. */
export interface CallOrder {
  readonly to: string;
  readonly from: string;
  readonly url: string | undefined;
  readonly twiml: string | undefined;
  readonly statusCallback: string | undefined;
  readonly statusEvents: ReadonlySet<string>;
  /** How long it may ring. */
  readonly ringMs: number;
  /** Where the carrier's own machine detection reports; undefined: not asked for. */
  readonly machineCallback: string | undefined;
}

/** What all calls of one carrier share. */
export interface CallSurroundings {
  readonly accountSid: string;
  readonly authToken: string;
  readonly clock: Clock;
  readonly sender: WebhookSender;
  readonly dice: Pick<FaultDice, 'webhook'>;
  /** As for WebhookSender. */
  readonly reach: ((url: URL) => void) | undefined;
  /** Aborts with the carrier; a webhook that waits then is not sent. */
  readonly signal: AbortSignal;
  /** Resolves when the account's rate lets one more call out. */
  readonly rate: (opts: { readonly signal: AbortSignal }) => Promise<void>;
  /** Millionths of a dollar for each minute begun. */
  readonly microsPerMinute: number;
}

const DEFAULT_STAYS_MS = 30_000;
const UNREACHED_SIP_STATUS = 480;

export class PlacedCall {
  readonly sid: string;
  readonly order: CallOrder;
  /** All times are epoch ms by the carrier's clock. */
  readonly createdAt: number;
  startedAt: number | undefined;
  ringingAt: number | undefined;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  status: CallStatus = 'queued';
  sipStatus: number | undefined;
  answeredBy: string | undefined;
  /** Why the carrier itself ended it: Twilio's error code, such as 11200 for an answer URL that failed. */
  errorCode: number | undefined;
  /** Every document that the agent answered with. */
  readonly documents: string[] = [];
  /** Never rejects. */
  readonly over: Promise<void>;

  readonly #around: CallSurroundings;
  readonly #callee: Callee;
  readonly #life = new AbortController();
  readonly #done = Promise.withResolvers<undefined>();
  readonly #telling = new Set<Promise<unknown>>();
  #sequence = 0;

  constructor(order: CallOrder, callee: Callee, around: CallSurroundings, sid: string) {
    this.sid = sid;
    this.order = order;
    this.#callee = callee;
    this.#around = around;
    this.over = this.#done.promise.then(() => undefined);
    this.createdAt = around.clock.wallMs();
  }

  get isOver(): boolean {
    return this.endedAt !== undefined;
  }

  /** Millionths of a dollar; undefined while it goes on, and where nobody answered. */
  get costMicros(): number | undefined {
    if (this.endedAt === undefined || this.answeredAt === undefined) return undefined;
    return Math.ceil((this.endedAt - this.answeredAt) / 60_000) * this.#around.microsPerMinute;
  }

  /** Never rejects; webhooks that are late or repeated may outlast it: see `told`. */
  async run(): Promise<void> {
    const { signal } = this.#life;
    try {
      this.#end(await this.#live(signal));
    } catch (error) {
      if (this.isOver) return;
      // A fault of the callee's script is a call that broke.
      this.errorCode = signal.aborted ? undefined : 31_921;
      this.#end(this.answeredAt === undefined ? 'failed' : 'completed');
      if (!signal.aborted) this.documents.push(`<!-- ${messageOf(error)} -->`);
    }
  }

  /** As `Status=canceled` and `Status=completed` do: a call that is over stays what it is. */
  hangUp(): void {
    if (this.isOver) return;
    this.#end(this.answeredAt === undefined ? 'canceled' : 'completed');
  }

  /** Resolves when no webhook of this call is under way any more. */
  async told(): Promise<void> {
    while (this.#telling.size > 0) await Promise.allSettled([...this.#telling]);
  }

  async #live(signal: AbortSignal): Promise<FinalStatus> {
    const { clock, rate } = this.#around;
    const { queueMs = 0, setupMs = 0, ringMs, does, sipStatus = UNREACHED_SIP_STATUS } = this.#callee;
    await clock.sleep(queueMs, { signal });
    await rate({ signal });
    this.startedAt = clock.wallMs();
    this.#become('initiated', 'initiated');
    await clock.sleep(setupMs, { signal });
    if (does === 'cannot-be-reached') {
      this.sipStatus = sipStatus;
      return 'failed';
    }
    this.ringingAt = clock.wallMs();
    this.#become('ringing', 'ringing');
    await clock.sleep(Math.min(ringMs, this.order.ringMs), { signal });
    if (ringMs >= this.order.ringMs) {
      // Twilio's own CANCEL.
      this.sipStatus = 487;
      return 'no-answer';
    }
    if (does === 'is-busy') {
      this.sipStatus = 486;
      return 'busy';
    }
    this.sipStatus = 200;
    this.answeredAt = clock.wallMs();
    this.#become('in-progress', 'answered');
    this.#detectMachine(signal);
    await this.#converse(signal);
    return 'completed';
  }

  async #converse(signal: AbortSignal): Promise<void> {
    const document = await this.#document(signal);
    if (document === undefined) return;
    this.documents.push(document);
    for (const step of readDocument(document)) {
      if (step.kind === 'end') return;
      if (step.kind === 'wait') await this.#around.clock.sleep(step.ms, { signal });
      else if (await this.#talk(step, signal)) return;
    }
  }

  /** Undefined when there is none: the call ends then, after words of Twilio's own. */
  async #document(signal: AbortSignal): Promise<string | undefined> {
    const { url, twiml } = this.order;
    if (url === undefined) return twiml;
    const answer = await this.#around.sender.post(url, this.#form('in-progress'), { signal });
    if (answer.kind === 'answered' && answer.status < 400) return answer.text;
    // https://www.twilio.com/docs/api/errors/11200: the document could not be fetched.
    this.errorCode = 11_200;
    return undefined;
  }

  /** True when the callee hung up; false when the agent closed the stream, and what follows it in the document goes on. */
  async #talk({ stream }: Extract<Step, { kind: 'stream' }>, signal: AbortSignal): Promise<boolean> {
    const { accountSid, authToken, clock, reach } = this.#around;
    const leaving = new AbortController();
    const cancel = clock.after(this.#callee.staysMs ?? DEFAULT_STAYS_MS, () => leaving.abort());
    try {
      const phone = await connectPhone(stream, {
        accountSid,
        authToken,
        clock,
        callSid: this.sid,
        ...(reach && { reach }),
        signal: AbortSignal.any([signal, leaving.signal]),
      });
      const talking = this.#callee.talk?.(phone, { signal }).catch(() => phone.hangUp());
      const { by } = await phone.ended;
      await talking;
      signal.throwIfAborted();
      return by === 'caller';
    } catch (error) {
      signal.throwIfAborted();
      // https://www.twilio.com/docs/api/errors/31920: the stream could not be connected; the document goes on.
      this.errorCode = 31_920;
      this.documents.push(`<!-- ${messageOf(error)} -->`);
      return false;
    } finally {
      cancel();
    }
  }

  #become(status: CallStatus, event: string): void {
    this.status = status;
    this.#tell(event, status);
  }

  #end(status: FinalStatus): void {
    if (this.isOver) return;
    this.endedAt = this.#around.clock.wallMs();
    this.#become(status, 'completed');
    this.#life.abort(new Error(`call ${this.sid} is over`));
    this.#done.resolve(undefined);
  }

  #detectMachine(signal: AbortSignal): void {
    const { machineCallback } = this.order;
    if (machineCallback === undefined) return;
    const { clock, sender } = this.#around;
    const AnsweredBy = (this.answeredBy = this.#callee.soundsLike ?? 'human');
    this.#keep(
      clock.sleep(DETECTION_MS, { signal }).then(async () => {
        const form = { AccountSid: this.#around.accountSid, CallSid: this.sid, AnsweredBy };
        await sender.post(machineCallback, { ...form, MachineDetectionDuration: String(DETECTION_MS) }, { signal });
      }),
    );
  }

  #tell(event: string, status: CallStatus): void {
    const { clock, sender, dice } = this.#around;
    const { statusCallback, statusEvents } = this.order;
    if (statusCallback === undefined || !statusEvents.has(event)) return;
    const form = {
      ...this.#form(status),
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(this.#sequence++),
      Timestamp: new Date(clock.wallMs()).toUTCString().replace('GMT', '+0000'),
      ...(event === 'completed' && {
        CallDuration: String(this.#seconds),
        SipResponseCode: String(this.sipStatus ?? 0),
      }),
    };
    const fate = dice.webhook();
    // Sent whatever becomes of the call meanwhile.
    const { signal } = this.#around;
    if (fate.isForgedBesides)
      this.#keep(sender.forge(statusCallback, { ...form, CallStatus: 'completed' }, { signal }));
    if (fate.isLost) return;
    for (const afterMs of fate.afterMs) {
      const sending = afterMs === 0 ? Promise.resolve() : clock.sleep(afterMs, { signal });
      this.#keep(sending.then(() => sender.post(statusCallback, form, { signal })));
    }
  }

  #form(status: CallStatus): Form {
    const { to, from } = this.order;
    return {
      AccountSid: this.#around.accountSid,
      ApiVersion: '2010-04-01',
      CallSid: this.sid,
      CallStatus: status,
      Direction: 'outbound-api',
      From: from,
      To: to,
      Called: to,
      Caller: from,
    };
  }

  get #seconds(): number {
    return this.answeredAt === undefined ? 0 : Math.ceil(((this.endedAt ?? this.answeredAt) - this.answeredAt) / 1_000);
  }

  #keep(work: Promise<unknown>): void {
    this.#telling.add(work);
    const done = (): boolean => this.#telling.delete(work);
    work.then(done, done);
  }
}

/** Twilio's verdict takes some seconds: a median of 7.7 was measured by others (docs of fishaudio, issue 169); 4 is its default end. */
const DETECTION_MS = 4_000;
