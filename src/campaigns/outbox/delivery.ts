/** Delivers what stands in the outbox, at least once each, in no promised order; who has it twice knows it by its id. */
import { isInzwaError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#src/observability/logger.ts';
import type { Records } from '#src/records/records.ts';
import { patientFetch, type FetchResult } from '#telephony/wire/patient-fetch.ts';
import { Lane } from './lane.ts';
import { secretsAt } from './secrets.ts';
import { signatureHeader } from './signature.ts';

export interface DeliveryOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a receiver gets. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

const LOOK_MS = 1_000;
/** Under way for each webhook; none waits for another's receiver. */
const AT_ONCE = 4;
/** Longer than a receiver gets: a process that died over an event leaves it to the next. */
const CLAIM_MS = 60_000;
/** 10 s, 20 s, 40 s … at most six hours; after three days it is given up. */
const FIRST_RETRY_MS = 10_000;
const LAST_RETRY_MS = 6 * 3_600_000;
const GIVE_UP_MS = 3 * 86_400_000;
/** Epoch ms that no clock reaches: what is given up stays, and can be looked at. */
const NEVER = 8.64e15;

interface Due {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly eventJson: string;
  readonly tries: number;
  readonly createdAt: number;
}

export class OutboxDelivery {
  readonly #opts: DeliveryOptions;
  readonly #lanes = new Map<string, Lane<Due>>();

  constructor(opts: DeliveryOptions) {
    this.#opts = opts;
  }

  /** Resolves when the signal has aborted and nothing is under way; never rejects. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { clock } = this.#opts;
    while (!signal.aborted) {
      await this.#look(signal).catch((error: unknown) => this.#tell(error, signal));
      await clock.sleep(LOOK_MS, { signal }).catch(() => undefined);
    }
    await Promise.all(this.#overs());
  }

  /** Until nothing is due or under way; says how many were tried. Rejects with INZWA_RECORDS_UNAVAILABLE. */
  async deliverDue({ signal }: { readonly signal: AbortSignal }): Promise<number> {
    await this.#look(signal);
    const tried = await Promise.all(this.#overs());
    return tried.reduce((sum, count) => sum + count, 0);
  }

  #overs(): Promise<number>[] {
    return [...this.#lanes.values()].map(({ over }) => over);
  }

  #tell(error: unknown, signal: AbortSignal): void {
    const code = isInzwaError(error) ? error.code : undefined;
    if (!signal.aborted) this.#opts.logger.warn({ err: error, code }, 'the outbox waits');
  }

  /** Each webhook is asked for by itself: neither a receiver that hangs nor one that was removed is walked through for others. */
  async #look(signal: AbortSignal): Promise<void> {
    const { records, clock } = this.#opts;
    const now = clock.wallMs();
    const hooks = await records.db
      .selectFrom('webhooks')
      .select('id')
      .where('is_active', '=', 1)
      .where((is) =>
        is.exists(
          is
            .selectFrom('outbox')
            .select('outbox.id')
            .whereRef('outbox.hook_id', '=', 'webhooks.id')
            .where('outbox.delivered_at', 'is', null)
            .where('outbox.next_at', '<=', now),
        ),
      )
      .execute();
    for (const { id } of hooks) {
      const lane = this.#lanes.get(id);
      if (lane) lane.stir();
      else this.#open(id, signal);
    }
  }

  #open(hookId: string, signal: AbortSignal): void {
    const lane = new Lane<Due>({
      atOnce: AT_ONCE,
      claim: (room) => this.#claim(hookId, room),
      deliver: (event) => this.#deliver(event, signal),
      onFault: (error) => this.#tell(error, signal),
      signal,
    });
    this.#lanes.set(hookId, lane);
    void lane.over.then(() => this.#lanes.delete(hookId));
  }

  #claim(hookId: string, room: number): Promise<Due[]> {
    const { records, clock } = this.#opts;
    const now = clock.wallMs();
    return records.transaction(async (tx) => {
      const due = await tx
        .selectFrom('outbox')
        .innerJoin('webhooks', 'webhooks.id', 'outbox.hook_id')
        .select(['outbox.id', 'outbox.event_json', 'outbox.tries', 'outbox.created_at'])
        .select(['webhooks.url', 'webhooks.secret'])
        .where('outbox.hook_id', '=', hookId)
        .where('outbox.delivered_at', 'is', null)
        .where('outbox.next_at', '<=', now)
        .where('webhooks.is_active', '=', 1)
        .orderBy('outbox.next_at')
        .limit(room)
        .$if(records.kind === 'postgres', (query) => query.forUpdate('outbox').skipLocked())
        .execute();
      if (due.length > 0) {
        await tx
          .updateTable('outbox')
          .set((is) => ({ next_at: now + CLAIM_MS, tries: is('tries', '+', 1) }))
          .where(
            'id',
            'in',
            due.map(({ id }) => id),
          )
          .execute();
      }
      return due.map(({ id, url, secret, event_json, tries, created_at }) => ({
        ...{ id, url, secret, eventJson: event_json },
        tries: tries + 1,
        createdAt: created_at,
      }));
    });
  }

  async #deliver({ id, url, secret, eventJson, tries, createdAt }: Due, signal: AbortSignal): Promise<void> {
    const { records, clock, logger, timeoutMs = 10_000 } = this.#opts;
    const seconds = Math.floor(clock.wallMs() / 1_000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'inzwa',
      'inzwa-event-id': id,
      'inzwa-signature': signatureHeader(secretsAt(secret, clock.wallMs()), seconds, eventJson),
    };
    const init = { method: 'POST', headers, body: eventJson };
    const to = webAddress(url);
    const answer = to && (await patientFetch(to, init, { clock, timeoutMs, signal, isStatusEnough: true }));
    const now = clock.wallMs();
    const isTaken = answer?.kind === 'answered' && answer.status >= 200 && answer.status < 300;
    const retryMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (tries - 1));
    const isOver = !isTaken && now - createdAt > GIVE_UP_MS;
    const why = whyNot(answer);
    if (isOver)
      logger.error({ eventId: id, tries, why }, 'an event was given up: its webhook has not taken it for three days');
    await records.db
      .updateTable('outbox')
      .set(
        isTaken
          ? { delivered_at: now, last_error: null }
          : { next_at: isOver ? NEVER : now + retryMs, last_error: why },
      )
      .where('id', '=', id)
      .execute();
  }
}

function whyNot(answer: FetchResult | undefined): string {
  if (answer === undefined) return 'no http(s) address';
  return answer.kind === 'answered' ? `status ${answer.status}` : `${answer.kind}: ${answer.why}`;
}

/** Undefined for what fetch would answer by itself (data:, blob:), and for what is no address. */
export function webAddress(url: string): URL | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed && ['http:', 'https:'].includes(parsed.protocol) ? parsed : undefined;
}
