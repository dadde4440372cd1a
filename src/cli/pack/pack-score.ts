/** What `inzwa pack score` finds: types only. */
import type { CardsMeasured } from '../bench/cards.ts';
import type { Coverage, ReviewState } from './coverage.ts';
import type { RoundTrip } from './round-trip.ts';
import type { VoiceSounds } from './voice-sounds.ts';

/** Why a part is missing: a model that is not on this machine. */
export interface NotMeasured {
  readonly notMeasured: string;
}

/** The ways of asking a card and of wishing something of the call, and sentences that nothing answers. */
export type CardsFound = Pick<CardsMeasured, 'asked' | 'intents' | 'other' | 'misses'>;

/** Everything on the card. What could not be measured says why instead. */
export interface PackScore {
  readonly language: string;
  readonly name: string;
  readonly faults: number;
  readonly coverage: Coverage;
  readonly review: ReviewState;
  readonly roundTrips: readonly RoundTrip[];
  readonly sentences: { readonly of: number; readonly unsayable: readonly string[] };
  readonly voice: VoiceSounds | NotMeasured;
  readonly cards: Readonly<Record<string, CardsFound | NotMeasured>>;
}
