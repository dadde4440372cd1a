/** What a carrier does wrong, on purpose. Shares are probabilities in [0, 1]; the seed makes the same day go wrong twice. */
import { seededRandom } from '../random.ts';

export interface CarrierFaults {
  readonly seed: number;
  /** An order is refused with 503 before it is taken. */
  readonly isOverloaded?: number;
  /** An order is refused with 429. */
  readonly isLimiting?: number;
  /** The connection breaks before the order is read: no call. */
  readonly resetsBefore?: number;
  /** The order is taken, the call placed, and the connection breaks instead of an answer. */
  readonly resetsAfter?: number;
  /** The order is taken, the call placed, and the answer is 500. */
  readonly failsAfter?: number;
  /** The order is taken, the call placed, and no answer comes at all. */
  readonly staysSilentAfter?: number;
  readonly webhooks?: WebhookFaults;
  /** A call is in no list, and not found by its sid, before it is this old. @defaultValue 0 */
  readonly listLagMs?: number;
}

export interface WebhookFaults {
  /** Never sent, and not repeated. */
  readonly loses?: number;
  readonly doubles?: number;
  /** Comes up to this much later than it should, so that others overtake it. */
  readonly delays?: { readonly share: number; readonly upToMs: number };
  /** Sent a second time much later. */
  readonly replays?: { readonly share: number; readonly afterMs: number };
  /** Somebody else says that the call is over, with a signature of their own. */
  readonly forges?: number;
}

/** What goes wrong with one order. */
export type OrderFault =
  'is-overloaded' | 'is-limiting' | 'resets-before' | 'resets-after' | 'fails-after' | 'stays-silent-after';

/** What goes wrong with one webhook. */
export interface WebhookFate {
  readonly isLost: boolean;
  /** When its copies are sent, after the moment at which it should be; at least one. */
  readonly afterMs: readonly number[];
  readonly isForgedBesides: boolean;
}

/** Draws the faults of one day; every draw uses the generator up by the same amount, whatever the shares are. */
export class FaultDice {
  readonly #faults: CarrierFaults;
  readonly #orders: () => number;
  readonly #webhooks: () => number;

  constructor(faults: CarrierFaults) {
    this.#faults = faults;
    this.#orders = seededRandom(faults.seed);
    this.#webhooks = seededRandom(faults.seed ^ 0x5f_37_59);
  }

  order(): OrderFault | undefined {
    const faults = this.#faults;
    const shares: readonly (readonly [OrderFault, number | undefined])[] = [
      ['is-overloaded', faults.isOverloaded],
      ['is-limiting', faults.isLimiting],
      ['resets-before', faults.resetsBefore],
      ['resets-after', faults.resetsAfter],
      ['fails-after', faults.failsAfter],
      ['stays-silent-after', faults.staysSilentAfter],
    ];
    let left = this.#orders();
    for (const [fault, share = 0] of shares) {
      if (left < share) return fault;
      left -= share;
    }
    return undefined;
  }

  webhook(): WebhookFate {
    const { loses = 0, doubles = 0, delays, replays, forges = 0 } = this.#faults.webhooks ?? {};
    const dice = this.#webhooks;
    const isLost = dice() < loses;
    const isDoubled = dice() < doubles;
    const isDelayed = dice() < (delays?.share ?? 0);
    const delayMs = dice() * (delays?.upToMs ?? 0);
    const isReplayed = dice() < (replays?.share ?? 0);
    const isForgedBesides = dice() < forges;
    const firstMs = isDelayed ? delayMs : 0;
    return {
      isLost,
      afterMs: [
        firstMs,
        ...(isDoubled ? [firstMs] : []),
        ...(isReplayed && replays ? [firstMs + replays.afterMs] : []),
      ],
      isForgedBesides,
    };
  }
}
