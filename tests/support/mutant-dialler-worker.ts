/** The dialler on ground that does one thing wrong: what the kill test must find, or it finds nothing. */
import { runDiallerProcess, type DiallerGround } from '#src/cli/bench/campaign/kill/dialler-process.ts';
import { RING_SECONDS } from '#src/cli/bench/campaign/kill/plan.ts';
import type { Records, RecordsTransaction } from '#src/records/records.ts';
import type { Carrier, CarrierOrder, PlaceAnswer } from '#telephony/carrier.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';

const { signal } = new AbortController();

const MUTATIONS: Readonly<Record<string, (ground: DiallerGround) => DiallerGround>> = {
  /** A stale intent is called again because nobody asks the carrier. */
  'does-not-reconcile': ({ records, carrier }) => ({
    records,
    carrier: over(carrier, { find: () => Promise.resolve([]) }),
  }),
  /** As a client with retries does. */
  'asks-again': ({ records, carrier }) => ({
    records,
    carrier: over(carrier, {
      async place(order, opts) {
        const answer = await carrier.place(order, opts);
        return answer.kind === 'unclear' ? carrier.place(order, opts) : answer;
      },
    }),
  }),
  /** An error is taken for a no. */
  'frees-the-line': ({ records, carrier }) => ({
    records,
    carrier: over(carrier, {
      async place(order, opts) {
        const answer = await carrier.place(order, opts);
        return answer.kind === 'unclear' ? { kind: 'refused', reason: answer.reason, waitMs: 1_000 } : answer;
      },
    }),
  }),
  /** As one would that had read the do-not-call list when it started. */
  'forgets-the-list': ({ records, carrier }) => {
    const forget = async (): Promise<void> => {
      await records.db.deleteFrom('opt_outs').where('evidence', '=', 'list').execute();
      await records.db
        .updateTable('campaign_contacts')
        .set({ state: 'pending', disposition: null })
        .where('disposition', '=', 'opted_out')
        .where((is) =>
          is.not(
            is.exists(
              is
                .selectFrom('opt_outs')
                .select('at')
                .whereRef('phone_hash', '=', is.ref('campaign_contacts.phone_hash')),
            ),
          ),
        )
        .execute();
    };
    setInterval(() => void forget().catch(() => undefined), 100);
    return { records, carrier };
  },
  /** The order leaves while its intent is still in an open transaction. */
  'orders-before-it-writes': ({ records, carrier }) => {
    const answers = new Map<string, Promise<PlaceAnswer>>();
    return {
      records: {
        kind: records.kind,
        db: records.db,
        transaction: (work) =>
          records.transaction(async (tx) => {
            const before = new Set((await intentsIn(tx)).map(({ attemptId }) => attemptId));
            const result = await work(tx);
            for (const order of await intentsIn(tx)) {
              if (before.has(order.attemptId)) continue;
              const asking = carrier.place(order, { signal });
              answers.set(order.attemptId, asking);
              await asking;
            }
            return result;
          }),
        [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
      } satisfies Records,
      carrier: over(carrier, {
        place: (order, opts) => answers.get(order.attemptId) ?? carrier.place(order, opts),
      }),
    };
  },
};

function over(carrier: Carrier, changes: Partial<Carrier>): Carrier {
  return {
    name: carrier.name,
    capabilities: carrier.capabilities,
    place: (order, opts) => carrier.place(order, opts),
    find: (question, opts) => carrier.find(question, opts),
    look: (sid, opts) => carrier.look(sid, opts),
    end: (sid, opts) => carrier.end(sid, opts),
    onCall: (listener) => carrier.onCall(listener),
    ...changes,
  };
}

async function intentsIn(tx: RecordsTransaction): Promise<readonly CarrierOrder[]> {
  const rows = await tx
    .selectFrom('attempts')
    .innerJoin('phones', 'phones.hash', 'attempts.phone_hash')
    .select(['attempts.id', 'phones.e164'])
    .where('attempts.state', '=', 'intent')
    .execute();
  return rows.map(({ id, e164 }) => ({
    attemptId: id,
    to: e164 as PhoneNumber,
    from: undefined,
    ringSeconds: RING_SECONDS,
  }));
}

await runDiallerProcess(process.argv[2] ?? '', (ground, fault) => {
  const mutate = MUTATIONS[fault ?? ''];
  if (!mutate) throw new Error(`there is no mutation ${fault}`);
  return mutate(ground);
});
