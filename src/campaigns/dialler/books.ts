/** The dialler's books: what carriers and interviews tell of an attempt, written down once however often it is told. */
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError, messageOf } from '#kernel/errors.ts';
import type { Logger } from '#src/observability/logger.ts';
import { newId } from '#src/records/ids.ts';
import { isErasedSince } from '#src/records/on-the-line.ts';
import type { Records, RecordsTransaction } from '#src/records/records.ts';
import { storableText } from '#src/records/storable-text.ts';
import type { Carrier, CarrierCall } from '#telephony/carrier.ts';
import type { Answer, AttemptBooks, GateVerdict, InterviewEnd } from '../outcome.ts';
import { lockAttempt, noteEvent, type StepRoom } from './attempts.ts';
import { callBack, type InboundCall } from './call-back.ts';
import { noteCarrierCall, type CarrierCallVerdict } from './carrier-calls.ts';
import type { TellOthers } from './events.ts';
import { passGate } from './gate.ts';
import { isOptedOut, recordOptOut } from './opt-outs.ts';
import { settleContact } from './settle.ts';

export interface BooksOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where calls are ended that must not go on. */
  readonly carriers: readonly Carrier[];
  /** @defaultValue nobody is told */
  readonly tellOthers?: TellOthers | undefined;
}

/** For one order to end a call. */
const END_MS = 10_000;
/** One that failed is given again after these pauses: nothing else follows a call that was given up. */
const END_AGAIN_MS = [2_000, 5_000, 15_000, 30_000];
/** After the interview is over the line is soon free; if nobody says so, the carrier is asked. */
const END_CHECK_MS = 15_000;

const WRITE_AGAIN_MS = [100, 500, 2_000];

/** Safe to call from several processes at once; every method rejects with INZWA_RECORDS_UNAVAILABLE when nothing was written. */
export class Books implements AttemptBooks {
  readonly #opts: BooksOptions;
  readonly #room: StepRoom;
  readonly #listeners = new Set<() => void>();
  /** Opt-outs that are being written in this process, or were a moment ago: `hash scope`, and when (monotonic). */
  readonly #sayingNo = new Map<string, number>();

  constructor(opts: BooksOptions) {
    this.#opts = opts;
    this.#room = { kind: opts.records.kind, tellOthers: opts.tellOthers };
  }

  async answered(call: { readonly attemptId: string; readonly sid: string }): Promise<GateVerdict> {
    const now = this.#wallMs();
    const { verdict, trunk } = await this.#write((tx) => passGate(tx, this.#room, call, now));
    if (verdict.kind === 'hang-up') {
      this.#opts.logger.warn(
        { attemptId: call.attemptId, sid: call.sid, why: verdict.why },
        'an answered call is hung up',
      );
      if (trunk !== undefined) this.#end(trunk, call.sid);
    }
    return verdict;
  }

  async answer(attemptId: string, answer: Answer): Promise<void> {
    await this.#write(async (tx) => {
      const attempt = await lockAttempt(tx, this.#room, { id: attemptId });
      if (attempt === undefined || (await isErasedSince(tx, [attempt.phone_hash], attempt.intent_at))) return;
      const call = await tx.selectFrom('calls').select('id').where('attempt_id', '=', attemptId).executeTakeFirst();
      const said = {
        call_id: call?.id ?? null,
        attempt_id: attemptId,
        value_json: JSON.stringify(answer.value),
        raw_text: answer.rawText === undefined ? null : storableText(answer.rawText),
        confidence: answer.confidence,
        method: answer.method,
        is_confirmed: answer.isConfirmed ? (1 as const) : (0 as const),
        at: Math.floor(answer.at),
      };
      await tx
        .insertInto('answers')
        .values({
          id: newId(this.#wallMs()),
          campaign_contact_id: attempt.campaign_contact_id,
          question: answer.question,
          ...said,
        })
        .onConflict((conflict) => conflict.columns(['campaign_contact_id', 'question']).doUpdateSet(said))
        .execute();
    });
  }

  async optOut(
    attemptId: string,
    how: { readonly source: 'keys' | 'speech'; readonly scope: 'all' | 'campaign'; readonly evidence: string },
  ): Promise<void> {
    const { records, clock, logger, tellOthers } = this.#opts;
    const said = await records.db
      .selectFrom('attempts')
      .select(['phone_hash', 'campaign_id', 'intent_at'])
      .where('id', '=', attemptId)
      .executeTakeFirst();
    if (said === undefined) return;
    // Before it is written: an order that is about to go out from this very process asks here, without waiting for anything.
    const scope = how.scope === 'all' ? '*' : said.campaign_id;
    this.#sayingNo.set(`${said.phone_hash} ${scope}`, clock.nowMs());
    await this.#write(async (tx) => {
      const { phone_hash: phoneHash, intent_at: since } = said;
      // A no counts for ever, the words that said it only as long as anything of them is kept.
      const evidence = (await isErasedSince(tx, [phoneHash], since)) ? undefined : storableText(how.evidence);
      const optOut = { phoneHash, scope, source: how.source, attemptId, at: this.#wallMs(), evidence };
      await recordOptOut(tx, optOut, tellOthers);
    });
    logger.info({ attemptId, source: how.source, scope: how.scope }, 'somebody asked not to be called again');
    this.#changed();
  }

  async finished(attemptId: string, end: InterviewEnd): Promise<void> {
    const { tellOthers } = this.#opts;
    const at = this.#wallMs();
    await this.#write(async (tx) => {
      const attempt = await lockAttempt(tx, this.#room, { id: attemptId });
      if (attempt === undefined) return;
      const { result, answeredBy, callbackAt, resume, isAllAsked } = end;
      const isNew = await noteEvent(tx, {
        attemptId,
        trunk: attempt.trunk,
        eventId: `interview:${attemptId}`,
        kind: 'interview.finished',
        payload: { result, answeredBy, callbackAt },
        at,
      });
      if (!isNew) return;
      await tx
        .updateTable('attempts')
        .set({ answered_by: answeredBy, ...(attempt.check_at !== null && { check_at: at + END_CHECK_MS }) })
        .where('id', '=', attemptId)
        .execute();
      const { phone_hash: phoneHash, campaign_id: campaignId } = attempt;
      if (result === 'opted_out' && !(await isOptedOut(tx, phoneHash, campaignId))) {
        const optOut = { phoneHash, scope: '*', source: 'speech', attemptId, at, evidence: 'interview' } as const;
        await recordOptOut(tx, optOut, tellOthers);
      }
      // Who was erased after this call waits for no other one, and nothing is kept of where they were.
      if (await isErasedSince(tx, [phoneHash], attempt.intent_at)) return;
      await settleContact(tx, this.#room, attempt, { end: result, at, callbackAt, resume, isAllAsked, isSaid: true });
    });
    this.#changed();
  }

  /** Durable when it resolves: a webhook may be acknowledged then. `trunk` is the carrier's name. */
  async carrierCall(trunk: string, call: CarrierCall): Promise<CarrierCallVerdict> {
    const now = this.#wallMs();
    const verdict = await this.#write((tx) => noteCarrierCall(tx, this.#room, trunk, call, now));
    if (verdict === 'second-call' || verdict === 'given-up') {
      this.#opts.logger.error(
        { trunk, sid: call.sid, attemptId: call.attemptId, verdict },
        'the carrier has a call that should not be',
      );
      if (call.state !== 'ended') this.#end(trunk, call.sid);
    }
    if (verdict === 'recorded') this.#changed();
    return verdict;
  }

  /**
   * A call that came in from a number which a running campaign still wants to reach: its interview goes on here, under an
   * attempt of its own, and a call to it that only rings is taken back. Undefined: an ordinary caller.
   */
  async calledBack(call: InboundCall): Promise<GateVerdict | undefined> {
    const now = this.#wallMs();
    const answer = await this.#write((tx) => callBack(tx, this.#room, call, now));
    if (answer?.superseded !== undefined) this.#end(answer.superseded.trunk, answer.superseded.sid);
    if (answer !== undefined) this.#changed();
    return answer?.verdict;
  }

  /** True when an order to that number must not go out any more, as far as this process knows without asking anybody. */
  hasJustSaidNo(phoneHash: string, campaignId: string): boolean {
    const now = this.#opts.clock.nowMs();
    for (const [no, sinceMs] of this.#sayingNo) if (now - sinceMs > END_MS) this.#sayingNo.delete(no);
    return this.#sayingNo.has(`${phoneHash} *`) || this.#sayingNo.has(`${phoneHash} ${campaignId}`);
  }

  /** Told after every change that may let another call be placed; disposing of the result ends it. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Two writers that stood in each other's way, or a server that was started anew: what was said in a call is not lost over it. */
  async #write<T>(work: (tx: RecordsTransaction) => Promise<T>): Promise<T> {
    const { records, clock } = this.#opts;
    for (const waitMs of WRITE_AGAIN_MS) {
      try {
        return await records.transaction(work);
      } catch (error) {
        if (!isInzwaError(error, 'INZWA_RECORDS_UNAVAILABLE')) throw error;
        await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      }
    }
    return records.transaction(work);
  }

  /** The records keep whole milliseconds. */
  #wallMs(): number {
    return Math.floor(this.#opts.clock.wallMs());
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Nobody waits for it. */
  #end(trunk: string, sid: string, failures = 0): void {
    const carrier = this.#opts.carriers.find(({ name }) => name === trunk);
    if (carrier === undefined) return;
    const { clock, logger } = this.#opts;
    const controller = new AbortController();
    const cancel = clock.after(END_MS, () => controller.abort());
    carrier
      .end(sid, { signal: controller.signal })
      .catch((error: unknown) => {
        logger.warn({ trunk, sid, why: messageOf(error) }, 'a call could not be ended');
        const againMs = END_AGAIN_MS[failures];
        if (againMs !== undefined) clock.after(againMs, () => this.#end(trunk, sid, failures + 1));
      })
      .finally(cancel);
  }
}
