/** A campaign with everything but a network: records in a real database, a carrier in memory, and a clock that a test moves. */
import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { Books } from '#src/campaigns/dialler/books.ts';
import { start, type ControlRoom } from '#src/campaigns/dialler/control.ts';
import type { DiallerOptions } from '#src/campaigns/dialler/dialler-options.ts';
import { Dialler } from '#src/campaigns/dialler/dialler.ts';
import { progress, type Progress } from '#src/campaigns/dialler/progress.ts';
import type { CampaignSettingsInput } from '#src/campaigns/dialler/settings.ts';
import { putTrunk } from '#src/campaigns/dialler/trunks.ts';
import type { InterviewEnd } from '#src/campaigns/outcome.ts';
import { newId } from '#src/records/ids.ts';
import { AllowList } from '#telephony/numbers.ts';
import type { EmptyRecords, TestDatabase } from './databases.ts';
import { MemoryCarrier, type MemoryCall } from './memory-carrier.ts';
import { VirtualClock } from './virtual-clock.ts';
import { watchRecords, type WatchedRecords } from './watched-records.ts';

export interface RigOptions {
  /** @defaultValue Monday 2026-11-23, 08:00 in Harare */
  readonly wallMs?: number;
  readonly cps?: number;
  readonly maxCalls?: number;
  readonly inboundReserve?: number;
}

/** What the interview on an answered call comes to, and when; undefined: it never says. */
export type Interview = (call: MemoryCall) => { readonly end: InterviewEnd; readonly afterMs: number } | undefined;

const COMPLETED: Interview = () => ({ end: { result: 'completed', answeredBy: 'person' }, afterMs: 20_000 });

export class CampaignRig implements AsyncDisposable {
  readonly records: WatchedRecords;
  readonly clock: VirtualClock;
  readonly carrier: MemoryCarrier;
  readonly books: Books;
  readonly room: ControlRoom;
  interview: Interview = COMPLETED;
  /** Verdicts of the answer gate, by attempt. */
  readonly gate: { readonly attemptId: string; readonly kind: string }[] = [];
  readonly #empty: EmptyRecords;
  readonly logger = pino({ level: process.env['RIG_LOG'] ?? 'silent' });
  readonly #running = new Map<Dialler, { readonly abort: () => void; readonly ended: Promise<void> }>();
  readonly #others: WatchedRecords[] = [];
  #people = 0;

  private constructor(empty: EmptyRecords, records: WatchedRecords, { wallMs }: RigOptions) {
    this.#empty = empty;
    this.records = records;
    this.clock = new VirtualClock({ ...(wallMs !== undefined && { wallMs }), settled: () => this.#quiet() });
    this.carrier = new MemoryCarrier({ clock: this.clock });
    this.books = new Books({ records, clock: this.clock, logger: this.logger, carriers: [this.carrier] });
    this.room = { records, clock: this.clock };
    this.carrier.onAnswer = (call) => void this.#talk(call);
  }

  static async open(database: TestDatabase, opts: RigOptions = {}): Promise<CampaignRig> {
    const empty = await database.open();
    const rig = new CampaignRig(empty, watchRecords(empty.place), opts);
    const { cps = 10, maxCalls = 20, inboundReserve = 0 } = opts;
    await putTrunk(rig.records, { name: 'test', kind: 'phone', cps, maxCalls, inboundReserve });
    return rig;
  }

  /** A second connection to the same database, as another process would have. */
  another(): WatchedRecords {
    const records = watchRecords(this.#empty.place);
    this.#others.push(records);
    return records;
  }

  /** What one of them did may have woken another. */
  async #quiet(): Promise<void> {
    for (const records of [this.records, ...this.#others, this.records]) await records.quiet();
  }

  /** In draft. */
  async campaign(
    settings: CampaignSettingsInput = {},
    { budgetMicros = null }: { readonly budgetMicros?: number | null } = {},
  ): Promise<string> {
    const now = this.clock.wallMs();
    const id = newId(now);
    await this.records.db
      .insertInto('campaigns')
      .values({
        id,
        name: `campaign ${id}`,
        state: 'draft',
        state_at: now,
        script: 'sn/test',
        script_text: 'greeting: Mhoro',
        settings_json: JSON.stringify(settings),
        trunk: 'test',
        budget_micros: budgetMicros,
        spent_micros: 0,
        reserved_micros: 0,
        created_at: now,
        created_by: 'test',
        version: 1,
      })
      .execute();
    return id;
  }

  /** New people, or those of the given numbers; their numbers. */
  async people(
    campaignId: string,
    who: number | readonly string[],
    { tz = null, consent = 'written' }: { readonly tz?: string | null; readonly consent?: string | null } = {},
  ): Promise<readonly string[]> {
    const numbers = typeof who === 'number' ? Array.from({ length: who }, () => numberOf(++this.#people)) : who;
    const now = this.clock.wallMs();
    for (const [index, e164] of numbers.entries()) {
      const hash = hashOf(e164);
      const { db } = this.records;
      const masked = `+263…${e164.slice(-3)}`;
      await db
        .insertInto('phones')
        .values({ hash, e164, masked })
        .onConflict((on) => on.doNothing())
        .execute();
      await db
        .insertInto('contacts')
        .values({ id: `contact-${hash}`, phone_hash: hash, tz, created_at: now })
        .onConflict((on) => on.doNothing())
        .execute();
      await db
        .insertInto('campaign_contacts')
        .values({
          id: newId(now),
          campaign_id: campaignId,
          contact_id: `contact-${hash}`,
          phone_hash: hash,
          ordinal: index,
          vars_json: '{"name":"Tendai"}',
          consent_basis: consent,
          consent_at: now,
          state: 'pending',
          tries: 0,
          reached: 0,
          next_at: 0,
          priority: 0,
        })
        .execute();
    }
    return numbers;
  }

  /** A running campaign with so many people. */
  async running(
    who: number | readonly string[],
    settings: CampaignSettingsInput = {},
    opts: { readonly budgetMicros?: number } = {},
  ): Promise<{ readonly id: string; readonly numbers: readonly string[] }> {
    const id = await this.campaign(settings, opts);
    const numbers = await this.people(id, who);
    await start(this.room, { campaignId: id, actor: 'test' });
    return { id, numbers };
  }

  /** A dialler at work, until `halt` or the end of the test. */
  dialler(opts: Partial<DiallerOptions> = {}): Dialler {
    const { records, clock, carrier, books } = this;
    const dialler = new Dialler({
      records,
      clock,
      logger: this.logger,
      carriers: [carrier],
      books,
      allowList: new AllowList(),
      ...opts,
    });
    const controller = new AbortController();
    const ended = dialler.run({ signal: controller.signal });
    this.#running.set(dialler, { abort: () => controller.abort(), ended });
    return dialler;
  }

  /** As its process would on SIGTERM. */
  async halt(dialler: Dialler): Promise<void> {
    const running = this.#running.get(dialler);
    this.#running.delete(dialler);
    running?.abort();
    let isOver = false;
    void running?.ended.then(() => (isOver = true));
    await this.clock.advanceUntil(() => isOver, { timeoutMs: 60_000, stepMs: 100 });
  }

  progress(campaignId: string): Promise<Progress> {
    return progress(this.records, campaignId, this.clock.wallMs());
  }

  /** Until the campaign is in that state; throws after `timeoutMs` of virtual time. */
  async until(campaignId: string, state: string, timeoutMs: number): Promise<void> {
    for (let passedMs = 0; passedMs <= timeoutMs; passedMs += 1_000) {
      const { db } = this.records;
      const row = await db
        .selectFrom('campaigns')
        .select('state')
        .where('id', '=', campaignId)
        .executeTakeFirstOrThrow();
      if (row.state === state) return;
      await this.clock.advance(1_000);
    }
    throw new Error(
      `the campaign was not ${state} after ${timeoutMs} ms: ${JSON.stringify(await this.progress(campaignId))}`,
    );
  }

  /** The row of somebody in a campaign. */
  contact(campaignId: string, number: string) {
    return this.records.db
      .selectFrom('campaign_contacts')
      .selectAll()
      .where('campaign_id', '=', campaignId)
      .where('phone_hash', '=', hashOf(number))
      .executeTakeFirstOrThrow();
  }

  /** Every attempt at a number, in any campaign, oldest first. */
  attempts(number: string) {
    return this.records.db
      .selectFrom('attempts')
      .selectAll()
      .where('phone_hash', '=', hashOf(number))
      .orderBy('intent_at')
      .orderBy('no')
      .execute();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const dialler of [...this.#running.keys()]) await this.halt(dialler);
    await this.records[Symbol.asyncDispose]();
    await this.#empty[Symbol.asyncDispose]();
  }

  async #talk(call: MemoryCall): Promise<void> {
    const { attemptId, sid } = call;
    const verdict = await this.books.answered({ attemptId, sid });
    this.gate.push({ attemptId, kind: verdict.kind === 'talk' ? 'talk' : verdict.why });
    const said = verdict.kind === 'talk' ? this.interview(call) : undefined;
    if (said === undefined) return;
    this.clock.after(said.afterMs, () => {
      void this.books.finished(attemptId, said.end).then(() => this.carrier.hangUp(sid));
    });
  }
}

export function hashOf(number: string): string {
  return createHash('sha256').update(number).digest('hex');
}

function numberOf(person: number): string {
  return `+26377${String(2_000_000 + person)}`;
}
