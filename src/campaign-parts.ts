/**
 * Records and campaigns beside the calls: opened at the start and, should the database not be there, again and again; a
 * service without them answers its callers as ever. Nothing here makes a call wait.
 */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { InzwaError, isInzwaError, messageOf } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { CallLeg } from '#pipeline/ports.ts';
import type { Carrier } from '#telephony/carrier.ts';
import { AllowList } from '#telephony/numbers.ts';
import type { CallFacts } from './call-desk.ts';
import { campaignLine, type CampaignLine } from './campaign-line.ts';
import { Books } from './campaigns/dialler/books.ts';
import { Dialler } from './campaigns/dialler/dialler.ts';
import { openCalls } from './campaigns/dialler/open-calls.ts';
import { putTrunk, tellInbound } from './campaigns/dialler/trunks.ts';
import { OutboxDelivery } from './campaigns/outbox/delivery.ts';
import { writeToOutbox } from './campaigns/outbox/outbox.ts';
import type { AttemptBooks } from './campaigns/outcome.ts';
import type { CampaignScripts } from './campaigns/scripts.ts';
import { openCarriers, type OwnCarrier } from './carriers.ts';
import type { Config } from './config.ts';
import type { Logger } from './observability/logger.ts';
import { RecordKeeping } from './records/record-keeping.ts';
import { ScriptReadiness, type PrepareScript } from './script-readiness.ts';
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
  /** Rows of calls that are lost for good, for the metrics. */
  readonly onLost?: (rows: number) => void;
  /** @defaultValue those that are configured */
  readonly carriers?: readonly OwnCarrier[];
  /** What campaigns are made of. */
  readonly scripts: CampaignScripts;
}

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
/** By then the sound of a call that was answered is attached, or never is. */
const ATTACH_MS = 5_000;

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
  readonly #readiness: ScriptReadiness;
  /** Attempts in conversation here. */
  readonly #talking = new Set<string>();
  readonly #tried = Promise.withResolvers<undefined>();
  readonly #working: Promise<void>;

  /** Throws INZWA_CONFIG_INVALID for a caller number or an allow-list that cannot be used. */
  constructor(opts: CampaignPartsOptions) {
    this.#opts = opts;
    const { config, clock, logger } = opts;
    this.#allowList = AllowList.parse(config.trunk.prefixes);
    this.#carriers = opts.carriers ?? openCarriers({ config, allowList: this.#allowList, clock, logger });
    this.line = campaignLine(
      () => {
        const open = this.#open;
        return open && { books: open.books, phoneHash: (number) => open.keeping.phones.hash(number) };
      },
      { clock, logger, unavailable },
    );
    this.#readiness = new ScriptReadiness({ clock, logger, onChange: () => this.#open?.dialler.wake() });
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

  /** From now on scripts are made ready as soon as their campaign runs; nobody is called for it before. */
  prepareWith(prepare: PrepareScript): void {
    this.#readiness.prepareWith(prepare);
  }

  /** The interface for programs. */
  readonly routes = (app: FastifyInstance): void => {
    const { clock } = this.#opts;
    campaignApi(app, {
      ...{ clock, scripts: this.#opts.scripts, allowList: this.#allowList },
      keeping: () => this.keeping,
      wake: () => this.#open?.dialler.wake(),
      trunks: this.#carriers.map(({ limits }) => limits.name),
      uploads: join(this.#opts.config.records.dataDir, 'uploads'),
    });
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
    const trunk = carrier === 'twilio' ? 'twilio' : 'asterisk';
    if (attemptId !== undefined) this.#talking.add(attemptId);
    if (direction === 'in') this.#countInbound(trunk, 1);
    return {
      [Symbol.dispose]: () => {
        if (attemptId !== undefined) this.#talking.delete(attemptId);
        if (direction === 'in') this.#countInbound(trunk, -1);
      },
    };
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
    await using closing = new AsyncDisposableStack();
    for (const { carrier } of this.#carriers)
      if (Symbol.dispose in carrier) closing.use(carrier as Carrier & Disposable);
    // Before them, and each of them whatever becomes of the others.
    closing.defer(() => this.#working);
    this.#life.abort();
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
    const works: Readonly<Record<string, Promise<void>>> = {
      dialler: open.dialler.run({ signal }),
      records: open.keeping.run({ signal }),
      webhooks: delivery.run({ signal }),
      inbound: this.#tellInboundAgain(signal),
      scripts: this.#readiness.run(records, { signal }),
    };
    // Said when it happens: the others work on until the service ends.
    const told = Object.entries(works).map(([part, work]) =>
      work.catch((error: unknown) => logger.error({ err: error, part }, 'a part of campaigns ended by a fault')),
    );
    await Promise.all(told);
    this.#open = undefined;
    await open.keeping[Symbol.asyncDispose]();
  }

  async #tryToOpen(): Promise<boolean> {
    const { config, clock, logger } = this.#opts;
    const { url, file, keyFile, dataDir, keepsWords } = config.records;
    try {
      const place = url === undefined ? { file } : { url };
      const keeping = await RecordKeeping.open({
        ...{ place, keyFile, dataDir, keepsWords, clock, logger },
        onLost: this.#opts.onLost,
      });
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
      ...{ ...shared, books, allowList: this.#allowList },
      // Who is talked with here is in `room` already.
      room: (open) => room() - open.filter((attemptId) => !this.#talking.has(attemptId)).length,
      readiness: (campaign) => this.#readiness.of(campaign),
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
    if (!keeping) return false;
    const open = await openCalls(keeping.records.db, trunks).catch(() => []);
    // Between the answer and its sound a call is in no list of ours.
    const since = this.#opts.clock.wallMs() - ATTACH_MS;
    return open.some(
      ({ id, state, answered_at }) => !this.#talking.has(id) && (state !== 'answered' || (answered_at ?? 0) > since),
    );
  }
}

function unavailable(): InzwaError {
  return new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'there is no database of records at present', { retryable: true });
}
