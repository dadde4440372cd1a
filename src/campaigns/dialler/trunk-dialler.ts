/** One trunk's calls: leads it or waits to, claims at its pace, orders each call once, and looks after those under way. */
import { isInzwaError } from '#kernel/errors.ts';
import type { Carrier, PlaceAnswer } from '#telephony/carrier.ts';
import type { StepRoom } from './attempts.ts';
import { CallEnder } from './call-ender.ts';
import { claim, type ClaimedCall } from './claim.ts';
import type { DiallerOptions } from './dialler-options.ts';
import { giveLeaseBack, LEASE_MS, renewLease, takeLease, type Lease } from './lease.ts';
import { INTENT_MS, lookAgain, noteAnswer, noteHeldBack, type HeldBack } from './order.ts';
import { Pace } from './pace.ts';
import { Reconciler } from './reconcile.ts';
import { pauseByItself } from './campaign-state.ts';
import type { ServingRoom } from './serving-room.ts';
import { callsToEnd, settleSilent, takePulse, tendCampaigns } from './tending.ts';
import { WallTime } from './wall-time.ts';
import { mayBegin } from './window.ts';

/** How soon a row that somebody else has written is seen. */
const LOOK_MS = 500;
const RENEW_MS = LEASE_MS / 4;
const TAKE_MS = 2_000;
const TEND_MS = 2_000;
const SILENT_LOOK_MS = 10_000;
const RECONCILE_MS = 5_000;
/** The carrier's answer to an order; later it is asked for instead. */
const PLACE_MS = 10_000;
/** Records that could not be written are tried again so soon. */
const TROUBLE_MS = 1_000;

export interface TrunkPlace {
  readonly carrier: Carrier;
  /** Names the process in leases. */
  readonly holder: string;
  /** Shared by the trunks of the process. */
  readonly serving: ServingRoom;
}

export class TrunkDialler {
  readonly #opts: DiallerOptions;
  readonly #carrier: Carrier;
  readonly #room: StepRoom;
  readonly #holder: string;
  readonly #serving: ServingRoom;
  readonly #wall: WallTime;
  readonly #reconciler: Reconciler;
  readonly #ender: CallEnder;
  readonly #pace: Pace;
  readonly #underWay = new Set<Promise<void>>();
  /** Campaigns with nobody to call before, in epoch ms. */
  readonly #idle = new Map<string, number>();
  readonly #lastMs = new Map<string, number>();
  /** Of the campaigns as last seen: who has changed one wants it looked at. */
  #versions: ReadonlyMap<string, number> = new Map();
  #lease: Lease | undefined;
  /** Monotonic: beyond it we do not know whether we lead. */
  #leadsUntilMs = 0;
  #turn = 0;
  #isReconciling = false;
  #isTroubled = false;
  #wakeUp: (() => void) | undefined;
  #isAwake = false;

  constructor(opts: DiallerOptions, { carrier, holder, serving }: TrunkPlace) {
    this.#opts = opts;
    this.#carrier = carrier;
    this.#holder = holder;
    this.#serving = serving;
    this.#room = { kind: opts.records.kind, tellOthers: opts.tellOthers };
    this.#wall = new WallTime(opts.clock);
    this.#pace = new Pace(opts.clock);
    const { records, clock, logger, books, absentMs = 120_000, unknownMs = 1_800_000 } = opts;
    this.#ender = new CallEnder({ carrier, books, clock, logger });
    this.#reconciler = new Reconciler({
      records,
      clock,
      logger,
      carrier,
      books,
      room: this.#room,
      absentMs,
      unknownMs,
    });
  }

  get carrier(): Carrier {
    return this.#carrier;
  }

  get leads(): boolean {
    return this.#lease !== undefined;
  }

  wake(): void {
    this.#isAwake = true;
    this.#idle.clear();
    this.#wakeUp?.();
  }

  /** `mayTake`: whether this process should lead one trunk more. */
  async run({ signal, mayTake }: { readonly signal: AbortSignal; readonly mayTake: () => boolean }): Promise<void> {
    while (!signal.aborted) {
      let waitMs = LOOK_MS;
      const isWoken = this.#isAwake;
      this.#isAwake = false;
      try {
        if (await this.#lead(mayTake)) waitMs = await this.#work(signal, isWoken);
      } catch (error) {
        this.#setTrouble(true, error);
        waitMs = TROUBLE_MS;
      }
      await this.#sleep(waitMs, signal);
    }
    await Promise.allSettled(this.#underWay);
    if (this.#lease !== undefined) await giveLeaseBack(this.#opts.records, this.#lease).catch(() => undefined);
    this.#lease = undefined;
  }

  /** Whether we lead the trunk now. */
  async #lead(mayTake: () => boolean): Promise<boolean> {
    const { records, clock, logger } = this.#opts;
    const [at] = this.#wall.times();
    const askedMs = clock.nowMs();
    if (this.#lease !== undefined) {
      if (!this.#isTime('renew', RENEW_MS)) return true;
      if (await renewLease(records, this.#lease, at)) {
        this.#leadsUntilMs = askedMs + LEASE_MS;
        // Only what was written shows that the records are well: a full disk can still be read.
        this.#setTrouble(false, undefined);
        return true;
      }
      logger.warn({ trunk: this.#carrier.name, fence: this.#lease.fence }, 'another process leads the trunk now');
      this.#lease = undefined;
    }
    if (!mayTake() || !this.#isTime('take', TAKE_MS)) return false;
    const lease = await takeLease(records, { trunk: this.#carrier.name, holder: this.#holder, at });
    this.#setTrouble(false, undefined);
    if (lease === undefined) return false;
    logger.info({ trunk: this.#carrier.name, fence: lease.fence }, 'this process leads the trunk');
    this.#lease = lease;
    this.#leadsUntilMs = askedMs + LEASE_MS;
    this.#lastMs.set('renew', askedMs);
    // The last order of whoever led before may be no older than this.
    this.#pace.waitASecond();
    await this.#reconciler.lookAtAllSoon();
    return true;
  }

  /** One look at everything; how long until the next, in ms. */
  async #work(signal: AbortSignal, isWoken: boolean): Promise<number> {
    const { records } = this.#opts;
    const { name } = this.#carrier;
    const [now] = this.#wall.times();
    const { campaigns, open } = await takePulse(records, name);
    for (const { id, version } of campaigns) if (this.#versions.get(id) !== version) this.#idle.delete(id);
    this.#versions = new Map(campaigns.map(({ id, version }) => [id, version]));
    if (open > 0) for (const call of await callsToEnd(records, name, now)) this.#track(this.#ender.end(call));
    if (this.#isTime('tend', isWoken ? LOOK_MS : TEND_MS) && campaigns.length > 0) {
      await tendCampaigns(records, this.#room, name, now);
    }
    if (this.#isTime('silent', SILENT_LOOK_MS)) await settleSilent(records, this.#room, name, now);
    if (this.#isTime('reconcile', RECONCILE_MS)) this.#reconcile(signal);
    const ready: string[] = [];
    for (const { id, version, state } of campaigns) {
      const readiness = state === 'running' ? (this.#opts.readiness?.({ id, version }) ?? 'ready') : undefined;
      if (readiness === 'ready') ready.push(id);
      if (readiness === 'unusable') await this.#pauseUnusable(id, now);
    }
    return ready.some((id) => (this.#idle.get(id) ?? 0) <= now) ? this.#dial(ready, signal) : LOOK_MS;
  }

  async #pauseUnusable(campaignId: string, at: number): Promise<void> {
    const { records, logger, tellOthers } = this.#opts;
    const pausing = { campaignId, reason: 'settings', at } as const;
    if (await records.transaction((tx) => pauseByItself(tx, pausing, tellOthers)))
      logger.error({ campaignId, trunk: this.#carrier.name }, 'a campaign is paused: its interview cannot be held');
  }

  async #dial(ready: readonly string[], signal: AbortSignal): Promise<number> {
    const { records, clock, allowList, tellOthers } = this.#opts;
    const lease = this.#lease;
    if (lease === undefined) return LOOK_MS;
    const waitMs = this.#pace.waitMs();
    if (waitMs > 0) return Math.min(waitMs, LOOK_MS);
    let claimedMs = clock.nowMs();
    const result = await this.#serving.claim(async (most) => {
      if (most <= 0) return undefined;
      claimedMs = clock.nowMs();
      const times = this.#wall.times();
      return claim(records, {
        ...{ trunk: this.#carrier.name, lease, times, allowList, tellOthers },
        limit: Math.min(this.#pace.quarterSecond(), most),
        turn: this.#turn++,
        isIdle: (id) => !ready.includes(id) || (this.#idle.get(id) ?? 0) > times[0],
      });
    });
    if (result === undefined) return LOOK_MS;
    if (!result.leads) {
      this.#lease = undefined;
      return LOOK_MS;
    }
    if (result.cps !== undefined) this.#pace.setCps(result.cps);
    for (const [id, until] of result.idle) this.#idle.set(id, until);
    for (const call of result.claimed) {
      const paceMs = this.#pace.waitMs();
      if (paceMs > 0) await clock.sleep(paceMs, { signal }).catch(() => undefined);
      await this.#order(call, lease, claimedMs, signal);
    }
    return result.passedOver > 0 && !result.isFull ? 0 : Math.min(LOOK_MS, Math.max(0, this.#pace.waitMs()) || LOOK_MS);
  }

  /** Resolves when the order is out or held back; its answer is waited for by nobody. */
  async #order(call: ClaimedCall, lease: Lease, claimedMs: number, signal: AbortSignal): Promise<void> {
    const { records, clock, books } = this.#opts;
    const written = await lookAgain(records, call, lease, this.#wall.times()[0]);
    // From here to the order nothing is waited for: what holds now holds when the order goes out.
    const isOpen = this.#wall.times().every((at) => mayBegin(call.settings, call.tz, at));
    const heldBack: HeldBack | undefined =
      written ??
      (books.hasJustSaidNo(call.phoneHash, call.campaignId) ? 'opted-out' : undefined) ??
      (isOpen ? undefined : 'closed') ??
      (clock.nowMs() < this.#leadsUntilMs ? undefined : 'lease-lost') ??
      (clock.nowMs() - claimedMs <= INTENT_MS && !signal.aborted ? undefined : 'late');
    if (heldBack !== undefined) {
      this.#opts.logger.info({ attemptId: call.attemptId, why: heldBack }, 'a call was held back');
      if (heldBack === 'gone') return;
      const now = this.#wall.times()[0];
      await records.transaction((tx) => noteHeldBack(tx, this.#room, call, heldBack, now));
      return;
    }
    this.#pace.ordered();
    const answer = this.#ask(call);
    this.#track(answer.then((said) => this.#noteAnswer(call, said)));
  }

  #ask({ attemptId, to, from, settings }: ClaimedCall): Promise<PlaceAnswer> {
    const { clock } = this.#opts;
    const timeout = new AbortController();
    const cancel = clock.after(PLACE_MS, () => timeout.abort());
    const order = { attemptId, to, from, ringSeconds: settings.ringSeconds };
    return this.#carrier
      .place(order, { signal: timeout.signal })
      .catch((error: unknown): PlaceAnswer => ({
        kind: 'unclear',
        reason: isInzwaError(error) ? error.code : 'no answer',
      }))
      .finally(cancel);
  }

  /** Tried until it is written or the process ends: then the carrier is asked what its answer was. */
  async #noteAnswer(call: ClaimedCall, answer: PlaceAnswer): Promise<void> {
    const { records, clock, logger, books } = this.#opts;
    for (let tries = 0; tries < 30; tries++) {
      try {
        const now = this.#wall.times()[0];
        const { mustEnd } = await records.transaction((tx) => noteAnswer(tx, this.#room, call, answer, now));
        if (mustEnd !== undefined) {
          logger.error({ attemptId: call.attemptId, sid: mustEnd }, 'the carrier has a call that should not be');
          this.#track(this.#ender.end({ attemptId: call.attemptId, sid: mustEnd, why: 'second-call' }));
        }
        if (answer.kind === 'refused')
          logger.warn({ attemptId: call.attemptId, why: answer.reason }, 'the carrier refused a call');
        if (answer.kind === 'unclear')
          logger.warn(
            { attemptId: call.attemptId, trunk: this.#carrier.name, why: answer.reason },
            'the carrier did not say whether it took an order: it is asked what became of it, and no other is sent',
          );
        if (answer.kind === 'placed' && books.hasJustSaidNo(call.phoneHash, call.campaignId))
          this.#track(this.#ender.end({ attemptId: call.attemptId, sid: answer.sid, why: 'opted-out' }));
        this.wake();
        return;
      } catch (error) {
        if (!isInzwaError(error, 'INZWA_RECORDS_UNAVAILABLE')) throw error;
        this.#setTrouble(true, error);
        await new Promise<void>((resolve) => clock.after(TROUBLE_MS, resolve));
      }
    }
  }

  /** One round at a time, beside the dialling: a carrier that does not answer holds up nobody. */
  #reconcile(signal: AbortSignal): void {
    if (this.#isReconciling) return;
    this.#isReconciling = true;
    this.#track(
      this.#reconciler
        .lookAfterDue({ signal })
        .catch((error: unknown) => {
          if (!signal.aborted) this.#setTrouble(true, error);
        })
        .finally(() => (this.#isReconciling = false)),
    );
  }

  #track(work: Promise<unknown>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) =>
        this.#opts.logger.error({ err: error, trunk: this.#carrier.name }, 'a step of the dialler failed'),
      )
      .then(() => void this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  #isTime(what: string, everyMs: number): boolean {
    const nowMs = this.#opts.clock.nowMs();
    if (nowMs - (this.#lastMs.get(what) ?? -Infinity) < everyMs) return false;
    this.#lastMs.set(what, nowMs);
    return true;
  }

  #setTrouble(isTroubled: boolean, error: unknown): void {
    if (isTroubled === this.#isTroubled) return;
    this.#isTroubled = isTroubled;
    const { logger, onTrouble } = this.#opts;
    if (isTroubled)
      logger.error({ err: error, trunk: this.#carrier.name }, 'no calls are placed: the records cannot be used');
    else logger.info({ trunk: this.#carrier.name }, 'the records can be used again');
    onTrouble?.(isTroubled, error);
  }

  /** Until then, or until somebody wakes us. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isAwake || signal.aborted) return;
    const woken = new AbortController();
    this.#wakeUp = () => woken.abort();
    await this.#opts.clock.sleep(ms, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
    this.#wakeUp = undefined;
  }
}
