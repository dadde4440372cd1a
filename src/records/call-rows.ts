/** The rows of one call, each step safe to be done again: what is there already stays as it is. */
import type { PhoneNumber } from '#telephony/trunk.ts';
import type { CallNotes, TurnNote } from './call-notes.ts';
import { isErasedSince } from './on-the-line.ts';
import type { Phones } from './phones.ts';
import type { RecordsTransaction } from './records.ts';

/** What is known of a call besides its events; all of it before the first event. */
export interface CallOrigin {
  readonly callId: string;
  readonly direction: 'in' | 'out';
  readonly carrier: string;
  readonly carrierSid?: string | undefined;
  readonly attemptId?: string | undefined;
  readonly from?: PhoneNumber | undefined;
  readonly to?: PhoneNumber | undefined;
}

export type NumberedTurn = TurnNote & { seq?: number };

export interface OpenCall {
  readonly origin: CallOrigin;
  readonly notes: CallNotes;
  isStarted: boolean;
  /** The caller had their records erased while the call was not written yet: neither number nor words of it are kept. */
  isForgotten: boolean;
  /** Undefined until it is known which the database has: a call that goes on in another process has some already. */
  nextSeq: number | undefined;
  turns: NumberedTurn[];
}

export async function writeStart(
  tx: RecordsTransaction,
  call: OpenCall,
  { phones, keepCallsMs }: { readonly phones: Phones; readonly keepCallsMs: number },
): Promise<void> {
  const { origin, notes } = call;
  const { start } = notes;
  if (start === undefined) return;
  const { callId, direction, carrier, carrierSid, attemptId, from, to } = origin;
  const numbers = [from, to].filter((number) => number !== undefined);
  const hash = (number: PhoneNumber | undefined): string | null => (number === undefined ? null : phones.hash(number));
  call.isForgotten = await isErasedSince(
    tx,
    numbers.map((number) => phones.hash(number)),
    start.at,
  );
  if (numbers.length > 0 && !call.isForgotten) await phones.remember(tx, numbers);
  await tx
    .insertInto('calls')
    .values({
      id: callId,
      attempt_id: attemptId ?? null,
      direction,
      carrier,
      from_hash: hash(from),
      to_hash: hash(to),
      hotline: start.hotline,
      language: start.language,
      started_at: start.at,
      ended_at: null,
      result: null,
      reason: null,
      metrics_json: null,
      retain_until: start.at + keepCallsMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const leg = { carrier_sid: carrierSid ?? callId, party: 'caller', started_at: start.at, ended_at: null, cause: null };
  await tx
    .insertInto('legs')
    .values({ id: `${callId}/${start.at}`, call_id: callId, ...leg })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function writeTurn(tx: RecordsTransaction, call: OpenCall, turn: NumberedTurn): Promise<void> {
  const { callId } = call.origin;
  call.nextSeq ??= await nextSeqOf(tx, callId);
  turn.seq ??= call.nextSeq++;
  await tx
    .insertInto('turns')
    .values({ call_id: callId, ...turn, ...(call.isForgotten && { text: null }), seq: turn.seq })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function writeEnd(tx: RecordsTransaction, { origin: { callId }, notes }: OpenCall): Promise<void> {
  const { end } = notes;
  if (end === undefined) return;
  const { at, cause } = end;
  await tx
    .updateTable('calls')
    .set({ ended_at: at, result: cause.result, reason: cause.reason, metrics_json: JSON.stringify(notes.metrics()) })
    .where('id', '=', callId)
    .execute();
  await tx
    .updateTable('legs')
    .set({ ended_at: at, cause: cause.reason })
    .where('call_id', '=', callId)
    .where('ended_at', 'is', null)
    .execute();
}

async function nextSeqOf(tx: RecordsTransaction, callId: string): Promise<number> {
  const last = await tx
    .selectFrom('turns')
    .select('seq')
    .where('call_id', '=', callId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return (last?.seq ?? 0) + 1;
}
