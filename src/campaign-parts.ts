/**
 * Records and campaigns beside the calls: opened at the start and, should the database not be there, again and again; a
 * service without them answers its callers as ever. Nothing here makes a call wait.
 */
import type { FastifyInstance } from 'fastify';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { CallLeg } from '#pipeline/ports.ts';
import { AllowList } from '#telephony/numbers.ts';
import type { CallFacts } from './call-desk.ts';
import { campaignLine, type CampaignLine } from './campaign-line.ts';
import { Books } from './campaigns/dialler/books.ts';
import { Dialler } from './campaigns/dialler/dialler.ts';
import { putTrunk, tellInbound } from './campaigns/dialler/trunks.ts';
import { OutboxDelivery } from './campaigns/outbox/delivery.ts';
import { writeToOutbox } from './campaigns/outbox/outbox.ts';
import type { AttemptBooks } from './campaigns/outcome.ts';
import { openCarriers, type OwnCarrier } from './carriers.ts';
import type { Config } from './config.ts';
import type { Logger } from './observability/logger.ts';
import { RecordKeeping } from './records/record-keeping.ts';
import { campaignApi } from './routes/campaign-api.ts';

export type RecordsState = 'kept' | 'failing' | 'unavailable';

export interface CampaignPartsOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many more calls this process would serve well now; 0 while it cannot talk. */
  readonly room: () => number;
  /** Told of each change, for the metrics. */
  readonly onState: (state: RecordsState) => void;
}

/** Scripts of campaigns that run in this process's database. */
export type PrepareScript = (
  script: { readonly script: string; readonly scriptText: string },
  opts: { readonly signal: AbortSignal },
) => Promise<void>;

interface Open {
  readonly keeping: RecordKeeping;
  readonly books: Books;
  readonly dialler: Dialler;
}

/** How soon a database that was not there is tried again. */
const OPEN_AGAIN_MS = 15_000;
/** As tellInbound asks for. */
const TELL_INBOUND_MS = 30_000;
/** Longer than a telephone rings (`ringSeconds` is 30 unless a campaign says otherwise). */
const LONGEST_RING_MS = 45_000;
const QUIET_LOOK_MS = 250;
const LOOK_FOR_SCRIPTS_MS = 2_000;

export class CampaignParts implements AsyncDisposable {
  readonly line: CampaignLine;
  readonly #opts: CampaignPartsOptions;
  readonly #allowList: AllowList;
  readonly #carriers: readonly OwnCarrier[];
  readonly #life = new AbortController();
  /** Calls in conversation that came in, by trunk. */
  readonly #inbound = new Map<string, number>();
  #open: Open | undefined;
  #state: RecordsState = 'unavailable';
  #prepare: PrepareScript | undefined;
  readonly #tried = Promise.withResolvers<undefined>();
  readonly #working: Promise<void>;

  /** Throws INZWA_CONFIG_INVALID for a caller number or an allow-list that cannot be used. */
  constructor(opts: CampaignPartsOptions) {
    this.#opts = opts;
    const { config, clock, logger } = opts;
    this.#allowList = AllowList.parse(config.trunk.prefixes);
    this.#carriers = openCarriers({ config, allowList: this.#allowList, clock, logger });
    this.line = campaignLine(
      () => {
        const open = this.#open;
        return open && { books: open.books, phoneHash: (number) => open.keeping.phones.hash(number) };
      },
      { clock, logger, unavailable },
    );
    opts.onState('unavailable');
    this.#working = this.#work();
  }

  /** Resolves when the database is open, or has been tried once: it never keeps callers waiting. */
  get opened(): Promise<undefined> {
    return this.#tried.promise;
  }

  /** Undefined while the database is not there. */
  get keeping(): RecordKeeping | undefined {
    return this.#open?.keeping;
  }

  /** Rejects with INZWA_RECORDS_UNAVAILABLE while the database is not there. */
  get books(): AttemptBooks {
    const open = (): Books => {
      if (!this.#open) throw unavailable();
      return this.#open.books;
    };
    return {
      answered: async (call) => open().answered(call),
      answer: async (attemptId, answer) => open().answer(attemptId, answer),
      optOut: async (attemptId, how) => open().optOut(attemptId, how),
      finished: async (attemptId, end) => open().finished(attemptId, end),
    };
  }

  /** What the operator is told: nothing is written while it is not `kept`. */
  get state(): RecordsState {
    return this.#open?.keeping.recorder.trouble === undefined ? this.#state : 'failing';
  }

  /** From now on scripts are made ready as soon as their campaign runs. */
  prepareWith(prepare: PrepareScript): void {
    this.#prepare = prepare;
  }

  /** The interface for programs. */
  readonly routes = (app: FastifyInstance): void => {
    const { clock } = this.#opts;
    campaignApi(app, { clock, records: () => this.keeping?.records, wake: () => this.#open?.dialler.wake() });
  };

  /** Resolves when no call of ours rings any more, or nobody can say; whoever answers a closed service hears an error. */
  async quiet(): Promise<void> {
    const { clock } = this.#opts;
    const untilMs = clock.nowMs() + LONGEST_RING_MS;
    while (clock.nowMs() < untilMs && (await this.#isRinging())) {
      await clock.sleep(QUIET_LOOK_MS, { signal: this.#life.signal }).catch(() => undefined);
    }
  }

  observe(event: CallEvent): void {
    this.#open?.keeping.recorder.observe(event);
  }

  /** A call that is about to be talked; disposing of the result ends it. */
  begin(facts: CallFacts): Disposable {
    const { callId, carrier, carrierCallId, arrival } = facts;
    const { interview, direction = 'in', from, to } = arrival ?? {};
    const attemptId = interview?.attemptId;
    const known = { callId, direction, carrier, from, to, attemptId, carrierSid: carrierCallId };
    this.#open?.keeping.recorder.begin(known);
    if (direction === 'out') return { [Symbol.dispose]: () => undefined };
    const trunk = carrier === 'twilio' ? 'twilio' : 'asterisk';
    this.#countInbound(trunk, 1);
    return { [Symbol.dispose]: () => this.#countInbound(trunk, -1) };
  }

  /** The leg, so that it can be recorded from the caller's consent on, where that is configured. */
  tap(leg: CallLeg): CallLeg {
    return this.#opts.config.records.recording === 'consent' ? (this.keeping?.recordings.tap(leg) ?? leg) : leg;
  }

  consented(callId: string): void {
    if (this.#opts.config.records.recording === 'consent') this.keeping?.recordings.consent(callId);
  }

  /** Orders under way are written down, calls go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    await this.#working;
    for (const { carrier } of this.#carriers) {
      if (Symbol.dispose in carrier) (carrier as Disposable)[Symbol.dispose]();
    }
  }

  async #work(): Promise<void> {
    const { clock } = this.#opts;
    const { signal } = this.#life;
    while (!signal.aborted && !this.#open) {
      const isOpen = await this.#tryToOpen();
      this.#tried.resolve(undefined);
      if (!isOpen) await clock.sleep(OPEN_AGAIN_MS, { signal }).catch(() => undefined);
    }
    const open = this.#open;
    if (!open) return;
    const { logger } = this.#opts;
    const { records } = open.keeping;
    const delivery = new OutboxDelivery({ records, clock, logger });
    const works = [
      open.dialler.run({ signal }),
      open.keeping.run({ signal }),
      delivery.run({ signal }),
      this.#tellInboundAgain(signal),
      this.#prepareScripts(signal),
    ];
    const settled = await Promise.allSettled(works);
    for (const each of settled) {
      if (each.status === 'rejected')
        logger.error({ err: each.reason as unknown }, 'a part of campaigns ended by a fault');
    }
    this.#open = undefined;
    await open.keeping[Symbol.asyncDispose]();
  }

  async #tryToOpen(): Promise<boolean> {
    const { config, clock, logger } = this.#opts;
    const { url, file, keyFile, dataDir, keepsWords } = config.records;
    try {
      const place = url === undefined ? { file } : { url };
      const keeping = await RecordKeeping.open({ place, keyFile, dataDir, keepsWords, clock, logger });
      try {
        this.#open = await this.#build(keeping);
      } catch (error) {
        await keeping[Symbol.asyncDispose]();
        throw error;
      }
      this.#tell('kept');
      return true;
    } catch (error) {
      const code = isInzwaError(error) ? error.code : undefined;
      const again = `no records are kept and no campaign is called; tried again every ${OPEN_AGAIN_MS / 1_000} s`;
      logger.error({ code, why: messageOf(error) }, again);
      return false;
    }
  }

  async #build(keeping: RecordKeeping): Promise<Open> {
    const { clock, logger, room } = this.#opts;
    const { records } = keeping;
    for (const { limits } of this.#carriers) await putTrunk(records, limits);
    const carriers = this.#carriers.map(({ carrier }) => carrier);
    const shared = { records, clock, logger, carriers, tellOthers: writeToOutbox };
    const books = new Books(shared);
    const dialler = new Dialler({
      ...{ ...shared, books, room, allowList: this.#allowList },
      onTrouble: (isTroubled, error) => {
        this.#tell(isTroubled ? 'failing' : 'kept');
        const code = isInzwaError(error) ? error.code : undefined;
        if (isTroubled)
          logger.error({ code, why: messageOf(error) }, 'the records fail: no call is placed until they are back');
        else logger.info('the records are back: calls are placed again');
      },
    });
    return { keeping, books, dialler };
  }

  #tell(state: RecordsState): void {
    this.#state = state;
    this.#opts.onState(state);
  }

  #countInbound(trunk: string, change: 1 | -1): void {
    const calls = (this.#inbound.get(trunk) ?? 0) + change;
    this.#inbound.set(trunk, calls);
    void this.#tellInbound(trunk, calls);
  }

  /** A trunk that nobody was told of is taken for free, and campaigns keep to their own share of it. */
  async #tellInbound(trunk: string, calls: number): Promise<void> {
    const records = this.keeping?.records;
    if (!records) return;
    await tellInbound(records, trunk, calls, this.#opts.clock.wallMs()).catch(() => undefined);
  }

  async #tellInboundAgain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#opts.clock.sleep(TELL_INBOUND_MS, { signal }).catch(() => undefined);
      for (const [trunk, calls] of this.#inbound) if (calls > 0) await this.#tellInbound(trunk, calls);
    }
  }

  async #isRinging(): Promise<boolean> {
    const trunks = this.#carriers.map(({ limits }) => limits.name);
    const { keeping } = this;
    if (!keeping || trunks.length === 0) return false;
    const unanswered = keeping.records.db
      .selectFrom('attempts')
      .select('id')
      .where('trunk', 'in', trunks)
      .where('state', 'in', ['intent', 'placed', 'ringing'])
      .limit(1)
      .executeTakeFirst();
    return (await unanswered.catch(() => undefined)) !== undefined;
  }

  /** The first call of a campaign finds its sentences spoken. */
  async #prepareScripts(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#opts;
    const seen = new Set<string>();
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const running = this.#prepare ? await this.#runningScripts() : [];
      for (const { id, script, scriptText } of running) {
        if (seen.has(id) || isOver()) continue;
        seen.add(id);
        await this.#prepare?.({ script, scriptText }, { signal }).catch((error: unknown) => {
          if (!signal.aborted)
            logger.error({ campaignId: id, why: messageOf(error) }, 'a campaign’s script is not ready');
        });
      }
      await clock.sleep(LOOK_FOR_SCRIPTS_MS, { signal }).catch(() => undefined);
    }
  }

  async #runningScripts(): Promise<{ readonly id: string; readonly script: string; readonly scriptText: string }[]> {
    const running = this.keeping?.records.db
      .selectFrom('campaigns')
      .select(['id', 'script', 'script_text as scriptText'])
      .where('state', '=', 'running')
      .execute();
    // The dialler says when the records fail.
    return (await running?.catch(() => [])) ?? [];
  }
}

function unavailable(): InzwaError {
  return new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'there is no database of records at present', { retryable: true });
}
