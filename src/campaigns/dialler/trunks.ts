/** The trunks as the records know them: what each bears, and how much of it callers use. */
import type { Records } from '#src/records/records.ts';
import type { TrunksTable } from '#src/records/schema.ts';

export interface TrunkLimits {
  readonly name: string;
  readonly kind: TrunksTable['kind'];
  /** Strictly below what the carrier takes; [0.1, 100]. */
  readonly cps: number;
  readonly maxCalls: number;
  /** Lines of `maxCalls` that campaigns never take. */
  readonly inboundReserve: number;
}

/** Writes the limits that this process was configured with; what the trunk is doing stays. */
export async function putTrunk(
  records: Records,
  { name, kind, cps, maxCalls, inboundReserve }: TrunkLimits,
): Promise<void> {
  const limits = { kind, cps, max_calls: maxCalls, inbound_reserve: inboundReserve };
  await records.db
    .insertInto('trunks')
    .values({ name, ...limits, inbound_calls: 0, inbound_at: null, hold_until: null })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(limits))
    .execute();
}

/** Lines in use by calls that came in; to be said at each change, and every 30 s as long as there are any. */
export async function tellInbound(records: Records, name: string, calls: number, at: number): Promise<void> {
  await records.db
    .updateTable('trunks')
    .set({ inbound_calls: calls, inbound_at: at })
    .where('name', '=', name)
    .execute();
}
