/** A day of a large campaign as the database lives through it, as fast as it can: every claim, ring, answer and end of it. */
import { stat } from 'node:fs/promises';
import type { Clock } from '#kernel/clock.ts';
import { sleepOn } from '#kernel/clock.ts';
import { Books } from '#src/campaigns/dialler/books.ts';
import { claim, type ClaimedCall } from '#src/campaigns/dialler/claim.ts';
import { noteAnswer } from '#src/campaigns/dialler/order.ts';
import type { CampaignSettingsInput } from '#src/campaigns/dialler/settings.ts';
import type { Logger } from '#src/observability/logger.ts';
import type { OpenRecords } from '#src/records/open-records.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import { BENCH_TRUNK, leaseFor, requestFor } from './claims.ts';
import { writeCampaign } from './write-campaign.ts';

export interface DayOptions {
  readonly records: OpenRecords;
  /** For what is measured. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly people: number;
  readonly seed: number;
  /** From eight on. @defaultValue 12 */
  readonly hours?: number;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Day {
  readonly calls: number;
  readonly settled: number;
  /** Each claim that found somebody, in ms. */
  readonly claimsMs: readonly number[];
  /** SQLite only, in MB. */
  readonly largestWalMb: number | undefined;
  readonly databaseMb: number | undefined;
  readonly tookMs: number;
}

const OPENS_AT_MS = Date.UTC(2026, 10, 23, 6);
const HOUR_MS = 3_600_000;
const WINDOW: CampaignSettingsInput['window'] = { days: { mon: ['08:00-20:00'] }, holidays: 'none' };
const STEP_MS = 1_000;
/** Steps between two looks at the files. */
const LOOK_STEPS = 600;

/** Monday from eight to eight in Harare, second by second. */
export async function liveThroughDay(opts: DayOptions): Promise<Day> {
  const { records, clock, logger, people, seed, signal } = opts;
  await writeCampaign(records, {
    people,
    settings: {
      window: WINDOW,
      maxCalls: 400,
      ringSeconds: 25,
      perPhone: { perDay: 3 },
      breaker: { minCalls: 10_000, failureShare: 1, hangUpShare: 1 },
    },
    trunk: { ...BENCH_TRUNK, maxCalls: 400 },
    at: OPENS_AT_MS,
  });
  let now = OPENS_AT_MS;
  const wall = wallAt(() => now);
  const books = new Books({ records, clock: wall, logger, carriers: [] });
  const plan = new Plan(seededRandom(seed));
  const lease = await leaseFor(records, now);
  // Spread over the first ten hours, the retries into what is left.
  const perStep = Math.ceil(people / 36_000);
  const claimsMs: number[] = [];
  const startedMs = clock.nowMs();
  let largestWal = 0;
  let idleUntil = now;
  const untilMs = OPENS_AT_MS + (opts.hours ?? 12) * HOUR_MS;
  for (let step = 0; now < untilMs; step++, now += STEP_MS) {
    signal.throwIfAborted();
    const due = plan.due(now);
    if (due.length > 0) idleUntil = now;
    await Promise.all(due.map(({ tell }) => tell(books)));
    if (step % LOOK_STEPS === 0) {
      largestWal = Math.max(largestWal, await sizeOf(records, '-wal'));
      opts.onProgress(`${new Date(now + 2 * HOUR_MS).toISOString().slice(11, 16)}: ${plan.calls} calls`);
    }
    // As the dialler does: not while nobody is due and nothing has happened.
    if (now < idleUntil) continue;
    const claimedMs = clock.nowMs();
    const { claimed, idle } = await claim(records, requestFor(lease, now, perStep, step));
    if (claimed.length > 0) claimsMs.push(clock.nowMs() - claimedMs);
    idleUntil = Math.min(...idle.values(), idle.size === 0 ? now : Infinity);
    for (const call of claimed) {
      const sid = `sid-${call.attemptId}`;
      await records.transaction((tx) => noteAnswer(tx, { kind: records.kind }, call, { kind: 'placed', sid }, now));
      plan.add(call, sid, now);
    }
  }
  const { settled } = await records.db
    .selectFrom('campaign_contacts')
    .select(({ fn }) => fn.countAll<number>().as('settled'))
    .where('state', 'in', ['done', 'skipped'])
    .executeTakeFirstOrThrow();
  return {
    ...{ calls: plan.calls, settled, claimsMs, tookMs: clock.nowMs() - startedMs },
    largestWalMb: records.sqlite && largestWal / 1e6,
    databaseMb: records.sqlite && (await sizeOf(records, '')) / 1e6,
  };
}

/** Of several calls: those of one second come at once. */
interface Event {
  readonly tell: (books: Books) => Promise<unknown>;
}

/** What happens to calls that have been placed, by the second in which it does. */
class Plan {
  calls = 0;
  readonly #dice: () => number;
  readonly #events = new Map<number, Event[]>();

  constructor(dice: () => number) {
    this.#dice = dice;
  }

  add({ attemptId }: ClaimedCall, sid: string, now: number): void {
    this.calls++;
    const tell = (afterMs: number, what: (books: Books) => Promise<unknown>): void => {
      const at = Math.ceil((now + afterMs) / STEP_MS) * STEP_MS;
      this.#events.set(at, [...(this.#events.get(at) ?? []), { tell: what }]);
    };
    const fate = this.#dice();
    const answersMs = 4_000 + this.#dice() * 15_000;
    const talksMs = 40_000 + this.#dice() * 80_000;
    const trunk = BENCH_TRUNK.name;
    tell(2_000, (books) => books.carrierCall(trunk, { sid, attemptId, state: 'ringing' }));
    if (fate < 0.35) {
      const outcome = fate < 0.12 ? 'busy' : 'no-answer';
      tell(answersMs, (books) => books.carrierCall(trunk, { sid, attemptId, state: 'ended', outcome }));
      return;
    }
    tell(answersMs, (books) => books.answered({ attemptId, sid }));
    tell(answersMs + talksMs / 2, (books) =>
      books.answer(attemptId, {
        ...{ question: 'q1', value: true, rawText: 'hongu', confidence: 0.9, method: 'speech', isConfirmed: true },
        at: now,
      }),
    );
    tell(answersMs + talksMs, async (books) => {
      await books.finished(attemptId, { result: 'completed', answeredBy: 'person' });
      await books.carrierCall(trunk, { sid, attemptId, state: 'ended', outcome: 'answered' });
    });
  }

  due(now: number): readonly Event[] {
    const events = this.#events.get(now) ?? [];
    this.#events.delete(now);
    return events;
  }
}

function wallAt(now: () => number): Clock {
  const clock: Clock = {
    nowMs: now,
    wallMs: now,
    // Nothing that is written down here waits for anything.
    after: () => () => undefined,
    sleep: (ms, opts) => sleepOn(clock, ms, opts),
  };
  return clock;
}

async function sizeOf({ sqlite }: OpenRecords, suffix: string): Promise<number> {
  if (sqlite === undefined) return 0;
  return stat(sqlite.file + suffix).then(
    ({ size }) => size,
    () => 0,
  );
}
